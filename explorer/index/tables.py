"""The tables of the index. What is here follows from the blocks and can be built again, but for the notes of
people in `acknowledgements`.

Quantities are integers in the chain's units; a block's time is `slot * slot_ms`, in ms of Unix time. What
is by period lies in `series`, a row for every SPAN periods of a subject (explorer.index.series).
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    literal_column,
)
from sqlalchemy import Text as SqlText

from explorer.index.types import Document, Text, Whole

FORMAT = 4
"""Of these tables; another one is never read, as an index can be built again."""

metadata = MetaData()

KEY = BigInteger().with_variant(Integer, "sqlite")
"""SQLite keeps rows in the order of a key of this very type."""


def _count(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default="0")


meta = Table(
    "meta", metadata, Column("key", SqlText, primary_key=True), Column("value", SqlText, nullable=False)
)
"""`format`, `chain` (the genesis hash, hex), `height`, and what the genesis fixes."""

blocks = Table(
    "blocks",
    metadata,
    Column("height", KEY, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    Column("slot", BigInteger, nullable=False),
    Column("period", BigInteger, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
    Column("round", BigInteger, nullable=False),
    Column("proposer", Text, nullable=False),
    Column("committee", LargeBinary, nullable=False),
    Column("signers", Text, nullable=False),
    Column("signed", Integer, nullable=False),
    Column("transactions", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("steps", BigInteger, nullable=False),
    Index("blocks_by_proposer", "proposer", "height"),
    Index("blocks_by_hash", "hash"),
    Index("blocks_by_slot", "slot"),
)
"""`round` is that in which it was decided; `signers` a bit for each member of the committee, hexadecimal."""

committees = Table(
    "committees",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("addresses", Document, nullable=False),
)

attendance = Table(
    "attendance",
    metadata,
    Column("stretch", KEY, primary_key=True, autoincrement=False),
    Column("address", Text, primary_key=True),
    _count("signed"),
    _count("proposed"),
)
"""Who signed how many blocks of a stretch: STRETCH heights."""

stretches = Table(
    "stretches",
    metadata,
    Column("stretch", KEY, primary_key=True, autoincrement=False),
    _count("blocks"),
    _count("late"),
    _count("rounds"),
    _count("transactions"),
)
"""`late` blocks needed more than one round; `rounds` is the sum of all their rounds."""

transactions = Table(
    "transactions",
    metadata,
    Column("place", KEY, primary_key=True, autoincrement=False),
    Column("tx_id", LargeBinary, nullable=False),
    Column("contract", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("stage", Text),
    Column("sender", Text, nullable=False),
    Column("is_ok", Boolean, nullable=False),
    Column("error", Text),
    Column("process", LargeBinary),
    Index("transactions_by_id", "tx_id"),
    Index("transactions_by_contract", "contract", "place"),
    Index("transactions_by_action", "action", "place"),
    Index("transactions_by_sender", "sender", "place"),
    Index("transactions_by_process", "process", "stage", "place"),
)
"""`place` is height << 20 | position (ledger.rows)."""
is_failed = transactions.c.is_ok.is_(False)
RARE = frozenset({"T", "D", "A"})
"""Stages of which there are few; nearly every transaction is a V."""
# In letters, not as parameters: SQLite has to see that a question is within the index.
is_rare = transactions.c.stage.in_([literal_column(f"'{stage}'") for stage in sorted(RARE)])
Index("transactions_failed", transactions.c.place, sqlite_where=is_failed, postgresql_where=is_failed)
Index(
    "transactions_by_stage",
    transactions.c.stage,
    transactions.c.place,
    sqlite_where=is_rare,
    postgresql_where=is_rare,
)

processes = Table(
    "processes",
    metadata,
    Column("process", LargeBinary, primary_key=True),
    Column("contract", Text),
    Column("label", Text),
    Column("opened_height", BigInteger),
    Column("opened_ms", BigInteger),
    Column("last_height", BigInteger),
    Column("stage", Text),
    Column("is_settled", Boolean, nullable=False, server_default="0"),
    _count("triggers"),
    _count("dispatches"),
    _count("verifications"),
    _count("accountings"),
    Index("processes_by_height", "opened_height", "process"),
    Index("processes_by_contract", "contract", "opened_height"),
    Index("processes_open", "is_settled", "opened_height"),
)

contracts = Table("contracts", metadata, Column("contract", Text, primary_key=True))
"""That this chain has."""

members = Table(
    "members",
    metadata,
    Column("address", Text, primary_key=True),
    Column("name", Text),
    Column("organisation", Text),
    Column("roles", Document),
    Column("standing", Text),
    Column("is_revoked", Boolean, nullable=False, server_default="0"),
)
"""`standing` is applied, refused, good, suspended or expelled; `is_revoked` tells of the certificate, which
is another matter."""

meters = Table(
    "meters",
    metadata,
    Column("address", Text, primary_key=True),
    Column("owner", Text),
    Column("carrier", Text),
    Column("place", Text),
    Column("last_period", BigInteger),
    _count("readings"),
    Column("is_storage", Boolean, nullable=False, server_default="0"),
)

series = Table(
    "series",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("span", KEY, primary_key=True, autoincrement=False),
    Column("points", LargeBinary, nullable=False),
)

dispatch_days = Table(
    "dispatch_days",
    metadata,
    Column("day", KEY, primary_key=True, autoincrement=False),
    Column("phase", Text),
    Column("revision", BigInteger),
    Column("cost_nano", Whole),
    Column("process", LargeBinary),
    Column("from_period", BigInteger),
    Column("to_period", BigInteger),
)
"""`to_period` is the last of the day."""

descriptions = Table(
    "descriptions",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("value", Document, nullable=False),
)
"""What the genesis says of a market's sites, a storage or a network, for whoever draws them."""

market_names = Table(
    "market_names",
    metadata,
    Column("contract", Text, primary_key=True),
    Column("title", Text, nullable=False),
)

market_rounds = Table(
    "market_rounds",
    metadata,
    Column("contract", Text, primary_key=True),
    Column("round", KEY, primary_key=True, autoincrement=False),
    Column("label", Text),
    Column("phase", Text),
    Column("period", BigInteger),
    Column("periods", BigInteger),
    Column("price_ukwh", Whole),
    Column("lowest_ukwh", Whole),
    Column("highest_ukwh", Whole),
    Column("traded_wh", Whole),
    Column("process", LargeBinary),
)
"""`period` is the first that it is about; `periods`, how many, is None where every round has the same."""

market_orders = Table(
    "market_orders",
    metadata,
    Column("contract", Text, primary_key=True),
    Column("round", KEY, primary_key=True, autoincrement=False),
    Column("item", Text, primary_key=True),
    Column("carrier", Text),
    Column("party", Text),
    Column("side", Text),
    Column("price_ukwh", Whole),
    Column("quantity_wh", Whole),
    Column("matched_wh", Whole),
    Index("market_orders_by_party", "contract", "round", "party"),
)
"""A step of what somebody would trade; `side` is buy or sell. One that was taken back has a quantity of 0;
one without a price is still sealed. `carrier` is None where a market has one alone."""

market_sellers = Table(
    "market_sellers",
    metadata,
    Column("contract", Text, primary_key=True),
    Column("round", KEY, primary_key=True, autoincrement=False),
    Column("party", Text, primary_key=True),
    Column("meter", Text, nullable=False),
)
"""Which storage somebody sells from in a round."""

market_trades = Table(
    "market_trades",
    metadata,
    Column("contract", Text, primary_key=True),
    Column("round", KEY, primary_key=True, autoincrement=False),
    Column("item", Text, primary_key=True),
    Column("carrier", Text),
    Column("seller", Text),
    Column("buyer", Text),
    Column("price_ukwh", Whole),
    Column("quantity_wh", Whole),
)
"""Without a pair, one of the two is the market (readers.market.THE_MARKET). A right that is void has a
quantity of 0."""

market_carriers = Table(
    "market_carriers",
    metadata,
    Column("contract", Text, primary_key=True),
    Column("round", KEY, primary_key=True, autoincrement=False),
    Column("carrier", Text, primary_key=True),
    _count("traded_wh"),
    _count("amount"),
    _count("nano"),
)
"""What was sold of a carrier by the bills, and for how much: `amount` in millionths of the currency, and
`nano` in billionths what they leave, as 64 bits might not hold all of it in those."""

bills = Table(
    "bills",
    metadata,
    Column("contract", Text, primary_key=True),
    Column("round", KEY, primary_key=True, autoincrement=False),
    Column("party", Text, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("height", BigInteger, nullable=False),
    Column("amount", Whole),
    Column("record", Document, nullable=False),
    Index("bills_by_height", "height"),
)
"""What a party paid (+) or was paid (-), in millionths of the currency; `item` tells its bills apart."""

network_events = Table(
    "network_events",
    metadata,
    Column("event", KEY, primary_key=True, autoincrement=False),
    Column("phase", Text),
    Column("target_w", Whole),
    Column("first_period", BigInteger),
    Column("periods", BigInteger),
    Column("process", LargeBinary),
    Column("cost_nano_h", Whole),
)

network_states = Table(
    "network_states",
    metadata,
    Column("event", KEY, primary_key=True, autoincrement=False),
    Column("voltages", Document, nullable=False),
    Column("before_npu", Document),
)
"""Of an event that was dispatched: `voltages` are (re, im) in nano p.u. by period and bus, as the dispatch
proved them; `before_npu` are magnitudes by period and bus, as they would be without a response."""

alerts = Table(
    "alerts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("subject_kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("evidence", Document, nullable=False),
    Column("first_period", BigInteger),
    Column("last_period", BigInteger),
    Column("first_height", BigInteger, nullable=False),
    Column("last_height", BigInteger, nullable=False),
    Column("opened_slot", BigInteger, nullable=False),
    Column("closed_slot", BigInteger),
    Column("is_open", Boolean, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("openings", BigInteger, nullable=False),
    Column("strength", BigInteger, nullable=False),
    Column("link", Text, nullable=False),
    Column("changed_height", BigInteger, nullable=False),
    Index("alerts_by_height", "first_height", "id"),
    Index("alerts_open", "is_open", "first_height"),
    Index("alerts_by_rule", "rule", "first_height"),
    Index("alerts_changed", "changed_height"),
)
"""As explorer.alerts.alert says; `changed_height` is of the block that last changed it."""

detector = Table(
    "detector",
    metadata,
    Column("part", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)
"""What the rules of explorer.alerts remember from block to block."""

acknowledgements = Table(
    "acknowledgements",
    metadata,
    Column("id", Text, primary_key=True),
    Column("opening", BigInteger, primary_key=True),
    Column("by", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
)
"""Of one opening of an alert, by the alert's id, which is the same after a rebuild."""

unread = Table(
    "unread",
    metadata,
    Column("height", KEY, primary_key=True, autoincrement=False),
    Column("what", Text, primary_key=True),
    Column("reason", Text, nullable=False),
)
"""Events and actions that their readers could not make sense of: what they say is missing in the index."""

KEPT = frozenset({acknowledgements.name})
"""What a rebuild keeps: it is in no block."""

STRETCH = 32
"""Heights a row of `attendance`."""
