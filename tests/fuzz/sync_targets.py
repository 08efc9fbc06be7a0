"""What a node that joins takes from peers and files before it has the chain: chunks, trails, archives."""

from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from io import BytesIO

from crypto.signatures import SignatureCache
from ledger.archive import Archive, ArchivedBlock, ArchiveHead, frame
from ledger.codec import encode
from ledger.errors import BadArchive, BadProof, DecodeError, Fork
from ledger.light import LightChain, SealedHeader, Trail
from ledger.quantities import Height
from ledger.snapshot import WHOLE, Chunk, PathRange, check_chunk, cut_chunk
from ledger.state import State
from tests.fuzz.mutate import mutate_frames
from tests.fuzz.target import Broken, Target, reads
from tests.ledger.changing import changing_chain

SIGNATURES = SignatureCache(1_000)


@cache
def headers() -> tuple[SealedHeader, ...]:
    """Of a chain whose committee changes once."""
    chain = changing_chain(5)
    return tuple(SealedHeader(done.block.header, seals, done.committee) for done, seals in chain.blocks)


@cache
def founded() -> LightChain:
    return LightChain.from_genesis(changing_chain().genesis)


@cache
def state() -> State:
    return changing_chain(5).head.state


def chunks() -> Iterator[bytes]:
    for paths in (WHOLE, PathRange(0, 2**254), PathRange(2**255, 2**255 + 2**253)):
        yield cut_chunk(state(), paths).encode()


def read_chunk(data: bytes) -> Chunk:
    """A chunk that is taken holds what the state holds in its range, and nothing else."""
    chunk = Chunk.decode(data)
    paths = PathRange(chunk.paths.first, WHOLE.last)
    with suppress(BadProof):
        check_chunk(chunk, state().root, paths)
        true = cut_chunk(state(), paths)
        if (chunk.paths, chunk.entries) != (true.paths, true.entries):
            raise Broken(f"a false chunk is taken: {chunk}")
    return chunk


def trails() -> Iterator[bytes]:
    handovers = tuple(header for header in headers() if header.hands_over)
    yield Trail(handovers, headers()[-1]).encode()
    yield Trail((), None).encode()


def read_trail(data: bytes) -> Trail:
    """Nothing that is followed differs from the chain: its seals cannot be forged."""
    trail = Trail.decode(data)
    with suppress(BadProof, Fork):
        followed = founded().follow(trail.headers, SIGNATURES)
        if not {header.header for header in followed.known} <= {header.header for header in headers()}:
            raise Broken(f"a false header is followed: {followed}")
    return trail


def light_chains() -> Iterator[bytes]:
    yield founded().encode()
    yield founded().follow(headers(), SIGNATURES).encode()
    yield LightChain.from_checkpoint(headers()[1].header).follow(headers()[2:], SIGNATURES).encode()


def archives() -> Iterator[bytes]:
    chain = changing_chain(5)
    last = Height(len(chain.blocks))
    blocks = [ArchivedBlock(done.block.raw, encode(seals.to_value())) for done, seals in chain.blocks]
    yield write_archive((ArchiveHead(chain.genesis, Height(1), last), blocks))
    yield write_archive((ArchiveHead(chain.genesis, last, last), blocks[-1:]))


def read_archive(data: bytes) -> tuple[ArchiveHead, list[ArchivedBlock]]:
    archive = Archive(BytesIO(data).read)
    return archive.head, [archived for _, archived in archive.blocks()]


def write_archive(content: tuple[ArchiveHead, list[ArchivedBlock]]) -> bytes:
    head, blocks = content
    return b"".join([frame(head.encode()), *[frame(archived.encode()) for archived in blocks]])


TARGETS = {
    "archive": Target(reads(read_archive, write_archive, BadArchive), archives, mutate_frames, 16_384),
    "chunk": Target(reads(read_chunk, Chunk.encode, DecodeError), chunks, bytes_max=16_384),
    "trail": Target(reads(read_trail, Trail.encode, DecodeError), trails, bytes_max=16_384),
    "light-chain": Target(
        reads(LightChain.decode, LightChain.encode, DecodeError), light_chains, bytes_max=16_384
    ),
}
