"""The explorer's page: files of explorer/web, from memory, so that no path can lead anywhere else.

All but index.html lie under the version of the whole, so that browsers keep them and ask for no file twice.
"""

import asyncio
import gzip
import mimetypes
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from aiohttp import web

from crypto.hashing import sha256
from explorer.api.problems import Problem

PLACE: Final = "/explorer/"
INDEX: Final = "index.html"
SMALL_BYTES: Final = 1_024
"""Not worth compressing."""
ASKED_AGAIN: Final = "no-cache"
KEPT: Final = "private, max-age=31536000, immutable"
OWN_FILE: Final = re.compile(rb'\b(href|src)="')

CONTENT_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Nothing from elsewhere, and no script or style within the page: what people named cannot become code."""

TYPES: Final = {".js": "text/javascript", ".mjs": "text/javascript", ".md": "text/plain"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is served."""

    body: bytes
    packed: bytes | None
    content_type: str
    tag: str
    caching: str

    def response(self, request: web.Request) -> web.Response:
        """The file, or that the browser has it already."""
        headers = {"ETag": self.tag, "Cache-Control": self.caching, "Content-Security-Policy": CONTENT_POLICY}
        headers["Vary"] = "Accept-Encoding"
        if self.tag in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
        body = self.body
        if self.packed is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"] = "gzip"
            body = self.packed
        charset = "utf-8" if self.content_type.startswith("text/") else None
        return web.Response(body=body, content_type=self.content_type, charset=charset, headers=headers)


async def page(request: web.Request) -> web.Response:
    """A file of the page."""
    # They are read and packed once, which takes long enough for a vote to wait.
    asset = (await asyncio.to_thread(assets)).get(request.match_info["name"] or INDEX)
    if asset is None:
        raise Problem(404, "NoSuchFile", "the explorer has no such file")
    return asset.response(request)


async def to_page(_request: web.Request) -> web.Response:
    """From the root to the page; its links are in the fragment, which browsers keep."""
    return web.Response(status=302, headers={"Location": PLACE})


@cache
def assets() -> Mapping[str, Asset]:
    """All files of the page by the names under which they are asked for."""
    found = dict(_below(files("explorer") / "web", ""))
    version = sha256("".join(found[name].tag for name in sorted(found)).encode()).hex()[:16]
    index = OWN_FILE.sub(rb'\1="%s/' % version.encode(), found.pop(INDEX).body)
    kept = {f"{version}/{name}": replace(asset, caching=KEPT) for name, asset in found.items()}
    return {INDEX: _asset(INDEX, index), **kept}


def _below(folder: Traversable, prefix: str) -> Iterator[tuple[str, Asset]]:
    for entry in folder.iterdir():
        name = prefix + entry.name
        if entry.is_dir():
            yield from _below(entry, f"{name}/")
        elif not entry.name.startswith("."):
            yield name, _asset(entry.name, entry.read_bytes())


def _asset(name: str, body: bytes) -> Asset:
    suffix = name[name.rfind(".") :]
    guessed = TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    is_packable = len(body) > SMALL_BYTES and guessed.startswith(("text/", "image/svg", "application/json"))
    packed = gzip.compress(body, mtime=0) if is_packable else None
    return Asset(body, packed, guessed, f'"{sha256(body).hex()[:32]}"', ASKED_AGAIN)
