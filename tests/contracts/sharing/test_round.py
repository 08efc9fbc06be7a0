"""A round of sharing with its agents: dealt in secret, opened as one sum, whoever is offline or lies."""

from collections.abc import Iterable
from itertools import product

import pytest

from contracts.agent import BlockCommitted, Compute, Computed, MessageReceived, Note, SendMessage
from contracts.sharing.agent import SharingMember
from contracts.sharing.dealing import deal, deal_arguments
from contracts.sharing.messages import SHARE_TOPIC, WANT_TOPIC, ShareMessage
from contracts.sharing.records import SHARING, Opening, Phase, dealing_key, decode_dealing, shares_key
from crypto.address import Address
from crypto.field import ORDER, decode_scalars, encode_scalars
from crypto.group import add
from crypto.pedersen import opens
from crypto.shamir import reconstruct
from ledger.genesis import COMMITTEE_MAX
from tests.contracts.chain import ROLES, VALIDATORS, address, encryption_key_of, key_of
from tests.contracts.hosts import deliver_all
from tests.contracts.sharing.market import (
    CURVES,
    PARKS,
    hosts_of,
    member_agent,
    opened_of,
    progress_of,
    round_of,
    send_all,
    sharing_chain,
    total,
    trigger,
    trigger_again,
)

FIVE = (*VALIDATORS, "elder")


@pytest.mark.parametrize(("committee", "threshold"), [(VALIDATORS, 3), (FIVE, 3)])
def test_the_committee_opens_the_sum_and_nothing_else(committee: tuple[str, ...], threshold: int) -> None:
    chain = sharing_chain(committee)
    hosts = hosts_of(chain, committee)
    process = trigger(chain)
    assert round_of(chain, process).threshold == threshold
    send_all(chain, process)
    hosts.run_to(round_of(chain, process).complain_until)
    assert opened_of(chain, process) is None
    assert not hosts.messages
    hosts.run_to(round_of(chain, process).open_until)
    opened = opened_of(chain, process)
    assert opened is not None
    assert opened.values == total()
    assert opened.dealers == tuple(address(park) for park in PARKS)
    assert opened.submitter in opened.members
    assert len(opened.members) == threshold
    assert progress_of(chain, process).phase is Phase.OPENED
    assert all(opened_of(chain, process, park) is None for park in PARKS)
    assert chain.replay().state.root == chain.head.state.root


def test_anyone_can_check_the_opened_sum_against_the_commitments() -> None:
    chain = sharing_chain()
    hosts = hosts_of(chain, VALIDATORS)
    process = trigger(chain)
    send_all(chain, process)
    hosts.run_to(round_of(chain, process).open_until)
    opened = opened_of(chain, process)
    assert opened is not None
    secrets = [
        deal(key_of(park), chain.genesis.hash, round_of(chain, process), CURVES[park]) for park in PARKS
    ]
    blinding = sum(secret.blinding for secret in secrets) % ORDER
    assert decode_scalars(opened.blinding) == (blinding,)


def test_no_share_is_in_any_block_event_or_note() -> None:
    chain = sharing_chain()
    hosts = hosts_of(chain, VALIDATORS)
    process = trigger(chain)
    send_all(chain, process)
    hosts.run_to(round_of(chain, process).open_until)
    opened = round_of(chain, process)
    secrets = [deal(key_of(park), chain.genesis.hash, opened, CURVES[park]) for park in PARKS]
    shares = [secret.polynomial.share_at(member) for secret in secrets for member in range(1, 5)]
    sums = [tuple(map(sum, zip(*shares[member::4], strict=True))) for member in range(4)]
    public = b"".join(
        [*(block.block.raw for block in chain.blocks), *(value for _, value in chain.head.state.items())]
    )
    for share in (*shares, *sums):
        for scalar in share:
            assert (scalar % ORDER).to_bytes(32, "big") not in public
            assert str(scalar % ORDER) not in str(hosts.notes)
    assert chain.get(SHARING, shares_key(opened.id, address("ash"))) is None


def test_any_curve_is_consistent_with_the_shares_of_fewer_than_the_threshold() -> None:
    chain = sharing_chain()
    process = trigger(chain)
    opened = round_of(chain, process)
    secret = deal(key_of("ash"), chain.genesis.hash, opened, CURVES["ash"])
    known = {member: secret.polynomial.share_at(member) for member in range(1, opened.threshold)}
    other = (*(value + 1_000 for value in CURVES["beech"]), 12_345)
    # A third share exists that makes these two open to any other curve: Lagrange with the secret as a point.
    third = _share_that_opens(known, other, opened.threshold)
    assert reconstruct({**known, opened.threshold: third}, opened.threshold) == other


def _share_that_opens(
    known: dict[int, tuple[int, ...]], secret: tuple[int, ...], member: int
) -> tuple[int, ...]:
    points = [0, *known]
    values = [secret, *known.values()]
    share = [0] * len(secret)
    for x, vector in zip(points, values, strict=True):
        weight = 1
        for other in points:
            if other != x:
                weight = weight * (member - other) * pow(x - other, -1, ORDER) % ORDER
        share = [(s + weight * v) % ORDER for s, v in zip(share, vector, strict=True)]
    return tuple(share)


def test_one_of_four_offline_does_not_prevent_it_and_two_do() -> None:
    for offline, phase in ((1, Phase.OPENED), (2, Phase.FAILED)):
        chain = sharing_chain()
        hosts = hosts_of(chain, VALIDATORS[offline:])
        process = trigger(chain)
        send_all(chain, process)
        hosts.run_to(round_of(chain, process).open_until + 1)
        assert progress_of(chain, process).phase is phase
    assert "in time" in progress_of(chain, process).reason


@pytest.mark.parametrize("liar", VALIDATORS)
def test_a_wrong_sum_share_is_found_its_sender_named_and_the_sum_opened(liar: str) -> None:
    chain = sharing_chain(FIVE)
    hosts = hosts_of(chain, FIVE)

    def network(sender: Address, message: SendMessage) -> Iterable[SendMessage]:
        if sender != address(liar) or message.topic != SHARE_TOPIC:
            return (message,)
        told = ShareMessage.decode(message.body)
        first, *rest = decode_scalars(told.share)
        wrong = encode_scalars((first + 1, *rest))
        return (SendMessage(message.to, SHARE_TOPIC, ShareMessage(told.round, told.target, wrong).encode()),)

    hosts.network = network
    process = trigger(chain)
    send_all(chain, process)
    hosts.run_to(round_of(chain, process).open_until)
    opened = opened_of(chain, process)
    assert opened is not None
    assert opened.values == total()
    named = {note.fields["member"] for _, note in hosts.noted("wrong share")}
    assert named <= {address(liar)}
    if liar in FIVE[:2]:
        assert named == {address(liar)}


def test_members_that_are_restarted_at_any_time_go_on_from_the_chain() -> None:
    chain = sharing_chain()
    hosts = hosts_of(chain, VALIDATORS)
    process = trigger(chain)
    send_all(chain, process)
    while progress_of(chain, process).phase is not Phase.OPENED:
        assert chain.head.slot <= round_of(chain, process).open_until
        hosts.step_slot()
        place = chain.head.height % 4
        old = next(agent for agent in hosts.agents if agent.address == address(VALIDATORS[place]))
        hosts.restart(old, member_agent(VALIDATORS[place]))
    opened = opened_of(chain, process)
    assert opened is not None
    assert opened.values == total()


@pytest.mark.parametrize("is_slot_short", [True, False])
def test_messages_lost_at_first_are_asked_for_with_the_next_block_or_the_timer(is_slot_short: bool) -> None:
    chain = sharing_chain()
    hosts = hosts_of(chain, VALIDATORS)
    hosts.network = lambda sender, message: ()
    process = trigger(chain)
    send_all(chain, process)
    hosts.run_to(round_of(chain, process).complain_until)
    hosts.timers = dict.fromkeys(hosts.timers, hosts.now_ms + 10_000)
    hosts.step_slot()
    assert len(hosts.messages) == 12
    hosts.network = deliver_all
    if is_slot_short:
        hosts.timers.clear()
        hosts.step_slot()
    else:
        hosts.now_ms += 10_000
        hosts.fire_timers()
        hosts.settle()
    shares = [message for _, message in hosts.messages[12:] if message.topic == SHARE_TOPIC]
    assert len(shares) == 12
    hosts.timers.clear()
    hosts.run_to(chain.head.slot + 5)
    assert progress_of(chain, process).phase is Phase.OPENED


def test_strangers_and_garbage_are_ignored() -> None:
    chain = sharing_chain()
    hosts = hosts_of(chain, VALIDATORS)
    process = trigger(chain)
    send_all(chain, process)
    hosts.run_to(round_of(chain, process).complain_until + 1)
    identifier = round_of(chain, process).id
    bodies = [
        b"",
        b"\xff" * 100,
        ShareMessage("no round", "", b"").encode(),
        ShareMessage(identifier, "", b"x").encode(),
        ShareMessage(identifier, "nobody", bytes(160)).encode(),
    ]
    for agent in hosts.agents:
        for sender in ("ash", *VALIDATORS):
            actions = [
                action
                for topic, body in product((SHARE_TOPIC, WANT_TOPIC, "other"), bodies)
                for action in agent.step(MessageReceived(address(sender), topic, body), hosts.now_ms)
            ]
            is_fellow = address(sender) in round_of(chain, process).members
            # Nobody has a log written as fast as it sends: a fellow is warned of once.
            assert len(actions) == is_fellow
            assert all(isinstance(action, Note) for action in actions)


def test_each_curve_is_opened_where_the_model_needs_them() -> None:
    chain = sharing_chain()
    hosts = hosts_of(chain, VALIDATORS[1:])
    process = trigger(chain, Opening.EACH)
    send_all(chain, process)
    hosts.run_to(round_of(chain, process).open_until)
    assert progress_of(chain, process).phase is Phase.OPENED
    for park in PARKS:
        opened = opened_of(chain, process, park)
        assert opened is not None
        assert opened.values == CURVES[park]
        assert opened.dealers == (address(park),)
    assert opened_of(chain, process) is None


def test_a_second_round_of_a_process_sums_the_same_dealers_or_none() -> None:
    chain = sharing_chain()
    hosts = hosts_of(chain, VALIDATORS)
    process = trigger(chain)
    send_all(chain, process)
    hosts.run_to(round_of(chain, process).open_until)
    assert trigger_again(chain, process).ok
    send_all(chain, process, PARKS[:2], number=1)
    hosts.run_to(round_of(chain, process, 1).complain_until + 1)
    assert progress_of(chain, process, 1).phase is Phase.FAILED
    assert "other dealers" in progress_of(chain, process, 1).reason
    assert trigger_again(chain, process).ok
    send_all(chain, process, number=2)
    hosts.run_to(round_of(chain, process, 2).open_until)
    opened = opened_of(chain, process, number=2)
    assert opened is not None
    assert opened.values == total()


def test_a_single_curve_is_never_summed() -> None:
    chain = sharing_chain()
    hosts = hosts_of(chain, VALIDATORS)
    process = trigger(chain)
    send_all(chain, process, PARKS[:1])
    hosts.run_to(round_of(chain, process).complain_until + 1)
    assert progress_of(chain, process).phase is Phase.FAILED
    assert "1 dealers stand" in progress_of(chain, process).reason
    assert not hosts.messages


def test_the_public_record_of_the_sum_opens_the_sum_of_the_commitments() -> None:
    chain = sharing_chain()
    hosts = hosts_of(chain, VALIDATORS)
    process = trigger(chain)
    send_all(chain, process)
    hosts.run_to(round_of(chain, process).open_until)
    opened = opened_of(chain, process)
    assert opened is not None
    keys = [dealing_key(round_of(chain, process).id, dealer) for dealer in opened.dealers]
    commitments = [decode_dealing(chain.get(SHARING, key)).commitments[0] for key in keys]
    (blinding,) = decode_scalars(opened.blinding)
    assert opens(add(commitments), opened.values, blinding)


def test_a_member_that_changed_its_key_stays_silent_and_accuses_nobody() -> None:
    chain = sharing_chain()
    hosts = hosts_of(chain, VALIDATORS[1:])
    hosts.agents.append(SharingMember(key_of("alder"), encryption_key_of("another")))
    process = trigger(chain)
    send_all(chain, process)
    hosts.run_to(round_of(chain, process).open_until)
    assert progress_of(chain, process).phase is Phase.OPENED
    assert progress_of(chain, process).out == ()
    assert all(sender != address("alder") for sender, _ in hosts.messages)
    assert hosts.noted("another key")


def test_many_parks_are_checked_and_summed_together() -> None:
    parks = [f"park{number}" for number in range(24)]
    roles = {**ROLES, **dict.fromkeys(parks, ("microgrid",))}
    chain = sharing_chain(roles=roles)
    hosts = hosts_of(chain, VALIDATORS)
    process = trigger(chain, dealers=parks)
    opened = round_of(chain, process)
    for number, park in enumerate(parks):
        arguments = deal_arguments(key_of(park), chain.genesis.hash, opened, (number, 0, 0, -number))
        chain.send(park, SHARING, "deal", arguments)
    hosts.run_to(opened.open_until)
    summed = opened_of(chain, process)
    assert summed is not None
    assert summed.values == (276, 0, 0, -276)


def test_shares_that_come_before_the_block_are_kept_for_it() -> None:
    """A fellow that is a block ahead sends its share while one's own chain still takes complaints."""
    chain = sharing_chain()
    hosts = hosts_of(chain, VALIDATORS[:2])
    slow = member_agent("cedar")
    process = trigger(chain)
    send_all(chain, process)
    hosts.run_to(round_of(chain, process).complain_until)
    behind = chain.view
    for action in slow.step(
        BlockCommitted(behind.height, behind.slot, behind.period, (), behind), hosts.now_ms
    ):
        if isinstance(action, Compute):
            slow.step(Computed(action.tag, action.function(*action.arguments)), hosts.now_ms)
    hosts.step_slot()
    shares = [(sender, m) for sender, m in hosts.messages if (m.to, m.topic) == (slow.address, SHARE_TOPIC)]
    assert len(shares) == 2
    for sender, message in shares:
        assert slow.step(MessageReceived(sender, message.topic, message.body), hosts.now_ms) == ()
    hosts.agents = [slow]
    hosts.run_to(round_of(chain, process).open_until)
    assert progress_of(chain, process).phase is Phase.OPENED


def test_a_curve_of_a_day_is_dealt_to_the_largest_committee(monkeypatch: pytest.MonkeyPatch) -> None:
    """A committee that grows must not outgrow the market that it serves."""
    monkeypatch.setattr("tests.contracts.sharing.market.WIDTH", 96)
    committee = tuple([f"validator {number}" for number in range(COMMITTEE_MAX)])
    chain = sharing_chain(committee, {**ROLES, **dict.fromkeys(VALIDATORS, ("validator",))})
    process = trigger(chain)
    key, opened = key_of(PARKS[0]), round_of(chain, process)
    receipt = chain.call(
        PARKS[0], SHARING, "deal", deal_arguments(key, chain.genesis.hash, opened, range(96))
    )
    assert receipt.ok, receipt.error
