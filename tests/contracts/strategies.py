"""Random arguments for any action, from its annotations: mostly well-formed, so that they get past them."""

import dataclasses
import types
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from contracts.arguments import Length, Range
from contracts.contract import Action
from crypto.address import Address
from crypto.hashing import Digest
from ledger.codec import Value
from ledger.quantities import TxId

Values = st.SearchStrategy[Any]


@dataclasses.dataclass(frozen=True)
class Known:
    """What exists on a chain, for arguments to speak of."""

    addresses: Sequence[str]
    identifiers: Sequence[bytes]


def arguments_for(action: Action, known: Known) -> st.SearchStrategy[dict[str, Value]]:
    """Arguments of the right types, now and then with one of them wrong, missing or too much."""
    hints = get_type_hints(action.handler, include_extras=True)
    right = st.fixed_dictionaries({name: _values(hints[name], known) for name in action.checks})
    return st.one_of(right, right, right.flatmap(_spoiled))


def _spoiled(arguments: dict[str, Value]) -> st.SearchStrategy[dict[str, Value]]:
    names = st.sampled_from([*arguments, "unknown"])
    return st.builds(lambda name, value: {**arguments, name: value}, names, ANY_VALUE)


ANY_VALUE: Values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**64 - 1),
        st.binary(max_size=70),
        st.text("abcde", max_size=8),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(tuple), st.dictionaries(st.text("abc", max_size=2), inner)
    ),
    max_leaves=4,
)


def _values(annotation: Any, known: Known, bound: Any = None) -> Values:
    if get_origin(annotation) is Annotated:
        inner, bound = get_args(annotation)
        return _values(inner, known, bound)
    if annotation is Address:
        return st.sampled_from(list(known.addresses))
    if annotation in (TxId, Digest):
        return st.one_of(st.sampled_from(list(known.identifiers)), st.binary(min_size=32, max_size=32))
    if hasattr(annotation, "__supertype__"):
        return _values(annotation.__supertype__, known, bound)
    if get_origin(annotation) in (Union, types.UnionType):
        return st.one_of(st.none(), *[_values(a, known) for a in get_args(annotation) if a is not type(None)])
    if get_origin(annotation) is tuple:
        return _tuples(annotation, known, bound)
    return _of_class(annotation, known, bound)


def _of_class(annotation: Any, known: Known, bound: Any) -> Values:
    if dataclasses.is_dataclass(annotation):
        hints = get_type_hints(annotation, include_extras=True)
        fields = dataclasses.fields(annotation)
        return st.fixed_dictionaries({field.name: _values(hints[field.name], known) for field in fields})
    if issubclass(annotation, StrEnum):
        return st.sampled_from([option.value for option in annotation])
    if annotation is bool:
        return st.booleans()
    if annotation is int:
        return _integers(bound or Range(-(2**63), 2**63 - 1))
    least, most = bound.bounds
    if annotation is bytes:
        return st.binary(min_size=least, max_size=min(least + 8, most))
    return st.text("abc", min_size=least, max_size=min(least + 8, most))


def _integers(bound: Range) -> Values:
    small = st.integers(max(bound.least, -10), min(bound.most, max(bound.least, 200)))
    return st.one_of(small, st.integers(bound.least, bound.most))


def _tuples(annotation: Any, known: Known, bound: Any) -> Values:
    items = get_args(annotation)
    if items[-1] is not Ellipsis:
        return st.tuples(*[_values(item, known) for item in items])
    least, most = (bound or Length(0, 3)).bounds
    return st.lists(_values(items[0], known), min_size=least, max_size=min(most, least + 3)).map(tuple)
