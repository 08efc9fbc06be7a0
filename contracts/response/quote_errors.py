"""Why a quote is refused."""

from contracts.response.errors import ResponseError


class QuoteError(ResponseError):
    """Base of what is wrong with a quote."""


class OverlappingSegment(QuoteError):
    """A segment does not begin where the one before it ends; the first begins at 0."""

    def __init__(self, segment: int, expected_w: int, first_w: int) -> None:
        super().__init__(f"segment {segment} of the quote begins at {first_w} W, not at {expected_w} W")
        self.segment = segment
        self.expected_w = expected_w
        self.first_w = first_w


class EmptySegment(QuoteError):
    """A segment ends where it begins, or before."""

    def __init__(self, segment: int, first_w: int, last_w: int) -> None:
        super().__init__(f"segment {segment} of the quote, from {first_w} to {last_w} W, holds nothing")
        self.segment = segment
        self.first_w = first_w
        self.last_w = last_w


class FallingPrice(QuoteError):
    """A segment is cheaper than the one before it, or than nothing."""

    def __init__(self, segment: int, before_ukwh: int, price_ukwh: int) -> None:
        super().__init__(f"segment {segment} of the quote asks {price_ukwh} ukwh, less than {before_ukwh}")
        self.segment = segment
        self.before_ukwh = before_ukwh
        self.price_ukwh = price_ukwh


class PriceTooHigh(QuoteError):
    """The dearest segment asks more than the market allows."""

    def __init__(self, price_ukwh: int, most_ukwh: int) -> None:
        super().__init__(f"the quote asks {price_ukwh} ukwh; {most_ukwh} is the most")
        self.price_ukwh = price_ukwh
        self.most_ukwh = most_ukwh


class BeyondCertified(QuoteError):
    """A quote offers more power, or more energy, than the resource is certified for; `unit` says which."""

    def __init__(self, offered: int, certified: int, unit: str) -> None:
        super().__init__(f"the quote offers {offered} {unit}, and {certified} {unit} are certified")
        self.offered = offered
        self.certified = certified
        self.unit = unit
