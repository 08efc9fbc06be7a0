"""The HTTP API of a running node: whatever is asked of it, the answer is never that the node is at fault.

An input is (is it a POST, path below /api/v1/, body).
"""

import asyncio
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

from explorer.api.routes import PREFIX
from ledger.codec import decode, encode
from ledger.errors import DecodeError
from node.config import split_endpoint
from tests.fuzz.node_target import BLOCKS, victim
from tests.fuzz.target import Broken, Target, judges
from tests.node.networks import VALIDATORS, key_of

BYTES_MAX: Final = 2**16
SAFE: Final = "/?=&%+:"
FAULT: Final = 500


def ask(data: bytes) -> None:
    match decode(data, max_bytes=BYTES_MAX):
        case (bool(is_post), str(path), bytes(body)):
            status = victim().loop.run_until_complete(_answer("POST" if is_post else "GET", path, body))
            if status == FAULT or victim().node.failure.done():
                raise Broken(f"{path!r} is answered with {status}")


async def _answer(method: str, path: str, body: bytes) -> int:
    """The status of the answer; raw, as clients of all kinds may ask."""
    reader, writer = await asyncio.open_connection(*split_endpoint(_listen()))
    head = f"{method} {PREFIX}/{quote(path, safe=SAFE)} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
    writer.write(head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
    answer = await reader.read()
    writer.close()
    return int(answer.split(maxsplit=2)[1])


def _listen() -> str:
    return victim().network.config(VALIDATORS[0]).api.listen


def questions() -> Iterator[bytes]:
    network, address = victim().network, key_of("alice").address
    payment = network.transfer("alice", "bob", 1, 0)
    tx_id = payment.tx_id.hex()
    for path in (
        *("health", "status", "head", "peers", "committee", "genesis", "sequences/" + address),
        *(f"blocks/{height}" for height in (0, 1, BLOCKS, 2**64, "0x1", "-1", "1e3")),
        *(f"{what}/{tx_id}" for what in ("transactions", "tdva", "proofs/transactions")),
        *(f"{what}/{height}" for what in ("headers", "trails") for height in (0, 1, BLOCKS, 10**18)),
        *(f"proofs/state/membership/committee{query}" for query in ("", "?height=2", "?height=x", "?height")),
        *("state/membership/committee", f"state/account/balance/{address}", "state//", "state/a/%00%ff"),
    ):
        yield encode((False, path, b""))
    yield from (encode((False, path, b"")) for path in index_questions(tx_id, address))
    yield encode((True, "transactions", payment.raw))
    yield encode((True, "alerts/" + "0" * 24 + "/acknowledge", b'{"note": "known"}'))
    yield encode((True, "committee/show-synced", b""))


def index_questions(tx_id: str, address: str) -> Iterator[str]:
    """What the index answers."""
    far = 10**18 - 1
    yield from ("overview", "members", "markets", "meters", "validators", "network?event=0&period=1", "ws")
    yield from (f"blocks?limit=2&proposer={address}", "blocks?cursor=WzFd", f"processes/{tx_id}")
    yield from ("transactions?contract=account&action=transfer&stage=T&ok=true", "processes?settled=false")
    yield from (f"search?q={what}" for what in ("1", tx_id[:8], "v1", "%25_\\"))
    yield from (f"{what}/series?from_period=0&to_period={far}&points=9" for what in ("dispatch", "storage"))
    yield from (f"meters/{address}/readings", "dispatch/days", "markets/pool/rounds", "markets/pool/rounds/0")
    yield from ("alerts?state=all&severity=info&rule=silent", "alerts/" + "0" * 24)
    for table in ("blocks", "transactions", "readings", "plans", "orders", "trades", "bills", "alerts"):
        yield f"export/{table}?format=csv"
    yield "export/blocks?format=parquet&from_height=1&to_height=2&from_period=0"


TARGETS = {"api": Target(judges(ask, DecodeError), questions)}
