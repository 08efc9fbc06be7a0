"""Why a network is none that can be computed, and why a plan is not proven safe on it."""

from contracts.response.errors import ResponseError


class NetworkError(ResponseError):
    """Base of what is wrong with a network itself."""


class BadVoltageLimits(NetworkError):
    """The voltage at the connection must lie between the limits, and the lower limit above zero."""

    def __init__(self, lowest_npu: int, slack_npu: int, highest_npu: int) -> None:
        super().__init__(
            f"network: {slack_npu} npu at the connection is not between the limits "
            f"{lowest_npu} and {highest_npu} npu, or the lower is not above zero"
        )
        self.lowest_npu = lowest_npu
        self.slack_npu = slack_npu
        self.highest_npu = highest_npu


class DuplicateBus(NetworkError):
    """Two buses have one name."""

    def __init__(self, bus: int, name: str) -> None:
        super().__init__(f"network, bus {bus}: the name {name!r} is taken by another bus")
        self.bus = bus
        self.name = name


class LineError(NetworkError):
    """Something is wrong with one line."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"network, line {line}: {reason}")
        self.line = line


class UnknownBus(LineError):
    """A line ends at a bus that there is not."""

    def __init__(self, line: int, bus: int, buses: int) -> None:
        super().__init__(line, f"there is no bus {bus} among {buses}")
        self.bus = bus


class NegativeImpedance(LineError):
    """A line has a negative resistance or reactance."""

    def __init__(self, line: int, resistance_npu: int, reactance_npu: int) -> None:
        super().__init__(line, f"{resistance_npu} + j{reactance_npu} npu is negative")
        self.resistance_npu = resistance_npu
        self.reactance_npu = reactance_npu


class ZeroImpedance(LineError):
    """A line without impedance: its buses are one bus."""

    def __init__(self, line: int) -> None:
        super().__init__(line, "it has no impedance; join its two buses")


class NoRating(LineError):
    """A line that may carry nothing."""

    def __init__(self, line: int, rating_npu: int) -> None:
        super().__init__(line, f"a rating of {rating_npu} npu is not above zero")
        self.rating_npu = rating_npu


class DuplicateLine(LineError):
    """Two lines join the same buses."""

    def __init__(self, line: int, other: int) -> None:
        super().__init__(line, f"it joins the same buses as line {other}")
        self.other = other


class LoopedNetwork(LineError):
    """A line closes a loop: the network is not radial."""

    def __init__(self, line: int) -> None:
        super().__init__(line, "it closes a loop; only a radial network can be swept")


class IslandedBus(NetworkError):
    """No line leads from the connection to a bus."""

    def __init__(self, bus: int) -> None:
        super().__init__(f"network, bus {bus}: no line leads to it from the connection")
        self.bus = bus


class UnsafePlan(ResponseError):
    """Base of why a plan's power flow is not proven safe."""


class WrongVoltageCount(UnsafePlan):
    """There is not one voltage a bus."""

    def __init__(self, got: int, expected: int) -> None:
        super().__init__(f"{got} voltages for {expected} buses")
        self.got = got
        self.expected = expected


class NoContraction(UnsafePlan):
    """Next to these voltages the sweep contracts nothing, so they prove nothing: too low, or too loaded."""

    def __init__(self) -> None:
        super().__init__("the voltages are too low, or the loads too great, to prove a power flow near them")


class NotASolution(UnsafePlan):
    """The voltages are too far from any power flow; `bus` is the one that a sweep moves most."""

    def __init__(self, bus: int, radius_npu: int, tolerance_npu: int) -> None:
        super().__init__(
            f"the voltages are no power flow: a solution is known only within {radius_npu} npu, "
            f"over the {tolerance_npu} that are allowed; bus {bus} is the furthest off"
        )
        self.bus = bus
        self.radius_npu = radius_npu
        self.tolerance_npu = tolerance_npu


class VoltageOutOfBand(UnsafePlan):
    """A bus's voltage is, or cannot be shown not to be, outside the limits."""

    def __init__(self, bus: int, lowest_npu: int, highest_npu: int) -> None:
        super().__init__(f"the voltage of bus {bus} is not within {lowest_npu} .. {highest_npu} npu")
        self.bus = bus
        self.lowest_npu = lowest_npu
        self.highest_npu = highest_npu


class LineOverloaded(UnsafePlan):
    """A line's current is, or cannot be shown not to be, over its rating."""

    def __init__(self, line: int, rating_npu: int) -> None:
        super().__init__(f"the current in line {line} is over its rating of {rating_npu} npu")
        self.line = line
        self.rating_npu = rating_npu
