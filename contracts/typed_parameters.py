"""What a genesis says to a contract, as the contract's own dataclass of parameters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Generic, TypeVar, get_type_hints

from contracts.arguments import check_arguments, checks_of
from crypto.hashing import Digest
from ledger.codec import Value
from ledger.genesis import Genesis

GENESES_MAX = 16
"""Of which the parameters are kept: a process knows one, tests know many."""

P = TypeVar("P")


class TypedParameters(Generic[P]):
    """Reads one contract's parameters: `parameters` is a dataclass whose fields are annotated as an action's
    arguments are (contracts.arguments)."""

    def __init__(self, contract: str, parameters: type[P]) -> None:
        self._contract = contract
        self._parameters = parameters
        hints: dict[str, Any] = get_type_hints(parameters, include_extras=True)
        self._checks = checks_of(hints)
        # Typing them takes as long as the rest of a transaction, and they never change.
        self._known = lru_cache(maxsize=GENESES_MAX)(self._read_named)

    def read(self, values: Mapping[str, Value]) -> P:
        """The parameters that `values` are. Raises ArgumentError, with the field, and what the dataclass
        raises."""
        return self._parameters(**check_arguments(self._checks, values, f"{self._contract}."))

    def of(self, genesis: Genesis) -> P:
        """Those of a chain whose genesis names the contract."""
        return self._known(_Named(genesis.hash, genesis))

    def _read_named(self, named: "_Named") -> P:
        return self.read(named.genesis.contracts[self._contract])


@dataclass(frozen=True, slots=True)
class _Named:
    """A genesis that is told from others by its hash."""

    hash: Digest
    genesis: Genesis = field(compare=False)
