"""Processes beside the node for what would keep its loop busy; they end with it, however it ends."""

import os
import signal
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Final

NICENESS: Final = 10
"""Solving may wait; votes may not."""


def start_workers(count: int) -> ProcessPoolExecutor:
    """A pool of fresh processes, which share nothing with this one; each starts when it is first needed."""
    return ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_settle)


def _settle() -> None:
    """In a worker: leave the signals of the terminal to the node, and follow it if it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICENESS)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
