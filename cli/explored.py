"""A chain on disk, opened and indexed so that the explorer can show it."""

import asyncio
import signal
import time
import webbrowser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Final

from cli.errors import CommandError, ExitCode
from cli.output import say, shown
from cli.progress import progress
from explorer.alerts.watcher import AlertWatcher
from explorer.api.app import make_app
from explorer.api.archived import Archived
from explorer.api.listening import listen
from explorer.api.page import PLACE
from explorer.index.database import Index, open_index
from explorer.index.errors import IndexFault
from explorer.index.follower import Follower
from ledger.archive import Archive, import_blocks
from ledger.errors import LedgerError
from ledger.store import Store
from ledger.stored import StoredChain
from node.application import standard_rules
from node.config import CONFIG_NAME, load_config
from node.files import STORE_NAME

SQLITE_MAGIC: Final = b"SQLite format 3\x00"
LOOPBACK: Final = "127.0.0.1"
BATCH_BLOCKS: Final = 200


@contextmanager
def explored(path: Path, index_url: str) -> Iterator[Archived]:
    """The chain of a path, which is indexed meanwhile: where the URL says, or anew for this time alone."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="gridquorum-explore-")))
        store = stack.enter_context(opened(path, folder))
        index = open_index(index_url or f"sqlite:///{folder / 'index.db'}")
        stack.callback(index.close)
        stack.enter_context(indexing(index, store))
        yield Archived(store, index, time.time_ns() // 1_000_000)


@contextmanager
def opened(path: Path, folder: Path) -> Iterator[Store]:
    """The chain of a path, for reading. Of an archive, all blocks are verified and executed first."""
    found = find_store(path)
    if found is None:
        found = folder / STORE_NAME
        unpack(path, found)
    store = Store.open(found, read_only=True)
    try:
        yield store
    finally:
        store.close()


def find_store(path: Path) -> Path | None:
    """The store that is meant by a path; None for an archive. Raises CommandError or ConfigurationError."""
    if path.is_dir():
        if (path / CONFIG_NAME).is_file():
            return load_config(path / CONFIG_NAME).node.data / STORE_NAME
        if (path / STORE_NAME).is_file():
            return path / STORE_NAME
        problem = f"{path} holds neither {CONFIG_NAME} nor {STORE_NAME}"
        raise CommandError(problem, remedy="name a node's folder, its chain.db, or an archive")
    with path.open("rb") as file:
        return path if file.read(len(SQLITE_MAGIC)) == SQLITE_MAGIC else None


def unpack(path: Path, fresh: Path) -> None:
    """A store from an archive. Raises BadArchive."""
    with path.open("rb") as file:
        archive = Archive(file.read)
        if archive.head.first > 1:
            problem = (
                f"{path} begins with block {archive.head.first}, so that nothing before it can be checked"
            )
            raise CommandError(problem, remedy="export it from block 1 on", code=ExitCode.FAILED)
        rules = standard_rules(archive.head.genesis)
        store = Store.create(fresh, archive.head.genesis, rules.application)
        try:
            with progress("blocks", archive.head.last) as advance:
                import_blocks(archive, store, rules, advance)
        finally:
            store.close()


@contextmanager
def indexing(index: Index, store: Store) -> Iterator[None]:
    """Index the chain meanwhile, in a thread of its own."""
    chain = StoredChain.open(store.path, store.genesis)
    follower, ended = Follower(index, chain, AlertWatcher(chain.genesis)), Event()

    def follow() -> None:
        try:
            while not ended.is_set() and follower.step(BATCH_BLOCKS):
                pass
        except (IndexFault, LedgerError) as error:
            say(f"[bold red]the index stopped:[/] {shown(str(error))}")

    thread = Thread(target=follow, name="index")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        chain.close()


async def serve(source: Archived, port: int, show: bool) -> None:
    """Until SIGINT or SIGTERM. Raises CommandError if the port is taken."""
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    try:
        listening = await listen(make_app(source), LOOPBACK, port)
    except OSError as error:
        raise CommandError(f"cannot listen on port {port}: {error.strerror}", remedy="--port 0") from None
    url = f"http://{LOOPBACK}:{listening.port}{PLACE}"
    head = source.store.head
    say(f"{shown(source.store.genesis.name)}, {head.height} blocks: [bold]{url}[/]  (Ctrl-C ends)")
    if show:
        await asyncio.to_thread(webbrowser.open, url)
    await ended.wait()
    await listening.close()
