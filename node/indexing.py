"""The index of a node's own chain, built by a thread beside consensus, which never waits for it.

Whatever is wrong with the index is logged and shown, and the chain goes on.
"""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from explorer.alerts.watcher import AlertWatcher
from explorer.index.database import Index, open_index
from explorer.index.errors import IndexFault, IndexUnusable
from explorer.index.follower import Follower
from ledger.errors import StoreError
from ledger.genesis import Genesis
from ledger.stored import StoredChain
from node.config import Config
from node.errors import BadConfig
from node.files import STORE_NAME

INDEX_NAME: Final = "index.db"
BATCH_BLOCKS: Final = 32
PAUSE_S: Final = 0.02
"""Between two batches of many: the interpreter is consensus' own meanwhile."""
RETRY_S: Final = 15.0
"""After which a database is tried again that could not be used."""
SQLITE: Final = "sqlite:///"

log = structlog.get_logger("node")


def index_url(config: Config) -> str:
    """Of the node's index: by default SQLite beside the chain. Raises BadConfig."""
    url = config.explorer.index
    if url is None:
        return f"{SQLITE}{config.node.data / INDEX_NAME}"
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise BadConfig(str(config.file), "explorer.index", str(error)) from None
    if parsed.password:
        reason = "a password belongs in a file: add ?passfile=/path/of/it to the URL, as libpq knows it"
        raise BadConfig(str(config.file), "explorer.index", reason)
    if parsed.drivername.startswith("sqlite") and parsed.database:
        return f"{SQLITE}{config.folder / parsed.database}"
    return url


class Indexing:
    """The thread, from `start` to `stop`."""

    def __init__(self, url: str, store: Path, genesis: Genesis, note: Callable[[int | None], None]) -> None:
        self._url = url
        self._store = store
        self._genesis = genesis
        self._note = note
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="index", daemon=True)
        self.index: Index | None = None
        """None as long as it could not be opened, or is of another chain."""
        self.problem: str | None = None
        """Why nothing is indexed at the moment; None if all is well."""

    @classmethod
    def of(cls, config: Config, genesis: Genesis, note: Callable[[int | None], None]) -> "Indexing":
        """As the configuration says; `note` is told how far it has come, and None when it cannot go on.

        Raises BadConfig.
        """
        return cls(index_url(config), config.node.data / STORE_NAME, genesis, note)

    def start(self) -> None:
        """Begin to follow the chain."""
        self._thread.start()

    def wake(self) -> None:
        """There is a new block."""
        self._woken.set()

    def stop(self) -> None:
        """End after the batch that is under way, and let go of the database."""
        self._stopping.set()
        self._woken.set()
        self._thread.join()
        if self.index is not None:
            self.index.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._follow()
            except (IndexUnusable, StoreError) as error:
                self._fail(error)
                self._stopping.wait(RETRY_S)
            except IndexFault as error:
                # Another chain's, or of another version: nothing will change that while we run.
                self._fail(error)
                return
            except Exception as error:
                log.exception("the index stopped", reason=str(error))
                self._fail(error)
                return

    def _follow(self) -> None:
        """Until the node stops."""
        chain = StoredChain.open(self._store, self._genesis)
        try:
            follower = self._follower(chain)
            while not self._stopping.is_set():
                self._woken.clear()
                count = follower.step(BATCH_BLOCKS)
                self.problem = None
                self._note(follower.height)
                if count < BATCH_BLOCKS:
                    self._woken.wait(RETRY_S)
                else:
                    self._stopping.wait(PAUSE_S)
        finally:
            chain.close()

    def _follower(self, chain: StoredChain) -> Follower:
        """Of an index that is of this chain: before, nobody is shown it."""
        index = self.index or open_index(self._url)
        try:
            follower = Follower(index, chain, AlertWatcher(self._genesis))
        except BaseException:
            if index is not self.index:
                index.close()
            raise
        self.index = index
        return follower

    def _fail(self, error: Exception) -> None:
        self.problem = str(error)
        self._note(None)
        log.error("nothing is indexed", reason=self.problem, consequence="the explorer shows old data as old")
