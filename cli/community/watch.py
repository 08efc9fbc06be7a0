"""How far the rounds of a live community are, by the chain of one of its nodes."""

from typing import Final

from cli.chain_watch import Progress
from contracts.community.parameters import COMMUNITY
from contracts.community.records import UNSETTLED_KEY, Phase, round_key
from node.client import NodeClient

OVER: Final = (Phase.SETTLED.value, Phase.LAPSED.value)


def rounds_progress(rounds: range, client: NodeClient) -> Progress:
    """Over when none of the rounds is to come, or is not settled. Raises Unreachable or Refused."""
    waiting = set(client.state(COMMUNITY, UNSETTLED_KEY) or ()) & set(rounds)
    last = client.state(COMMUNITY, round_key(rounds[-1])) or {}
    is_over = last.get("phase") in OVER and not waiting
    return Progress(f"{len(waiting)} rounds to be settled", is_over)
