"""Who trades in the pool that is played live: what each supplies, needs or stores, and what it bids when."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from contracts.community.orders import Side
from contracts.metering.readings import Carrier

PERIODS_AN_HOUR: Final = 4
AFTERNOON: Final = (17, 18)
EVENING: Final = 19
HOURS: Final = (*AFTERNOON, EVENING)
"""In the evening there is less electricity and heat than is needed: what was stored before is sold then."""

STORED_WH: Final = 4_000
"""Of each carrier that is stored."""


class Wish(NamedTuple):
    """A bid for one cycle of each quarter hour of some hours."""

    carrier: Carrier
    side: Side
    cycle: int
    energy_wh: int
    limit_ukwh: int
    hours: tuple[int, ...] = HOURS


@dataclass(frozen=True, slots=True)
class Player:
    """One party, with a meter for each of its carriers."""

    name: str
    plays: str
    """For people."""
    wishes: tuple[Wish, ...] = ()
    stores: tuple[Carrier, ...] = ()
    silent: tuple[Carrier, ...] = ()
    """Of which its meter says nothing."""

    @property
    def carriers(self) -> tuple[Carrier, ...]:
        """In the market's order."""
        used = {*self.stores, *(wish.carrier for wish in self.wishes)}
        return tuple([carrier for carrier in Carrier if carrier in used])


_ASK, _BID = Side.ASK, Side.BID
_ELECTRICITY, _HEAT, _COLD, _GAS = Carrier

CAST: Final = (
    Player(
        "plant",
        "supplies electricity and heat",
        (
            Wish(_ELECTRICITY, _ASK, 0, 3_000, 350_000, AFTERNOON),
            Wish(_ELECTRICITY, _ASK, 0, 1_500, 380_000, (EVENING,)),
            Wish(_HEAT, _ASK, 0, 2_500, 180_000, AFTERNOON),
            Wish(_HEAT, _ASK, 0, 1_200, 200_000, (EVENING,)),
        ),
    ),
    Player(
        "utility",
        "supplies cold and gas; its meter of cold is silent",
        (Wish(_COLD, _ASK, 0, 2_000, 220_000), Wish(_GAS, _ASK, 0, 4_000, 200_000)),
        silent=(_COLD,),
    ),
    Player(
        "homes",
        "need electricity, heat and gas",
        (
            Wish(_ELECTRICITY, _BID, 0, 1_200, 600_000, AFTERNOON),
            Wish(_ELECTRICITY, _BID, 0, 1_800, 650_000, (EVENING,)),
            Wish(_HEAT, _BID, 0, 1_500, 350_000),
            Wish(_GAS, _BID, 0, 1_000, 300_000),
        ),
    ),
    Player(
        "offices",
        "need all four; late with electricity, heat and gas",
        (
            Wish(_ELECTRICITY, _BID, 2, 900, 550_000),
            Wish(_HEAT, _BID, 2, 400, 320_000),
            Wish(_COLD, _BID, 0, 1_200, 450_000),
            Wish(_GAS, _BID, 1, 800, 290_000),
        ),
    ),
    Player("storage", "stores electricity and heat", stores=(_ELECTRICITY, _HEAT)),
)


def standing_rows(player: Player) -> Iterator[tuple[str, int, int, str, int, int]]:
    """A player's bids, in the columns of a file of standing bids."""
    for wish in player.wishes:
        for hour in wish.hours:
            yield (wish.carrier.value, hour, wish.cycle, wish.side.value, wish.energy_wh, wish.limit_ukwh)
