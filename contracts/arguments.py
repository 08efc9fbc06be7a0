"""Arguments of actions, checked against the types that the action declares.

An action's parameters are annotated with what it takes, and everything it takes is bounded:

    bool, Address, Digest, TxId and string enumerations as they are
    int and every quantity over int; `Annotated[EnergyWh, Range(0, 10**9)]` narrows it
    `Annotated[bytes, Length(33)]`, `Annotated[str, Length(1, 64)]`
    `Annotated[tuple[X, ...], Length(0, 96)]`, `tuple[X, Y]`
    `X | None`; a frozen dataclass of such fields, which arrives as a map
"""

import dataclasses
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from contracts.errors import ArgumentError
from crypto.address import Address, parse_address
from crypto.errors import BadAddress
from crypto.hashing import DIGEST_BYTES, Digest
from ledger.codec import Value
from ledger.quantities import TxId

INTEGER_MIN = -(2**63)
INTEGER_MAX = 2**63 - 1

NAME_SHOWN_MAX = 64
"""Characters of an unknown argument's name in the error: a receipt must not grow with it."""

Check = Callable[[Value, str], Any]
"""Turns a decoded value into the argument; the text is the field's name. Raises ArgumentError."""


@dataclass(frozen=True, slots=True)
class Range:
    """Bounds of an integer, both included."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Length:
    """Bounds of the length of bytes, text (in characters) or a tuple, both included; one number fixes it."""

    least: int
    most: int | None = None

    @property
    def bounds(self) -> tuple[int, int]:
        return self.least, self.least if self.most is None else self.most


def checks_of(fields: Mapping[str, Any]) -> dict[str, Check]:
    """The check of every annotated parameter. Raises TypeError for an annotation that bounds nothing."""
    return {name: _check(annotation) for name, annotation in fields.items()}


def check_arguments(
    checks: Mapping[str, Check], arguments: Mapping[str, Value], within: str = ""
) -> dict[str, Any]:
    """`arguments` as an action takes them. Raises ArgumentError, which names the field."""
    # In one order, whether they were decoded or not: all validators must name the same one.
    for name in sorted(arguments):
        if name not in checks:
            raise ArgumentError(
                within + name[:NAME_SHOWN_MAX], f"is not one of {', '.join(checks) or 'none'}"
            )
    for name in checks:
        if name not in arguments:
            raise ArgumentError(within + name, "is missing")
    return {name: check(arguments[name], within + name) for name, check in checks.items()}


def _check(annotation: Any, bound: Range | Length | None = None) -> Check:
    if get_origin(annotation) is Annotated:
        inner, bound = get_args(annotation)
        return _check(inner, bound)
    if annotation in _NAMED:
        return _NAMED[annotation]
    if hasattr(annotation, "__supertype__"):
        return _check(annotation.__supertype__, bound)
    if get_origin(annotation) in (Union, types.UnionType):
        return _optional(annotation, bound)
    if get_origin(annotation) is tuple:
        return _tuple(annotation, bound)
    if isinstance(annotation, type) and dataclasses.is_dataclass(annotation):
        return _record(annotation)
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return _choice(annotation)
    return _plain(annotation, bound)


def _plain(annotation: Any, bound: Range | Length | None) -> Check:
    if annotation is bool:
        return _boolean
    if annotation is int and not isinstance(bound, Length):
        return _integer(bound or Range(INTEGER_MIN, INTEGER_MAX))
    if annotation in (bytes, str) and isinstance(bound, Length):
        return _sized(annotation, bound)
    raise TypeError(
        f"an action cannot take {annotation} within {bound}: its size is not bounded, or it is unknown"
    )


def _boolean(value: Value, field: str) -> bool:
    if not isinstance(value, bool):
        raise ArgumentError(field, f"is {_kind(value)}, not true or false")
    return value


def _integer(bound: Range) -> Check:
    def check(value: Value, field: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ArgumentError(field, f"is {_kind(value)}, not an integer")
        if not bound.least <= value <= bound.most:
            raise ArgumentError(field, f"is {value}, outside {bound.least} .. {bound.most}")
        return value

    return check


def _sized(kind: type[bytes] | type[str], bound: Length) -> Check:
    def check(value: Value, field: str) -> bytes | str:
        if not isinstance(value, kind):
            raise ArgumentError(field, f"is {_kind(value)}, not {'bytes' if kind is bytes else 'text'}")
        _check_length(value, bound, field)
        return value

    return check


def _tuple(annotation: Any, bound: Range | Length | None) -> Check:
    items = get_args(annotation)
    if items[-1] is not Ellipsis:
        return _fixed_tuple(tuple(_check(item) for item in items))
    if not isinstance(bound, Length):
        raise TypeError(f"{annotation} needs a Length")
    check_item = _check(items[0])

    def check(value: Value, field: str) -> tuple[Any, ...]:
        if not isinstance(value, tuple):
            raise ArgumentError(field, f"is {_kind(value)}, not a list")
        _check_length(value, bound, field)
        return tuple(check_item(item, f"{field}[{index}]") for index, item in enumerate(value))

    return check


def _fixed_tuple(checks: tuple[Check, ...]) -> Check:
    def check(value: Value, field: str) -> tuple[Any, ...]:
        if not isinstance(value, tuple):
            raise ArgumentError(field, f"is {_kind(value)}, not a list")
        _check_length(value, Length(len(checks)), field)
        return tuple(
            item(part, f"{field}[{index}]")
            for index, (item, part) in enumerate(zip(checks, value, strict=True))
        )

    return check


def _optional(annotation: Any, bound: Range | Length | None) -> Check:
    kinds = [kind for kind in get_args(annotation) if kind is not types.NoneType]
    if len(kinds) != 1:
        raise TypeError(f"{annotation} is more than one type or none")
    inner = _check(kinds[0], bound)

    def check(value: Value, field: str) -> Any:
        return None if value is None else inner(value, field)

    return check


def _record(record: type) -> Check:
    hints = get_type_hints(record, include_extras=True)
    checks = checks_of({field.name: hints[field.name] for field in dataclasses.fields(record)})

    def check(value: Value, field: str) -> Any:
        if not isinstance(value, Mapping):
            raise ArgumentError(field, f"is {_kind(value)}, not a map")
        return record(**check_arguments(checks, value, f"{field}."))

    return check


def _choice(options: type[StrEnum]) -> Check:
    def check(value: Value, field: str) -> StrEnum:
        if not isinstance(value, str) or value not in {option.value for option in options}:
            raise ArgumentError(field, f"is not one of {', '.join(option.value for option in options)}")
        return options(value)

    return check


def _address(value: Value, field: str) -> Address:
    if not isinstance(value, str):
        raise ArgumentError(field, f"is {_kind(value)}, not an address")
    try:
        return parse_address(value)
    except BadAddress as error:
        raise ArgumentError(field, str(error)) from None


def _check_length(value: bytes | str | tuple[Value, ...], bound: Length, field: str) -> None:
    least, most = bound.bounds
    if not least <= len(value) <= most:
        allowed = str(least) if least == most else f"{least} .. {most}"
        raise ArgumentError(field, f"has length {len(value)}, not {allowed}")


def _kind(value: Value) -> str:
    names = {type(None): "nothing", bool: "a truth value", int: "an integer", bytes: "bytes", str: "text"}
    return names.get(type(value), "a list" if isinstance(value, tuple) else "a map")


_NAMED: dict[Any, Check] = {
    Address: _address,
    Digest: _sized(bytes, Length(DIGEST_BYTES)),
    TxId: _sized(bytes, Length(DIGEST_BYTES)),
}
