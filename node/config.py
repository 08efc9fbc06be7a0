"""A node's configuration: flag over GRIDQUORUM_* variable over config.toml over default.

A variable is named after section and key: GRIDQUORUM_NETWORK_LISTEN. Paths are relative to the folder of the
file. Secrets are files, never values.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from ledger.block import VERSIONS
from node.errors import BadConfig, UnusableFile

CONFIG_NAME = "config.toml"
ENV_PREFIX = "GRIDQUORUM_"
PORT_MAX = 2**16 - 1


def split_endpoint(endpoint: str) -> tuple[str, int]:
    """Host and port of host:port. Raises ValueError."""
    host, _, port = endpoint.rpartition(":")
    if not host or not port.isdecimal() or int(port) > PORT_MAX:
        raise ValueError(f"{endpoint!r} is not host:port, such as 127.0.0.1:7400")
    return host.strip("[]"), int(port)


def _endpoint(text: str) -> str:
    split_endpoint(text)
    return text


Endpoint = Annotated[str, AfterValidator(_endpoint)]
"""host:port; an IPv6 host stands in brackets. Port 0 listens on any free one."""


class Section(BaseModel):
    """Base of the sections: unknown keys are refused by name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def below(self, folder: Path) -> Self:
        """With all paths from `folder` on; absolute ones stay."""
        return self.model_copy(update={name: _below(folder, value) for name, value in self})


class NodeSection(Section):
    """Who the node is."""

    name: str = "node"
    genesis: Path = Path("genesis.json")
    key: Path = Path("node.key")
    """PEM of the private key; readable by its owner alone."""
    certificate: Path = Path("node.crt")
    """PEM of the certificate that the authority issued for the key."""
    data: Path = Path("data")
    """The folder of the chain and of the lock."""


class NetworkSection(Section):
    """Where other nodes find it, and where it finds them."""

    listen: Endpoint = "127.0.0.1:7400"
    peers: tuple[Endpoint, ...] = ()
    """Nodes to keep a connection to; each validator names all others."""
    peers_max: Annotated[int, Field(ge=1, le=1024)] = 64


class TokenSection(Section):
    """Somebody who may ask the API."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
    """That acknowledgements are signed with."""
    role: Literal["reader", "participant", "operator"]
    file: Path
    """Holds the token."""


class ApiSection(Section):
    """The HTTP API."""

    enabled: bool = True
    listen: Endpoint = "127.0.0.1:7480"
    token_file: Path | None = None
    """Holds the operator's token, which requests must carry as bearer. Off loopback, a token or TLS is
    required."""
    tokens: tuple[TokenSection, ...] = ()
    """Of others, each with a role."""
    certificate: Path | None = None
    """PEM of the API's own certificate and those above it: then it speaks TLS, and takes certificates of the
    chain's authority from clients: this node's own is the operator's, other members are participants."""
    key: Path | None = None
    """PEM of the private key of `certificate`."""
    requests_per_s: Annotated[float, Field(gt=0)] = 200.0
    """Of one address, and of one token; ten seconds' worth may come at once."""


class ExplorerSection(Section):
    """The index of the chain, which lists, charts and alerts are made from."""

    enabled: bool = True
    index: str | None = None
    """URL of its database: `sqlite:///path`, or `postgresql+psycopg://user@host/name`; by default `index.db`
    in the folder of the chain. It can be built again from the chain at any time."""


class AlertsSection(Section):
    """Who is told of faults that are found in the chain, besides the log."""

    webhook: str | None = None
    """http(s) address to which alerts are posted as JSON."""
    secret: Path | None = None
    """Holds what they are signed with, at least 16 bytes."""
    least: Literal["info", "warning", "critical"] = "warning"
    """The lowest severity that is posted."""


class ConsensusSection(Section):
    """What a validator keeps for itself; a node outside the committee ignores it."""

    votes: tuple[Path, Path] = (Path("data/votes-a.log"), Path("data/votes-b.log"))
    """Two copies of the vote log, best on two disks."""


class ChainSection(Section):
    """How far this node follows its chain."""

    block_version_max: Annotated[int, Field(ge=VERSIONS[0], le=VERSIONS[-1])] = VERSIONS[-1]
    """The latest version of blocks to follow: lower than what the software knows, to hold it back."""


class SyncSection(Section):
    """How the node gets a chain that goes on already, and helps others to."""

    snapshot: bool = False
    """Begin an empty folder with the state of a recent height, and not with the first block."""
    light: Path | None = None
    """A file of `gridquorum light follow`, which a snapshot must not contradict: so that a checkpoint guards
    against a history forged with the keys of former validators."""
    snapshot_blocks: Annotated[int, Field(ge=1)] = 32
    """Every how many blocks the state is kept for those who begin so."""


class LogSection(Section):
    """What the node says about itself, on standard error."""

    format: Literal["auto", "console", "json"] = "auto"
    """auto: for people on a terminal, JSON otherwise."""
    level: Literal["debug", "info", "warning", "error"] = "info"


class AgentSection(Section):
    """Somebody who takes part through this node."""

    kind: str
    """A name in node.agents.KINDS."""
    key: Path
    """PEM of its signing key; a validator's own agents have the node's key."""
    encryption_key: Path | None = None
    """PEM of the key to which secrets for it are encrypted, for the kinds that receive some."""
    settings: Mapping[str, str | int | bool] = Field(default_factory=dict)
    """What its kind needs besides, such as a file of profiles."""


class Config(BaseSettings):
    """The configuration of one node."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_prefix=ENV_PREFIX,
        env_nested_delimiter="_",
        env_nested_max_split=1,
    )

    file: Path
    """Where it was read from."""
    node: NodeSection = NodeSection()
    network: NetworkSection = NetworkSection()
    api: ApiSection = ApiSection()
    explorer: ExplorerSection = ExplorerSection()
    alerts: AlertsSection = AlertsSection()
    consensus: ConsensusSection = ConsensusSection()
    chain: ChainSection = ChainSection()
    sync: SyncSection = SyncSection()
    log: LogSection = LogSection()
    agents: tuple[AgentSection, ...] = ()

    @property
    def folder(self) -> Path:
        """Where the relative paths of the file begin, and of the agents' settings too."""
        return self.file.parent

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """In the order of precedence."""
        file = cast(InitSettingsSource, init_settings).init_kwargs["file"]
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=file)


def load_config(file: Path, **flags: Mapping[str, Any]) -> Config:
    """The configuration of a node: `flags` are sections, such as network={"listen": "127.0.0.1:0"}.

    Raises BadConfig, which names the key, and UnusableFile.
    """
    _check_variables()
    if not file.is_file():
        raise UnusableFile(file, "there is no such configuration file; `gridquorum init` makes one")
    try:
        config = Config(file=file.resolve(), **flags)  # type: ignore[arg-type]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadConfig(str(file), "syntax", str(error)) from None
    except ValidationError as error:
        raise _first_problem(file, flags, error) from None
    return config.model_copy(update={name: _below(config.folder, value) for name, value in config})


def _below(folder: Path, value: Any) -> Any:
    if isinstance(value, Section):
        return value.below(folder)
    if isinstance(value, tuple):
        return tuple(_below(folder, item) for item in value)
    return folder / value if isinstance(value, Path) else value


def _check_variables() -> None:
    for name in sorted(os.environ):
        section, _, key = name.removeprefix(ENV_PREFIX).lower().partition("_")
        if name.startswith(ENV_PREFIX) and key and section not in Config.model_fields:
            raise BadConfig("environment", name, f"there is no section {section}")


def _first_problem(file: Path, flags: Mapping[str, Mapping[str, Any]], error: ValidationError) -> BadConfig:
    problem = error.errors()[0]
    place = [str(part) for part in problem["loc"]]
    reason = "unknown key" if problem["type"] == "extra_forbidden" else problem["msg"]
    variable = ENV_PREFIX + "_".join(place[:2]).upper()
    if len(place) > 1 and place[1] in flags.get(place[0], {}):
        return BadConfig("flag", ".".join(place), reason)
    return BadConfig(variable if variable in os.environ else str(file), ".".join(place), reason)
