"""Bids on the chain itself: no platform leaves one out, or hurries past it, and none stops the others."""

import pytest

from contracts.context import Context
from contracts.metering.readings import Carrier
from contracts.pool import posting
from contracts.pool.bids import SignedBid
from contracts.pool.posting import get_posted
from contracts.pool.records import Phase
from contracts.pool.refusals import BadBid
from crypto.address import Address
from tests.contracts.calls import Call
from tests.contracts.chain import address
from tests.contracts.pool.market import NETWORK, Market, plain


def posted(market: Market, signed: SignedBid, sender: str | None = None) -> Call:
    arguments = {"period": market.period, "bid": plain(signed.bid)}
    return Call(sender or signed.bid.address, "post", arguments)


def expelled(ctx: Context, who: Address) -> None:
    raise BadBid(who, "its bidder is no member in good standing")


def test_a_match_takes_what_is_posted_whatever_the_platform_posts() -> None:
    market = Market()
    market.run_to_due()
    market.take(posted(market, market.ask("fir", 600, 300_000)), market.open())
    market.take(posted(market, market.bid("gum", 600, 500_000)))
    market.take(market.match())
    assert market.outcome().supply_success == (address("fir"),)
    assert market.outcome().consumer_success == (address("gum"),)
    assert market.sight.get(f"posted/{market.period}") is None


def test_what_is_posted_last_holds_even_against_what_was_signed_to_the_platform() -> None:
    market = Market()
    market.run_to_due()
    market.take(market.open())
    signed = market.bid("gum", 600, 500_000)
    for energy_wh in (700, 1):
        market.take(posted(market, market.bid("gum", energy_wh, 200_000)))
    assert len(get_posted(market.sight, market.period)) == 1
    market.take(market.match(signed))
    (bid,) = market.outcome().before.bids
    assert (bid.energy_wh, bid.limit_ukwh) == (1, 200_000)


def test_what_is_posted_between_cycles_waits_for_the_next() -> None:
    market = Market()
    market.trade(market.ask("fir", 600, 300_000))
    market.take(posted(market, market.bid("gum", 200, 500_000)))
    market.trade(market.bid("ivy", 100, 500_000))
    assert {trade.buyer for trade in market.outcome(1).trades} == {address("gum"), address("ivy")}


def test_a_posted_bid_that_has_become_unfit_stops_nobody() -> None:
    market = Market()
    market.run_to_due()
    market.take(market.open(), posted(market, market.ask("fir", 600, 300_000)))
    for number, made in enumerate(market.parameters.agreements):
        if made.party == address("fir"):
            market.take(Call("fir", "end", {"number": number}))
    (receipt,) = market.take(market.match(market.ask("gum", 100, 300_000)))
    assert [event.fields["address"] for event in receipt.events if event.name == "set_aside"] == [
        address("fir")
    ]
    assert [ask.address for ask in market.outcome().before.asks] == [address("gum")]


def test_what_somebody_posted_who_was_expelled_since_is_set_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    market = Market()
    market.run_to_due()
    market.take(market.open(), posted(market, market.ask("fir", 600, 300_000)))
    monkeypatch.setattr(posting, "find_bidder", expelled)
    market.take(market.match())
    assert market.sight.get(f"cycle/{market.period}/0/electricity") is None


def test_only_ones_own_fit_bids_are_posted_and_only_while_the_interval_is_traded() -> None:
    market = Market()
    market.run_to_due()
    good = posted(market, market.ask("fir", 600, 300_000))
    assert "is not the bidder" in market.refused(posted(market, market.ask("fir", 600, 300_000), "gum"))
    assert "outside what the network" in market.refused(posted(market, market.bid("fir", 1, NETWORK + 1)))
    assert "2001 Wh" in market.refused(posted(market, market.ask("fir", 2_001, 300_000)))
    stranger = posted(market, market.ask("larch", 1, 300_000, Carrier.HEAT))
    assert "no agreement of supply" in market.refused(stranger)
    market.take(good)
    market.run_to(Phase.LAPSED)
    assert market.sight.get(f"posted/{market.period}") is None
    assert "not traded any more" in market.refused(good)
