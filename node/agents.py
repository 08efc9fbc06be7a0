"""Agents made from the configuration. Which kinds there are is for the command line to say: some read files
of formats that a node knows nothing of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from contracts.agent import Agent
from crypto.keys import PrivateKey
from ledger.genesis import Genesis
from node.agent_host import Resident
from node.config import Config
from node.errors import UnknownAgent
from node.files import read_key

Setting: TypeAlias = str | int | bool


@dataclass(frozen=True, slots=True)
class Profession:
    """What an agent is made from."""

    genesis: Genesis
    key: PrivateKey
    encryption_key: PrivateKey | None
    settings: Mapping[str, Setting]
    folder: Path
    """Where relative paths in the settings begin."""


AgentFactory: TypeAlias = Callable[[Profession], Agent]
"""Makes an agent of one kind. Raises UnknownAgent for a setting that the kind does not know or lacks."""

AgentKinds: TypeAlias = Mapping[str, AgentFactory]


def make_residents(config: Config, genesis: Genesis, kinds: AgentKinds) -> tuple[Resident, ...]:
    """All agents of a configuration. Raises ConfigurationError."""
    residents = []
    for section in config.agents:
        if section.kind not in kinds:
            raise UnknownAgent(section.kind, f"there is no such kind; there are {', '.join(sorted(kinds))}")
        encryption = read_key(section.encryption_key) if section.encryption_key else None
        key = read_key(section.key)
        made = kinds[section.kind](Profession(genesis, key, encryption, section.settings, config.folder))
        residents.append(Resident(made, key))
    return tuple(residents)
