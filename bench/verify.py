"""How long it takes to verify one transaction of a block, and all of them: figure 8(b) of the BESSVS paper.

One is verified by its path in the block's Merkle tree, so the time grows with the logarithm of the block.
All are decoded, their signatures verified and the tree's root computed, so it grows with the block. The
limit is OpenSSL, verifying the same signatures with parsed keys over ready digests, and doing nothing else.
A block whose transactions came before it, by gossip, is verified once more: they are known then.

Other work on the machine comes and goes. So both are measured in turns, a slice of the block each, in the
processor time of this process, and the ratio is the median of the turns' ratios. The speed-up on two cores
can only be told by the clock on the wall, and only on a machine that has two to spare.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature

from crypto.hashing import Digest, sha256
from crypto.keys import PrivateKey, load_public_key
from crypto.signatures import SignatureCache, good_claims
from ledger import merkle
from ledger.codec import Value
from ledger.genesis import Limits
from ledger.known import KnownTransactions
from ledger.transaction import Transaction, sign_transaction
from node.verifier import CHUNK_MAX, INLINE_MAX, Verifier, claims_in
from studies.figure import Caption, new_figure, save_svg

SIZES: Final = (16, 64, 256, 1_024, 4_096, 16_384, 65_536)
RATIO_AIM: Final = 0.85
"""Of OpenSSL's rate, on one core."""

SENDERS: Final = 64
CHAIN: Final = sha256(b"bench verify")
LIMITS: Final = Limits()
SLICE: Final = 1_024
"""Transactions verified in a turn."""
MEASURED: Final = 2**15
"""A small block is measured again until so many transactions were verified, or PASSES_MAX times."""
PASSES_MAX: Final = 31
RACES: Final = 3
"""One core against two, so many times; the quickest of each counts, which other work disturbed least."""
PATHS: Final = 16
"""Transactions whose path is checked, spread over the block."""
PATH_CHECKS: Final = 100

OpensslCall = tuple[ec.EllipticCurvePublicKey, bytes, Digest]


@dataclass(frozen=True, slots=True)
class Row:
    """One size of block."""

    transactions: int
    one_us: float
    """To verify one by its Merkle path."""
    all_us_per_transaction: float
    """To verify all, on one core."""
    openssl_us: float
    """To verify one signature, by OpenSSL alone."""
    openssl_ratio: float
    """How much of OpenSSL's rate is left: its time over ours, on one core."""
    two_core_speedup: float
    """Our time on one core over that with two worker processes."""
    seen_speedup: float
    """Our time over that for a block whose transactions were all seen before, on one core."""


def run(sizes: Sequence[int] = SIZES) -> Iterator[Row]:
    """A row for each size of block, as soon as it is measured."""
    raws = _transactions(max(sizes))
    verifier = Verifier(workers=2)
    with asyncio.Runner() as runner:
        verify_with_workers = partial(_verify_with_workers, runner, verifier)
        start_up = _transactions(4 * CHUNK_MAX)
        verify_with_workers(start_up, merkle.root(start_up))
        for size in sizes:
            yield _row(raws[:size], verify_with_workers)
    verifier.close()


def draw(rows: Sequence[Row], path: Path) -> None:
    """The figure, as SVG."""
    caption = Caption("Verification of a block", "transactions in the block", "time (ms)")
    figure, (axes,) = new_figure(caption)
    sizes = [row.transactions for row in rows]
    all_ms = [row.all_us_per_transaction * row.transactions / 1e3 for row in rows]
    openssl_ms = [row.openssl_us * row.transactions / 1e3 for row in rows]
    axes.loglog(sizes, all_ms, "o-", label="all: decoded, signatures, Merkle root")
    axes.loglog(sizes, openssl_ms, "--", label="all signatures, by OpenSSL alone")
    axes.loglog(sizes, [row.one_us / 1e3 for row in rows], "s-", label="one, by its Merkle path")
    axes.legend()
    save_svg(figure, path)


def _transactions(count: int) -> list[bytes]:
    """Transfers in turn by each of the senders, encoded as in a block."""
    keys = [PrivateKey.from_secret(1 + number) for number in range(SENDERS)]
    return [_transfer(keys, number).raw for number in range(count)]


def _transfer(keys: Sequence[PrivateKey], number: int) -> Transaction:
    sender, receiver = keys[number % SENDERS], keys[(number + 1) % SENDERS]
    arguments: dict[str, Value] = {"amount": 1 + number, "memo": f"invoice {number}", "to": receiver.address}
    sequence = number // SENDERS
    return sign_transaction(sender, CHAIN, "account", "transfer", arguments, sequence, valid_until=10**6)


def _row(raws: Sequence[bytes], verify_with_workers: Callable[[Sequence[bytes], Digest], None]) -> Row:
    root, count = merkle.root(raws), len(raws)
    root_us = 1e6 * median(_timed(process_time, merkle.root, raws) for _ in range(RACES)) / count
    turns = [(openssl_us, slice_us + root_us) for openssl_us, slice_us in _turns(raws)]
    races = [
        (_timed(perf_counter, _verify_all, raws, root), _timed(perf_counter, verify_with_workers, raws, root))
        for _ in range(RACES)
    ]
    all_us = median(own_us for _, own_us in turns)
    return Row(
        transactions=count,
        one_us=1e6 * median(_path_times(raws, root)),
        all_us_per_transaction=all_us,
        openssl_us=median(openssl_us for openssl_us, _ in turns),
        openssl_ratio=median(openssl_us / own_us for openssl_us, own_us in turns),
        two_core_speedup=min(one_core for one_core, _ in races) / min(two_cores for _, two_cores in races),
        seen_speedup=all_us * count / (1e6 * median(_seen_times(raws, root))),
    )


def _turns(raws: Sequence[bytes]) -> Iterator[tuple[float, float]]:
    """OpenSSL's and our own processor time for a transaction's signature, slice by slice, in microseconds."""
    for _ in range(min(max(MEASURED // len(raws), 1), PASSES_MAX)):
        for start in range(0, len(raws), SLICE):
            part = raws[start : start + SLICE]
            calls = _openssl_calls(part)
            openssl_s = _timed(process_time, _call_openssl, calls)
            own_s = _timed(process_time, _verify_signatures, part)
            yield 1e6 * openssl_s / len(part), 1e6 * own_s / len(part)


def _verify_all(raws: Sequence[bytes], root: Digest) -> None:
    """All of a block on one core."""
    _verify_signatures(raws)
    _expect(merkle.root(raws) == root)


def _verify_signatures(raws: Sequence[bytes]) -> None:
    """Decode and verify, chunk by chunk, as a node and its workers do it."""
    chunks = (raws[start : start + CHUNK_MAX] for start in range(0, len(raws), CHUNK_MAX))
    _expect(sum(len(good_claims(list(claims_in(chunk, LIMITS)))) for chunk in chunks) == len(raws))


def _verify_with_workers(
    runner: asyncio.Runner, verifier: Verifier, raws: Sequence[bytes], root: Digest
) -> None:
    """The same with the node's workers; a small block is not worth handing over."""
    if len(raws) < INLINE_MAX:
        _verify_all(raws, root)
        return
    signatures = SignatureCache(len(raws))
    runner.run(verifier.warm(signatures, raws, LIMITS))
    _expect(len(signatures) == len(raws) and merkle.root(raws) == root)


def _openssl_calls(raws: Sequence[bytes]) -> list[OpensslCall]:
    """All that OpenSSL needs, made ready."""
    return [
        (load_public_key(public_key), _der(signature), digest)
        for public_key, signature, digest in claims_in(raws, LIMITS)
    ]


def _der(signature: bytes) -> bytes:
    return encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))


def _call_openssl(calls: Sequence[OpensslCall]) -> None:
    algorithm = ec.ECDSA(Prehashed(hashes.SHA256()))
    for key, signature, digest in calls:
        key.verify(signature, digest, algorithm)


def _seen_times(raws: Sequence[bytes], root: Digest) -> Iterator[float]:
    """Seconds to verify the whole block on one core once all of its transactions are known."""
    known, signatures = KnownTransactions(sum(map(len, raws))), SignatureCache(len(raws))
    _verify_known(known, signatures, raws, root)
    for _ in range(min(max(MEASURED // len(raws), RACES), PASSES_MAX)):
        # The bytes of a block that has just arrived are not those that were kept, though they are equal.
        arrived = [bytes(bytearray(raw)) for raw in raws]
        yield _timed(process_time, _verify_known, known, signatures, arrived, root)


def _verify_known(
    known: KnownTransactions, signatures: SignatureCache, raws: Sequence[bytes], root: Digest
) -> None:
    """Decode, verify and remember all of a block on one core."""
    for raw in raws:
        known.check_signature(known.decode(raw, LIMITS), signatures)
    _expect(len(known) == len(raws) and merkle.root(raws) == root)


def _path_times(raws: Sequence[bytes], root: Digest) -> Iterator[float]:
    """Seconds to check one transaction's path, for some all over the block."""
    for index in range(0, len(raws), -(-len(raws) // PATHS)):
        path = merkle.inclusion_proof(raws, index)
        started = process_time()
        for _ in range(PATH_CHECKS):
            merkle.verify_inclusion(root, len(raws), index, raws[index], path)
        yield (process_time() - started) / PATH_CHECKS


def _timed(clock: Callable[[], float], work: Callable[..., object], *arguments: object) -> float:
    started = clock()
    work(*arguments)
    return clock() - started


def _expect(is_good: bool) -> None:
    if not is_good:
        raise AssertionError("a block of good transactions did not verify")
