"""The distributed optimum: ADMM in which each participant knows its own curve, and the coordinator none.

    minimise    sum of cost_i(x_i)
    coupled     sum of column_i * x_i = z,    z_0 = the target,  z_k <= limit_k

where column_i holds a 1 and the coefficients of x_i in the cuts. This is sharing (Boyd et al. 2011, section
7.3) with penalty rho / weight_i for participant i, so that all move in proportion to their size. Then all
have the same multipliers: the price of the target and the weights of the cuts. What a participant has to
minimise comes down to one variable: its cost, less what its watts are worth, where the worth of a further
watt falls along a straight line. So an iterate is that line, an answer is where the line crosses the curve,
and a participant keeps nothing from one iterate to the next.

Three things make it fast on costs that are piecewise linear, on which plain ADMM circles for long:

- The cuts are conditioned (coupling.py).
- rho follows the residuals (Boyd et al. 2011, 3.4.1).
- The coordinator goes on from an Anderson combination of the last iterates (anderson.py).

Of every iteration are recorded (Boyd et al. 2011, 3.3), as the largest amounts:

    primal_w    what target and cuts lack: of column_i * x_i summed, less z
    dual_ukwh   by how much the price at which a participant answered is not yet the price of all: the
                penalty times the change of its part of z

It stops when both are within an absolute and a relative tolerance (3.3.1).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from contracts.response.optimality import Cut, Demand
from contracts.response.quotes import PRICE_UKWH_MAX
from contracts.response.solving.anderson import Anderson
from contracts.response.solving.coupling import Floats, couple

RHO = 100_000.0
"""The penalty to begin with, ukwh: by so much the price falls over a participant's whole power."""

RHO_FACTOR = 3.0
RHO_ITERATIONS = 10
"""The penalty changes that often at most, by the factor,"""
RHO_BALANCE = 4.0
"""and only if one residual is so many times farther from its tolerance than the other."""

HOPELESS_UKWH = 100.0 * PRICE_UKWH_MAX
HOPELESS_ITERATIONS = 20
"""Prices beyond this for so long find no response: target and cuts cannot be met."""

NUMBER_BYTES = 8
ITERATE_BYTES, ANSWER_BYTES = 3 * NUMBER_BYTES, 2 * NUMBER_BYTES


@dataclass(frozen=True, slots=True)
class Iterate:
    """What the coordinator sends to one participant: a watt after x W is worth price_ukwh - stiffness * x."""

    number: int
    price_ukwh: float
    stiffness: float
    """ukwh / W, > 0."""


@dataclass(frozen=True, slots=True)
class Residual:
    """How far an iteration was from the optimum; the module says how it is measured."""

    primal_w: float
    dual_ukwh: float
    rho: float


@dataclass(frozen=True, slots=True)
class Settings:
    """When a run ends."""

    absolute_w: float = 0.5
    absolute_ukwh: float = 100.0
    relative: float = 1e-4
    """Of the target, and of the greatest multiplier."""
    iterations_max: int = 1_000


DEFAULT_SETTINGS = Settings()


class ParticipantPart:
    """One participant's part: its own curve."""

    def __init__(self, pieces: Sequence[tuple[int, int]]) -> None:
        """`pieces` are width in W and price in ukwh, in order, as far as its capacity goes."""
        self._pieces = tuple(pieces)

    def answer(self, iterate: Iterate) -> float:
        """The response, W, up to which each watt is worth what it costs."""
        first_w = 0.0
        for width_w, price_ukwh in self._pieces:
            crossing_w = (iterate.price_ukwh - price_ukwh) / iterate.stiffness
            if crossing_w < first_w + width_w:
                return max(first_w, crossing_w)
            first_w += width_w
        return first_w


@dataclass(frozen=True, slots=True)
class _State:
    """From what an iteration starts."""

    responses_w: Floats
    lacks: Floats
    """By row: the responses' sum less z."""
    prices: Floats
    """By row: of the target >= 0 as a rule, of a cut <= 0; ukwh by unit of the row."""


class Coordinator:
    """The side of the prices. It knows target and cuts, and is told responses alone.

    `iterate` says what to send to each participant, `receive` takes the answers, `advance` the step. A
    participant that is silent is dropped, and the rest go on.
    """

    def __init__(
        self,
        target_w: float,
        weights_w: Sequence[float],
        cuts: Sequence[Cut] = (),
        settings: Settings = DEFAULT_SETTINGS,
    ) -> None:
        """`target_w` > 0; `weights_w` are certified powers by resource, 0 where one does not take part."""
        self.residuals: list[Residual] = []
        self.is_converged = False
        self._settings = settings
        self._weights_w = np.array(weights_w, float)
        self._coupling = couple(target_w, self._weights_w, cuts)
        rows = 1 + len(cuts)
        self._state = _State(np.zeros(len(weights_w)), np.zeros(rows), np.zeros(rows))
        self._answers_w = np.zeros(len(weights_w))
        self._rho = RHO
        self._rho_since = 0
        self._hopeless = 0
        """Iterations since prices were last within reason."""
        self._anderson = Anderson()
        self._offers = self._offered()

    @property
    def participants(self) -> tuple[int, ...]:
        """The numbers of those who take part."""
        return tuple(np.flatnonzero(self._weights_w).tolist())

    @property
    def responses_w(self) -> tuple[float, ...]:
        """The last answers, by resource; 0 of those who do not take part."""
        return tuple(self._answers_w.tolist())

    @property
    def price_ukwh(self) -> float:
        """The price of the target, as a certificate has it."""
        coupling, prices = self._coupling, self._state.prices
        return float(prices[0] - prices[1:] @ (coupling.means / coupling.scales))

    @property
    def weights(self) -> tuple[float, ...]:
        """The weights of the cuts, as a certificate has them: ukwh * W by a unit of the cut."""
        return tuple((-self._state.prices[1:] / self._coupling.scales).tolist())

    def iterate(self, participant: int) -> Iterate:
        """What to send to this participant; the same until `advance`."""
        price_ukwh, stiffness = self._offers[:, participant]
        return Iterate(len(self.residuals), float(price_ukwh), float(stiffness))

    def receive(self, participant: int, response_w: float) -> None:
        """Take an answer to the current iterate."""
        self._answers_w[participant] = response_w

    def drop(self, participant: int) -> None:
        """Go on without this participant; the others' iterates stay."""
        self._weights_w[participant] = 0.0
        self._answers_w[participant] = 0.0
        self._anderson.forget()

    def advance(self) -> bool:
        """Move the prices, when all answers are in; whether there is another iterate."""
        if self._weights_w.sum() < self._coupling.limits[0]:
            return False
        image = self._image()
        residual = self._residual(image)
        self.residuals.append(residual)
        primal, dual = self._excess(residual, image)
        self.is_converged = max(primal, dual) <= 1.0
        if self.is_converged or self._is_hopeless(image):
            self._state = image
            return False
        if self._is_penalty_due(primal, dual):
            self._rho *= RHO_FACTOR if primal > dual else 1.0 / RHO_FACTOR
            self._rho_since = len(self.residuals)
            self._anderson.forget()
            self._state = image
        else:
            self._state = self._accelerated(image)
        self._offers = self._offered()
        return True

    @property
    def _step(self) -> float:
        """By how much a price moves for each watt that lacks."""
        return self._rho / max(1.0, float(self._weights_w.sum()))

    @property
    def _stiffness(self) -> Floats:
        return np.asarray(
            self._rho * (self._coupling.columns**2).sum(axis=0) / np.maximum(self._weights_w, 1.0)
        )

    def _offered(self) -> Floats:
        """Of each participant, the worth of its first watt and by how much that falls from watt to watt."""
        prices = self._state.prices - self._step * self._state.lacks
        stiffness = self._stiffness
        return np.array([prices @ self._coupling.columns + stiffness * self._state.responses_w, stiffness])

    def _image(self) -> _State:
        """The step of z and of the prices (Boyd et al. 2011, 7.3: the averages times their number)."""
        limits, prices = self._coupling.limits, self._state.prices
        sums = self._coupling.columns @ self._answers_w
        met = np.minimum(limits, sums - prices / self._step)
        met[0] = limits[0]
        lacks = sums - met
        return _State(self._answers_w.copy(), lacks, prices - self._step * lacks)

    def _residual(self, image: _State) -> Residual:
        moves = self._stiffness * (image.responses_w - self._state.responses_w)
        shared = self._step * ((image.lacks - self._state.lacks) @ self._coupling.columns)
        dual = np.abs(moves - shared)[self._weights_w > 0].max()
        return Residual(float(np.abs(image.lacks).max()), float(dual), self._rho)

    def _excess(self, residual: Residual, image: _State) -> tuple[float, float]:
        """Both residuals in units of their tolerances."""
        settings = self._settings
        target_w, greatest_ukwh = float(self._coupling.limits[0]), float(np.abs(image.prices).max())
        return (
            residual.primal_w / (settings.absolute_w + settings.relative * target_w),
            residual.dual_ukwh / (settings.absolute_ukwh + settings.relative * greatest_ukwh),
        )

    def _is_hopeless(self, image: _State) -> bool:
        is_far = float(np.abs(image.prices).max()) > HOPELESS_UKWH
        self._hopeless = self._hopeless + 1 if is_far else 0
        is_late = len(self.residuals) >= self._settings.iterations_max
        return is_late or self._hopeless >= HOPELESS_ITERATIONS

    def _is_penalty_due(self, primal: float, dual: float) -> bool:
        is_unbalanced = max(primal, dual) > RHO_BALANCE * min(primal, dual)
        return is_unbalanced and len(self.residuals) - self._rho_since >= RHO_ITERATIONS

    def _accelerated(self, image: _State) -> _State:
        """The state to go on from. The combination is sought in units in which ADMM never leads away."""
        units = np.concatenate(
            [
                np.sqrt(self._stiffness),
                np.full_like(image.lacks, np.sqrt(self._step)),
                np.full_like(image.prices, 1.0 / np.sqrt(self._step)),
            ]
        )
        found = self._anderson.accelerate(_joined(self._state) * units, _joined(image) * units) / units
        return _State(*np.split(found, [len(image.responses_w), len(image.responses_w) + len(image.lacks)]))


def _joined(state: _State) -> Floats:
    return np.concatenate([state.responses_w, state.lacks, state.prices])


@dataclass(frozen=True, slots=True)
class Run:
    """What a run came to."""

    response_w: tuple[float, ...]
    price_ukwh: float
    weights: tuple[float, ...]
    """Of the cuts, as in Coordinator."""
    residuals: tuple[Residual, ...]
    is_converged: bool
    messages: int
    bytes: int
    """Of the messages' numbers, at NUMBER_BYTES each."""

    @property
    def iterations(self) -> int:
        """How many it took."""
        return len(self.residuals)


def run_admm(
    demand: Demand, settings: Settings = DEFAULT_SETTINGS, dropped: Mapping[int, int] | None = None
) -> Run:
    """All parts in one memory. `dropped` says in which iteration a participant falls silent for good."""
    coordinator = Coordinator(demand.target_w, demand.capacities_w, demand.cuts, settings)
    parts = [ParticipantPart(pieces) for pieces in demand.pieces]
    silent_from = dropped or {}
    sent, answered, is_going_on = 0, 0, True
    while is_going_on:
        for number in coordinator.participants:
            sent += 1
            if silent_from.get(number) == len(coordinator.residuals):
                coordinator.drop(number)
                continue
            coordinator.receive(number, parts[number].answer(coordinator.iterate(number)))
            answered += 1
        is_going_on = coordinator.advance()
    return Run(
        coordinator.responses_w,
        coordinator.price_ukwh,
        coordinator.weights,
        tuple(coordinator.residuals),
        coordinator.is_converged,
        sent + answered,
        sent * ITERATE_BYTES + answered * ANSWER_BYTES,
    )
