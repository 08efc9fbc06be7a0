"""A community of any size, round by round, by the contract's own rules: what it trades, what everybody pays.

Every home with panels uses its generation and its battery for itself first (contracts.community.solving), and
asks or bids for the rest of each of its settlement intervals, at the suggested price less what it is eager
to give. The same homes are billed twice more: without any generation, and by a central utility alone.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from contracts.community.orders import Band
from contracts.community.pricing import PERMILLE, Suggestion, Turnover, suggest
from contracts.community.solving import vector
from contracts.community.solving.battery import Battery, deliverable_wh, drawn_mwh, run
from crypto.hashing import sha256
from ledger.quantities import PriceUkwh
from studies.community_data import HOURS, PERIODS, PERIODS_PER_HOUR, Day
from studies.community_rules import Foresight, Rules, Storing

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

PERIOD_S: Final = 900
CENT: Final = 10_000
"""Of the currency a kWh, in ukwh."""

FEED_IN_UKWH: Final = 10 * CENT
"""CE-SDT, 4.1."""

# What households in New South Wales paid by time of use in 2012, about; the paper's own Table 2 is an image.
PEAK_UKWH, SHOULDER_UKWH, OFF_PEAK_UKWH = 525_000, 213_000, 131_000
GRID_UKWH: Final = tuple(
    PEAK_UKWH if 14 <= hour < 20 else SHOULDER_UKWH if 7 <= hour < 22 else OFF_PEAK_UKWH
    for hour in range(HOURS)
)

HOME_BATTERY: Final = Battery(
    energy_wh=5_000, power_w=2_500, charge_permille=950, discharge_permille=950, reserve_permille=0
)
"""Of the paper, its size and that it does not charge from the grid; the rest is chosen."""


class Community(Protocol):
    """Homes with their days: made up (studies.community_data), or real ones (studies.ausgrid)."""

    @property
    def names(self) -> Sequence[str]: ...

    @property
    def generates(self) -> Flags: ...

    @property
    def interval_periods(self) -> Integers:
        """Each home's settlement interval: 1, 2 or 4 quarter hours."""

    @property
    def eagerness_permille(self) -> Integers:
        """How much each home gives away of its room to bargain, in thousandths."""

    def day(self, number: int) -> Day:
        """What all homes consume and generate on a day."""


@dataclass(frozen=True, slots=True)
class Round:
    """A round as its homes see it before they order: arrays by place in `homes`."""

    number: int
    """Quarter hours since the first."""
    homes: Integers
    """Those whose interval begins, by number."""
    band: Band
    suggestion: Suggestion
    expected_wh: Integers
    """What each thinks that it will take (+) or give (-) after its battery."""
    metered_wh: Integers
    """What it then takes or gives, but for what its battery sells."""
    stored_wh: Integers
    """What it thinks that its battery can give to neighbours besides, and offers."""
    spare_wh: Integers
    """What the battery then can."""

    @property
    def offered_wh(self) -> Integers:
        """What each has over: generated, and stored."""
        return np.where(self.expected_wh > 0, 0, self.stored_wh - self.expected_wh)

    @property
    def asking(self) -> Integers:
        """Places of the homes that ask."""
        return np.flatnonzero(self.offered_wh)

    @property
    def bidding(self) -> Integers:
        """Places of the homes that bid."""
        return np.flatnonzero(self.expected_wh > 0)


@dataclass(frozen=True, slots=True)
class Interval:
    """What becomes of homes' intervals when their batteries serve themselves."""

    net_wh: Integers
    held_mwh: Integers
    """What the batteries hold in the end."""
    given_wh: Integers
    """What they gave."""


@dataclass(frozen=True)
class Ledger:
    """What came of it so far: money in millionths of the currency by home, energy in Wh by hour of day."""

    homes: int
    original: Integers = field(init=False)
    """What everybody would pay without generation."""
    central: Integers = field(init=False)
    """With it, and a utility that buys at the feed-in price and sells at its own."""
    paid: Integers = field(init=False)
    """In the community."""
    needed_wh: Integers = field(init=False)
    """What homes lacked after their own generation and battery."""
    grid_wh: Integers = field(init=False)
    """What of that the grid gave."""
    fed_in_wh: Integers = field(init=False)
    """What the grid took."""
    traded_wh: Integers = field(init=False)

    def __post_init__(self) -> None:
        for name in ("original", "central", "paid"):
            object.__setattr__(self, name, np.zeros(self.homes, dtype=np.int64))
        for name in ("needed_wh", "grid_wh", "fed_in_wh", "traded_wh"):
            object.__setattr__(self, name, np.zeros(HOURS, dtype=np.int64))


class Simulation:
    """One community over consecutive days. A round is `begin`, then `finish`; `run` does all of them."""

    def __init__(self, community: Community, rules: Rules, battery: Battery = HOME_BATTERY) -> None:
        self._community, self._rules, self._battery = community, rules, battery
        self._names = list(community.names)
        self.held_mwh = np.zeros(len(self._names), dtype=np.int64)
        """What each home's battery holds."""
        self._held_alone_mwh = self.held_mwh.copy()
        """What batteries would hold that serve their homes alone, as with a central utility."""
        self._unknown: deque[Turnover | None] = deque([None] * rules.lag_rounds)
        self._recent: deque[Turnover] = deque(maxlen=rules.recent_rounds)
        self._day = self._yesterday = community.day(0)
        self._rounds = 0
        # All intervals begin together at the full hour, the shorter ones in between.
        self._beginning = [
            np.flatnonzero(place % community.interval_periods == 0) for place in range(PERIODS_PER_HOUR)
        ]
        self.ledger = Ledger(len(self._names))

    def run(self, days: int, advance: Callable[[int], None] = lambda _: None) -> Ledger:
        """So many days; `advance` is told how many rounds are done."""
        for _ in range(days * PERIODS):
            begun = self.begin()
            self.finish(begun, *self.orders(begun), seed_of(begun))
            advance(self._rounds)
        return self.ledger

    def begin(self) -> Round:
        """The next round: batteries work, forecasts are made, the suggested price is known."""
        number = self._rounds
        if number % PERIODS == 0 and number > 0:
            self._yesterday, self._day = self._day, self._community.day(number // PERIODS)
        place = number % PERIODS
        homes = self._beginning[place % PERIODS_PER_HOUR]
        hour = place // PERIODS_PER_HOUR
        band = Band(PriceUkwh(FEED_IN_UKWH), PriceUkwh(GRID_UKWH[hour]))
        suggestion = suggest([*self._recent], band, self._rules.weights)
        held_mwh = self.held_mwh[homes]
        real = expected = self._own_use(self._day, homes, place, held_mwh)
        if self._rules.foresight is Foresight.YESTERDAY:
            expected = self._own_use(self._yesterday, homes, place, held_mwh)
        self.held_mwh[homes] = real.held_mwh
        self._bill_alternatives(homes, place, band)
        stored_wh = spare_wh = np.zeros_like(held_mwh)
        if self._rules.storing is Storing.SHARED and suggestion.ask_ukwh > SHOULDER_UKWH:
            stored_wh, spare_wh = (self._spare_wh(homes, own) for own in (expected, real))
        return Round(number, homes, band, suggestion, expected.net_wh, real.net_wh, stored_wh, spare_wh)

    def orders(self, begun: Round) -> tuple[vector.Orders, vector.Orders]:
        """(asks, bids): a seller goes from the suggested price towards the feed-in price, a buyer towards the
        grid's, as far as it is eager."""
        eager = self._community.eagerness_permille[begun.homes]
        ask_room = begun.suggestion.ask_ukwh - begun.band.feed_in_ukwh
        bid_room = begun.band.grid_ukwh - begun.suggestion.bid_ukwh
        asks_ukwh = begun.suggestion.ask_ukwh - ask_room * eager // PERMILLE
        asks_ukwh = np.where(begun.stored_wh > 0, np.maximum(asks_ukwh, SHOULDER_UKWH), asks_ukwh)
        bids_ukwh = begun.suggestion.bid_ukwh + bid_room * eager // PERMILLE
        return (
            self._side(begun, begun.asking, begun.offered_wh, asks_ukwh),
            self._side(begun, begun.bidding, begun.expected_wh, bids_ukwh),
        )

    def finish(self, begun: Round, asks: vector.Orders, bids: vector.Orders, seed: bytes) -> vector.Bills:
        """Match the round, and bill its homes by what they metered."""
        traded = vector.match(self._rules.mechanism, asks, bids, begun.band, seed)
        bought_wh, nano = np.zeros_like(begun.expected_wh), np.zeros_like(begun.expected_wh)
        bought_wh[begun.bidding], nano[begun.bidding] = traded.bought_wh, traded.paid_nano
        bought_wh[begun.asking], nano[begun.asking] = -traded.sold_wh, -traded.earned_nano
        sold_stored_wh = np.maximum(-bought_wh - np.maximum(-begun.expected_wh, 0), 0)
        given_wh = np.minimum(sold_stored_wh, begun.spare_wh)
        self.held_mwh[begun.homes] -= drawn_mwh(self._battery, given_wh)
        bills = vector.settle(bought_wh, nano, begun.metered_wh - given_wh, begun.band)
        self._note(begun, traded, bills)
        self._unknown.append(vector.turnover(asks, bids, traded))
        known = self._unknown.popleft()
        if known is not None:
            self._recent.append(known)
        self._rounds += 1
        return bills

    def _own_use(self, day: Day, homes: Integers, place: int, held_mwh: Integers) -> Interval:
        total_wh, given_wh = np.zeros_like(held_mwh), np.zeros_like(held_mwh)
        interval = self._community.interval_periods[homes]
        for step in range(PERIODS_PER_HOUR - place % PERIODS_PER_HOUR):
            runs = interval > step
            if not runs.any():
                break
            column = place + step
            net_wh = day.load_wh[homes, column] - day.generated_wh[homes, column]
            left_wh, then_mwh = run(self._battery, held_mwh, net_wh, PERIOD_S)
            total_wh += np.where(runs, left_wh, 0)
            given_wh += np.where(runs, np.maximum(net_wh, 0) - np.maximum(left_wh, 0), 0)
            held_mwh = np.where(runs, then_mwh, held_mwh)
        return Interval(total_wh, held_mwh, given_wh)

    def _spare_wh(self, homes: Integers, own: Interval) -> Integers:
        """What batteries can give besides, within their power."""
        most_wh = self._battery.power_w * PERIOD_S // 3_600 * self._community.interval_periods[homes]
        spare: Integers = np.minimum(deliverable_wh(self._battery, own.held_mwh), most_wh - own.given_wh)
        return spare

    def _bill_alternatives(self, homes: Integers, place: int, band: Band) -> None:
        """What the same interval costs without generation, and with the utility alone."""
        nothing = np.zeros(len(homes), dtype=np.int64)
        cumulated = self._day.load_wh[homes, place : place + PERIODS_PER_HOUR].cumsum(axis=1)
        load_wh = cumulated[np.arange(len(homes)), self._community.interval_periods[homes] - 1]
        self.ledger.original[homes] += vector.settle(nothing, nothing, load_wh, band).amount
        alone = self._own_use(self._day, homes, place, self._held_alone_mwh[homes])
        self._held_alone_mwh[homes] = alone.held_mwh
        self.ledger.central[homes] += vector.settle(nothing, nothing, alone.net_wh, band).amount

    def _side(
        self, begun: Round, places: Integers, energy_wh: Integers, limits_ukwh: Integers
    ) -> vector.Orders:
        names = [self._names[home] for home in begun.homes[places].tolist()]
        return vector.Orders(energy_wh[places], limits_ukwh[places], names)

    def _note(self, begun: Round, traded: vector.Traded, bills: vector.Bills) -> None:
        hour = begun.number % PERIODS // PERIODS_PER_HOUR
        self.ledger.paid[begun.homes] += bills.amount
        self.ledger.needed_wh[hour] += np.maximum(begun.metered_wh, 0).sum()
        self.ledger.grid_wh[hour] += np.maximum(bills.grid_wh, 0).sum()
        self.ledger.fed_in_wh[hour] += np.maximum(-bills.grid_wh, 0).sum()
        self.ledger.traded_wh[hour] += traded.sold_wh.sum()


def seed_of(begun: Round) -> bytes:
    """What breaks a round's ties; on the chain it comes from the trigger."""
    return sha256(b"community simulation %d" % begun.number)
