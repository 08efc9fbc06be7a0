"""Watching a market through the APIs of nodes, which are played here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cli.chain_watch import MarketWatch, Progress
from cli.errors import CommandError
from ledger.quantities import Slot
from node.client import NodeClient
from node.errors import Unreachable

UNTIL = Slot(20)


class Node:
    """What a node would answer."""

    def __init__(self) -> None:
        self.slot = 10
        self.is_over = False
        self.is_reached = True

    def status(self) -> Mapping[str, Any]:
        if not self.is_reached:
            raise Unreachable("127.0.0.1:7480", "it is not there")
        usual = {"height": 1, "round": 0, "committee": 4, "pending": 0, "ready": True, "warnings": ()}
        return {**usual, "slot": self.slot}


@pytest.fixture
def nodes(monkeypatch: pytest.MonkeyPatch) -> Mapping[Path, Node]:
    made = {Path("one"): Node(), Path("two"): Node()}
    monkeypatch.setattr("cli.chain_watch.read_config", lambda folder: folder)
    monkeypatch.setattr("cli.chain_watch.api_client", made.__getitem__)
    return made


def watching(nodes: Mapping[Path, Node]) -> MarketWatch:
    def ask(client: NodeClient) -> Progress:
        assert isinstance(client, Node)
        return Progress("half of it", client.is_over)

    return MarketWatch([*nodes], ask, UNTIL)


def test_a_market_is_over_once_it_is_on_all_nodes(nodes: Mapping[Path, Node]) -> None:
    watch = watching(nodes)
    for node in nodes.values():
        assert not watch.is_over()
        node.is_over = True
    assert watch.is_over()
    assert "slot 10" in watch.line()
    assert "half of it" in watch.line()


def test_a_market_that_takes_too_long_is_an_error_that_says_how_far_it_is(nodes: Mapping[Path, Node]) -> None:
    watch = watching(nodes)
    for node in nodes.values():
        node.slot = UNTIL
    assert not watch.is_over()
    nodes[Path("one")].slot = UNTIL + 1
    with pytest.raises(CommandError, match="slot 21, and still: half of it"):
        watch.is_over()
    for node in nodes.values():
        node.is_over = True
    assert watch.is_over()


def test_nodes_that_are_starting_are_waited_for(nodes: Mapping[Path, Node]) -> None:
    nodes[Path("one")].is_reached = False
    watch = watching(nodes)
    assert not watch.is_over()
    assert "starting" in watch.line()
