"""The study and the contract give the same rights, payments and refunds for the same bids."""

import pytest

from contracts.capacity.book import book_of
from contracts.capacity.records import did
from contracts.capacity.solving.degradation import Theta
from studies.capacity import fulfil
from studies.capacity_case import CapacityCase, Owner
from tests.contracts.capacity.market import PERIODS, SELLERS, Market, device_of
from tests.contracts.chain import address

FREE = Theta(0, 0, 0, 0, 0)


@pytest.mark.parametrize("stops", [(), ("ash",), ("ash", "beech")])
def test_the_study_trades_as_the_contract_does(stops: tuple[str, ...]) -> None:
    market = Market()
    given = {name: [700, 700, 0, 0] if name in stops else [700] * PERIODS for name in ("ash", "beech")}
    market.settled(given)
    record = market.window()
    book = book_of(market.view, record)
    asks, bids = book.curves
    cleared = book.clear()
    assert cleared is not None
    owners = [Owner(address(name), device_of(name), FREE, 1_000 if name in stops else 0) for name in SELLERS]
    case = CapacityCase(tuple(owners), (), (), seed=1)
    rights = fulfil(case, 0, book.seed, asks, bids, cleared, {owner.name: (0, 0) for owner in owners})
    assert len(rights) == record.minted
    finals = [market.final(number) for number in range(record.rights)]
    for right, token in zip(rights, finals, strict=True):
        assert (did(right.obligor), did(right.holder)) == (token.obligor, token.holder)
        assert (right.quantity_wh, right.price_ukwh) == (token.quantity_wh, token.price_ukwh)
        assert (right.delivered_wh, right.paid, right.refunded) == (
            token.delivered_wh,
            token.paid,
            token.refunded,
        )
        assert (right.deposit - right.slashed, right.slashed) == (token.seller_released, token.seller_lost)
