"""The host of the consensus machine: it does what the machine asks, in order, and tells it what happened."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from consensus import actions as do
from consensus.events import BlockBuilt, BlockChecked, ChainHead, Event, HeadAdvanced, Timer, TimerFired
from consensus.machine import Machine
from consensus.messages import Message
from crypto.address import Address
from crypto.hashing import Digest
from ledger.errors import ApplicationFault, HooksBehind, LedgerError, NoRoom, QuotaExceeded, WrongSequence
from ledger.quantities import Height
from node.chain import NodeChain
from node.clock import now_ms
from node.mempool import Mempool
from node.verifier import Verifier
from node.vote_files import VoteFiles

NOT_NOW: Final = (HooksBehind, NoRoom, QuotaExceeded, WrongSequence)
"""Why a transaction may go into a later block, such as one after another of its sender that had no room now;
for any other reason none can hold it."""

log = structlog.get_logger("consensus")


@dataclass(frozen=True, slots=True)
class Outside:
    """What the host needs of its node."""

    send: Callable[[Message, Address | None], None]
    """To one validator, or to all others."""
    fetch: Callable[[Height, Digest, tuple[Address, ...]], None]
    """Ask these for a block."""
    behind: Callable[[Height, Address], None]
    """A validator works on this height."""
    misbehaved: Callable[[Address, str], None]
    accuse: Callable[[Address, bytes, bytes], None]
    """A validator contradicted itself: two signed ballots."""
    is_behind: Callable[[], bool]
    """Whether honest validators tell of more blocks: the next one is decided, and only has to come."""
    fail: Callable[[BaseException], None]
    """End the node: nothing that follows may be done."""


class Validator:
    """This node's vote. Events are taken one after the other, whatever the machine's actions bring about."""

    def __init__(
        self,
        machine: Machine,
        files: VoteFiles,
        chain: NodeChain,
        pool: Mempool,
        verifier: Verifier,
        address: Address,
        outside: Outside,
    ) -> None:
        self._machine = machine
        self._files = files
        self._chain = chain
        self._pool = pool
        self._verifier = verifier
        self._address = address
        self._outside = outside
        self._events: deque[Event] = deque()
        self._is_stepping = False
        self._is_stopped = False
        self._timers: dict[Timer, asyncio.TimerHandle] = {}
        self._checking: set[asyncio.Task[None]] = set()

    def tell(self, event: Event) -> None:
        """Something happened; all that follows from it at once is done when this returns."""
        if self._is_stopped:
            return
        self._events.append(event)
        if self._is_stepping:
            return
        self._is_stepping = True
        try:
            while self._events:
                for action in self._machine.step(self._events.popleft(), now_ms()):
                    self._perform(action)
        except Exception as error:
            # A vote that could not be written must not be sent, nor anything after it.
            self.stop()
            self._outside.fail(error)
        finally:
            self._is_stepping = False

    def head_advanced(self) -> None:
        """A block was stored."""
        self.tell(HeadAdvanced(chain_head(self._chain)))

    def block(self, digest: Digest) -> bytes | None:
        """A block of this height that this validator has."""
        return self._machine.block(digest)

    def stop(self) -> None:
        """No more timers, no more votes; again is harmless."""
        if self._is_stopped:
            return
        self._is_stopped = True
        self._events.clear()
        for timer in self._timers.values():
            timer.cancel()
        for task in self._checking:
            task.cancel()
        self._files.close()

    def _perform(self, action: do.Action) -> None:
        match action:
            case do.Append(frames):
                self._files.append(frames)
            case do.Rewrite(image):
                self._files.rewrite(image)
            case do.Send(message, to):
                self._outside.send(message, to)
            case do.Build():
                self._build(action)
            case do.Check():
                self._check(action)
            case do.Decide():
                self._decide(action)
            case do.Fetch(height, digest, holders):
                self._outside.fetch(height, digest, holders)
            case do.SetTimer(timer, delay_ms):
                self._set_timer(timer, delay_ms)
            case do.CancelTimer(timer):
                self._cancel_timer(timer)
            case do.Behind(height, peer):
                self._outside.behind(height, peer)
            case do.Misbehaved(peer, reason):
                self._outside.misbehaved(peer, reason)
            case do.Evidence(member, first, second):
                self._outside.accuse(member, first, second)
            case do.Report(kind, fields):
                log.info(kind, **fields)

    def _build(self, action: do.Build) -> None:
        if action.height != self._chain.height + 1 or self._outside.is_behind():
            return
        try:
            built = self._chain.build(self._pool.candidates(), action.slot, action.round, self._address)
        except ApplicationFault as error:
            log.error("cannot propose", height=action.height, reason=str(error))
            return
        for tx_id, refusal in built.refused.items():
            if not isinstance(refusal, NOT_NOW):
                log.info("transaction dropped", tx_id=tx_id.hex(), reason=str(refusal))
                self._pool.discard(tx_id)
        block = built.block
        self.tell(BlockBuilt(action.height, action.round, block.hash, block.raw))

    def _check(self, action: do.Check) -> None:
        task = asyncio.ensure_future(self._check_soon(action))
        self._checking.add(task)
        task.add_done_callback(self._checking.discard)

    async def _check_soon(self, action: do.Check) -> None:
        """A large block is verified in other processes first, while this one goes on taking votes."""
        try:
            await self._chain.warm(action.block, self._verifier)
            if action.height == self._chain.height + 1:
                self._chain.check(action.block)
        except LedgerError as error:
            self.tell(BlockChecked(action.height, action.digest, valid=False, reason=str(error)))
        else:
            self.tell(BlockChecked(action.height, action.digest, valid=True))

    def _decide(self, action: do.Decide) -> None:
        if action.height == self._chain.height + 1:
            self._chain.append(action.block, action.seals)

    def _set_timer(self, timer: Timer, delay_ms: int) -> None:
        self._cancel_timer(timer)
        loop = asyncio.get_running_loop()
        self._timers[timer] = loop.call_later(delay_ms / 1_000, self._fire, timer)

    def _cancel_timer(self, timer: Timer) -> None:
        if handle := self._timers.pop(timer, None):
            handle.cancel()

    def _fire(self, timer: Timer) -> None:
        del self._timers[timer]
        self.tell(TimerFired(timer))


def chain_head(chain: NodeChain) -> ChainHead:
    """The head as the machine knows it: with the committees to come, and the order of the next."""
    rules, state = chain.rules, chain.head.state
    order = rules.order(state, chain.next_committee, Height(chain.height + 1))
    return ChainHead(chain.height, chain.head.slot, chain.next_committee, order, chain.coming_committee)
