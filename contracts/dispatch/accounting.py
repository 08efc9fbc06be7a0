"""Accounting of a day: what parks declare, and who pays what.

The mathematics is settlement.py's, the money moves in payments.py.
"""

from collections.abc import Iterator
from typing import cast

from contracts import tdva
from contracts.context import Context
from contracts.dispatch.book import IDLE, Book, read_book
from contracts.dispatch.days import calendar_of, check_process, get_day, process_id
from contracts.dispatch.model import Park, Series, paper_problem
from contracts.dispatch.parameters import Calendar, Parameters
from contracts.dispatch.payments import pay
from contracts.dispatch.records import (
    DayRecord,
    Phase,
    Weights,
    declared_key,
    decode_weights,
    settlement_key,
    verifications_key,
    weights_key,
)
from contracts.dispatch.refusals import DoneBefore, ImplausibleShare, NotConcerned, NotNow, TooLate
from contracts.dispatch.settlement import (
    Completed,
    Settlement,
    complete_pooled,
    imbalance_prices,
    planned_connection,
    settle_pooled,
    share_weights,
)
from contracts.dispatch.settlement_paper import complete_paper, planned_storage_flow, settle_paper
from contracts.dispatch.storage import energy_in_period
from contracts.sharing import rounds
from crypto.address import Address
from crypto.hashing import Digest
from ledger.quantities import Day, Slot

STEPS_A_READING = 80
"""Settling takes less than so many steps for each reading of the day; what does not fit a block is never
settled."""


def prepare(ctx: Context, calendar: Calendar, record: DayRecord) -> None:
    """When all readings are in or absent: publish what parks declare by, and what the accounting has to
    name."""
    root = tdva.verifications_root(ctx, process_id(record))
    ctx.put(verifications_key(record.day), root)
    weights: tuple[Weights, ...] = ()
    if calendar.parameters.model == "pooled":
        book = read_book(ctx, calendar, record)
        weights = tuple(_weights(book, _prices(book, _completed(book))))
    ctx.put(weights_key(record.day), tuple((row.round, row.weights) for row in weights))
    ctx.emit("metered", day=record.day, rounds=tuple(row.round for row in weights), verifications=root)


def declare(ctx: Context, day: Day, number: int, nano: int, proof: bytes) -> None:
    """A park declares z of its forecast in one round, with the proof that it is what its dealing gives."""
    calendar, record = calendar_of(ctx), get_day(ctx, day)
    if calendar.parameters.park(ctx.sender) is None:
        raise NotConcerned(ctx.sender, "a park of this market")
    if record.phase is not Phase.DECLARING:
        raise NotNow(day, record.phase, "its weights are not known, or it is settled")
    due = declaring_until(calendar, record)
    if ctx.slot > due:
        raise TooLate("the declaration", due, ctx.slot)
    weights = next((row.weights for row in _known_weights(ctx, day) if row.round == number), None)
    if weights is None:
        raise NotNow(day, record.phase, f"nothing is to be declared of round {number}")
    # A commitment may hide values of any size: two parks could deal huge ones that cancel in the opened sum,
    # one be paid for its own, and the other never pay.
    most_nano = calendar.parameters.forecast_wh_max * sum(map(abs, weights))
    if abs(nano) > most_nano:
        raise ImplausibleShare(nano, most_nano)
    key = declared_key(day, number, ctx.sender)
    if ctx.get(key) is not None:
        raise DoneBefore(f"{ctx.sender} has declared for round {number} of day {day}")
    rounds.check_declared(ctx, process_id(record), number, ctx.sender, weights, nano, proof)
    ctx.put(key, nano)
    ctx.emit("declared", day=day, number=number, park=ctx.sender, nano=nano)


def declaring_until(calendar: Calendar, record: DayRecord) -> Slot:
    """The last slot of declaring."""
    return Slot(record.since + calendar.parameters.windows.declare_slots)


def settle(ctx: Context, day: Day, root: Digest) -> None:
    """Pay everybody for the day. Whether it was done before, the process' links say."""
    calendar, record = calendar_of(ctx), get_day(ctx, day)
    check_process(ctx, record)
    if record.phase is not Phase.DECLARING:
        raise NotNow(day, record.phase, "its readings are not all in")
    tdva.check_verifications(ctx, root)
    parameters = calendar.parameters
    declared = tuple(_declared(ctx, record, park.address) for park in parameters.parks)
    due = declaring_until(calendar, record)
    if None in declared and ctx.slot <= due:
        raise NotNow(day, record.phase, f"not all parks have declared, and they may until slot {due}")
    book = read_book(ctx, calendar, record)
    settlement = _settlement(ctx, parameters, record, book, declared)
    pay(ctx, parameters, day, settlement)
    ctx.put(settlement_key(day), {"accounting": ctx.tx_id, "slot": ctx.slot, "loss": settlement.loss})
    ctx.emit("settled", day=day, accounting=ctx.tx_id, loss=settlement.loss)


def _settlement(
    ctx: Context, parameters: Parameters, record: DayRecord, book: Book, declared: tuple[int | None, ...]
) -> Settlement:
    if parameters.model == "paper":
        return _paper(ctx, parameters, book)
    energies = _completed(book)
    return settle_pooled(
        bus=book.plan.sites[0],
        net_wh=book.forecasts.net_wh,
        bus_ukwh=_prices(book, energies),
        buy_ukwh=book.tariff.buy_ukwh,
        sell_ukwh=book.tariff.sell_ukwh,
        energies=energies,
        declared_nano=declared,
    )


def _paper(ctx: Context, parameters: Parameters, book: Book) -> Settlement:
    """The tariff of the day and the forecasts in force are put as one problem, which only the settlement
    sees."""
    period_s = ctx.genesis.period_s
    parks = tuple(
        Park(*curves, energy_in_period(park.import_w, period_s), energy_in_period(park.export_w, period_s))
        for park, curves in zip(parameters.parks, book.forecasts.parks, strict=True)
    )
    problem = paper_problem(
        first_period=0,
        period_s=period_s,
        tariff=book.tariff,
        storage=parameters.storage,
        initial_charge=0,
        target_charge=0,
        parks=parks,
    )
    planned = (*(site.net_wh for site in problem.sites[:-1]), planned_storage_flow(book.plan))
    *parks_wh, storage_wh = complete_paper((*book.metered.parks_wh, book.metered.storage_wh), planned)
    return settle_paper(problem, book.plan, tuple(parks_wh), storage_wh)


def _completed(book: Book) -> Completed:
    return complete_pooled(book.metered, book.plan.sites[0], book.forecasts.net_wh)


def _prices(book: Book, energies: Completed) -> Series:
    """The bus's prices; where no plan was in force, all energy has the imbalance price."""
    imbalance = _imbalance(book, energies)
    columns = zip(book.rounds, book.bus_ukwh, imbalance, strict=True)
    return tuple(fallback if number == IDLE else price for number, price, fallback in columns)


def _imbalance(book: Book, energies: Completed) -> Series:
    planned_wh = planned_connection(book.plan.sites[0])
    return imbalance_prices(energies.connection_wh, planned_wh, book.tariff.buy_ukwh, book.tariff.sell_ukwh)


def _weights(book: Book, bus_ukwh: Series) -> Iterator[Weights]:
    """For each round of forecasts in use its weights, which are 0 in the periods of others."""
    weights = share_weights(bus_ukwh, _imbalance(book, _completed(book)))
    for number in sorted({*book.rounds} - {IDLE}):
        columns = zip(weights, book.rounds, strict=True)
        yield Weights(number, tuple(weight if used == number else 0 for weight, used in columns))


def _known_weights(ctx: Context, day: Day) -> tuple[Weights, ...]:
    return decode_weights(ctx.get(weights_key(day)))


def _declared(ctx: Context, record: DayRecord, park: Address) -> int | None:
    """The sum of what a park declared; 0 of one whose forecast was not counted, None if a part is missing."""
    total = 0
    for row in _known_weights(ctx, record.day):
        if park not in rounds.get_progress(ctx, process_id(record), row.round).standing:
            continue
        nano = cast(int | None, ctx.get(declared_key(record.day, row.round, park)))
        if nano is None:
            return None
        total += nano
    return total
