"""What a block says that rules can be held against, by a table of contracts' events.

A plan is in force only later than it was submitted, and an order names a home and not its meter: what has to
be known for that is remembered as the rules' own memory is.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, cast

from contracts.community.parameters import COMMUNITY
from contracts.community.parameters import parameters_of as community_of
from contracts.dispatch.parameters import DISPATCH
from contracts.dispatch.parameters import parameters_of as dispatch_of
from contracts.metering.readings import Reading
from contracts.pool.parameters import POOL
from contracts.response.parameters import RESPONSE
from contracts.response.parameters import parameters_of as response_of
from explorer.alerts.facts import (
    BlockMade,
    Equivocated,
    Expected,
    ExpectedNoMore,
    Fact,
    Pardoned,
    Rated,
    ReadingAbsent,
    ReadingsDue,
    ReadingTaken,
    StorageReported,
    StorageTold,
)
from explorer.alerts.memory import Memory
from explorer.index.blocks import UNEXPECTED, reason_of
from explorer.index.facts import Entry, Facts
from ledger.codec import Value
from ledger.genesis import Genesis
from ledger.receipt import Event

SECONDS_PER_HOUR: Final = 3_600
RUNNING: Final = "running"
ENDED: Final = frozenset({"settled", "lapsed", "infeasible"})
Fields = Mapping[str, Any]


class BlockReader:
    """Reads one chain's blocks, in their order."""

    def __init__(self, genesis: Genesis, memory: Memory) -> None:
        self.genesis = genesis
        self.memory = memory
        self.unread: dict[str, str] = {}
        """What of the last block nobody here could make sense of, and why: it tells the rules nothing."""
        if memory.get("known", "") is None:
            memory.put("known", "", True)
            self._begin()

    def read(self, facts: Facts) -> Iterator[Fact]:
        """The block's facts: about its parent's seals, then about energy in the order of events."""
        self.unread = {}
        header = facts.block.header
        yield BlockMade(
            height=header.height,
            slot=header.slot,
            proposer=header.proposer,
            committee=tuple([validator.address for validator in facts.committee.validators]),
            parent_round=header.parent_seals.round,
            parent_signers=tuple([seal.member for seal in header.parent_seals.seals]),
        )
        for event, entry in facts.events:
            read = EVENTS.get((event.contract, event.name))
            if read is not None:
                yield from self._facts(read, event, entry)

    def _facts(self, read: "Read", event: Event, entry: Entry | None) -> tuple[Fact, ...]:
        """A later version of a contract may tell what is not expected here."""
        try:
            return tuple(read(self, event, entry))
        except UNEXPECTED as error:
            self.unread[f"{event.contract}: {event.name} (alerts)"] = reason_of(error)
            return ()

    def _begin(self) -> None:
        if COMMUNITY in self.genesis.contracts:
            for home in community_of(self.genesis).homes:
                self.memory.put("home", home.address, (home.meter, home.interval_periods))
        if RESPONSE in self.genesis.contracts:
            for number, resource in enumerate(response_of(self.genesis).resources):
                self.memory.put("resource", str(number), resource.meter)


def _read(_reader: BlockReader, event: Event, entry: Entry | None) -> Iterator[Fact]:
    fields = dict(cast(Fields, event.fields))
    meter, period = fields.pop("meter"), fields.pop("period")
    market = entry.transaction.contract if entry else event.contract
    yield ReadingTaken(meter, period, market, Reading(**fields))


def _absent(_reader: BlockReader, event: Event, _entry: Entry | None) -> Iterator[Fact]:
    fields = cast(Fields, event.fields)
    for meter in fields["meters"]:
        yield ReadingAbsent(meter, fields["period"], event.contract)


def _told(reader: BlockReader, event: Event, _entry: Entry | None) -> Iterator[Fact]:
    fields = cast(Fields, event.fields)
    yield StorageTold(dispatch_of(reader.genesis).storage_meter, fields["period"], fields["power_w"])


def _reported(reader: BlockReader, event: Event, _entry: Entry | None) -> Iterator[Fact]:
    fields = cast(Fields, event.fields)
    yield StorageReported(dispatch_of(reader.genesis).storage_meter, fields["period"], fields["power_w"])


def _plan_taken(reader: BlockReader, event: Event, entry: Entry | None) -> Iterator[Fact]:
    """The best plan of its attempt so far: it may come into force."""
    if entry is not None:
        fields = cast(Fields, event.fields)
        plan = cast(Fields, entry.transaction.arguments["plan"])
        expected = _expected_of_plan(reader.genesis, cast(tuple[Fields, ...], plan["sites"]))
        reader.memory.put(
            f"plan/{fields['day']}", str(fields["revision"]), (fields["first_period"], expected)
        )
    return iter(())


def _expected_of_plan(genesis: Genesis, sites: tuple[Fields, ...]) -> Value:
    """By meter, what the plan has its connection take in each period: bought less sold, and in the paper's
    model what a park draws from the storage and puts into it as well."""
    market = dispatch_of(genesis)
    if market.model == "pooled":
        bus = sites[0]
        rows = zip(bus["buy_wh"], bus["sell_wh"], strict=True)
        return ((market.bus.meter, tuple([buy - sell for buy, sell in rows])),)
    return tuple(
        [
            (park.meter, tuple([buy - sell - charge + draw for buy, sell, charge, draw in _flows(site)]))
            for park, site in zip(market.parks, sites, strict=False)
        ]
    )


def _flows(site: Fields) -> Iterator[tuple[int, int, int, int]]:
    return zip(site["buy_wh"], site["sell_wh"], site["charge_wh"], site["discharge_wh"], strict=True)


def _plan_stands(reader: BlockReader, event: Event, _entry: Entry | None) -> Iterator[Fact]:
    fields = cast(Fields, event.fields)
    planned = reader.memory.get(f"plan/{fields['day']}", str(fields["revision"]))
    if planned is None:
        return
    first_period, rows = cast(tuple[int, tuple[tuple[Any, tuple[int, ...]], ...]], planned)
    for meter, net_wh in rows:
        yield ExpectedNoMore(meter, first_period)
        for place, energy_wh in enumerate(net_wh):
            yield Expected(meter, first_period + place, 1, energy_wh)


def _attempt_over(reader: BlockReader, event: Event, _entry: Entry | None) -> Iterator[Fact]:
    """A day that is over, or an attempt that came to nothing: its plans are forgotten."""
    day = cast(Fields, event.fields)["day"]
    for revision, _ in list(reader.memory.of(f"plan/{day}")):
        reader.memory.put(f"plan/{day}", revision, None)
    return iter(())


def _limits(reader: BlockReader, event: Event, _entry: Entry | None) -> Iterator[Fact]:
    fields, market = cast(Fields, event.fields), dispatch_of(reader.genesis)
    park = market.park(fields["by"])
    meter = market.bus.meter if park is None else park.meter
    yield Rated(meter, fields["import_w"], fields["export_w"])


def _enrolled(reader: BlockReader, event: Event, _entry: Entry | None) -> Iterator[Fact]:
    home = cast(Fields, event.fields)
    reader.memory.put("home", home["address"], (home["meter"], home["interval_periods"]))
    yield Rated(home["meter"], home["import_w"], home["export_w"])


def _ordered(reader: BlockReader, event: Event, _entry: Entry | None) -> Iterator[Fact]:
    """A home orders what it expects to lack, or to have over, in its interval."""
    fields = cast(Fields, event.fields)
    known = reader.memory.get("home", fields["home"])
    if known is not None:
        meter, periods = cast(tuple[Any, int], known)
        sign = -1 if fields["side"] == "ask" else 1
        yield Expected(meter, fields["round"], periods, sign * fields["energy_wh"])


def _withdrawn(reader: BlockReader, event: Event, _entry: Entry | None) -> Iterator[Fact]:
    fields = cast(Fields, event.fields)
    known = reader.memory.get("home", fields["home"])
    if known is not None:
        yield ExpectedNoMore(cast(tuple[Any, int], known)[0], fields["round"])


def _round_runs(_reader: BlockReader, event: Event, _entry: Entry | None) -> Iterator[Fact]:
    fields = cast(Fields, event.fields)
    if fields["after"] == RUNNING:
        yield ReadingsDue(event.contract, fields.get("round", fields.get("period")))


def _certified(reader: BlockReader, event: Event, _entry: Entry | None) -> Iterator[Fact]:
    fields = cast(Fields, event.fields)
    reader.memory.put("resource", str(fields["resource"]), fields["meter"])
    return iter(())


def _response_asked(reader: BlockReader, event: Event, entry: Entry | None) -> Iterator[Fact]:
    if entry is not None:
        fields = cast(Fields, event.fields)
        forecast = cast(Fields, entry.transaction.arguments["forecast"])
        asked = (fields["target_w"] > 0, fields["first_period"], forecast["baseline_w"])
        reader.memory.put("event", str(fields["event"]), asked)
    return iter(())


def _response_dispatched(reader: BlockReader, event: Event, entry: Entry | None) -> Iterator[Fact]:
    """Each resource's injection: what was expected of it, and its response."""
    asked = reader.memory.get("event", str(cast(Fields, event.fields)["event"]))
    if asked is None or entry is None:
        return
    is_up, first_period, rows = cast(tuple[bool, int, tuple[tuple[int, ...], ...]], asked)
    allocation_w = cast(tuple[int, ...], entry.transaction.arguments["allocation_w"])
    for place, baseline_w in enumerate(rows):
        for number, (base_w, response_w) in enumerate(zip(baseline_w, allocation_w, strict=False)):
            meter = reader.memory.get("resource", str(number))
            injection_w = base_w + (response_w if is_up else -response_w)
            energy_wh = injection_w * reader.genesis.period_s // SECONDS_PER_HOUR
            if meter is not None:
                yield Expected(cast(Any, meter), first_period + place, 1, -energy_wh)


def _response_over(reader: BlockReader, event: Event, _entry: Entry | None) -> Iterator[Fact]:
    fields = cast(Fields, event.fields)
    if fields["after"] in ENDED:
        reader.memory.put("event", str(fields["event"]), None)
    return iter(())


def _suspended(_reader: BlockReader, event: Event, _entry: Entry | None) -> Iterator[Fact]:
    fields = cast(Fields, event.fields)
    yield Equivocated(fields["member"], fields["height"])


def _pardoned(_reader: BlockReader, event: Event, _entry: Entry | None) -> Iterator[Fact]:
    yield Pardoned(cast(Fields, event.fields)["member"])


Read = Callable[[BlockReader, Event, Entry | None], Iterator[Fact]]

EVENTS: Final[Mapping[tuple[str, str], Read]] = {
    ("metering", "read"): _read,
    (DISPATCH, "absent"): _absent,
    (DISPATCH, "execute"): _told,
    (DISPATCH, "result"): _reported,
    (DISPATCH, "plan_taken"): _plan_taken,
    (DISPATCH, "plan_stands"): _plan_stands,
    (DISPATCH, "no_plan"): _attempt_over,
    (DISPATCH, "settled"): _attempt_over,
    (DISPATCH, "limits_changed"): _limits,
    (COMMUNITY, "enrolled"): _enrolled,
    (COMMUNITY, "ordered"): _ordered,
    (COMMUNITY, "withdrawn"): _withdrawn,
    (COMMUNITY, "phase"): _round_runs,
    (POOL, "phase"): _round_runs,
    (RESPONSE, "certified"): _certified,
    (RESPONSE, "triggered"): _response_asked,
    (RESPONSE, "dispatched"): _response_dispatched,
    (RESPONSE, "phase"): _response_over,
    ("membership", "suspended"): _suspended,
    ("membership", "reinstated"): _pardoned,
    ("membership", "expelled"): _pardoned,
}
"""What each contract's events mean to the rules. Corrections mean nothing: a period is judged once."""
