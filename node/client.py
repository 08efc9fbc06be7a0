"""A small client of a node's HTTP API, for commands and scripts; it blocks, and needs nothing but Python."""

import json
from collections.abc import Mapping
from http.client import HTTPException
from ssl import SSLContext, create_default_context
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from node.errors import BadAnswer, Refused, Unreachable

ANSWER_S: Final = 10.0
ANSWER_BYTES_MAX: Final = 2**26


class NodeClient:
    """The API of one node. All methods raise Unreachable; BadAnswer; Refused with the node's own reason."""

    def __init__(self, listen: str, token: str | None = None, tls: SSLContext | None = None) -> None:
        """`listen` is host:port, as api.listen in the node's configuration; `tls` if it has a certificate."""
        self.url = f"{'https' if tls else 'http'}://{listen}"
        self._tls = tls
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    @classmethod
    def at(cls, url: str, token: str | None = None) -> "NodeClient":
        """Of another node: host:port, after https:// if its API has a certificate of a name."""
        tls = create_default_context() if url.startswith("https://") else None
        return cls(url.removeprefix("https://").removeprefix("http://").rstrip("/"), token, tls)

    def status(self) -> Mapping[str, Any]:
        """Where the node stands: head, slot, round, peers, what waits."""
        return self._get_json("status")

    def head(self) -> Mapping[str, Any]:
        """The header of the last block."""
        return self._get_json("head")

    def height(self) -> int:
        """Of the last block."""
        height = self.head().get("height")
        if type(height) is not int:
            raise BadAnswer(self.url, "its last block has no height")
        return height

    def block(self, height: int) -> Mapping[str, Any]:
        """A block with its seals and receipts."""
        return self._get_json(f"blocks/{height}")

    def transaction(self, tx_id: bytes) -> Mapping[str, Any]:
        """A transaction in the chain with its receipt, or one that waits."""
        return self._get_json(f"transactions/{tx_id.hex()}")

    def state(self, contract: str, key: str) -> Any:
        """The value that a contract keeps under a key, bytes as hexadecimal; None if there is none."""
        return self._get_json(f"state/{quote(contract, safe='')}/{quote(key, safe='')}")["value"]

    def peers(self) -> Mapping[str, Any]:
        """The connected peers, under `peers`."""
        return self._get_json("peers")

    def committee(self) -> Mapping[str, Any]:
        """Who decides, now and next; who may come in, and whether this node is in touch with them."""
        return self._get_json("committee")

    def show_synced(self) -> None:
        """Have the node show on the chain that it follows it, as a candidate for the committee."""
        self._request("committee/show-synced", b"")

    def next_sequence(self, address: str) -> int:
        """The number of the next transaction of a sender, after all that waits at this node."""
        return int(self._get_json(f"sequences/{quote(address, safe='')}")["next"])

    def metrics(self) -> str:
        """The node's counters, in Prometheus' text format."""
        return self._request("metrics", prefix="").decode()

    def proof(self, tx_id: bytes) -> bytes:
        """A proof bundle (ledger.proof) of a transaction."""
        return self._request(f"proofs/transactions/{tx_id.hex()}")

    def state_proof(self, contract: str, key: str, height: int | None = None) -> bytes:
        """A proof bundle of what a contract keeps under a key, now or after a block whose state is kept."""
        at = "" if height is None else f"?height={height}"
        return self._request(f"proofs/state/{quote(contract, safe='')}/{quote(key, safe='')}{at}")

    def genesis(self) -> bytes:
        """The chain's genesis, encoded."""
        return self._request("genesis")

    def sealed_header(self, height: int) -> bytes:
        """A header with its seals and committee (ledger.light.SealedHeader)."""
        return self._request(f"headers/{height}")

    def trail(self, after: int) -> bytes:
        """The handovers after a height, up to the head or a page of them (ledger.light.Trail)."""
        return self._request(f"trails/{after}")

    def submit(self, raw: bytes) -> str:
        """Send an encoded transaction; returns its identifier, hexadecimal."""
        answer: Mapping[str, str] = json.loads(self._request("transactions", raw))
        return answer["tx_id"]

    def _get_json(self, path: str) -> Mapping[str, Any]:
        try:
            answer = json.loads(self._request(path))
        except (ValueError, RecursionError) as error:
            raise BadAnswer(self.url, str(error)) from None
        if not isinstance(answer, dict):
            raise BadAnswer(self.url, "it is not an object")
        return answer

    def _request(self, path: str, body: bytes | None = None, prefix: str = "api/v1/") -> bytes:
        headers = {**self._headers, "Content-Type": "application/octet-stream"}
        request = Request(f"{self.url}/{prefix}{path}", data=body, headers=headers)  # noqa: S310 - http alone
        try:
            with urlopen(request, timeout=ANSWER_S, context=self._tls) as answer:  # noqa: S310
                data: bytes = answer.read(ANSWER_BYTES_MAX)
                return data
        except HTTPError as error:
            raise _refused(error) from None
        except HTTPException as error:
            raise BadAnswer(self.url, type(error).__name__) from None
        except (URLError, OSError) as error:
            raise Unreachable(self.url, str(getattr(error, "reason", error))) from None


def _refused(error: HTTPError) -> Refused:
    try:
        problem = json.loads(error.read(ANSWER_BYTES_MAX))
        return Refused(error.code, problem["title"], problem.get("detail", ""))
    except (ValueError, KeyError, TypeError):
        return Refused(error.code, str(error.reason), "")
