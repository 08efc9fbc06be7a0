"""Replays one seed of the simulator: `python -m tests.consensus.simulate SEED` from the project's root."""

import sys

from tests.consensus.scenario import scenario_of
from tests.consensus.trial import simulate

if __name__ == "__main__":
    seed = int(sys.argv[1])
    print(scenario_of(seed))
    world = simulate(seed, trace=print)
    print(f"clean: heights {[node.height for node in world.nodes]}, {dict(world.happened)}")
