"""Block versions: the state says which, and a node that does not know it says so and keeps what it has."""

from dataclasses import replace

import pytest

from ledger.application import Rules
from ledger.block import VERSIONS
from ledger.errors import UnsupportedVersion, WrongHeaderField
from ledger.overlay import Reader
from ledger.quantities import Height
from tests.ledger.builders import Chain, Counter, changed

ACTIVATED = 3


class Upgraded(Counter):
    """The toy application, whose blocks are of version 2 from a height on."""

    def block_version(self, state: Reader, height: Height) -> int:
        return 2 if height >= ACTIVATED else 1


def upgraded_chain() -> Chain:
    chain = Chain()
    chain.rules = replace(chain.rules, application=Upgraded())
    return chain


def test_blocks_have_the_version_of_their_height() -> None:
    chain = upgraded_chain()
    versions = [chain.commit().block.header.version for _ in range(4)]
    assert versions == [1, 1, 2, 2]


def test_a_block_of_another_version_than_its_height_has_is_invalid() -> None:
    chain = upgraded_chain()
    for wrong in (2, 3):
        with pytest.raises(WrongHeaderField, match="version"):
            chain.execute(changed(chain.build().block, version=wrong))
    chain.commit()
    chain.commit()
    with pytest.raises(WrongHeaderField, match="version"):
        chain.execute(changed(chain.build().block, version=1))


def test_a_node_stops_at_a_version_that_it_does_not_know_and_goes_on_when_upgraded() -> None:
    chain = upgraded_chain()
    chain.commit()
    chain.commit()
    newer: Rules = chain.rules
    block, before = chain.build().block, chain.head
    chain.rules = replace(newer, version_max=1)
    with pytest.raises(UnsupportedVersion, match="block 3 is of version 2; this node knows up to 1"):
        chain.execute(block)
    with pytest.raises(UnsupportedVersion):
        chain.build()
    assert chain.head is before
    chain.rules = newer
    assert chain.commit().block.header.version == VERSIONS[-1]
