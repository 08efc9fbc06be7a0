"""What is refused in a round, with what error; and who is out of it."""

from collections.abc import Mapping

import pytest

from contracts.sharing.dealing import binding_base, complaint_arguments, deal, declare
from contracts.sharing.errors import BadThreshold
from contracts.sharing.records import (
    SHARING,
    Opening,
    Phase,
    dealing_context,
    share_context,
    shares_key,
)
from contracts.sharing.rounds import ROUNDS_ACTIVE_MAX
from crypto import dleq, ecies
from crypto.entropy import expand
from crypto.field import ORDER, encode_scalars
from crypto.group import multiply
from ledger.codec import Value
from ledger.quantities import TxId
from ledger.receipt import Receipt
from ledger.stage import Stage
from tests.contracts.chain import VALIDATORS, Chain, address, encryption_key_of, key_of
from tests.contracts.sharing.market import (
    COMPLAIN_SLOTS,
    CURVES,
    DEAL_SLOTS,
    PARKS,
    VALUE_MAX,
    WIDTH,
    arguments_of,
    hosts_of,
    opened_of,
    progress_of,
    round_of,
    send_all,
    sharing_chain,
    total,
    trigger,
    trigger_again,
    trigger_arguments,
)


@pytest.fixture
def chain() -> Chain:
    return sharing_chain()


def refused(chain: Chain, error: str, name: str, action: str, arguments: Mapping[str, Value]) -> Receipt:
    """The call fails with this error, and only the sender's sequence number changes."""
    before = dict(chain.head.state.items())
    receipt = chain.call(name, SHARING, action, arguments)
    assert not receipt.ok
    assert receipt.error.startswith(f"{error}: "), receipt.error
    after = dict(chain.head.state.items())
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert all(key.startswith((b"ledger/", b"membership/recent")) for key in changed)
    return receipt


def bad_share_arguments(chain: Chain, process: TxId, dealer: str, victim: int) -> dict[str, Value]:
    """A dealing in which everything is right but one member's share."""
    opened = round_of(chain, process)
    arguments = arguments_of(chain, process, dealer)
    secret = deal(key_of(dealer), chain.genesis.hash, opened, CURVES[dealer])
    first, *rest = secret.polynomial.share_at(victim)
    context = share_context(chain.genesis.hash, process, 0, address(dealer), victim)
    wrong = encode_scalars((first + 1, *rest))
    sealed = ecies.encrypt_from(secret.ephemeral, opened.keys[victim - 1], wrong, context)
    shares = list(arguments["shares"])  # type: ignore[arg-type]
    shares[victim - 1] = sealed
    return {**arguments, "shares": tuple(shares)}


def complaint(chain: Chain, process: TxId, name: str, dealer: str) -> dict[str, Value]:
    opened = round_of(chain, process)
    member = VALIDATORS.index(name) + 1
    shares = chain.get(SHARING, shares_key(opened.id, address(dealer)))
    return complaint_arguments(
        encryption_key_of(name),
        chain.genesis.hash,
        opened,
        address(dealer),
        member,
        shares[member - 1],  # type: ignore[index]
    )


@pytest.mark.parametrize("victim", [1, 4])
def test_a_dealer_of_a_bad_share_is_out_and_the_rest_is_summed(chain: Chain, victim: int) -> None:
    hosts = hosts_of(chain, VALIDATORS)
    process = trigger(chain)
    send_all(chain, process, ("beech", "chestnut"))
    chain.send("ash", SHARING, "deal", bad_share_arguments(chain, process, "ash", victim))
    hosts.run_to(round_of(chain, process).open_until)
    assert progress_of(chain, process).out == (address("ash"),)
    complaints = [who for who, submit in hosts.submissions if submit.action == "complain"]
    assert complaints == [address(VALIDATORS[victim - 1])]
    opened = opened_of(chain, process)
    assert opened is not None
    assert opened.values == total(("beech", "chestnut"))
    assert opened.dealers == (address("beech"), address("chestnut"))


def test_a_ciphertext_that_does_not_decrypt_puts_the_dealer_out(chain: Chain) -> None:
    process = trigger(chain)
    arguments = arguments_of(chain, process, "ash")
    first, *rest = arguments["shares"]  # type: ignore[misc]
    arguments["shares"] = (first[:-1] + bytes([first[-1] ^ 1]), *rest)  # type: ignore[index]
    assert chain.call("ash", SHARING, "deal", arguments).ok
    assert chain.call("alder", SHARING, "complain", complaint(chain, process, "alder", "ash")).ok
    assert progress_of(chain, process).out == (address("ash"),)
    refused(chain, "AlreadyDealt", "ash", "deal", arguments_of(chain, process, "ash"))


def test_a_false_complaint_is_refused(chain: Chain) -> None:
    process = trigger(chain)
    send_all(chain, process)
    chain.make_block()
    arguments = complaint(chain, process, "alder", "ash")
    refused(chain, "FalseComplaint", "alder", "complain", arguments)
    assert progress_of(chain, process).out == ()


def test_a_complaint_with_another_point_is_refused(chain: Chain) -> None:
    process = trigger(chain)
    send_all(chain, process)
    chain.make_block()
    arguments = complaint(chain, process, "alder", "ash")
    wrong = {**arguments, "point": multiply(5, binding_base())}
    refused(chain, "BadComplaint", "alder", "complain", wrong)
    refused(chain, "BadComplaint", "birch", "complain", arguments)
    refused(chain, "NotHolder", "beech", "complain", arguments)


def test_complaints_end_with_their_window(chain: Chain) -> None:
    process = trigger(chain)
    chain.send("ash", SHARING, "deal", bad_share_arguments(chain, process, "ash", 1))
    send_all(chain, process, ("beech", "chestnut"))
    chain.make_block()
    arguments = complaint(chain, process, "alder", "ash")
    chain.run_to(round_of(chain, process).complain_until + 1)
    refused(chain, "WrongPhase", "alder", "complain", arguments)


def test_nobody_deals_with_the_ephemeral_key_of_another(chain: Chain) -> None:
    """Else a complaint about the copy would open the original, whose shared point it is."""
    process = trigger(chain)
    send_all(chain, process, ("ash",))
    chain.make_block()
    copied = arguments_of(chain, process, "ash")
    refused(chain, "BadDealing", "beech", "deal", copied)
    own = arguments_of(chain, process, "beech")
    ephemeral = copied["shares"][0][:33]  # type: ignore[index]
    shares = tuple(ephemeral + share[33:] for share in own["shares"])  # type: ignore[union-attr]
    refused(chain, "BadDealing", "beech", "deal", {**own, "shares": shares})
    # A key that is related to it is no better: whoever made it does not know its logarithm.
    context = dealing_context(chain.genesis.hash, process, 0, address("beech"))
    proof = dleq.prove(7, binding_base(), context, expand(bytes(32)))
    refused(chain, "BadDealing", "beech", "deal", {**own, "shares": shares, "proof": proof})


def test_dealings_of_a_wrong_shape_are_refused(chain: Chain) -> None:
    process = trigger(chain)
    good = arguments_of(chain, process, "ash")
    commitments, shares = good["commitments"], good["shares"]
    not_a_point = b"\x02" + b"\xff" * 32
    wrong: list[dict[str, Value]] = [
        {"commitments": commitments[:-1]},  # type: ignore[index]
        {"commitments": (not_a_point, *commitments[1:])},  # type: ignore[index, misc]
        {"shares": shares[:-1]},  # type: ignore[index]
        {"shares": (*shares[:-1], shares[-1] + b"x")},  # type: ignore[index, misc, operator]
        {"shares": (*shares[:-1], bytes(33) + shares[-1][33:])},  # type: ignore[index, misc, call-overload]
        {"proof": bytes(64)},
        {"binding": not_a_point},
    ]
    for changed in wrong:
        refused(chain, "BadDealing", "ash", "deal", {**good, **changed})


def test_who_may_deal_and_when(chain: Chain) -> None:
    process = trigger(chain)
    good = arguments_of(chain, process, "ash")
    refused(chain, "NotInvited", "grid", "deal", good)
    refused(chain, "NoRound", "ash", "deal", {**good, "number": 1})
    assert chain.call("ash", SHARING, "deal", good).ok
    late = arguments_of(chain, process, "beech")
    chain.run_to(round_of(chain, process).deal_until)
    refused(chain, "WrongPhase", "beech", "deal", late)


def test_a_wrong_opening_is_refused(chain: Chain) -> None:
    process = trigger(chain)
    send_all(chain, process)
    chain.make_block()
    opened = round_of(chain, process)
    secrets = [deal(key_of(park), chain.genesis.hash, opened, CURVES[park]) for park in PARKS]
    blinding = sum(secret.blinding for secret in secrets)
    right: dict[str, Value] = {
        "process": process,
        "number": 0,
        "dealer": None,
        "opening": encode_scalars((*total(), blinding)),
        "members": tuple(address(name) for name in VALIDATORS[:3]),
    }
    refused(chain, "WrongPhase", "alder", "open", right)
    chain.run_to(opened.complain_until + 1)
    one_wh = list(total())
    one_wh[2] += 1
    refused(chain, "WrongOpening", "alder", "open", {**right, "opening": encode_scalars((*one_wh, blinding))})
    refused(chain, "WrongOpening", "alder", "open", {**right, "opening": encode_scalars(total())})
    refused(chain, "WrongOpening", "alder", "open", {**right, "opening": b"\xff" * 32 * (WIDTH + 1)})
    refused(chain, "WrongOpening", "alder", "open", {**right, "dealer": address("ash")})
    refused(chain, "WrongOpening", "alder", "open", {**right, "members": (address("alder"),) * 3})
    refused(chain, "NotHolder", "ash", "open", right)
    assert chain.call("alder", SHARING, "open", right).ok
    refused(chain, "AlreadyOpened", "alder", "open", right)


def test_values_beyond_the_bound_end_the_round_or_put_the_dealer_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(CURVES, "ash", (0, 0, ORDER // 3, 0))
    chain = sharing_chain()
    hosts = hosts_of(chain, VALIDATORS)
    process = trigger(chain)
    send_all(chain, process)
    hosts.run_to(round_of(chain, process).open_until)
    assert progress_of(chain, process).phase is Phase.FAILED
    assert "value 2" in progress_of(chain, process).reason
    monkeypatch.setitem(CURVES, "ash", (0, 0, VALUE_MAX + 1, 0))
    process = trigger(chain, Opening.EACH)
    send_all(chain, process)
    hosts.run_to(round_of(chain, process).open_until)
    progress = progress_of(chain, process)
    assert progress.phase is Phase.OPENED
    assert progress.out == (address("ash"),)
    assert opened_of(chain, process, "ash") is None
    assert opened_of(chain, process, "beech") is not None


def test_a_declared_number_is_proved_against_the_dealt_curve(chain: Chain) -> None:
    process = trigger(chain)
    send_all(chain, process)
    chain.make_block()
    weights = (3, -1, 10**9, 7)
    opened = round_of(chain, process)
    result, proof = declare(key_of("ash"), chain.genesis.hash, opened, CURVES["ash"], weights)
    assert result == sum(w * v for w, v in zip(weights, CURVES["ash"], strict=True))
    good = {"process": process, "weights": weights, "result": result, "proof": proof}
    for name, change in (
        ("ash", {"result": result + 1}),
        ("ash", {"weights": (3, -1, 10**9, 8)}),
        ("ash", {"proof": proof[:-1]}),
        ("beech", {}),
    ):
        receipt = chain.call(name, "market", "declare", {**good, **change})
        assert receipt.error.startswith("BadDeclaration: "), receipt.error
    assert chain.call("grid", "market", "declare", good).error.startswith("NotDealt: ")
    assert chain.call("ash", "market", "declare", good).ok


def test_rounds_that_cannot_work_are_refused(chain: Chain) -> None:
    for dealers in ((), ("ash", "ash")):
        arguments = trigger_arguments(Opening.SUM, dealers)
        receipt = chain.call("alder", "market", "trigger", arguments, Stage.TRIGGER)
        assert receipt.error.startswith("BadRound: ")
    process = trigger(chain)
    assert trigger_again(chain, process).error.startswith("RoundRunning: ")


def test_rounds_at_once_are_limited(chain: Chain) -> None:
    arguments = trigger_arguments(Opening.SUM, PARKS)
    for _ in range(ROUNDS_ACTIVE_MAX + 1):
        chain.send("alder", "market", "trigger", arguments, Stage.TRIGGER)
    *opened, refusal = chain.make_block()
    assert all(receipt.ok for receipt in opened)
    assert refusal.error.startswith("TooManyRounds: ")
    chain.run_to(chain.head.slot + DEAL_SLOTS + COMPLAIN_SLOTS + 1)
    assert chain.call("alder", "market", "trigger", arguments, Stage.TRIGGER).ok


@pytest.mark.parametrize("threshold", [1, 4, 0])
def test_a_threshold_that_the_faulty_reach_or_prevent_is_refused(threshold: int) -> None:
    with pytest.raises(BadThreshold):
        sharing_chain(threshold=threshold)
