"""A market of capacity rights in memory: every step of a window is one call, which tests may change."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, cast

from contracts.account.contract import Account
from contracts.capacity.bids import Side, commit, demand_fingerprint
from contracts.capacity.clearing import Step
from contracts.capacity.contract import Capacity
from contracts.capacity.devices import Device, fingerprint
from contracts.capacity.parameters import CAPACITY, Deadlines, Parameters, encode_parameters
from contracts.capacity.records import FinalToken, Phase, Right, Standing, WindowRecord
from contracts.capacity.windows import count_windows, find_final, find_right, get_window
from contracts.context import decode_value
from contracts.membership.contract import Membership
from contracts.metering.contract import Metering
from contracts.metering.readings import Reading
from crypto.hashing import sha256
from ledger.codec import Value
from ledger.genesis import Limits
from ledger.quantities import Amount, EnergyWh, PowerW, PriceUkwh, TxId
from ledger.receipt import Receipt
from ledger.stage import Stage
from ledger.tdva import verifications_root
from tests.contracts.chain import FIRST_PERIOD, FIRST_SLOT, VALIDATORS, Chain, address, new_chain

CURRENCY: Final = 10**6
SELLERS: Final = ("ash", "beech", "chestnut")
BUYERS: Final = ("dell", "elm", "fir")
CAP_UKWH: Final = 500_000
FORFEITS: Final = "capacity/forfeits"
BALANCE: Final = 1_000 * CURRENCY
PERIODS: Final = 4
FIRST: Final = FIRST_PERIOD + 40
"""The first period of the usual window."""

DEADLINES: Final = Deadlines(
    seal_slots=3, reveal_slots=3, clear_slots=2, deposit_slots=2, pay_slots=2, reading_slots=2
)
BLINDINGS: Final = {name: sha256(b"blinding " + name.encode()) for name in (*SELLERS, *BUYERS)}


def device_of(name: str, **changes: Any) -> Device:
    """10 kWh at 95 %, 5 kW: 9,500 Wh a window of an hour or more, but 5,000 Wh by its power in one hour."""
    usual = Device(
        owner=address(name),
        meter=address(f"{name}-meter"),
        energy_wh=EnergyWh(10_000),
        export_w=(PowerW(5_000),) * 96,
        charge_ppm=950_000,
        discharge_ppm=950_000,
    )
    return replace(usual, **changes)


def parameters_for(**changes: Any) -> Parameters:
    usual = Parameters(
        devices=tuple([device_of(name) for name in SELLERS]),
        deadlines=DEADLINES,
        periods_max=96,
        ahead_periods_max=96 * 7,
        windows_max=8,
        bids_max=64,
        cap_ukwh=PriceUkwh(CAP_UKWH),
        purchase_wh_max=EnergyWh(10**6),
        bond_floor=Amount(CURRENCY),
        bond_permille=100,
        deposit_permille_least=50,
        deposit_permille_most=200,
        forfeits=FORFEITS,
    )
    return replace(usual, **changes)


@dataclass(frozen=True)
class Bid:
    """What somebody means to bid: (Wh, ukwh) by step."""

    side: Side
    steps: tuple[tuple[int, int], ...]
    bound_wh: int | None = None
    device: int | None = None

    @property
    def curve(self) -> tuple[Step, ...]:
        return tuple([Step(EnergyWh(wh), PriceUkwh(price)) for wh, price in self.steps])


def ask(name: str, *steps: tuple[int, int]) -> Bid:
    return Bid(Side.SELL, steps, device=SELLERS.index(name))


def want(*steps: tuple[int, int]) -> Bid:
    return Bid(Side.BUY, steps, bound_wh=sum(wh for wh, _ in steps))


USUAL: Final = {
    "ash": ask("ash", (1_000, 100_000), (2_000, 150_000)),
    "beech": ask("beech", (2_000, 120_000)),
    "chestnut": ask("chestnut", (4_000, 400_000)),
    "dell": want((2_500, 300_000)),
    "elm": want((1_000, 250_000), (1_000, 160_000)),
    "fir": want((3_000, 50_000)),
}
"""4,500 Wh of 5,000 trade between ash and beech, dell and elm; the others ask too much, or bid too little."""


@dataclass
class Market:
    """The chain, and everybody's next steps."""

    changes: Mapping[str, Any] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    sellers: Sequence[str] = SELLERS
    buyers: Sequence[str] = BUYERS

    def __post_init__(self) -> None:
        self.parameters = parameters_for(**self.changes)
        self.chain: Chain = new_chain(
            [Membership(), Account(), Metering(), Capacity()],
            self._genesis(),
            roles=self.roles,
            limits=self.limits,
        )
        self.sent: dict[str, TxId] = {}

    @property
    def traders(self) -> tuple[str, ...]:
        return (*self.sellers, *self.buyers)

    @property
    def meters(self) -> tuple[str, ...]:
        return tuple([f"{name}-meter" for name in self.sellers])

    @property
    def roles(self) -> Mapping[str, tuple[str, ...]]:
        return {
            **dict.fromkeys(VALIDATORS, ("validator",)),
            "eno": ("eno",),
            **dict.fromkeys(self.sellers, ("owner",)),
            **dict.fromkeys(self.buyers, ("prosumer",)),
            **dict.fromkeys(self.meters, ("meter",)),
            "spare-meter": ("meter",),
        }

    def window(self, number: int = 0) -> WindowRecord:
        return get_window(self.view, number)

    @property
    def phase(self) -> Phase:
        """Of the newest window."""
        return self.window(count_windows(self.view) - 1).phase

    @property
    def view(self) -> "View":
        return View(self.chain)

    def balance(self, name: str) -> int:
        return self.account(f"balance/{name if name == FORFEITS else address(name)}")

    def escrow(self, name: str) -> int:
        value = self.chain.get("account", f"escrow/{name}")
        return 0 if value is None else value[1]  # type: ignore[index, return-value]

    def account(self, key: str) -> int:
        return self.chain.get("account", key) or 0  # type: ignore[return-value]

    def right(self, number: int, window: int = 0) -> Right:
        found = find_right(self.view, window, number)
        assert found is not None
        return found

    def final(self, number: int, window: int = 0) -> FinalToken:
        found = find_final(self.view, window, number)
        assert found is not None
        return found

    def call(
        self,
        sender: str,
        action: str,
        stage: Stage | None = None,
        links: tuple[TxId, ...] = (),
        **arguments: Value,
    ) -> Receipt:
        """One transaction in a block of its own."""
        return self.chain.call(sender, CAPACITY, action, arguments, stage, links)

    def take(self, receipt: Receipt) -> Receipt:
        """A step that has to succeed."""
        assert receipt.ok, receipt.error
        return receipt

    def open(self, first: int = FIRST, periods: int = PERIODS, sender: str = "alder") -> Receipt:
        return self.call(sender, "open", Stage.TRIGGER, first_period=first, periods=periods)

    def seal(self, name: str, bid: Bid, window: int = 0, **changes: Value) -> Receipt:
        return self.call(name, "seal", **{**self.sealed(name, bid, window), **changes})

    def sealed(self, name: str, bid: Bid, window: int = 0) -> dict[str, Value]:
        """What seals a bid."""
        return {
            "window": window,
            "side": bid.side.value,
            "device": bid.device,
            "bound_wh": bid.bound_wh,
            "commitment": self.commitment(name, bid, window),
        }

    def commitment(self, name: str, bid: Bid, window: int = 0) -> bytes:
        genesis = self.chain.genesis.hash
        if bid.device is None:
            made_of = demand_fingerprint(genesis, bid.bound_wh or 0)
        else:
            made_of = fingerprint(genesis, self.parameters.devices[bid.device])
        return commit(genesis, window, bid.side, address(name), made_of, bid.curve, BLINDINGS[name])

    def reveal(self, name: str, bid: Bid, window: int = 0, **changes: Value) -> Receipt:
        return self.call(name, "reveal", **{**self.opened(name, bid, window), **changes})

    def opened(self, name: str, bid: Bid, window: int = 0) -> dict[str, Value]:
        """What reveals it."""
        steps = tuple([asdict(step) for step in bid.curve])
        return {"window": window, "steps": steps, "blinding": BLINDINGS[name]}

    def clear(self, window: int = 0, sender: str = "birch", **changes: Any) -> Receipt:
        links = changes.pop("links", (self.window(window).process,))
        return self.call(sender, "clear", Stage.DISPATCH, links, window=window)

    def deposit(self, name: str, window: int = 0) -> Receipt:
        return self.call(name, "deposit", window=window)

    def pay(self, name: str, window: int = 0) -> Receipt:
        return self.call(name, "pay", window=window)

    def send_reading(self, name: str, place: int, discharged_wh: int | None, window: int = 0) -> None:
        """What the device's meter of `name` saw in a period of the window goes into the next block."""
        reading = Reading(EnergyWh(0), discharged_wh=cast(EnergyWh | None, discharged_wh))
        period = self.window(window).first_period + place
        arguments = {"window": window, "period": period, "reading": asdict(reading)}
        self.chain.send(
            f"{name}-meter", CAPACITY, "meter", arguments, Stage.VERIFICATION, self.standing(window)
        )

    def meter(self, name: str, place: int, discharged_wh: int | None, window: int = 0) -> Receipt:
        self.send_reading(name, place, discharged_wh, window)
        return self.chain.make_block()[-1]

    def settle(self, window: int = 0, root: bytes | None = None) -> Receipt:
        record = self.window(window)
        root = root or verifications_root(self.chain.head.state, record.process)
        links = self.standing(window)
        return self.call("cedar", "settle", Stage.ACCOUNTING, links, window=window, verifications=root)

    def standing(self, window: int = 0) -> tuple[TxId, ...]:
        """What verifications and the accounting link."""
        dispatch = self.window(window).dispatch
        return () if dispatch is None else (dispatch,)

    def run_until(self, phase: Phase, window: int = 0) -> None:
        """Empty blocks until the window comes into a phase."""
        for _ in range(200):
            if self.window(window).phase is phase:
                return
            self.chain.make_block()
        raise AssertionError(f"it is {self.window(window).phase}")

    def run_to_period(self, period: int) -> None:
        self.chain.run_to(FIRST_SLOT + period - FIRST_PERIOD)

    def to_revealing(
        self, bids: Mapping[str, Bid] = USUAL, first: int = FIRST, periods: int = PERIODS
    ) -> None:
        """A new window, in which these bids are sealed."""
        window = count_windows(self.view)
        self.take(self.open(first, periods))
        for name, bid in bids.items():
            self.chain.send(name, CAPACITY, "seal", self.sealed(name, bid, window))
        for receipt in self.chain.make_block():
            self.take(receipt)
        self.run_until(Phase.REVEALING, window)

    def to_clearing(
        self,
        bids: Mapping[str, Bid] = USUAL,
        silent: Sequence[str] = (),
        first: int = FIRST,
        periods: int = PERIODS,
    ) -> None:
        self.to_revealing(bids, first, periods)
        window = count_windows(self.view) - 1
        for name, bid in bids.items():
            if name not in silent:
                self.chain.send(name, CAPACITY, "reveal", self.opened(name, bid, window))
        for receipt in self.chain.make_block():
            self.take(receipt)
        self.run_until(Phase.CLEARING, window)

    def to_depositing(self, bids: Mapping[str, Bid] = USUAL, first: int = FIRST) -> None:
        self.to_clearing(bids, first=first)
        self.take(self.clear(count_windows(self.view) - 1))

    def to_paying(self, bids: Mapping[str, Bid] = USUAL) -> None:
        self.to_depositing(bids)
        self.together("deposit", self.trading())

    def to_holding(self, bids: Mapping[str, Bid] = USUAL) -> None:
        self.to_paying(bids)
        self.together("pay", [name for name in self.trading() if bids[name].side is Side.BUY])

    def together(self, action: str, names: Sequence[str], window: int = 0) -> None:
        """The same step of several in one block; all have to succeed."""
        for name in names:
            self.chain.send(name, CAPACITY, action, {"window": window})
        for receipt in self.chain.make_block():
            self.take(receipt)

    def trading(self, window: int = 0) -> list[str]:
        """Who trades in a window, in the order in which they sealed."""
        seats = {name: self.view.get(f"seat/{window}/{address(name)}") for name in self.traders}
        return [
            name
            for name, bid in seats.items()
            if bid is not None and self.view.get(f"trade/{window}/{bid}") is not None
        ]

    def deliver(
        self, wh: Mapping[str, Sequence[int | None]], window: int = 0, periods: int | None = None
    ) -> None:
        """Readings by seller and period of the window, each in the slot after its period; None is absent.
        Of all periods, or of the first ones."""
        record = self.window(window)
        for place in range(record.periods if periods is None else periods):
            self.run_to_period(record.first_period + place)
            for name, row in wh.items():
                if row[place] is not None:
                    self.send_reading(name, place, row[place], window)
            for receipt in self.chain.make_block():
                self.take(receipt)

    def settled(self, wh: Mapping[str, Sequence[int | None]], bids: Mapping[str, Bid] = USUAL) -> None:
        """A window from its opening to its settlement."""
        self.to_holding(bids)
        self.finish(wh)

    def delivering(self) -> dict[str, list[int]]:
        """What every seller of a right that was minted delivers so that it keeps its word."""
        owners = {
            self.right(n).obligor
            for n in range(self.window().rights)
            if self.right(n).standing is Standing.MINTED
        }
        return {name: [1_250] * PERIODS for name in self.sellers if address(name) in owners}

    def finish(self, wh: Mapping[str, Sequence[int | None]]) -> None:
        """From holding on."""
        self.deliver(wh)
        self.run_until(Phase.ACCOUNTING)
        self.take(self.settle())

    def events(self, name: str) -> list[dict[str, Any]]:
        """The fields of all events of a name so far."""
        found: list[dict[str, Any]] = []
        for block in self.chain.blocks:
            seen = (*block.slot_events, *(e for receipt in block.receipts for e in receipt.events))
            found += [dict(e.fields) for e in seen if e.name == name and e.contract == CAPACITY]
        return found

    def money(self) -> int:
        """All that is in balances and escrows."""
        total = 0
        for key, data in self.chain.head.state.items():
            kind, _, _ = key.removeprefix(b"account/").partition(b"/")
            if key.startswith(b"account/") and kind in (b"balance", b"escrow"):
                value = decode_value(data)
                total += cast(tuple[str, int], value)[1] if kind == b"escrow" else cast(int, value)
        return total

    def _genesis(self) -> dict[str, Mapping[str, Value]]:
        meters = {
            address(f"{name}-meter"): {"owner": address(name), "carrier": "electricity", "place": "shed"}
            for name in self.sellers
        }
        spare = {address("spare-meter"): {"owner": address("ash"), "carrier": "electricity", "place": "yard"}}
        return {
            "metering": {"meters": {**meters, **spare}},
            "account": {"balances": {address(name): BALANCE for name in self.traders}},
            CAPACITY: encode_parameters(self.parameters),
        }


@dataclass(frozen=True)
class View:
    """The contract's state outside the chain."""

    chain: Chain

    @property
    def genesis(self) -> Any:
        return self.chain.genesis

    def get(self, key: str) -> Value:
        return self.chain.get(CAPACITY, key)
