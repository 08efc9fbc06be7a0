"""Peers that only note what is sent to them."""

from dataclasses import dataclass, field
from typing import cast

from crypto.address import Address
from crypto.keys import PrivateKey
from ledger.quantities import Height
from net.peer import Peer
from net.wire import Frame


@dataclass
class FakePeer:
    address: Address
    height: Height
    clock_offset_ms: int | None = None
    sent: list[Frame] = field(default_factory=list)

    def send(self, frame: Frame) -> None:
        self.sent.append(frame)

    def take_sent(self) -> list[Frame]:
        sent, self.sent = self.sent, []
        return sent


def fake_peer(number: int, height: int = 0) -> FakePeer:
    return FakePeer(PrivateKey.from_secret(number).address, Height(height))


def as_peer(fake: FakePeer) -> Peer:
    return cast(Peer, fake)


def as_peers(*fakes: FakePeer) -> dict[Address, Peer]:
    return {fake.address: as_peer(fake) for fake in fakes}
