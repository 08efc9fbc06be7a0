"""The four stages of every energy process."""

from enum import StrEnum


class Stage(StrEnum):
    """Where in its process a transaction stands."""

    TRIGGER = "T"
    DISPATCH = "D"
    VERIFICATION = "V"
    ACCOUNTING = "A"
