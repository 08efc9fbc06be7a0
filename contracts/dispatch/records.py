"""What the chain keeps of a day's dispatch, and under which keys, for the contract, agents and readers alike.

Every record is written when something happens, and none is rewritten each slot: a plan or a schedule is one
value of the whole day, what meters and the controller say is one value a period.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, cast

from contracts.dispatch.model import Flows, Series
from crypto.address import Address
from ledger.codec import Value
from ledger.quantities import Amount, Day, Period, PowerW, Slot, TxId

ACTIVE_KEY = "active"
"""The days whose processes run, oldest first."""

AVAILABLE_KEY = "available_w"
"""The power that the storage's controller says it can give."""

CHARGE_KEY = "charge"
"""The storage's newest metered state of charge: (the period that began with it, Wh)."""

ANOMALY_KEY = "anomaly"
"""The period in which an anomaly of the storage last called for a new plan."""

BUS_LIMITS_KEY = "limits/bus"


class Phase(StrEnum):
    """How far a day's process has come; process.py has the table."""

    DUE = "due"
    FORECASTING = "forecasting"
    PLANNING = "planning"
    CLOSED = "closed"
    RUNNING = "running"
    METERING = "metering"
    DECLARING = "declaring"
    SETTLED = "settled"
    LAPSED = "lapsed"


class Cause(StrEnum):
    """Why a day is (again) to be planned (Liu and Ai 2024, Table 3)."""

    DAILY = "daily"
    """The stated time of the day before has come."""
    PRICES = "prices"
    """The grid changed its prices."""
    FORECASTS = "forecasts"
    """A park, or the market, has new forecasts."""
    REQUIREMENTS = "requirements"
    """An operator changed what a connection may carry."""
    STORAGE = "storage"
    """The storage's state changed, or is not what it should be."""
    LATE = "late"
    """The gate closed without a plan; called for once."""


@dataclass(frozen=True, slots=True)
class Segment:
    """From which period on which plan is in force."""

    first_period: Period
    revision: int
    dispatch: TxId
    """The transaction that submitted it, which verifications name."""


@dataclass(frozen=True, slots=True)
class DayRecord:
    """A day's process, as far as it has come."""

    day: Day
    phase: Phase
    causes: tuple[Cause, ...]
    """What calls for a trigger that has not come yet."""
    since: Slot
    """When it came into this phase, or a cause was added."""
    process: TxId | None = None
    """The first trigger, which names the TDVA process."""
    revision: int = 0
    """How often it was planned so far; the newest attempt has this number."""
    segments: tuple[Segment, ...] = ()
    """The plans in force. Where there is none, the storage idles."""
    idle_reason: str = ""
    """Why the storage idles from the day's first period on; empty if it does not."""

    @property
    def standing(self) -> TxId | None:
        """What verifications and the accounting have to link: the dispatch in force, else the first
        trigger."""
        return self.segments[-1].dispatch if self.segments else self.process

    def segment_of(self, period: int) -> Segment | None:
        """The plan in force in a period."""
        return next((s for s in reversed(self.segments) if s.first_period <= period), None)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One planning of a day: from its trigger until plans are no longer taken."""

    revision: int
    cause: Cause
    trigger: TxId
    round: int
    """The round of sharing whose forecasts it rests on; -1 if there is none yet."""
    closes: Slot
    """The first slot in which plans are no longer taken; 0 until it is known."""
    has_problem: bool
    since: Slot


@dataclass(frozen=True, slots=True)
class PlanRecord:
    """The best plan of an attempt so far; in force if a segment names its revision."""

    tx_id: TxId
    sender: Address
    first_period: Period
    round: int
    cost_nano: int
    bound_nano: int
    is_proven: bool
    """Whether its certificate proves it to be within the market's gap; else only within the unproven one."""
    bus_ukwh: Series
    """The bus's internal price in each period (`pooled`); empty in the paper's model."""
    sites: tuple[Flows, ...]

    @property
    def periods(self) -> int:
        return len(self.sites[0].buy_wh)


@dataclass(frozen=True, slots=True)
class Schedule:
    """The storage's control signals of one revision (Table 1): + charges, - discharges, 0 idles."""

    revision: int
    first_period: Period
    power_w: tuple[PowerW, ...]
    issued: Slot
    answer_until: Slot
    """Until when the controller acknowledges it, and the parties confirm their contracts."""


@dataclass(frozen=True, slots=True)
class Trade:
    """A purchase and sale contract of one revision (Table 2), between two parties.

    Energies are empty where they are a park's secret: then they are what `commitment` commits to.
    """

    buyer: Address
    """Purchases and sales are as this party sees them."""
    seller: Address
    first_period: Period
    purchase_wh: Series
    sale_wh: Series
    purchase_ukwh: Series
    sale_ukwh: Series
    cost: Amount
    """What the buyer pays for its purchases less its sales; 0 where they are secret."""
    commitment: bytes


@dataclass(frozen=True, slots=True)
class Weights:
    """For each round of forecasts in use, the public weights of the number that a park declares of it."""

    round: int
    weights: Series


def day_key(day: int) -> str:
    return f"day/{day}"


def attempt_key(day: int) -> str:
    """Where the attempt stands that is under way."""
    return f"attempt/{day}"


def prices_key(day: int) -> str:
    """Where (buy_ukwh, sell_ukwh) of a day stand once they were changed."""
    return f"prices/{day}"


def problem_key(day: int, revision: int) -> str:
    return f"problem/{day}/{revision}"


def plan_key(day: int, revision: int) -> str:
    return f"plan/{day}/{revision}"


def schedule_key(day: int, revision: int) -> str:
    return f"schedule/{day}/{revision}"


def acknowledged_key(day: int, revision: int) -> str:
    """Where the slot stands in which the controller acknowledged a schedule."""
    return f"acknowledged/{day}/{revision}"


def result_key(period: int) -> str:
    """Where the controller's (power_w, available_w, status) of a period stand."""
    return f"result/{period}"


def trade_key(day: int, revision: int, number: int) -> str:
    return f"trade/{day}/{revision}/{number}"


def confirmed_key(day: int, revision: int, party: str) -> str:
    """Where the slot stands in which a party confirmed its contracts of a revision."""
    return f"confirmed/{day}/{revision}/{party}"


def verified_key(period: int, meter: str) -> str:
    """Where the net energy stands that a meter verified of a period, Wh; no later correction changes it."""
    return f"verified/{period}/{meter}"


def absent_key(period: int) -> str:
    """Where the meters stand whose reading of a period did not come in time."""
    return f"absent/{period}"


def anomalies_key(period: int) -> str:
    """Where the anomalies of a period stand: texts."""
    return f"anomalies/{period}"


def weights_key(day: int) -> str:
    return f"weights/{day}"


def verifications_key(day: int) -> str:
    """Where the root over the day's verifications stands, which its accounting has to name."""
    return f"verifications/{day}"


def declared_key(day: int, number: int, park: str) -> str:
    """Where the number stands that a park declared of its forecast in a round."""
    return f"declared/{day}/{number}/{park}"


def bill_key(day: int, party: str) -> str:
    """Where (party's place, lines of (item, energy_wh, nano), amount, owed) stand after the settlement."""
    return f"bill/{day}/{party}"


def settlement_key(day: int) -> str:
    """Where the summary of a settlement stands."""
    return f"settlement/{day}"


def limits_key(park: str) -> str:
    """Where (import_w, export_w) of a connection stand once they were changed."""
    return f"limits/{park}"


def encode_record(record: DayRecord | Attempt | PlanRecord | Schedule | Trade) -> Mapping[str, Value]:
    """A record as the state keeps it: a map by field name."""
    return cast(Mapping[str, Value], {name: _plain(value) for name, value in asdict(record).items()})


def decode_day(value: Value) -> DayRecord:
    fields = dict(cast(Mapping[str, Any], value))
    fields["phase"] = Phase(fields["phase"])
    fields["causes"] = tuple(Cause(cause) for cause in fields["causes"])
    fields["segments"] = tuple(Segment(**segment) for segment in fields["segments"])
    return DayRecord(**fields)


def decode_attempt(value: Value) -> Attempt:
    fields = dict(cast(Mapping[str, Any], value))
    return Attempt(**{**fields, "cause": Cause(fields["cause"])})


def decode_plan(value: Value) -> PlanRecord:
    fields = dict(cast(Mapping[str, Any], value))
    return PlanRecord(**{**fields, "sites": tuple(Flows(**site) for site in fields["sites"])})


def decode_schedule(value: Value) -> Schedule:
    return Schedule(**cast(Mapping[str, Any], value))


def decode_trade(value: Value) -> Trade:
    return Trade(**cast(Mapping[str, Any], value))


def decode_weights(value: Value) -> tuple[Weights, ...]:
    return tuple(Weights(*row) for row in cast(tuple[tuple[int, Series], ...], value))


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple) and value and isinstance(value[0], StrEnum):
        return tuple(item.value for item in value)
    return value
