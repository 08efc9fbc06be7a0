"""A market in miniature that opens rounds of sharing, as dispatch does, with a chain and agents for tests."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from contracts.arguments import Length, Range
from contracts.context import Context
from contracts.contract import Contract, action
from contracts.membership.contract import Membership
from contracts.sharing import rounds
from contracts.sharing.agent import SharingMember
from contracts.sharing.contract import Sharing
from contracts.sharing.dealing import deal_arguments
from contracts.sharing.records import (
    SHARING,
    Opened,
    Opening,
    Progress,
    Round,
    decode_opened,
    decode_progress,
    decode_round,
    opened_key,
    progress_key,
    round_id,
    round_key,
)
from contracts.tdva import this_process
from crypto.address import Address
from ledger.codec import Value
from ledger.quantities import Slot, TxId
from ledger.receipt import Receipt
from ledger.stage import Stage
from tests.contracts.chain import ROLES, VALIDATORS, Chain, address, encryption_key_of, key_of, new_chain
from tests.contracts.hosts import Hosts

PARKS = ("ash", "beech", "chestnut")
WIDTH = 4
VALUE_MAX = 10**6
CURVES: dict[str, tuple[int, ...]] = {
    "ash": (120, -40, 7_000, 0),
    "beech": (1, 2, 3, 4),
    "chestnut": (-500, 60, -7_100, 999),
}
DEAL_SLOTS, COMPLAIN_SLOTS, OPEN_SLOTS = 9, 6, 12


class Market(Contract):
    """Its trigger opens a round for these dealers; a declaration is checked against a dealing."""

    name = "market"

    @action(roles=None, stage=Stage.TRIGGER)
    def trigger(
        self, ctx: Context, opening: Opening, dealers: Annotated[tuple[Address, ...], Length(0, 600)]
    ) -> None:
        deal_until = Slot(ctx.slot + DEAL_SLOTS)
        complain_until = Slot(deal_until + COMPLAIN_SLOTS)
        rounds.open_round(
            ctx,
            this_process(ctx),
            opening=opening,
            dealers=dealers,
            width=WIDTH,
            value_max=VALUE_MAX,
            deal_until=deal_until,
            complain_until=complain_until,
            open_until=Slot(complain_until + OPEN_SLOTS),
        )

    @action(roles=None)
    def declare(
        self,
        ctx: Context,
        process: TxId,
        weights: Annotated[tuple[int, ...], Length(WIDTH)],
        result: Annotated[int, Range(-(2**62), 2**62)],
        proof: Annotated[bytes, Length(0, 4_096)],
    ) -> None:
        rounds.check_declared(ctx, process, 0, ctx.sender, weights, result, proof)
        ctx.put(f"declared/{ctx.sender}", result)


def sharing_chain(
    committee: Sequence[str] = VALIDATORS,
    roles: Mapping[str, tuple[str, ...]] = ROLES,
    **parameters: Value,
) -> Chain:
    roles = {**roles, **dict.fromkeys(committee, ("validator",))}
    contracts = [Membership(), Sharing(), Market()]
    return new_chain(contracts, {SHARING: parameters}, roles=roles, committee=committee)


def member_agent(name: str) -> SharingMember:
    return SharingMember(key_of(name), encryption_key_of(name))


def hosts_of(chain: Chain, names: Sequence[str]) -> Hosts:
    return Hosts(chain, [member_agent(name) for name in names])


def trigger(chain: Chain, opening: Opening = Opening.SUM, dealers: Sequence[str] = PARKS) -> TxId:
    """Open a round in a block of its own; returns the process."""
    transaction = chain.send("alder", "market", "trigger", trigger_arguments(opening, dealers), Stage.TRIGGER)
    (receipt,) = chain.make_block()
    assert receipt.ok, receipt.error
    return transaction.tx_id


def trigger_again(chain: Chain, process: TxId) -> Receipt:
    arguments = trigger_arguments(Opening.SUM, PARKS)
    return chain.call("alder", "market", "trigger", arguments, Stage.TRIGGER, (process,))


def trigger_arguments(opening: Opening, dealers: Sequence[str]) -> dict[str, Value]:
    return {"opening": opening.value, "dealers": tuple(address(name) for name in dealers)}


def arguments_of(chain: Chain, process: TxId, name: str, number: int = 0) -> dict[str, Value]:
    """What an honest park deals."""
    opened = round_of(chain, process, number)
    return deal_arguments(key_of(name), chain.genesis.hash, opened, CURVES[name])


def send_all(chain: Chain, process: TxId, names: Sequence[str] = PARKS, number: int = 0) -> None:
    """Every park deals, all in the next block."""
    for name in names:
        chain.send(name, SHARING, "deal", arguments_of(chain, process, name, number))


def round_of(chain: Chain, process: TxId, number: int = 0) -> Round:
    return decode_round(chain.get(SHARING, round_key(round_id(process, number))))


def progress_of(chain: Chain, process: TxId, number: int = 0) -> Progress:
    return decode_progress(chain.get(SHARING, progress_key(round_id(process, number))))


def opened_of(chain: Chain, process: TxId, dealer: str = "", number: int = 0) -> Opened | None:
    target = address(dealer) if dealer else ""
    value = chain.get(SHARING, opened_key(round_id(process, number), target))
    return None if value is None else decode_opened(value)


def total(names: Sequence[str] = PARKS) -> tuple[int, ...]:
    return tuple(map(sum, zip(*(CURVES[name] for name in names), strict=True)))
