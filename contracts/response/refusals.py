"""Why an action of an event's process is refused. What is wrong with a network, a quote or an allocation is
said by the files that check them."""

from contracts.response.errors import ResponseError
from ledger.quantities import Amount, Period, PowerW, Slot


class UnfitParameters(ResponseError):
    """The genesis' parameters of this contract contradict themselves."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"genesis, contracts.response.{field}: {reason}")
        self.field = field
        self.reason = reason


class TooLarge(ResponseError):
    """So many resources, buses and periods that the largest event would fit no transaction."""

    def __init__(self, what: str, size: int, most: int, unit: str) -> None:
        super().__init__(f"{what} could take {size} {unit}, and a transaction {most} at the most")
        self.what = what
        self.size = size
        self.most = most


class UnknownResource(ResponseError):
    """No resource has this number, or it takes no part in this event."""

    def __init__(self, resource: int, resources: int) -> None:
        super().__init__(f"there is no resource {resource}: {resources} take part, numbered from 0")
        self.resource = resource
        self.resources = resources


class UnfitResource(ResponseError):
    """A resource cannot be certified like this."""

    def __init__(self, resource: int, reason: str) -> None:
        super().__init__(f"resource {resource} cannot be certified: {reason}")
        self.resource = resource
        self.reason = reason


class UnknownEvent(ResponseError):
    """No event has this number."""

    def __init__(self, event: int) -> None:
        super().__init__(f"there is no event {event}")
        self.event = event


class NotNow(ResponseError):
    """The event has not come so far, or is past it."""

    def __init__(self, event: int, phase: str, what: str) -> None:
        super().__init__(f"event {event} is {phase}: {what}")
        self.event = event
        self.phase = phase


class WrongProcess(ResponseError):
    """The links lead to the process of another event."""

    def __init__(self, event: int) -> None:
        super().__init__(f"the linked process is not that of event {event}")
        self.event = event


class NotConcerned(ResponseError):
    """The sender has no part in this."""

    def __init__(self, sender: str, what: str) -> None:
        super().__init__(f"{sender} is not {what}")
        self.sender = sender


class DoneBefore(ResponseError):
    """What may be said once was said before."""


class TooLate(ResponseError):
    """A deadline has passed."""

    def __init__(self, what: str, deadline: Slot, slot: Slot) -> None:
        super().__init__(f"{what} was due by slot {deadline}, and this is slot {slot}")
        self.deadline = deadline
        self.slot = slot


class Misshapen(ResponseError):
    """A list that has not one entry for each of what it is about."""

    def __init__(self, field: str, length: int, expected: int) -> None:
        super().__init__(f"{field} has {length} entries, and {expected} are needed")
        self.field = field
        self.length = length
        self.expected = expected


class NoTarget(ResponseError):
    """A trigger that asks for nothing."""

    def __init__(self) -> None:
        super().__init__("the target is 0: more injection is +, less is -")


class TooLong(ResponseError):
    """An event of more periods than the market allows."""

    def __init__(self, periods: int, most: int) -> None:
        super().__init__(f"{periods} periods are asked for, and {most} are the most")
        self.periods = periods
        self.most = most


class TooSoon(ResponseError):
    """An event that would begin before its dispatch has to be there."""

    def __init__(self, period: Period, earliest: Period) -> None:
        super().__init__(f"period {period} is too soon: the deadlines before it leave {earliest}")
        self.period = period
        self.earliest = earliest


class TooFar(ResponseError):
    """An event so far ahead that what it holds, the ENO's money among it, would be held for too long."""

    def __init__(self, period: Period, latest: Period) -> None:
        super().__init__(f"period {period} is too far ahead: an event can begin in {latest} at the latest")
        self.period = period
        self.latest = latest


class Overlapping(ResponseError):
    """Two events would ask for responses in the same period."""

    def __init__(self, event: int, first_period: Period, end: Period) -> None:
        super().__init__(f"event {event} has the periods from {first_period} to before {end}")
        self.event = event


class TooManyEvents(ResponseError):
    """More events under way than the chain follows at once."""

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} events are under way, and no more can be; settle what is over")
        self.most = most


class BeyondCapacity(ResponseError):
    """A target that all resources together cannot meet."""

    def __init__(self, target_w: PowerW, capacity_w: int) -> None:
        super().__init__(
            f"{target_w} W are asked for, and all resources together are certified for {capacity_w} W"
        )
        self.target_w = target_w
        self.capacity_w = capacity_w


class NoAlarm(ResponseError):
    """The reading that a trigger names does not show what it says."""

    def __init__(self, meter: str, period: Period, reason: str) -> None:
        super().__init__(f"the reading of {meter} for period {period} is no alarm: {reason}")
        self.meter = meter
        self.period = period
        self.reason = reason


class NotInvited(ResponseError):
    """A resource that is not certified for what the event asks for."""

    def __init__(self, resource: int, event: int) -> None:
        super().__init__(f"resource {resource} is certified for nothing that event {event} asks for")
        self.resource = resource
        self.event = event


class NotSealed(ResponseError):
    """A quote is revealed that was not sealed in time."""

    def __init__(self, resource: int, event: int) -> None:
        super().__init__(f"resource {resource} sealed no quote for event {event}")
        self.resource = resource
        self.event = event


class ChangedQuote(ResponseError):
    """The quote, or its salt, is not the one that was sealed."""

    def __init__(self, resource: int, event: int) -> None:
        super().__init__(f"this is not the quote that resource {resource} sealed for event {event}")
        self.resource = resource
        self.event = event


class TooManyCuts(ResponseError):
    """More constraints of the network than the market allows a dispatch."""

    def __init__(self, cuts: int, most: int) -> None:
        super().__init__(f"it carries {cuts} cuts, and {most} are the most")
        self.cuts = cuts
        self.most = most


class NotConfirmed(ResponseError):
    """The ENO has not signed this very dispatch."""

    def __init__(self, event: int, reason: str) -> None:
        super().__init__(f"the ENO has not confirmed this dispatch of event {event}: {reason}")
        self.event = event
        self.reason = reason


class NoReason(ResponseError):
    """A finding that no dispatch is possible needs either a proof or a reason."""

    def __init__(self, event: int) -> None:
        super().__init__(f"that event {event} has no dispatch needs either a certificate or a reason")
        self.event = event


class WrongPeriod(ResponseError):
    """A reading of a period in which the event asks for nothing."""

    def __init__(self, period: Period, first_period: Period, end: Period) -> None:
        super().__init__(f"period {period} is not of the event, which has {first_period} to before {end}")
        self.period = period


class IncompleteReading(ResponseError):
    """A reading that lacks what the settlement needs."""

    def __init__(self, meter: str, field: str) -> None:
        super().__init__(f"the reading of {meter} lacks {field}")
        self.meter = meter
        self.field = field


class Overpaid(ResponseError):
    """An accounting that pays more than what was quoted and delivered."""

    def __init__(self, resource: int, payment: Amount, due: Amount) -> None:
        super().__init__(f"{payment} is to be paid for resource {resource}, and {due} is due")
        self.resource = resource
        self.payment = payment
        self.due = due


class WrongPayment(ResponseError):
    """An accounting that pays less than what is due."""

    def __init__(self, resource: int, payment: Amount, due: Amount) -> None:
        super().__init__(f"only {payment} is to be paid for resource {resource}, and {due} is due")
        self.resource = resource
        self.payment = payment
        self.due = due
