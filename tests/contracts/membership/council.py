"""A chain whose committee governs itself, and what its members do, by name."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from contracts.account.contract import Account
from contracts.contract import Contract
from contracts.membership import queries
from contracts.membership.applications import Application
from contracts.membership.contract import Membership
from contracts.membership.members import Member
from contracts.membership.parameters import EnergyType
from contracts.membership.proposals import electorate_of
from crypto.authority import Authority
from crypto.hashing import sha256
from crypto.keys import PrivateKey
from ledger.ballots import Ballot, Kind, SignedBallot
from ledger.certification import Certification, Revocation
from ledger.codec import Value
from ledger.quantities import Height, Round, Slot
from ledger.receipt import Receipt
from tests.contracts.chain import Chain, address, encryption_key_of, key_of, new_chain

MEMBERSHIP = "membership"
AUTHORITY_KEY = PrivateKey.from_secret(7_001)
START = datetime(2024, 1, 1, tzinfo=UTC)
AUTHORITY = Authority.create(AUTHORITY_KEY, "Committee", START, START + timedelta(days=3650)).certificate_der
FOREVER = Slot(2**40)


def found(parameters: Mapping[str, Value] | None = None, *more: Contract, **genesis: Any) -> Chain:
    """A chain of the usual members, with an authority."""
    given = {MEMBERSHIP: parameters or {}}
    return new_chain([Membership(), Account(), *more], given, **{"authority": AUTHORITY, **genesis})


def application(name: str, **stated: Any) -> Application:
    """What `name` states if it has a solar roof and nothing else to say."""
    usual = Application(
        key_of(name).public_key, encryption_key_of(name).public_key, name, name.title(), "Hamburg",
        EnergyType.SOLAR, 5_000, 4_000, 10_000, ("validator",), FOREVER,
    )  # fmt: skip
    return replace(usual, **stated)


def certification(chain: Chain, name: str, serial: int = 2, **stated: Any) -> Certification:
    """The authority's, for ever unless said otherwise."""
    key = key_of(name)
    usual = Certification(
        chain.genesis.hash, key.address, key.public_key, name.title(), ("prosumer", "validator"), serial,
        Slot(0), FOREVER,
    )  # fmt: skip
    return replace(usual, **stated)


def applied(chain: Chain, stated: Application, certified: Certification) -> dict[str, Value]:
    """The arguments of `apply`."""
    return {
        "application": stated.to_value(),
        "signature": key_of(stated.name).sign(stated.statement(chain.genesis.hash)),
        "certification": certified.encode(),
        "certification_signature": certified.sign(AUTHORITY_KEY),
    }


def renewal(certified: Certification) -> dict[str, Value]:
    return {"certification": certified.encode(), "signature": certified.sign(AUTHORITY_KEY)}


def revocation(chain: Chain, name: str, serial: int = 2) -> dict[str, Value]:
    statement = Revocation(chain.genesis.hash, address(name), serial, "key_compromise")
    return {"revocation": statement.encode(), "signature": statement.sign(AUTHORITY_KEY)}


def record(chain: Chain, name: str) -> Member:
    """What the chain knows of a member."""
    return next(member for member in queries.list_members(chain.head.state) if member.name == name)


def seated(chain: Chain, ahead: int = 1) -> list[str]:
    """The names of those who decide on the next height, or on the one after it."""
    return [member.name for member in queries.committee(chain.head.state, chain.head.height + ahead)]


def latest(chain: Chain) -> int:
    """The number of the latest proposal; 0 before the first."""
    return cast(int, chain.get(MEMBERSHIP, "proposals") or 0)


def vote(chain: Chain, voter: str, number: int, approve: bool = True, reached: bool = True) -> Receipt:
    return chain.call(voter, MEMBERSHIP, "vote", ballot(number, approve, reached))


def ballot(number: int, approve: bool = True, reached: bool = True) -> dict[str, Value]:
    return {"proposal": number, "approve": approve, "reached": reached}


def propose(chain: Chain, kind: str, name: str, proposer: str = "alder") -> Receipt:
    arguments = {"kind": kind, "member": address(name), "reason": "because"}
    return chain.call(proposer, MEMBERSHIP, "propose", arguments)


def carry(chain: Chain, number: int) -> Receipt:
    """A quorum votes for a proposal, all in one block; the receipt of the deciding vote."""
    committee = queries.committee(chain.head.state, chain.head.height + 1)
    electorate = electorate_of(committee)
    voters = [member.name for member in committee if member.address in electorate.voters]
    for voter in voters[: electorate.quorum]:
        chain.send(voter, MEMBERSHIP, "vote", ballot(number))
    return chain.make_block()[-1]


def decide(chain: Chain, kind: str, name: str) -> Receipt:
    """Propose and carry something about a member."""
    assert propose(chain, kind, name, seated(chain)[0]).ok
    return carry(chain, latest(chain))


def join(chain: Chain, name: str, roles: Sequence[str] = ("validator",), last_slot: Slot = FOREVER) -> None:
    """An applicant becomes a member."""
    certified = certification(chain, name, last_slot=last_slot)
    arguments = applied(chain, application(name, roles=tuple(roles)), certified)
    assert chain.call("alder", MEMBERSHIP, "apply", arguments).ok
    assert carry(chain, latest(chain)).ok
    chain.learn(name)


def shown(chain: Chain, back: int = 0) -> dict[str, Value]:
    """The arguments of `show_synced`, for the head or a block below it."""
    header = chain.blocks[-1 - back].block.header
    return {"height": header.height, "block": header.hash}


def enter(chain: Chain, name: str) -> Receipt:
    """A member enters the committee."""
    assert chain.call(name, MEMBERSHIP, "show_synced", shown(chain)).ok
    return decide(chain, "admit", name)


def evidence(chain: Chain, name: str, height: int) -> dict[str, Value]:
    """Two prepares of one round for two blocks."""
    key = key_of(name)
    votes = [Ballot(Kind.PREPARE, Height(height), Round(0), sha256(block)) for block in (b"one", b"other")]
    first, second = (SignedBallot(vote, key.sign(vote.statement(chain.genesis.hash))).raw for vote in votes)
    return {"validator": key.address, "first": first, "second": second}


def report(chain: Chain, name: str, height: int | None = None, reporter: str = "ash") -> Receipt:
    arguments = evidence(chain, name, chain.head.height if height is None else height)
    return chain.call(reporter, MEMBERSHIP, "report_equivocation", arguments)


def refused(chain: Chain, sender: str, action: str, arguments: Mapping[str, Value]) -> str:
    """The error by which a call fails; nothing has changed but the sender's sequence, and what hooks do."""
    before = dict(chain.head.state.items())
    receipt = chain.call(sender, MEMBERSHIP, action, arguments)
    assert not receipt.ok
    assert not receipt.events
    after = dict(chain.head.state.items())
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert all(key.startswith((b"ledger/", b"membership/recent")) for key in changed)
    return receipt.error.partition(":")[0]
