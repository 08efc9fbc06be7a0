"""The head of a chain: its last final block, and what the next one rests on."""

from dataclasses import dataclass

from crypto.hashing import Digest
from ledger.application import Application
from ledger.block import Header, genesis_header
from ledger.committee import Committee
from ledger.genesis import Genesis
from ledger.quantities import Height, Slot
from ledger.seals import NO_SEALS, Seals
from ledger.state import State


@dataclass(frozen=True, slots=True)
class Head:
    """The last final block, with all that the next one rests on."""

    header: Header
    committee: Committee
    """Those who decided on it."""
    seals: Seals
    state: State

    @property
    def height(self) -> Height:
        """Number of the block."""
        return self.header.height

    @property
    def slot(self) -> Slot:
        """Its timestamp."""
        return self.header.slot

    @property
    def hash(self) -> Digest:
        """The block's hash."""
        return self.header.hash


def genesis_head(genesis: Genesis, application: Application) -> Head:
    """Height 0."""
    state = application.begin(genesis)
    committee = application.committee(state, Height(1))
    return Head(genesis_header(genesis, state.root, committee), committee, NO_SEALS, state)
