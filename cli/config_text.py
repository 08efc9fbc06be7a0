"""A node's `config.toml` as an operator meets it: every key that matters, with its reason beside it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

NODE = """\
# A Gridquorum node. A GRIDQUORUM_* variable comes before this file, a flag of `gridquorum start` before both.
# Paths are relative to this file.

[node]
name = {name}
genesis = "genesis.json"
key = "node.key"              # signs blocks and transactions; mode 600, never leaves this machine
certificate = "node.crt"      # issued by the chain's authority for that key
data = "data"                 # the chain, and the lock that keeps a second process from signing

[network]
listen = {listen}
peers = [{peers}]

[api]
listen = {api_listen}     # for you; off loopback it needs token_file or a certificate: docs/api.md
{token}
[explorer]
enabled = {explorer}
# index = "postgresql+psycopg://gridquorum@host/name?passfile=/path"   # by default data/index.db, SQLite

[alerts]
# webhook = "https://host/path"   # alerts are posted there, signed with what the file `secret` holds
# secret = "webhook.secret"
# least = "warning"                # the lowest severity that is posted

[consensus]
# Every vote is written to both copies before it is sent; best on two disks. Leave them out of backups:
# a validator that forgot a vote could contradict it.
votes = ["data/votes-a.log", "data/votes-b.log"]

[sync]
snapshot = false              # true: an empty folder begins with a recent state, not with the first block
# light = "light.bin"         # of `gridquorum light follow`: a snapshot must not contradict it

[log]
format = "auto"               # for people on a terminal, JSON otherwise
level = "info"
"""

AGENT = """
[[agents]]
kind = {kind}
key = {key}
encryption_key = {encryption_key}
settings = {{ {settings} }}
"""


@dataclass(frozen=True, slots=True)
class AgentText:
    """One agent that the node hosts; `stem` is the path of its key files without their endings."""

    kind: str
    stem: str
    settings: Mapping[str, str | int | bool] = field(default_factory=dict)


def config_text(
    name: str,
    listen: str,
    peers: Sequence[str],
    api_listen: str,
    agents: Sequence[AgentText] = (),
    token_file: str = "",
    explorer: bool = True,
) -> str:
    """The file's text. JSON's strings, numbers and truth values are TOML's too."""
    head = NODE.format(
        name=json.dumps(name),
        listen=json.dumps(listen),
        peers=", ".join(map(json.dumps, peers)),
        api_listen=json.dumps(api_listen),
        explorer=json.dumps(explorer),
        token=f"token_file = {json.dumps(token_file)}\n" if token_file else "",
    )
    return head + "".join(map(agent_text, agents))


def agent_text(agent: AgentText) -> str:
    return AGENT.format(
        kind=json.dumps(agent.kind),
        key=json.dumps(f"{agent.stem}.key"),
        encryption_key=json.dumps(f"{agent.stem}.encryption.key"),
        settings=", ".join(f"{name} = {json.dumps(value)}" for name, value in agent.settings.items()),
    )
