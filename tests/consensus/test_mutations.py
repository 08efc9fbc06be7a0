"""The simulator notices each way in which the protocol is broken on purpose."""

import pytest

from tests.consensus.mutations import MUTATIONS, Mutation, Weather, first_seed_that_catches
from tests.consensus.scenario import scenario_of
from tests.consensus.trial import simulate

SEEDS_CLEAN = 4


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_mutation_is_caught(mutation: Mutation) -> None:
    assert first_seed_that_catches(mutation, mutation.near) is not None


@pytest.mark.parametrize(
    "weather",
    sorted({mutation.weather for mutation in MUTATIONS}, key=lambda way: way.__name__),  # type: ignore[attr-defined]
    ids=lambda way: way.__name__,
)
def test_the_same_weather_is_survived_without_a_mutation(weather: Weather) -> None:
    for seed in range(SEEDS_CLEAN):
        simulate(seed, weather(scenario_of(seed)))
