"""What befalls the network and the validators in it, from time to time."""

from tests.consensus.node import Node
from tests.consensus.scenario import STEP_MS_MAX
from tests.consensus.simulator import Simulation

DEAF_TURN = 0.25
"""Chance of the dead links changing, each step: they must outlast a round to hide a decision."""
SPLIT_MS_MAX = 8_000
PAUSE_MS_MAX = 5_000
SECRET_MS = (2_000, 7_000)
FULL_MS_MAX = 8_000
DOWN_MS_MAX = 3_000


def befall(world: Simulation) -> None:
    """Throw the dice for one step of chaos."""
    dice, faults = world.dice, world.faults
    if dice.random() < DEAF_TURN:
        deafen(world)
    if dice.random() < faults.split:
        split(world)
    if dice.random() < faults.secret and world.network.unheard is None:
        keep_secret(world)
    if dice.random() < faults.blackout:
        world.count("blackout")
        for node in world.nodes:
            world.crash(node, dice.randint(10, DOWN_MS_MAX))
    for node in [*world.nodes, *world.twins]:
        if dice.random() < faults.pause:
            pause(world, node)
        if dice.random() < faults.full_disk:
            fill(world, node)
        if dice.random() < faults.clock_step:
            set_clock(world, node)
        if dice.random() < faults.wipe and may_wipe(world, node):
            wipe(world, node)
    for twins in (world.copies(twin.place) for twin in world.twins):
        estrange(world, twins)


def deafen(world: Simulation) -> None:
    """Other directions are dead."""
    world.network.deafen()
    if world.network.deaf:
        world.count("one-way cut")


def split(world: Simulation) -> None:
    """The network falls in two, for a while."""
    world.network.split()
    world.count("split")
    world.note(None, f"splits into {world.network.sides}")
    world.timeline.after(world.dice.randint(100, SPLIT_MS_MAX), lambda: join(world))


def join(world: Simulation) -> None:
    """Whoever can reach each other again connects again."""
    for one, other in world.network.join():
        if world.nodes[one].machine is not None and world.nodes[other].machine is not None:
            world.connect(world.nodes[one], world.nodes[other])


def keep_secret(world: Simulation) -> None:
    """Only one honest validator hears the commits that decide, for a while, and nobody hears it."""
    place = world.network.unheard = world.dice.choice(world.honest).place
    world.count("secret decision")
    world.note(world.nodes[place], "hears commits alone, and is heard by nobody")
    world.timeline.after(world.dice.randint(*SECRET_MS), lambda: reveal(world))


def reveal(world: Simulation) -> None:
    """All hear each other again."""
    world.network.unheard = None


def pause(world: Simulation, node: Node) -> None:
    """Stand still for a while, as if stopped by SIGSTOP."""
    if node.machine is not None and node.inbox is None:
        world.halt(node)
        life = node.life
        world.timeline.after(
            world.dice.randint(10, PAUSE_MS_MAX), lambda: world.resume(node) if node.life == life else None
        )


def fill(world: Simulation, node: Node) -> None:
    """Leave no room on a disk, for a while."""
    node.disk.is_full = True
    world.count("full disk")
    world.timeline.after(world.dice.randint(10, FULL_MS_MAX), lambda: clear(node))


def clear(node: Node) -> None:
    """There is room again; whoever ended for the lack of it is started again in time."""
    node.disk.is_full = False


def set_clock(world: Simulation, node: Node) -> None:
    """Step by up to ten minutes, or back to the right time."""
    most = world.dice.choice((0, STEP_MS_MAX // 100, STEP_MS_MAX))
    offset = node.clock.offset_ms = world.dice.randint(-most, most)
    world.count("clock step")
    world.note(node, f"has its clock set {offset} ms off")


def may_wipe(world: Simulation, node: Node) -> bool:
    """Whoever rejoins counts as absent, and as one who may tell too low a head."""
    rejoining = sum(other.is_rejoining for other in world.nodes if other is not node)
    least = min((peer.disk.committees[-1] for peer in world.nodes), key=len)
    absent = rejoining + len(world.scenario.byzantine) + 1
    return node.is_honest and len(least) >= 3 and absent <= len(least) - least.quorum


def wipe(world: Simulation, node: Node) -> None:
    """Lose all votes, and join again."""
    node.machine = None
    node.is_rejoining = True
    node.disk.wipe(keeps_chain=world.dice.random() < 0.5)
    world.count("wiped")
    world.note(node, "is wiped")
    world.timeline.after(world.dice.randint(10, DOWN_MS_MAX), lambda: world.start(node))


def estrange(world: Simulation, twins: list[Node]) -> None:
    """Have twins talk with other validators each, some with both."""
    places = world.network.places
    for twin in twins:
        twin.friends = frozenset([place for place in places if world.dice.random() < 0.6])
