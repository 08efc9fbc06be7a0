"""The electricity purchase and sale contracts (Liu and Ai 2024, Table 2) that follow from a plan.

`pooled`: the provider, who operates the bus, trades with the grid; each park trades with the provider at the
bus's price, and its energies are the forecast that it committed to. `paper`: the provider and each park trade
with the grid at its tariff, and each park with the provider for its flows to and from the storage, at the
middle of the tariff; what only passes a park on its way is settled at the grid's price.
"""

from collections.abc import Iterator

from contracts.context import Context
from contracts.dispatch.days import calendar_of, get_schedule, process_id
from contracts.dispatch.model import Flows, Series, Tariff
from contracts.dispatch.parameters import Parameters
from contracts.dispatch.records import (
    DayRecord,
    PlanRecord,
    Trade,
    confirmed_key,
    encode_record,
    trade_key,
)
from contracts.dispatch.refusals import DoneBefore, NotConcerned, NotNow, TooLate
from contracts.sharing import rounds
from crypto.address import Address
from ledger.quantities import Amount, Day, divide_half_even

NANO_PER_AMOUNT = 1_000


def make_trades(
    ctx: Context, parameters: Parameters, record: DayRecord, revision: int, plan: PlanRecord, tariff: Tariff
) -> None:
    """Record the contracts of a plan that stands now, and notify both parties of each.

    `tariff` has the plan's periods.
    """
    is_pooled = parameters.model == "pooled"
    trades = _pooled(ctx, parameters, record, plan, tariff) if is_pooled else _paper(parameters, plan, tariff)
    for number, trade in enumerate(trades):
        ctx.put(trade_key(record.day, revision, number), encode_record(trade))
        ctx.emit(
            "contract_made",
            day=record.day,
            revision=revision,
            number=number,
            buyer=trade.buyer,
            seller=trade.seller,
            purchase_wh=sum(trade.purchase_wh),
            sale_wh=sum(trade.sale_wh),
            cost=trade.cost,
        )


def confirm(ctx: Context, day: Day, revision: int) -> None:
    """The sender confirms all its contracts of a revision."""
    parameters = calendar_of(ctx).parameters
    schedule = get_schedule(ctx, day, revision)
    if schedule is None or ctx.get(trade_key(day, revision, 0)) is None:
        raise NotNow(day, "without such contracts", f"there are none of revision {revision}")
    if ctx.sender not in parameters.parties:
        raise NotConcerned(ctx.sender, "a party to these contracts")
    if ctx.get(confirmed_key(day, revision, ctx.sender)) is not None:
        raise DoneBefore(f"{ctx.sender} confirmed revision {revision} of day {day} before")
    if ctx.slot > schedule.answer_until:
        raise TooLate("the confirmation", schedule.answer_until, ctx.slot)
    ctx.put(confirmed_key(day, revision, ctx.sender), ctx.slot)
    ctx.emit("confirmed", day=day, revision=revision, party=ctx.sender)


def unconfirmed(ctx: Context, parameters: Parameters, day: Day, revision: int) -> tuple[Address, ...]:
    """The parties that have not confirmed."""
    return tuple(
        party for party in parameters.parties if ctx.get(confirmed_key(day, revision, party)) is None
    )


def _pooled(
    ctx: Context, parameters: Parameters, record: DayRecord, plan: PlanRecord, tariff: Tariff
) -> Iterator[Trade]:
    bus = plan.sites[0]
    yield _trade(parameters.provider, parameters.grid, plan, bus.buy_wh, bus.sell_wh, tariff)
    process = process_id(record)
    standing = rounds.get_progress(ctx, process, plan.round).standing
    for park in parameters.parks:
        is_dealt = park.address in standing
        commitment = (
            rounds.get_dealing(ctx, process, plan.round, park.address).commitments[0] if is_dealt else b""
        )
        prices = plan.bus_ukwh, plan.bus_ukwh
        yield Trade(
            park.address, parameters.provider, plan.first_period, (), (), *prices, Amount(0), commitment
        )


def _paper(parameters: Parameters, plan: PlanRecord, tariff: Tariff) -> Iterator[Trade]:
    own = plan.sites[-1]
    yield _trade(parameters.provider, parameters.grid, plan, own.buy_wh, own.sell_wh, tariff)
    columns = zip(tariff.buy_ukwh, tariff.sell_ukwh, strict=True)
    middle = tuple(divide_half_even(buy + sell, 2) for buy, sell in columns)
    for park, flows in zip(parameters.parks, plan.sites, strict=False):
        yield _trade(park.address, parameters.grid, plan, flows.buy_wh, flows.sell_wh, tariff)
        yield _storage_trade(park.address, parameters.provider, plan, flows, middle)


def _storage_trade(
    park: Address, provider: Address, plan: PlanRecord, flows: Flows, middle_ukwh: Series
) -> Trade:
    tariff = Tariff(middle_ukwh, middle_ukwh)
    return _trade(park, provider, plan, flows.discharge_wh, flows.charge_wh, tariff)


def _trade(
    buyer: Address, seller: Address, plan: PlanRecord, purchase_wh: Series, sale_wh: Series, tariff: Tariff
) -> Trade:
    nano = sum(map(int.__mul__, purchase_wh, tariff.buy_ukwh)) - sum(
        map(int.__mul__, sale_wh, tariff.sell_ukwh)
    )
    cost = Amount(divide_half_even(nano, NANO_PER_AMOUNT))
    prices = tariff.buy_ukwh, tariff.sell_ukwh
    return Trade(buyer, seller, plan.first_period, purchase_wh, sale_wh, *prices, cost, b"")
