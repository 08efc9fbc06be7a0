"""`gridquorum chain export` and `chain import`: a chain as one file, without a network."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from cli.errors import CommandError, ExitCode
from cli.node_directory import HERE, NodeDirectory, open_chain, read_config
from cli.output import AsJson, report
from cli.progress import progress
from ledger.archive import Archive, ArchiveHead, export_blocks, import_blocks
from ledger.quantities import Height
from node.application import standard_rules
from node.files import STORE_NAME, locked, read_genesis

ArchiveFile = Annotated[Path, typer.Argument(help="The archive.", show_default=False)]
First = Annotated[
    int | None, typer.Option("--from", min=1, help="The first block; without it, the first that is held.")
]
Last = Annotated[int | None, typer.Option("--to", min=1, help="The last block; without it, the head.")]


def export(
    path: ArchiveFile,
    first: First = None,
    last: Last = None,
    directory: NodeDirectory = HERE,
    as_json: AsJson = False,
) -> None:
    """Write blocks with their seals into a file; the node may run meanwhile."""
    with open_chain(directory) as store:
        begin, end = first or store.base + 1, last or store.head.height
        if not begin <= end <= store.head.height:
            problem = f"there are no blocks {begin} to {end}; the head is {store.head.height}"
            raise CommandError(problem, code=ExitCode.USAGE)
        head = ArchiveHead(store.genesis, Height(begin), Height(end))
        if path.exists():
            raise CommandError(f"{path} exists already", remedy="move it away, or choose another place")
        with new_file(path) as file, progress("blocks", end) as advance:
            export_blocks(store, head, file.write, advance)
    value = {"archive": path, "bytes": path.stat().st_size, "from": begin, "to": end}
    report({**value, "chain": head.genesis.hash}, as_json)


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Under another name until it is whole."""
    fresh = path.with_name(path.name + ".new")
    try:
        with fresh.open("wb") as file:
            yield file
        fresh.rename(path)
    finally:
        fresh.unlink(missing_ok=True)


def import_(path: ArchiveFile, directory: NodeDirectory = HERE, as_json: AsJson = False) -> None:
    """Take blocks from a file into a node's chain, from where it ends on; the node must not run.

    The seals of every block are verified, and it is executed. What is good before the first bad block is
    kept; exit code 6 if there is one.
    """
    from node.startup import open_store  # brings the whole network along

    config = read_config(directory)
    rules = standard_rules(read_genesis(config.node.genesis))
    config.node.data.mkdir(parents=True, exist_ok=True)
    with path.open("rb") as file, locked(config.node.data):
        archive = Archive(file.read)
        store = open_store(config.node.data / STORE_NAME, config, rules)
        try:
            with progress("blocks", archive.head.last) as advance:
                taken = import_blocks(archive, store, rules, advance)
            value = {"taken": taken, "height": store.head.height, "head": store.head.hash}
        finally:
            store.close()
    report(value, as_json)
