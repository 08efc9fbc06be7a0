"""What members send to contracts, and agents to each other."""

import dataclasses
import types
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from contracts.community.orders import Side
from contracts.contract import Action
from contracts.dispatch.records import Phase
from contracts.metering.readings import Carrier
from contracts.pool.agents.messages import BidMessage
from contracts.pool.bids import Bid, SignedBid
from contracts.sharing.messages import ShareMessage, WantMessage
from crypto.address import Address
from crypto.hashing import Digest
from ledger.application import Context
from ledger.codec import Value, decode, encode
from ledger.errors import DecodeError
from ledger.overlay import Overlay
from ledger.quantities import EnergyWh, Height, PriceUkwh, TxId
from ledger.transaction import Transaction
from tests.contracts.chain import VALIDATORS, Chain, address, key_of
from tests.contracts.dispatch_day.market import Market
from tests.fuzz.target import Broken, Target, judges, reads

BYTES_MAX = 2**16
PHASES = (Phase.FORECASTING, Phase.PLANNING, Phase.RUNNING, Phase.METERING, Phase.SETTLED)


@cache
def day() -> tuple[Sequence[Chain], Sequence[Transaction]]:
    """The market's chain at a few points of the day, and all that its members sent until then."""
    found, market = [], Market()
    for phase in PHASES:
        market.run_until(phase)
        found.append(market.fork().chain)
    return found, [transaction for block in market.chain.blocks for transaction in block.transactions]


def call(data: bytes) -> None:
    call_on(day()[0], data)


def call_on(chains: Sequence[Chain], data: bytes) -> None:
    """Call any action, as any member, with any arguments: it succeeds, or fails and changes nothing."""
    match decode(data, max_bytes=BYTES_MAX):
        case (int(at), int(sender), str(contract), str(name), dict(arguments), tuple(links)):
            chain = chains[at % len(chains)]
            ids = tuple(TxId(link) for link in links if isinstance(link, bytes))
            check_call(chain, transaction_of(chain, sender, contract, name, arguments, ids))


def transaction_of(
    chain: Chain, sender: int, contract: str, name: str, arguments: dict[str, Value], links: tuple[TxId, ...]
) -> Transaction:
    """Unsigned: signatures are the ledger's to check, before a contract sees anything."""
    members = chain.genesis.members
    key = key_of(members[sender % len(members)].name)
    action = chain.runtime.actions.get(contract, {}).get(name)
    return Transaction(
        1, chain.genesis.hash, contract, name, arguments, action.stage if action else None, links,
        key.address, 0, chain.slot, key.public_key, bytes(64),
    )  # fmt: skip


def check_call(chain: Chain, transaction: Transaction) -> None:
    overlay = Overlay(chain.head.state)
    context = Context(chain.genesis, Height(chain.head.height + 1), chain.slot, chain.head.hash, 2)
    receipt = chain.runtime.execute(overlay, transaction, context)
    if receipt.steps > chain.genesis.limits.block_steps:
        raise Broken(f"a call takes {receipt.steps} steps")
    if not receipt.ok and (overlay.changes or receipt.events or not receipt.error):
        raise Broken(f"a call that failed ({receipt.error!r}) changed something")


def calls() -> Iterator[bytes]:
    """Of each action one that a member of the market sent; else one with arguments of the right types."""
    chains, sent = day()
    yield from calls_sent(chains, sent)
    chain, by_action = chains[-1], {(each.contract, each.action) for each in sent}
    for contract, actions in chain.runtime.actions.items():
        for name, action in actions.items():
            if (contract, name) not in by_action:
                yield encode((2, sender_for(chain, action), contract, name, example_arguments(action), ()))


def calls_sent(chains: Sequence[Chain], sent: Sequence[Transaction]) -> Iterator[bytes]:
    """The first call of each action that was sent, on each of the chains."""
    places = {member.address: place for place, member in enumerate(chains[0].genesis.members)}
    by_action = {(each.contract, each.action): each for each in reversed(sent)}
    for at in range(len(chains)):
        for each in by_action.values():
            yield encode((at, places[each.sender], each.contract, each.action, each.arguments, each.links))


def sender_for(chain: Chain, action: Action) -> int:
    """The place of a member that may do it."""
    roles = action.roles
    return next(
        place
        for place, member in enumerate(chain.genesis.members)
        if roles is None or not {*roles}.isdisjoint(member.roles)
    )


def example_arguments(action: Action) -> dict[str, Value]:
    hints = get_type_hints(action.handler, include_extras=True)
    return {name: example(hints[name]) for name in action.checks}


def example(annotation: Any, bound: Any = None) -> Any:
    """A small argument of an action's annotation (contracts.arguments)."""
    items = get_args(annotation)
    if get_origin(annotation) is Annotated:
        return example(*items[:2])
    if annotation is Address:
        return address(VALIDATORS[0])
    if annotation in (TxId, Digest):
        return day()[1][0].tx_id
    if hasattr(annotation, "__supertype__"):
        return example(annotation.__supertype__, bound)
    if get_origin(annotation) in (Union, types.UnionType):
        return example(items[0], bound)
    if get_origin(annotation) is tuple:
        many = (items[0],) * max(bound.least, 1) if items[-1] is Ellipsis else items
        return tuple(example(item) for item in many)
    return example_of_class(annotation, bound)


def example_of_class(kind: Any, bound: Any) -> Any:
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind, include_extras=True)
        return {field.name: example(hints[field.name]) for field in dataclasses.fields(kind)}
    if issubclass(kind, StrEnum):
        return next(iter(kind)).value
    if kind in (bool, int):
        return kind(min(bound.most, max(bound.least, 1)) if bound else 1)
    return kind(max(bound.least, 1)) if kind is bytes else "a" * max(bound.least, 1)


def share_messages() -> Iterator[bytes]:
    yield ShareMessage("00/0", "", bytes(64)).encode()


def want_messages() -> Iterator[bytes]:
    yield WantMessage("00/0").encode()


def bid_messages() -> Iterator[bytes]:
    bid = Bid(address(VALIDATORS[0]), Carrier.HEAT, Side.ASK, EnergyWh(500), PriceUkwh(300_000))
    yield BidMessage(1_920_114, 0, SignedBid(bid, bytes(64))).encode()


def read_bid(data: bytes) -> BidMessage:
    return BidMessage.decode(data, address(VALIDATORS[0]))


TARGETS = {
    "bid-message": Target(reads(read_bid, BidMessage.encode, DecodeError), bid_messages),
    "call": Target(judges(call, DecodeError), calls, bytes_max=16_384, share=4),
    "share-message": Target(reads(ShareMessage.decode, ShareMessage.encode, DecodeError), share_messages),
    "want-message": Target(reads(WantMessage.decode, WantMessage.encode, DecodeError), want_messages),
}
