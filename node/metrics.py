"""What Prometheus is told, in base units."""

import math
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from ledger.execution import Executed
from ledger.head import Head


class Metrics:
    """The counters of one node."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(namespace="gridquorum", registry=registry)
        self.blocks = Counter("gridquorum_blocks", "Blocks kept since the start", registry=registry)
        self.transactions = Counter("gridquorum_transactions", "Transactions in them", registry=registry)
        self.failed = Counter("gridquorum_transactions_failed", "Those that failed", registry=registry)
        self.steps = Counter("gridquorum_steps", "Steps charged to them", registry=registry)
        self.height = Gauge("gridquorum_height", "Height of the head", registry=registry)
        self.slot = Gauge("gridquorum_slot", "Slot of the head", registry=registry)
        self.round = Gauge("gridquorum_round", "Round that sealed the head", registry=registry)
        self.signers = Gauge("gridquorum_signers", "Seals of the head", registry=registry)
        self.peers = Gauge("gridquorum_peers", "Connected peers", registry=registry)
        self.waiting = Gauge("gridquorum_pool_transactions", "Transactions that wait", registry=registry)
        self.waiting_bytes = Gauge("gridquorum_pool_bytes", "Their bytes", registry=registry)
        self.warnings = Gauge("gridquorum_warnings", "What the operator should attend to", registry=registry)
        self.clock_offset = Gauge(
            "gridquorum_clock_offset_seconds",
            "The validators' clocks less this node's",
            registry=registry,
        )
        self.alerts = Counter(
            "gridquorum_alerts", "What became of alerts", ("rule", "severity", "turn"), registry=registry
        )
        self.open_alerts = Gauge(
            "gridquorum_alerts_open", "Open, and not acknowledged", ("severity",), registry=registry
        )
        self.deliveries = Counter(
            "gridquorum_webhook_deliveries", "What became of posted alerts", ("outcome",), registry=registry
        )
        self.messages = Counter(
            "gridquorum_agent_messages", "Sent to agents of other nodes", ("topic",), registry=registry
        )
        self.message_bytes = Counter(
            "gridquorum_agent_message_bytes", "Their bodies' bytes", ("topic",), registry=registry
        )
        self.index_height = Gauge(
            "gridquorum_index_height", "Height up to which blocks are indexed", registry=registry
        )
        self.index_height.set(math.nan)  # a node without an index is not behind by the whole chain
        self.index_failed = Gauge(
            "gridquorum_index_failed", "1 while nothing can be indexed", registry=registry
        )
        self.delay = Histogram(
            "gridquorum_block_delay_seconds",
            "From the opening of a block's slot until it is kept",
            buckets=(0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60),
            registry=registry,
        )

    def follow(self, executed: Executed, head: Head, delay_s: float) -> None:
        """A block was kept."""
        self.blocks.inc()
        self.transactions.inc(len(executed.receipts))
        self.failed.inc(sum(not receipt.ok for receipt in executed.receipts))
        self.steps.inc(sum(receipt.steps for receipt in executed.receipts))
        self.height.set(head.height)
        self.slot.set(head.slot)
        self.round.set(head.seals.round)
        self.signers.set(len(head.seals.seals))
        self.delay.observe(delay_s)

    def indexed(self, height: int | None) -> None:
        """The index has come so far; None: it cannot go on."""
        self.index_failed.set(height is None)
        if height is not None:
            self.index_height.set(height)

    def alert(self, rule: str, severity: str, turn: str) -> None:
        """An alert opened, came back, got worse or closed."""
        self.alerts.labels(rule, severity, turn).inc()

    def alerts_open(self, by_severity: Mapping[str, int]) -> None:
        """How many are open, and nobody has said that they know."""
        for severity, count in by_severity.items():
            self.open_alerts.labels(severity).set(count)

    def webhook(self, outcome: str) -> None:
        """What became of one that was to be posted."""
        self.deliveries.labels(outcome).inc()

    def sent(self, topic: str, size: int, copies: int) -> None:
        """An agent's message went to so many nodes."""
        self.messages.labels(topic).inc(copies)
        self.message_bytes.labels(topic).inc(copies * size)

    def text(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self._registry)
