"""How much a peer may send, and how long it must wait after it misbehaved."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.keys import PrivateKey
from net.errors import BackedOff
from net.quota import Quota
from net.standing import FORGIVEN_S, WAIT_FIRST_S, WAIT_MAX_S, Standing

PEER = PrivateKey.from_secret(5).address


@given(
    st.integers(1, 1_000),
    st.integers(1, 5_000),
    st.lists(st.tuples(st.floats(0, 2), st.integers(0, 500)), max_size=60),
)
def test_no_more_passes_than_the_burst_and_the_rate(
    rate: int, burst: int, sent: list[tuple[float, int]]
) -> None:
    quota, now_s, passed = Quota(rate, burst, 0.0), 0.0, 0
    for pause_s, amount in sent:
        now_s += pause_s
        passed += amount if quota.take(amount, now_s) else 0
        assert passed <= burst + rate * now_s + 1e-6


def test_a_steady_sender_within_its_rate_always_passes() -> None:
    quota = Quota(10, 10, 0.0)
    assert all(quota.take(1, tenth / 10) for tenth in range(1, 1_000))


def test_waits_double_up_to_a_limit_and_end() -> None:
    standing, now_s = Standing(), 0.0
    waits = []
    for _ in range(12):
        waits.append(standing.offend(PEER, now_s))
        with pytest.raises(BackedOff):
            standing.check(PEER, now_s)
        now_s += waits[-1]
        standing.check(PEER, now_s)
    assert waits[:3] == [WAIT_FIRST_S, 2 * WAIT_FIRST_S, 4 * WAIT_FIRST_S]
    assert waits[-1] == WAIT_MAX_S


def test_offences_are_forgiven_in_time() -> None:
    standing = Standing()
    standing.offend(PEER, 0.0)
    standing.offend(PEER, 10.0)
    assert standing.offend(PEER, 10.0 + FORGIVEN_S) == WAIT_FIRST_S
