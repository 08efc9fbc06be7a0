"""A folder for files that are written anew for every input: in memory, where the system has such a place."""

import atexit
import shutil
import tempfile
from pathlib import Path


def new_folder() -> Path:
    """Removed when the process ends."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="gridquorum-fuzz-", dir=memory if memory.is_dir() else None))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
