"""What a node notices by itself: every block, every slot without one, and a clock that is off."""

from collections.abc import Callable

import structlog

from crypto.address import Address
from ledger.execution import Executed
from ledger.head import Head
from ledger.quantities import Slot
from net.peer import Peer
from node.chain import NodeChain
from node.clock import now_ms
from node.committee_report import warnings
from node.metrics import Metrics
from node.report import median_offset_ms

log = structlog.get_logger("node")


class Watch:
    """Keeps the metrics, and writes the line a slot."""

    def __init__(self, chain: NodeChain, own: Address, metrics: Metrics) -> None:
        self._chain = chain
        self._own = own
        self._metrics = metrics
        self._warned: frozenset[str] = frozenset()
        self._told_slot = self.slot()
        self._is_clock_off = False

    def slot(self) -> Slot:
        """Now."""
        return Slot(now_ms() // self._chain.genesis.slot_ms)

    def warn(self) -> None:
        """Say what the operator should do something about, when that begins."""
        warned, self._warned = self._warned, frozenset(warnings(self._chain, self._own))
        self._metrics.warnings.set(len(self._warned))
        for warning in sorted(self._warned - warned):
            log.warning("attention", reason=warning)

    def block(self, executed: Executed, head: Head, pending: int) -> None:
        """A block was kept."""
        delay_ms = now_ms() - head.slot * self._chain.genesis.slot_ms
        self._metrics.follow(executed, head, delay_ms / 1_000)
        self._told_slot = max(self._told_slot, head.slot)
        log.info(
            "block",
            height=head.height,
            slot=head.slot,
            round=head.seals.round,
            seals=len(head.seals.seals),
            transactions=len(executed.receipts),
            pending=pending,
            delay_ms=delay_ms,
        )
        self._committee(head)
        self.warn()

    def _committee(self, head: Head) -> None:
        """Say who decides from now on, if that is another committee."""
        committee = self._chain.next_committee
        if committee != head.committee:
            log.info(
                "committee changed",
                from_height=head.height + 1,
                validators=[validator.address for validator in committee.validators],
                quorum=committee.quorum,
            )

    def slots(self, reason: Callable[[], str]) -> None:
        """Note a slot that is over and brought no block; `reason` says what is wrong, as far as is known."""
        over = Slot(self.slot() - 1)
        if over > self._told_slot and over >= self._chain.genesis.first_slot:
            self._told_slot = over
            log.warning("no block", slot=over, height=self._chain.height, reason=reason())

    def clock(self, validators: list[Peer]) -> None:
        """Note a clock that differs from the validators' by more than the chain allows; once, and its end."""
        offset_ms, limit_ms = median_offset_ms(validators), self._chain.genesis.timers.skew_ms
        self._metrics.clock_offset.set(offset_ms / 1_000)
        is_off = abs(offset_ms) > limit_ms
        if is_off and not self._is_clock_off:
            log.error("clock is off", offset_ms=offset_ms, limit_ms=limit_ms)
        elif self._is_clock_off and not is_off:
            log.info("clock is right again", offset_ms=offset_ms)
        self._is_clock_off = is_off
