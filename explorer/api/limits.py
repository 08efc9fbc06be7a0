"""How much a client may ask: an allowance that refills, by address and by token; bounded memory."""

from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Final

CLIENTS_MAX: Final = 4_096
"""Whoever has asked nothing for the longest is forgotten first; its allowance is full by then, or nearly."""
BURST_S: Final = 10
"""A full allowance lasts so long for a client that asks twice as fast as it may."""
NETWORK_BITS: Final = 64
"""One customer's IPv6 addresses; who has one, has all of them."""


@dataclass(slots=True)
class _Bucket:
    left: float
    at_s: float


class Allowances:
    """One bucket a client: `per_s` tokens come a second, up to BURST_S of them."""

    def __init__(self, per_s: float) -> None:
        self._per_s = per_s
        self._full = per_s * BURST_S
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, client: str, weight: float, now_s: float) -> float:
        """Take so much of a client's allowance; 0, or in how many seconds there will be enough again.

        What is heavier than a full allowance is taken of a full one. Nothing is taken if there is not enough.
        """
        bucket = self._buckets.pop(client, None) or _Bucket(self._full, now_s)
        bucket.left = min(self._full, bucket.left + (now_s - bucket.at_s) * self._per_s)
        bucket.at_s = now_s
        self._buckets[client] = bucket
        if len(self._buckets) > CLIENTS_MAX:
            self._buckets.popitem(last=False)
        missing = min(weight, self._full) - bucket.left
        if missing > 0:
            return missing / self._per_s
        bucket.left -= weight
        return 0.0


def client_of(remote: str | None) -> str:
    """Who asks, by the address of their connection; an IPv6 network is one client."""
    if remote is None:
        return ""
    try:
        address = ip_address(remote.partition("%")[0])
    except ValueError:
        return remote
    if not isinstance(address, IPv6Address) or address.is_loopback:
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(int(address) >> (128 - NETWORK_BITS))
