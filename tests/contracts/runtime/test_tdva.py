"""The four stages through the runtime: links that hold, and every way in which they do not."""

from collections.abc import Mapping

import pytest

from contracts.membership.contract import Membership
from ledger import merkle
from ledger.codec import Value
from ledger.quantities import TxId
from ledger.receipt import Receipt
from ledger.stage import Stage
from tests.contracts.chain import Chain, new_chain
from tests.contracts.runtime.toy import Toy

T, D, V, A = Stage.TRIGGER, Stage.DISPATCH, Stage.VERIFICATION, Stage.ACCOUNTING
STAGES = {"trigger": T, "dispatch": D, "verify": V, "settle": A}


@pytest.fixture
def chain() -> Chain:
    return new_chain([Membership(), Toy()])


def act(
    chain: Chain, action: str, links: tuple[TxId, ...] = (), arguments: Mapping[str, Value] | None = None
) -> Receipt:
    return chain.call("alder", "toy", action, arguments or {}, STAGES.get(action), links)


def verify(chain: Chain, link: TxId, meter: str = "m", period: int = 1) -> Receipt:
    return act(chain, "verify", (link,), {"meter": meter, "period": period})


def settle(chain: Chain, link: TxId, verified: list[TxId]) -> Receipt:
    return act(chain, "settle", (link,), {"verifications": merkle.root(verified)})


def dispatched(chain: Chain) -> tuple[TxId, TxId]:
    """A process and its dispatch in force."""
    process = act(chain, "trigger").tx_id
    dispatch = act(chain, "dispatch", (process,)).tx_id
    assert act(chain, "choose", (), {"process": process, "dispatch": dispatch}).ok
    return process, dispatch


def test_a_process_runs_through_its_stages(chain: Chain) -> None:
    process, dispatch = dispatched(chain)
    verified = [verify(chain, dispatch, "m", period).tx_id for period in (1, 2)]
    assert act(chain, "trigger", (process,)).ok
    second = act(chain, "dispatch", (process, dispatch))
    assert second.ok, second.error
    assert second.events[0].fields["process"] == process
    assert act(chain, "choose", (), {"process": process, "dispatch": second.tx_id}).ok
    verified.append(verify(chain, second.tx_id, "m", 3).tx_id)
    assert settle(chain, second.tx_id, verified).ok
    assert chain.replay().state.root == chain.head.state.root


def test_links_to_nothing_the_wrong_stage_or_twice_are_refused(chain: Chain) -> None:
    process, dispatch = dispatched(chain)
    nothing = TxId(bytes(32))
    assert act(chain, "dispatch", (nothing,)).error.startswith("LinkMissing: ")
    assert act(chain, "dispatch").error.startswith("LinkCount: ")
    assert act(chain, "dispatch", (dispatch, dispatch)).error.startswith("LinkedTwice: ")
    assert act(chain, "dispatch", (dispatch, process)).error.startswith("WrongStage: ")
    assert verify(chain, process).error.startswith("WrongStage: ")
    other, _ = dispatched(chain)
    assert act(chain, "dispatch", (process, other)).error.startswith("WrongProcess: ")


def test_a_failed_transaction_cannot_be_linked(chain: Chain) -> None:
    process, dispatch = dispatched(chain)
    failed = act(chain, "dispatch", (process,))
    assert not failed.ok
    assert act(chain, "dispatch", (process, failed.tx_id)).error.startswith("LinkMissing: ")
    assert verify(chain, failed.tx_id).error.startswith("LinkMissing: ")
    assert verify(chain, dispatch).ok


def test_a_meter_and_period_are_verified_once(chain: Chain) -> None:
    _, dispatch = dispatched(chain)
    assert verify(chain, dispatch, "m", 1).ok
    assert verify(chain, dispatch, "m", 1).error.startswith("VerifiedTwice: ")
    assert verify(chain, dispatch, "n", 1).ok


def test_an_accounting_names_all_verifications_and_settles_once(chain: Chain) -> None:
    _, dispatch = dispatched(chain)
    verified = [verify(chain, dispatch, "m", period).tx_id for period in (1, 2, 3)]
    for wrong in ([], verified[:2], verified[::-1]):
        assert settle(chain, dispatch, wrong).error.startswith("WrongVerifications: ")
    assert settle(chain, dispatch, verified).ok
    assert settle(chain, dispatch, verified).error.startswith("Settled: ")
    assert verify(chain, dispatch, "m", 4).error.startswith("Settled: ")


def test_an_action_has_one_stage(chain: Chain) -> None:
    assert chain.call("alder", "toy", "trigger", {}).error.startswith("StageMismatch: ")
    assert chain.call("alder", "toy", "trigger", {}, D).error.startswith("StageMismatch: ")
    keep = {"key": "a", "value": "b"}
    assert chain.call("alder", "toy", "keep", keep, T).error.startswith("StageMismatch: ")


def test_a_dispatch_of_another_process_cannot_come_into_force(chain: Chain) -> None:
    process, dispatch = dispatched(chain)
    other, _ = dispatched(chain)
    choice = {"process": other, "dispatch": dispatch}
    assert act(chain, "choose", (), choice).error.startswith("WrongProcess: ")
    choice = {"process": process, "dispatch": process}
    assert act(chain, "choose", (), choice).error.startswith("WrongStage: ")
