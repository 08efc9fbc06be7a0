"""How long a peer that misbehaved must wait before it may connect again."""

from dataclasses import dataclass

from crypto.address import Address
from net.errors import BackedOff

WAIT_FIRST_S = 2.0
WAIT_MAX_S = 300.0
FORGIVEN_S = 600.0
"""After this long without another offence, all is forgotten."""


@dataclass(frozen=True, slots=True)
class _Record:
    offences: int
    last_s: float

    @property
    def until_s(self) -> float:
        return self.last_s + min(WAIT_MAX_S, WAIT_FIRST_S * 2.0 ** (self.offences - 1))


class Standing:
    """Offences by member; a wait that doubles with each. Only members connect, so the table is bounded."""

    def __init__(self) -> None:
        self._records: dict[Address, _Record] = {}

    def offend(self, address: Address, now_s: float) -> float:
        """Note an offence; returns the seconds to wait."""
        before = self._records.get(address)
        offences = before.offences if before and now_s - before.last_s < FORGIVEN_S else 0
        self._records[address] = record = _Record(min(offences + 1, 32), now_s)
        return record.until_s - now_s

    def check(self, address: Address, now_s: float) -> None:
        """Raises BackedOff while the wait is not over."""
        record = self._records.get(address)
        if record and now_s < record.until_s:
            raise BackedOff(address, record.until_s - now_s)
