"""What a fuzzing target is: something that takes bytes from outside, and what it must do with any bytes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from tests.fuzz.mutate import mutate_msgpack

T = TypeVar("T")
Take = Callable[[bytes], None]
Mutate = Callable[[bytes, Random], bytes]


class Broken(AssertionError):
    """A property does not hold."""


@dataclass(frozen=True, slots=True)
class Target:
    """One decoder under test."""

    take: Take
    """Returns for good bytes and for those that are refused by name; raises for anything else."""
    seeds: Callable[[], Iterable[bytes]]
    """Valid inputs, made by the project's own builders."""
    mutate: Mutate | None = mutate_msgpack
    """Changes an input to another of its kind; None where changed bytes get as far."""
    bytes_max: int = 4_096
    share: int = 1
    """Of the time; more for those with more behind them."""


def reads(read: Callable[[bytes], T], write: Callable[[T], bytes], *refusals: type[Exception]) -> Take:
    """A decoder: it refuses by one of these errors, or what it read is written as the very same bytes."""

    def take(data: bytes) -> None:
        try:
            value = read(data)
        except refusals:
            return
        written = write(value)
        if written != data:
            raise Broken(f"{data.hex()} is read as {value!r}, which is written as {written.hex()}")

    return take


def judges(judge: Callable[[bytes], object], *refusals: type[Exception]) -> Take:
    """What has no way back: it refuses by one of these errors, and by nothing else."""

    def take(data: bytes) -> None:
        try:
            judge(data)
        except refusals:
            return

    return take
