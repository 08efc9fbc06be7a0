"""Signatures of large blocks, verified by several processes ahead of execution.

Execution finds them in the cache then. Verifying in threads would not do: beside a busy event loop it falls
to a few hundred a second.
"""

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from typing import Final

import structlog

from crypto.signatures import Claim, SignatureCache, good_claims
from ledger.errors import DecodeError, WrongSender
from ledger.genesis import Limits
from ledger.transaction import Transaction, claim_of
from node.workers import start_workers

INLINE_MAX: Final = 64
"""Below so many signatures, verifying them at once is faster than handing them over."""

CHUNK_MAX: Final = 256
"""Signatures handed to a worker at a time."""

log = structlog.get_logger("node")


def claims_in(raws: Sequence[bytes], limits: Limits) -> Iterator[Claim]:
    """What there is to verify in encoded transactions, up to the first that does not decode.

    Execution will name that one and refuse the block; to read on would cost a flood's victim the most.
    """
    for raw in raws:
        try:
            yield claim_of(Transaction.decode(raw, limits))
        except (DecodeError, WrongSender):
            return


class Verifier:
    """Workers that start with the first large block, and end with `close`."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None

    async def warm(self, signatures: SignatureCache, raws: Sequence[bytes], limits: Limits) -> None:
        """Put the good signatures of encoded transactions into the cache.

        Bad ones are not remembered, so that execution meets and names them; nor are those whose worker was
        killed, which execution verifies itself.
        """
        size = min(CHUNK_MAX, len(raws) // self._workers + 1)
        waiting = []
        for start in range(0, len(raws), size):
            claims = claims_in(raws[start : start + size], limits)
            if unknown := [claim for claim in claims if not signatures.knows(claim)]:
                waiting.append(asyncio.ensure_future(self._good(unknown)))
            await asyncio.sleep(0)
        for good in asyncio.as_completed(waiting):
            for claim in await good:
                signatures.remember(claim)

    def close(self) -> None:
        """End the workers."""
        if self._pool:
            self._pool.shutdown(wait=False, cancel_futures=True)

    async def _good(self, claims: list[Claim]) -> list[Claim]:
        if self._pool is None:
            self._pool = start_workers(self._workers)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, good_claims, claims)
        except (BrokenExecutor, OSError) as error:
            log.warning("signatures are verified without workers", reason=str(error))
            self._pool = None
            return []
