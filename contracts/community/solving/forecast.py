"""What a home expects of a period: the mean of what it saw at the same time of the days before."""

from collections.abc import Sequence


def forecast(seen_wh: Sequence[Sequence[int | None]]) -> tuple[int | None, ...]:
    """By period: the mean over the days (rows), of those that were metered; None where none was."""
    expected: list[int | None] = []
    for column in zip(*seen_wh, strict=True):
        known = [energy for energy in column if energy is not None]
        expected.append(round(sum(known) / len(known)) if known else None)
    return tuple(expected)
