"""What the chain keeps of an event, and under which keys, for the contract, agents and readers alike."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Annotated, Any, cast

from contracts.arguments import Length, Range
from contracts.response.network import BUSES_MAX
from contracts.response.optimality import Certificate, Cut
from contracts.response.parameters import PERIODS_MAX
from contracts.response.quotes import POWER_W_MAX, Quote, Segment
from contracts.response.resources import RESOURCES_MAX, Kind, Resource
from crypto.address import Address
from crypto.hashing import Digest, domain
from ledger.codec import Value, encode
from ledger.quantities import Amount, Period, PowerW, Slot, TxId

RESOURCES_KEY = "resources"
"""How many resources are certified; they are numbered from 0."""

EVENTS_KEY = "events"
"""How many events were triggered; they are numbered from 0."""

ACTIVE_KEY = "active"
"""The events that are not over, oldest first."""

ITERATIONS_MAX = 1_000
"""Iterations whose residuals one dispatch may carry."""

COUNT_MAX = 10**12

Injection = Annotated[int, Range(-POWER_W_MAX, POWER_W_MAX)]
ByBus = Annotated[tuple[Injection, ...], Length(1, BUSES_MAX)]
ByResource = Annotated[tuple[Injection, ...], Length(1, RESOURCES_MAX)]
Count = Annotated[int, Range(0, COUNT_MAX)]

Voltages = tuple[tuple[tuple[int, int], ...], ...]
"""By period and bus: real and imaginary part in nano p.u."""


class Phase(StrEnum):
    """How far an event has come; process.py has the table."""

    QUOTING = "quoting"
    AGREEING = "agreeing"
    DISPATCHING = "dispatching"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    METERING = "metering"
    ACCOUNTING = "accounting"
    SETTLED = "settled"
    LAPSED = "lapsed"
    INFEASIBLE = "infeasible"


@dataclass(frozen=True, slots=True)
class Alarm:
    """A reading on the chain that is outside the voltage band."""

    meter: Address
    period: Annotated[Period, Range(0, 2**48)]


@dataclass(frozen=True, slots=True)
class Forecast:
    """The operating points of an event as the ENO expects them, before any response; + into the network."""

    background_w: Annotated[tuple[ByBus, ...], Length(1, PERIODS_MAX)]
    """By period and bus: the injection of everything that is not a resource."""
    background_var: Annotated[tuple[ByBus, ...], Length(1, PERIODS_MAX)]
    """The same in reactive power, the resources' own included."""
    baseline_w: Annotated[tuple[ByResource, ...], Length(1, PERIODS_MAX)]
    """By period and resource: its injection without a response, which the settlement measures against."""


@dataclass(frozen=True, slots=True)
class EventRecord:
    """An event, as far as it has come."""

    number: int
    phase: Phase
    since: Slot
    """When it came into this phase."""
    process: TxId
    """Its trigger, which names the TDVA process."""
    alarm: Alarm | None
    """What it answers; None if it was triggered by instruction."""
    target_w: PowerW
    """The change of injection that is asked for: + more, - less; never 0."""
    first_period: Period
    periods: int
    resources: int
    """How many resources were certified when it was triggered; later ones take no part."""
    invited: int
    """How many of these are certified for what it asks for."""
    sealed: int = 0
    revealed: int = 0
    dispatch: TxId | None = None
    """The dispatch that was taken, which verifications and the accounting link, or the finding that there
    can be none."""
    reason: str = ""
    """Why it ended without a dispatch."""
    verifications: Digest | None = None
    """The root over the verifications, which the accounting has to name; None until readings close."""

    @property
    def sign(self) -> int:
        """1: more injection, -1: less."""
        return 1 if self.target_w > 0 else -1

    @property
    def end(self) -> Period:
        """The first period after it."""
        return Period(self.first_period + self.periods)


@dataclass(frozen=True, slots=True)
class Convergence:
    """How the participants came to agree, as the ENO's agent counted it: kept as a record, proving
    nothing."""

    rounds: Count
    """How often the optimisation ran: once, and once more for every set of new cuts."""
    sweeps: Count
    """Iterations of the distributed security check."""
    messages: Count
    message_bytes: Count
    residuals: Annotated[tuple[tuple[Count, Count], ...], Length(0, ITERATIONS_MAX)]
    """By iteration of ADMM: primal (W) and dual (ukwh)."""


@dataclass(frozen=True, slots=True)
class DispatchRecord:
    """A dispatch that was taken."""

    sender: Address
    allocation_w: tuple[PowerW, ...]
    """By resource: its response throughout the event."""
    cuts: int
    """How many constraints of the network it keeps besides."""
    certificate: Certificate
    cost_nano_h: int
    """Of all responses, in nano of the currency an hour."""
    escrow: Amount
    """What the ENO put aside: what the whole plan costs."""
    convergence: Convergence


@dataclass(frozen=True, slots=True)
class Bill:
    """What became of one resource's response."""

    planned_wh: int
    delivered_wh: int
    short_wh: int
    over_wh: int
    absent: int
    """Periods without a reading."""
    payment: Amount
    """+ from the ENO to the owner, - the other way."""
    owed: Amount
    """What of it the owner could not pay, and owes the ENO."""


def resource_key(number: int) -> str:
    return f"resource/{number}"


def meter_key(meter: str) -> str:
    """Where the number of the resource stands that a meter measures."""
    return f"meter/{meter}"


def event_key(event: int) -> str:
    return f"event/{event}"


def forecast_key(event: int) -> str:
    return f"forecast/{event}"


def sealed_key(event: int, resource: int) -> str:
    """Where the commitment to a resource's quote stands."""
    return f"sealed/{event}/{resource}"


def quote_key(event: int, resource: int) -> str:
    """Where a resource's quote stands once it is revealed."""
    return f"quote/{event}/{resource}"


def dispatch_key(event: int) -> str:
    return f"dispatch/{event}"


def verified_key(event: int, resource: int, period: int) -> str:
    """Where the net injection stands that a resource's meter verified, Wh; no later correction changes it."""
    return f"verified/{event}/{resource}/{period}"


def bill_key(event: int, resource: int) -> str:
    return f"bill/{event}/{resource}"


def escrow_name(event: int) -> str:
    """Under which the ENO's money for an event is held."""
    return f"response/{event}"


def confirmation_message(
    genesis: Digest,
    process: TxId,
    allocation_w: tuple[int, ...],
    cuts: tuple[Cut, ...],
    certificate: Certificate,
    voltages: Voltages,
) -> bytes:
    """What the ENO signs to confirm a dispatch of this process."""
    rows = tuple((cut.coefficients, cut.limit) for cut in cuts)
    prices = (certificate.scale, certificate.price, certificate.weights)
    return domain("response-confirmation", genesis) + encode((process, allocation_w, rows, prices, voltages))


def encode_record(
    record: Resource | EventRecord | Forecast | Quote | DispatchRecord | Bill,
) -> Mapping[str, Value]:
    """A record as the state keeps it: a map by field name."""
    return cast(Mapping[str, Value], {name: _plain(value) for name, value in asdict(record).items()})


def decode_resource(value: Value) -> Resource:
    fields = _fields(value)
    return Resource(**{**fields, "kind": Kind(fields["kind"])})


def decode_event(value: Value) -> EventRecord:
    fields = _fields(value)
    alarm = fields["alarm"] and Alarm(**fields["alarm"])
    return EventRecord(**{**fields, "phase": Phase(fields["phase"]), "alarm": alarm})


def decode_forecast(value: Value) -> Forecast:
    return Forecast(**_fields(value))


def decode_quote(value: Value) -> Quote:
    fields = _fields(value)
    return Quote(tuple(Segment(**segment) for segment in fields["segments"]), fields["energy_wh"])


def decode_dispatch(value: Value) -> DispatchRecord:
    fields = _fields(value)
    nested = {
        "certificate": Certificate(**fields["certificate"]),
        "convergence": Convergence(**fields["convergence"]),
    }
    return DispatchRecord(**{**fields, **nested})


def decode_bill(value: Value) -> Bill:
    return Bill(**_fields(value))


def _fields(value: Value) -> dict[str, Any]:
    return dict(cast(Mapping[str, Any], value))


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, StrEnum) else value
