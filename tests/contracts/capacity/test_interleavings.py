"""Many windows at once, everybody's steps in any order, with drop-outs and lies: money and rights are
conserved, whatever happens."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from contracts.capacity.bids import Side
from contracts.capacity.keys import bond_escrow, buyer_escrow, price_escrow, seller_escrow
from contracts.capacity.parameters import CAPACITY
from contracts.capacity.process import OVER
from contracts.capacity.records import Phase, Standing, WindowRecord, did
from contracts.capacity.windows import (
    active_windows,
    count_windows,
    find_clearing,
    find_final,
    find_opened,
    find_right,
    find_trade,
    get_sealed,
    get_window,
)
from contracts.metering.readings import Reading, reading_key
from ledger.codec import Value
from ledger.quantities import EnergyWh, amount
from ledger.stage import Stage
from ledger.tdva import verifications_root
from tests.contracts.capacity.market import BALANCE, BUYERS, PERIODS, SELLERS, Bid, Market, ask, want
from tests.contracts.chain import address

SEEDS = st.integers(0, 2**32)
NAMES = st.sampled_from([*SELLERS, *BUYERS])
WINDOWS = st.integers(0, 3)
RIGHTS = st.integers(0, 4)
METERS = {address(name): address(f"{name}-meter") for name in SELLERS}


def bid_of(name: str, window: int) -> Bid:
    """What somebody bids in a window: the same whenever it is asked."""
    random = Random(f"{name}/{window}")
    prices = sorted(random.randrange(0, 8) * 20_000 for _ in range(random.randint(1, 3)))
    if name in SELLERS:
        return ask(name, *[(random.randint(1, 1_500), price) for price in prices])
    return want(*[(random.randint(1, 1_500), price + 40_000) for price in reversed(prices)])


class Windows(RuleBasedStateMachine):
    """`slot` has everybody do what is due, each with its own chance to fail; the other rules are out of
    turn."""

    def __init__(self) -> None:
        super().__init__()
        self.market = Market()

    def send(
        self,
        sender: str,
        action: str,
        stage: Stage | None = None,
        links: tuple[bytes, ...] = (),
        **values: Value,
    ) -> None:
        self.market.chain.send(sender, CAPACITY, action, values, stage, links)  # type: ignore[arg-type]

    @rule(ahead=st.integers(15, 30), periods=st.integers(1, PERIODS))
    def open(self, ahead: int, periods: int) -> None:
        first = self.market.chain.genesis.period(self.market.chain.slot) + ahead
        self.send("alder", "open", Stage.TRIGGER, first_period=first, periods=periods)

    @rule(seed=SEEDS, keep=st.sampled_from([100, 100, 90, 60]), blocks=st.integers(1, 6))
    def slot(self, seed: int, keep: int, blocks: int) -> None:
        """Some blocks, in each of which everybody does what is due with a chance of `keep` percent."""
        for block in range(blocks):
            random = Random(f"{seed}/{block}")
            for window in active_windows(self.market.view):
                self._do_what_is_due(get_window(self.market.view, window), random, keep)
            self.market.chain.make_block()

    @rule(slots=st.integers(2, 25))
    def pause(self, slots: int) -> None:
        """The chain stands still, and goes on with what was sent meanwhile."""
        self.market.chain.make_block(self.market.chain.head.slot + slots)

    @rule(name=NAMES, window=WINDOWS, seed=SEEDS)
    def lie(self, name: str, window: int, seed: int) -> None:
        """A reveal of something else, or by another blinding factor."""
        bid = bid_of(name, window if seed % 2 else window + 1)
        changes = {"blinding": seed.to_bytes(32, "big")} if seed % 3 else {}
        self.send(name, "reveal", **{**self.market.opened(name, bid, window), **changes})

    @rule(name=NAMES, to=NAMES, window=WINDOWS, right=RIGHTS)
    def transfer(self, name: str, to: str, window: int, right: int) -> None:
        self.send(name, "transfer", window=window, right=right, to=address(to))

    @rule(name=NAMES, window=WINDOWS, right=RIGHTS, amount=st.integers(1, 10**6))
    def offer(self, name: str, window: int, right: int, amount: int) -> None:
        self.send(
            self._holder(window, right) or name, "offer", window=window, right=right, amount=amount, to=None
        )

    @rule(name=NAMES, window=WINDOWS, right=RIGHTS)
    def take(self, name: str, window: int, right: int) -> None:
        offered = self.market.view.get(f"offer/{window}/{right}")
        price = offered["amount"] if isinstance(offered, Mapping) else 7
        self.send(name, "take", window=window, right=right, amount=price)

    @rule(window=WINDOWS, right=RIGHTS, profile=st.lists(st.integers(0, 400), min_size=1, max_size=PERIODS))
    def nominate(self, window: int, right: int, profile: list[int]) -> None:
        self.send(
            self._holder(window, right) or "fir",
            "nominate",
            window=window,
            right=right,
            profile=tuple(profile),
        )

    @rule(name=NAMES, action=st.sampled_from(["deposit", "pay"]), window=WINDOWS)
    def out_of_turn(self, name: str, action: str, window: int) -> None:
        self.send(name, action, window=window)

    @invariant()
    def money_is_conserved(self) -> None:
        assert self.market.money() == self.market.account("issued") == 6 * BALANCE

    @invariant()
    def rights_and_escrows_are_conserved(self) -> None:
        for window in range(count_windows(self.market.view)):
            record = get_window(self.market.view, window)
            self._check_rights(record)
            self._check_bonds(record)

    @invariant()
    def nothing_is_revealed_before_the_deadline(self) -> None:
        for window in range(count_windows(self.market.view)):
            if get_window(self.market.view, window).phase is Phase.SEALING:
                assert find_opened(self.market.view, window, 0) is None

    @invariant()
    def no_more_is_delivered_than_was_metered(self) -> None:
        delivered: Counter[tuple[str, int]] = Counter()
        for event in self.market.events("delivered"):
            seller = self._obligor(event["window"], event["right"])
            delivered[METERS[seller], event["period"]] += event["delivered_wh"]
        for (meter, period), wh in delivered.items():
            reading = self.market.chain.get("metering", reading_key(meter, period))
            assert wh <= reading["discharged_wh"]

    def teardown(self) -> None:
        for _ in range(80):
            for window in active_windows(self.market.view):
                self._do_what_is_due(get_window(self.market.view, window), Random(1), 100)
            self.market.chain.make_block()
        assert active_windows(self.market.view) == ()
        self.money_is_conserved()
        self.rights_and_escrows_are_conserved()
        assert self.market.chain.replay().state.root == self.market.chain.head.state.root

    def _check_rights(self, record: WindowRecord) -> None:
        clearing = find_clearing(self.market.view, record.number)
        total = 0
        for number in range(record.rights):
            right = find_right(self.market.view, record.number, number)
            final = find_final(self.market.view, record.number, number)
            assert (right is None) is (final is not None)
            escrows = [name(record.number, number) for name in (seller_escrow, buyer_escrow, price_escrow)]
            held = tuple(map(self.market.escrow, escrows))
            if right is None or right.standing is Standing.VOID or record.phase in OVER:
                assert held == (0, 0, 0)
            if right is not None and right.standing is Standing.MINTED:
                assert held == (right.seller_deposit, right.buyer_deposit, right.price - right.paid)
                assert right.paid == amount(right.delivered_wh, right.price_ukwh)
            token = right or final
            assert token is not None
            assert 0 <= token.delivered_wh <= token.quantity_wh
            total += token.quantity_wh
        assert total == (clearing.traded_wh if clearing else 0)

    def _check_bonds(self, record: WindowRecord) -> None:
        for bid in range(record.sealed):
            trade = find_trade(self.market.view, record.number, bid)
            is_held = record.phase in (Phase.SEALING, Phase.REVEALING)
            is_held |= (
                record.phase is Phase.CLEARING
                and find_opened(self.market.view, record.number, bid) is not None
            )
            is_held |= record.phase is Phase.DEPOSITING and trade is not None and not trade.is_deposited
            sealed = get_sealed(self.market.view, record.number, bid)
            is_paying = trade is not None and trade.is_deposited and not trade.is_paid
            is_paying &= record.phase in (Phase.DEPOSITING, Phase.PAYING) and sealed.side is Side.BUY
            due = sealed.bond if is_held else self.market.parameters.bond_floor if is_paying else 0
            assert self.market.escrow(bond_escrow(record.number, bid)) == due

    def _obligor(self, window: int, right: int) -> str:
        found = find_right(self.market.view, window, right)
        final = find_final(self.market.view, window, right)
        if found:
            return found.obligor
        assert final is not None
        return final.obligor.removeprefix(did(""))

    def _holder(self, window: int, right: int) -> str | None:
        found = find_right(self.market.view, window, right)
        return None if found is None else found.holder

    def _do_what_is_due(self, record: WindowRecord, random: Random, keep: int) -> None:
        for sender, action, stage, values in self._due(record, random):
            if random.randrange(100) < keep:
                links = (record.process,) if stage is Stage.DISPATCH else self.market.standing(record.number)
                self.send(sender, action, stage, links if stage else (), **values)

    def _due(
        self, record: WindowRecord, random: Random
    ) -> Iterator[tuple[str, str, Stage | None, dict[str, Value]]]:
        window, names = record.number, (*SELLERS, *BUYERS)
        match record.phase:
            case Phase.SEALING:
                for name in names:
                    yield name, "seal", None, self.market.sealed(name, bid_of(name, window), window)
            case Phase.REVEALING:
                for name in names:
                    yield name, "reveal", None, self.market.opened(name, bid_of(name, window), window)
            case Phase.CLEARING:
                yield "birch", "clear", Stage.DISPATCH, {"window": window}
            case Phase.DEPOSITING | Phase.PAYING:
                for name in names:
                    yield (
                        name,
                        "deposit" if record.phase is Phase.DEPOSITING else "pay",
                        None,
                        {"window": window},
                    )
            case Phase.DELIVERING | Phase.METERING:
                for name in SELLERS:
                    yield f"{name}-meter", "meter", Stage.VERIFICATION, self._reading(record, random)
            case Phase.ACCOUNTING:
                root = verifications_root(self.market.chain.head.state, record.process)
                values: dict[str, Value] = {"window": window, "verifications": root}
                yield "cedar", "settle", Stage.ACCOUNTING, values

    def _reading(self, record: WindowRecord, random: Random) -> dict[str, Value]:
        """Of some period that may be over, of as much as is called or less."""
        period = record.first_period + random.randrange(record.periods)
        wh = random.choice([0, 100, 700, 5_000])
        return {
            "window": record.number,
            "period": period,
            "reading": asdict(Reading(discharged_wh=EnergyWh(wh))),
        }


TestWindows = Windows.TestCase
TestWindows.settings = settings(max_examples=8, stateful_step_count=25, deadline=None)


def test_some_of_it_comes_to_settlement() -> None:
    """So that the machine is known to reach what it is there to check."""
    machine = Windows()
    machine.open(18, 4)
    machine.open(18, 3)
    machine.market.chain.make_block()
    machine.open(22, 2)
    for seed in range(8):
        machine.slot(seed, 100, 6)
        machine.rights_and_escrows_are_conserved()
    phases = [get_window(machine.market.view, window).phase for window in range(3)]
    assert Phase.SETTLED in phases
    machine.teardown()
