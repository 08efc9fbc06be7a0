"""A district that runs by itself: the platform, bidders and meters, with a network that loses messages."""

from collections.abc import Iterable

import pytest

from contracts.agent import BlockCommitted, MessageReceived, SendMessage, View
from contracts.community.orders import Side
from contracts.metering.readings import Carrier, Reading
from contracts.pool.agents.bidder import PoolBidder, Terms
from contracts.pool.agents.messages import BID_TOPIC, BidMessage
from contracts.pool.agents.meter import PoolMeter
from contracts.pool.agents.platform import PoolPlatform
from contracts.pool.bids import Bid, SignedBid
from contracts.pool.parameters import Windows
from contracts.pool.records import Phase
from crypto.address import Address
from ledger.errors import DecodeError
from ledger.quantities import EnergyWh, Period, PriceUkwh
from tests.contracts.chain import address, key_of
from tests.contracts.hosts import Hosts, deliver_all
from tests.contracts.pool.market import CARRIERS, INTERVAL, PARTIES, Market

CYCLE_MS = 2_000
WISHES = {
    "fir": Terms(Side.ASK, EnergyWh(900), PriceUkwh(300_000)),
    "gum": Terms(Side.BID, EnergyWh(500), PriceUkwh(600_000)),
    "holly": Terms(Side.ASK, EnergyWh(300), PriceUkwh(250_000)),
    "ivy": Terms(Side.BID, EnergyWh(400), PriceUkwh(500_000)),
    "juniper": Terms(Side.BID, EnergyWh(9_999), PriceUkwh(500_000)),
}
"""In the first cycle, of electricity; the last is beyond its agreement."""


class Wisher:
    """An owner that bids once an interval."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, view: View, period: Period, cycle: int, carrier: Carrier) -> Terms | None:
        return WISHES[self.name] if cycle == 0 and carrier is Carrier.ELECTRICITY else None


def measure(view: View, period: Period) -> Reading:
    return Reading(imported_wh=EnergyWh(100), exported_wh=EnergyWh(0))


class Lossy:
    """Loses the first message of everybody."""

    def __init__(self) -> None:
        self.lost: list[Address] = []

    def __call__(self, sender: Address, message: SendMessage) -> Iterable[SendMessage]:
        if sender in self.lost:
            return (message,)
        self.lost.append(sender)
        return ()


def hosts_for(market: Market, *, is_lossy: bool = False) -> Hosts:
    bidders = [PoolBidder(key_of(name), Wisher(name)) for name in PARTIES]
    meters = [PoolMeter(key_of(f"{name}-{carrier}"), measure) for name in PARTIES for carrier in CARRIERS]
    agents = [*bidders, *meters, PoolPlatform(key_of("platform"), CYCLE_MS)]
    return Hosts(market.chain, agents, Lossy() if is_lossy else deliver_all)


def new_market() -> Market:
    return Market(changes={"windows": Windows(cycle_slots=20, reading_slots=4)})


@pytest.mark.parametrize("is_lossy", [False, True])
def test_a_district_runs_by_itself(is_lossy: bool) -> None:
    market = new_market()
    hosts = hosts_for(market, is_lossy=is_lossy)
    hosts.run_to(market.genesis.slot_of(INTERVAL + 8))
    assert market.phase is Phase.SETTLED
    assert market.record.cycles == 4
    traded = {(trade.seller, trade.buyer, trade.energy_wh) for trade in market.outcome().trades}
    assert traded == {
        (address("holly"), address("gum"), 300),
        (address("fir"), address("gum"), 200),
        (address("fir"), address("ivy"), 400),
    }
    assert market.outcome(1).pooled == (address("fir"),)
    assert market.bills["gum", "electricity"].metered_wh == 100
    assert hosts.noted("a bid was refused")
    assert not hosts.noted("a submission failed")


def test_a_platform_that_is_restarted_goes_on() -> None:
    market = new_market()
    hosts = hosts_for(market)
    while not market.sight.get(f"interval/{INTERVAL}") or market.phase is not Phase.BIDDING:
        hosts.step_slot()
    hosts.restart(hosts.agents[-1], PoolPlatform(key_of("platform"), CYCLE_MS))
    hosts.run_to(market.genesis.slot_of(INTERVAL + 8))
    assert market.phase is Phase.SETTLED
    assert len(market.outcome().trades) == 3


def test_a_bidder_whom_the_platform_does_not_hear_posts_its_bid_itself() -> None:
    market = new_market()
    hosts = hosts_for(market)
    hosts.network = lambda sender, message: () if sender == address("gum") else (message,)
    hosts.run_to(market.genesis.slot_of(INTERVAL + 8))
    assert {trade.buyer for trade in market.outcome().trades} == {address("ivy")}
    assert {trade.buyer for trade in market.outcome(1).trades} == {address("gum")}
    assert market.position("gum").bought_wh == 0, "forgotten once it is settled"
    assert market.bills["gum", "electricity"].traded_wh == 500
    posts = [event for block in market.chain.blocks for receipt in block.receipts for event in receipt.events
             if event.name == "posted" and event.fields["period"] == INTERVAL]  # fmt: skip
    assert [event.fields["address"] for event in posts] == [address("gum")]


@pytest.mark.parametrize(("wished", "posted_wh"), [(1, 500), (2, 300)])
def test_a_platform_that_hurries_on_does_not_shake_a_bidder_off(wished: int, posted_wh: int) -> None:
    """It matches a cycle, and opens the next one, in one block; what is posted is the newest wish."""

    def wish(view: View, period: Period, cycle: int, carrier: Carrier) -> Terms | None:
        energy = EnergyWh(500 - 200 * cycle)
        return (
            Terms(Side.BID, energy, PriceUkwh(600_000)) if cycle < wished and carrier is CARRIERS[0] else None
        )

    market = new_market()
    hosts = Hosts(market.chain, [PoolBidder(key_of("gum"), wish)])
    market.run_to_due()
    market.send(market.open())
    hosts.step_slot()
    market.send(market.match(), market.open(cycle=1))
    hosts.step_slot()
    assert market.phase is Phase.BIDDING
    hosts.step_slot()
    market.send(market.match())
    hosts.step_slot()
    assert [bid.energy_wh for bid in market.outcome(1).before.bids] == [posted_wh]


def test_a_bid_message_is_read_as_it_was_written_and_nothing_else_is() -> None:
    bid = Bid(address("fir"), Carrier.HEAT, Side.ASK, EnergyWh(5), PriceUkwh(7))
    message = BidMessage(3, 1, SignedBid(bid, bytes(64)))
    assert BidMessage.decode(message.encode(), address("fir")) == message
    bad = [b"", b"\x00", message.encode() + b"\x00", message.encode()[:-1], bytes(1_000)]
    bad.append(BidMessage(3, 1, SignedBid(bid, bytes(63))).encode())
    bad.append(BidMessage(3, 1, SignedBid(Bid(*[*_fields(bid)[:3], 0, 7]), bytes(64))).encode())
    for body in bad:
        with pytest.raises(DecodeError):
            BidMessage.decode(body, address("fir"))


def test_a_stranger_and_noise_stop_no_platform() -> None:
    market = new_market()
    platform = PoolPlatform(key_of("platform"), CYCLE_MS)
    market.run_to_due()
    market.take(market.open())
    view = market.chain.view
    platform.step(BlockCommitted(view.height, view.slot, view.period, (), view), 0)
    signed = market.ask("fir", 100, 300_000)
    forged = BidMessage(INTERVAL, 0, signed).encode()
    for sender, body in (("gum", forged), ("fir", b"noise"), ("nobody", forged)):
        noted = platform.step(MessageReceived(address(sender), BID_TOPIC, body), 0)
        assert [type(note).__name__ for note in noted] == ["Note"]
    assert platform.step(MessageReceived(address("fir"), BID_TOPIC, forged), 0) == ()


def _fields(bid: Bid) -> tuple[object, ...]:
    return (bid.address, bid.carrier, bid.side, bid.energy_wh, bid.limit_ukwh)
