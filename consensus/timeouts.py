"""How long a round may take: never a matter of the slot's length."""

from ledger.genesis import Timers


def round_timeout_ms(timers: Timers, round: int) -> int:
    """base * 2^round, at most the cap."""
    doublings = min(round, timers.cap_ms.bit_length())
    return min(timers.base_ms << doublings, timers.cap_ms)
