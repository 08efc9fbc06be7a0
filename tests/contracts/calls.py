"""Steps of a market's participants, as tests take them: a block of them that succeeds, or a refused one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from ledger.quantities import TxId
from ledger.receipt import Receipt
from ledger.stage import Stage
from tests.contracts.chain import Chain


@dataclass(frozen=True)
class Call:
    """A transaction to be."""

    sender: str
    action: str
    arguments: Mapping[str, Any]
    stage: Stage | None = None
    links: tuple[TxId, ...] = ()

    def given(self, **changes: Any) -> "Call":
        """The same with other arguments."""
        return replace(self, arguments={**self.arguments, **changes})


class Caller:
    """Base of a market's chain."""

    contract: ClassVar[str]
    chain: Chain

    def money(self) -> int:
        """All there is in this market."""
        raise NotImplementedError

    def take(self, *calls: Call) -> tuple[Receipt, ...]:
        """These steps in one block; all must succeed."""
        receipts = self.try_all(*calls)
        for receipt in receipts:
            assert receipt.ok, receipt.error
        return receipts

    def try_all(self, *calls: Call) -> tuple[Receipt, ...]:
        """These steps in one block, whatever becomes of them."""
        self.send(*calls)
        return self.chain.make_block()

    def send(self, *calls: Call) -> None:
        """Put these steps into the next block."""
        for call in calls:
            self.chain.send(call.sender, self.contract, call.action, call.arguments, call.stage, call.links)

    def refused(self, call: Call) -> str:
        """The error of a step that must fail; it tells nothing and moves no money."""
        before = self.money()
        (receipt,) = self.try_all(call)
        assert not receipt.ok
        assert not receipt.events
        assert self.money() == before
        return receipt.error

    def run_to_slot(self, slot: int) -> None:
        """Empty blocks until this slot."""
        self.chain.run_to(slot)
