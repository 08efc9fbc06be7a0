"""How far the rounds of a live community are, by the chain of one of its nodes."""

from cli.chain_watch import Progress
from contracts.community.parameters import COMMUNITY
from contracts.community.records import OPEN_KEY
from node.client import NodeClient


def rounds_progress(rounds: range, client: NodeClient) -> Progress:
    """Over when all of the rounds are settled. Raises Unreachable or Refused."""
    oldest: int = client.state(COMMUNITY, OPEN_KEY)
    settled = len(range(rounds.start, min(oldest, rounds.stop)))
    return Progress(f"{settled} of {len(rounds)} rounds settled", settled == len(rounds))
