"""Whether the largest event of so many resources fits the chain's transactions, in bytes and in steps.

What does not fit could be triggered, and then never be dispatched or settled.
"""

from contracts.context import VALUE_BYTES_MAX
from contracts.response import safety
from contracts.response.network import Network
from contracts.response.parameters import Parameters
from contracts.response.quotes import SEGMENTS_MAX
from contracts.response.records import ITERATIONS_MAX
from contracts.response.refusals import TooLarge
from contracts.steps import transaction_steps_max
from ledger.genesis import Limits

ENVELOPE_BYTES = 1_024
"""All of a transaction but its lists."""

POWER_BYTES = 5
LONG_BYTES = 9
PHASOR_BYTES = 11
RESIDUAL_BYTES = 1 + 2 * LONG_BYTES
ROW_BYTES = 3
"""What a list takes besides its items."""

CUT_BYTES = 25 + 2 * LONG_BYTES
"""Of a cut besides its coefficients: the names of its fields, its limit and its weight."""

FIXED_STEPS = 2_000
RESOURCE_STEPS = 100
"""Of a dispatch: to decode a resource and its quote, beyond reading them."""

PHASOR_STEPS = 12
"""Of a dispatch: to take a voltage and to encode it for the confirmation, beyond its check."""

READ_STEPS = 20
"""To read a resource and its quote."""

PAY_STEPS = 500
"""To pay a resource, and to keep its bill."""

VERIFICATION_STEPS = 60
"""To find a verification, to read what it says, and to forget its link."""

KILOBYTE_STEPS = 20
"""Of whatever is taken, signed, read or kept."""


def check_budget(parameters: Parameters, resources: int, limits: Limits) -> None:
    """Raises TooLarge."""
    bytes_max = min(limits.transaction_bytes, VALUE_BYTES_MAX)  # a forecast is kept as it came
    for what, size in largest_bytes(parameters, resources).items():
        if size > bytes_max:
            raise TooLarge(what, size, bytes_max, "bytes")
    steps_max = transaction_steps_max(limits)
    for what, steps in largest_steps(parameters, resources).items():
        if steps > steps_max:
            raise TooLarge(what, steps, steps_max, "steps")


def voltage_steps(network: Network) -> int:
    """Of one period's voltages in a dispatch: to take, encode and check them."""
    return PHASOR_STEPS * len(network.buses) + safety.work(network)


def largest_bytes(parameters: Parameters, resources: int) -> dict[str, int]:
    """By transaction: the most bytes that it can take, with every number as long as it may be."""
    buses, periods, cuts = len(parameters.network.buses), parameters.periods_max, parameters.cuts_max
    forecast = periods * (3 * ROW_BYTES + (2 * buses + resources) * POWER_BYTES)
    voltages = periods * (ROW_BYTES + buses * PHASOR_BYTES)
    constraints = cuts * (CUT_BYTES + resources * LONG_BYTES)
    residuals = ITERATIONS_MAX * RESIDUAL_BYTES
    return {
        "a trigger": ENVELOPE_BYTES + forecast,
        "a dispatch": ENVELOPE_BYTES + resources * POWER_BYTES + voltages + constraints + residuals,
        "an accounting": ENVELOPE_BYTES + resources * LONG_BYTES,
    }


def largest_steps(parameters: Parameters, resources: int) -> dict[str, int]:
    """By transaction: the most steps."""
    periods, sizes = parameters.periods_max, largest_bytes(parameters, resources)
    carried = {what: KILOBYTE_STEPS * (size // 1024 + 1) for what, size in sizes.items()}
    # A dispatch is sent, and it is confirmed; it reads the forecast, and the accounting both.
    dispatched = carried["a trigger"] + 2 * carried["a dispatch"]
    optimal = RESOURCE_STEPS + 2 * SEGMENTS_MAX + 2 + 2 * parameters.cuts_max
    safe = periods * (resources + voltage_steps(parameters.network))
    shown = periods * (VERIFICATION_STEPS + SEGMENTS_MAX)
    return {
        "a dispatch": FIXED_STEPS + dispatched + resources * (READ_STEPS + optimal) + safe,
        "an accounting": FIXED_STEPS + sum(carried.values()) + resources * (READ_STEPS + PAY_STEPS + shown),
    }
