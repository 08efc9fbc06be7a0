"""The settings of an agent in the configuration: which there have to be, and which there may be."""

from collections.abc import Sequence

from node.agents import Profession
from node.errors import UnknownAgent


def check_settings(kind: str, profession: Profession, *required: str, optional: Sequence[str] = ()) -> None:
    """These settings have to be there, and no others but the optional ones. Raises UnknownAgent."""
    for name in profession.settings:
        if name not in (*required, *optional):
            raise UnknownAgent(kind, f"there is no setting {name}")
    for name in required:
        if name not in profession.settings:
            raise UnknownAgent(kind, f"the setting {name} is missing")


def take_count(kind: str, profession: Profession, name: str, most: int) -> int:
    """A setting that is a whole number from 1 on. Raises UnknownAgent."""
    value = profession.settings[name]
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise UnknownAgent(kind, f"the setting {name} is {value!r}, not a whole number from 1 to {most}")
    return value
