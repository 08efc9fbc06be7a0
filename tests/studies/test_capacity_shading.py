"""What shading gains: nothing where one is small, something where one moves the margin."""

from studies.capacity_shading import best_lies, peak_book


def test_a_monopolist_gains_by_shading_and_a_small_bidder_hardly() -> None:
    few, many = (best_lies(size, [peak_book(size, seed) for seed in range(3)]) for size in (4, 48))
    assert few.seller_gain > 5
    assert few.seller_share > many.seller_share
    assert many.seller_gain < few.seller_gain
    assert min(many.seller_gain, many.buyer_gain, many.welfare_lost) >= 0
