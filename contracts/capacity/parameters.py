"""The market's parameters, as the genesis gives them: devices, deadlines, the cap, bonds and deposits."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Annotated, Final

from contracts.arguments import Length, Range
from contracts.capacity.clearing import PRICE_UKWH_MAX, QUANTITY_WH_MAX
from contracts.capacity.devices import PERIODS_MAX, Device
from contracts.capacity.refusals import UnfitParameters
from contracts.capacity.rights import PERMILLE
from contracts.steps import transaction_steps_max
from contracts.typed_parameters import TypedParameters
from ledger.codec import Value
from ledger.committee import faulty_of
from ledger.genesis import Genesis
from ledger.quantities import Amount, EnergyWh, Period, PriceUkwh

CAPACITY: Final = "capacity"
WINDOW_SLOTS_MAX: Final = 10_000
BIDS_MAX: Final = 4_096

REVEAL_STEPS: Final = 2_000
REVEAL_BYTES: Final = 1_600
"""The largest reveal: nothing else that is awaited of a bidder, or for its bid, takes as much."""

CLEAR_STEPS_A_BID: Final = 420
"""To read a bid, to clear 32 steps of it, to write its trade and its right, and to release its bond."""

FULFIL_STEPS_A_RIGHT: Final = 650
"""To read a right, to pay it for a period, and to keep it."""

SETTLE_STEPS_A_RIGHT: Final = 1_200
"""To pay a right's rest, to release or slash its three escrows, and to write its final token."""

SETTLE_STEPS_A_READING: Final = 60
"""To name a reading of a window in its accounting, and to forget it."""

CLOSE_STEPS_A_BID: Final = 560
"""To void a right in a slot's hook, and to hand over the bond and the deposits that were in it."""

Slots = Annotated[int, Range(1, WINDOW_SLOTS_MAX)]
Permille = Annotated[int, Range(1, PERMILLE)]


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How many slots everybody has for what is asked of them, after the slot in which they learn of it.

    After a pause of the chain they have no less than Calendar.blocks_needed blocks besides.
    """

    seal_slots: Slots
    """Bidders: to seal their bids."""
    reveal_slots: Slots
    """Bidders: to reveal them."""
    clear_slots: Slots
    """Anybody: to have the window cleared."""
    deposit_slots: Slots
    """Whoever trades: to put down deposits."""
    pay_slots: Slots
    """Buyers: to put the price into escrow."""
    reading_slots: Slots
    """Meters: to deliver the last readings after the window; what has none by then delivered nothing."""


@dataclass(frozen=True)
class Parameters:
    """Everything that the genesis says to the capacity contract. Raises UnfitParameters."""

    devices: Annotated[tuple[Device, ...], Length(0, BIDS_MAX)]
    """The storages that the chain begins with; their place here is their number."""
    deadlines: Deadlines
    periods_max: Annotated[int, Range(1, PERIODS_MAX)]
    """Of one window."""
    ahead_periods_max: Annotated[int, Range(1, 2**20)]
    """How far ahead a window may begin."""
    windows_max: Annotated[int, Range(1, 256)]
    """Windows under way at a time; Calendar.windows_each says how many of them one opener may fill."""
    bids_max: Annotated[int, Range(2, BIDS_MAX)]
    """Bids of one window: half of the places are for those who sell, half for those who buy."""
    cap_ukwh: Annotated[PriceUkwh, Range(1, PRICE_UKWH_MAX)]
    """The highest price that may be asked or bid."""
    purchase_wh_max: Annotated[EnergyWh, Range(1, QUANTITY_WH_MAX)]
    """The most that one buyer may bid for in a window."""
    bond_floor: Annotated[Amount, Range(1, 2**53)]
    """What no failure gives to anybody who trades."""
    bond_permille: Permille
    """Of its bound at the cap price, what a bidder puts up beside the floor."""
    deposit_permille_least: Permille
    """Of the price, the deposit of whoever kept all that it owed."""
    deposit_permille_most: Permille
    """The same of whoever is new, or kept nothing."""
    forfeits: Annotated[str, Length(1, 64)]
    """The account that takes the bonds of those who do not reveal, and the floor of whoever else fails; its
    owner, if it has one, does not bid."""

    @property
    def places(self) -> int:
        """Of one window, on each side."""
        return self.bids_max // 2

    def __post_init__(self) -> None:
        if self.deposit_permille_least > self.deposit_permille_most:
            raise UnfitParameters("deposit_permille_least", "it is above deposit_permille_most")
        largest = max([self.purchase_wh_max, *[device.usable_wh for device in self.devices]])
        if largest * self.cap_ukwh > 2**62:
            raise UnfitParameters("cap_ukwh", f"{largest} Wh at this price are more than there is money")


@dataclass(frozen=True, slots=True)
class Calendar:
    """When things of a window happen, in slots and periods of one genesis."""

    genesis: Genesis
    parameters: Parameters

    def blocks_needed(self, faulty: int) -> int:
        """How many blocks there have to be for whatever is awaited: those from which so many faulty proposers
        may leave it out, and those that hold what a full market sends."""
        limits, bids = self.genesis.limits, self.parameters.windows_max * self.parameters.bids_max
        by_steps = -(-bids * REVEAL_STEPS // limits.block_steps)
        return faulty + max(by_steps, -(-bids * REVEAL_BYTES // limits.block_bytes))

    def windows_each(self, faulty: int) -> int:
        """How many windows under way one opener may have opened: so many faulty ones cannot fill the market,
        with one window at the least."""
        return max(1, self.parameters.windows_max // (faulty + 1))

    def earliest_period(self, slot: int, faulty: int) -> Period:
        """The first period that a window opened in `slot` can begin with: by then, all deadlines are over, if
        every slot has its block."""
        due, blocks = self.parameters.deadlines, self.blocks_needed(faulty)
        phases = (due.seal_slots, due.reveal_slots, due.clear_slots, due.deposit_slots, due.pay_slots)
        return self.genesis.period(slot + sum(max(slots, blocks) + 1 for slots in phases))


def check_fit(parameters: Parameters, genesis: Genesis) -> None:
    """Whether the largest windows fit the chain's transactions and blocks, and faulty proposers can neither
    keep anybody out nor fill the market. Raises UnfitParameters."""
    _check_steps(parameters, genesis)
    faulty = faulty_of(len(genesis.committee))
    if parameters.windows_max <= faulty:
        raise UnfitParameters("windows_max", f"it is not above the {faulty} openers that may fail")
    needed = Calendar(genesis, parameters).blocks_needed(faulty)
    for field in fields(parameters.deadlines):
        slots = getattr(parameters.deadlines, field.name)
        if slots < needed:
            reason = f"it is {slots}, and with {faulty} faulty proposers it takes {needed} blocks"
            raise UnfitParameters(f"deadlines.{field.name}", reason)


def read_parameters(values: Mapping[str, Value]) -> Parameters:
    """The parameters of a genesis, typed. Raises ArgumentError or UnfitParameters."""
    return _TYPED.read(values)


def encode_parameters(parameters: Parameters) -> Mapping[str, Value]:
    """What a genesis says to the contract so that it has these parameters."""
    return asdict(parameters)


def parameters_of(genesis: Genesis) -> Parameters:
    """The parameters of this chain's market."""
    return _TYPED.of(genesis)


def _check_steps(parameters: Parameters, genesis: Genesis) -> None:
    most = transaction_steps_max(genesis.limits)
    settle_steps = SETTLE_STEPS_A_RIGHT + parameters.periods_max * SETTLE_STEPS_A_READING
    steps = parameters.bids_max * max(CLEAR_STEPS_A_BID, FULFIL_STEPS_A_RIGHT, settle_steps)
    if steps > most:
        raise UnfitParameters(
            "bids_max", f"a window of so many could take {steps} steps, and a transaction {most}"
        )
    steps = parameters.windows_max * parameters.bids_max * CLOSE_STEPS_A_BID
    if steps > genesis.limits.block_steps:
        raise UnfitParameters(
            "windows_max", f"a slot could take {steps} steps, and a block {genesis.limits.block_steps}"
        )


_TYPED = TypedParameters(CAPACITY, Parameters)
