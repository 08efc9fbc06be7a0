"""How much a peer may send: a bucket that fills at a steady rate and holds a burst."""


class Quota:
    """`rate` units a second, saved up for at most `burst` of them."""

    __slots__ = ("_burst", "_left", "_since_s", "rate")

    def __init__(self, rate: int, burst: int, now_s: float) -> None:
        self.rate = rate
        self._burst = burst
        self._left = float(burst)
        self._since_s = now_s

    def take(self, amount: int, now_s: float) -> bool:
        """Whether `amount` was there; it is taken if so."""
        self._left = min(self._burst, self._left + (now_s - self._since_s) * self.rate)
        self._since_s = now_s
        if amount > self._left:
            return False
        self._left -= amount
        return True
