"""Signatures of large blocks, verified by several processes ahead of execution.

Execution finds them in the cache then. Verifying in threads would not do: beside a busy event loop it falls
to a few hundred a second.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Final

from crypto.errors import CryptoError
from crypto.keys import verify
from crypto.signatures import SignatureCache
from ledger.transaction import Transaction
from node.workers import start_workers

INLINE_MAX: Final = 64
"""Below so many unknown signatures, verifying at once is faster than handing them over."""

CHUNK: Final = 256

Signed = tuple[bytes, bytes, bytes]
"""Public key, signature, message."""


def signed(transaction: Transaction) -> Signed:
    """What there is to verify of a transaction."""
    return transaction.public_key, transaction.signature, transaction.signed_message


def verify_chunk(chunk: Sequence[Signed]) -> list[bool]:
    """Which of the signatures are good; runs in a worker."""
    return [_is_good(item) for item in chunk]


class Verifier:
    """Workers that start with the first large block, and end with `close`."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None

    async def warm(self, signatures: SignatureCache, transactions: Sequence[Transaction]) -> None:
        """Put the good signatures of a large batch into the cache. A small or known batch is left alone.

        Bad ones are not remembered, so that execution meets and names them.
        """
        unknown = [item for item in map(signed, transactions) if not signatures.knows(*item)]
        if len(unknown) < INLINE_MAX:
            return
        chunks = [unknown[start : start + CHUNK] for start in range(0, len(unknown), CHUNK)]
        loop = asyncio.get_running_loop()
        results = await asyncio.gather(
            *(loop.run_in_executor(self._executor(), verify_chunk, chunk) for chunk in chunks)
        )
        for chunk, verdicts in zip(chunks, results, strict=True):
            for item, is_good in zip(chunk, verdicts, strict=True):
                if is_good:
                    signatures.remember(*item)

    def close(self) -> None:
        """End the workers."""
        if self._pool:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _executor(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = start_workers(self._workers)
        return self._pool


def _is_good(item: Signed) -> bool:
    try:
        verify(*item)
    except CryptoError:
        return False
    return True
