"""Blocks, transactions, processes, members and meters: what the index holds is what the chain has."""

from collections.abc import Iterator

import pytest

from contracts.membership.contract import Membership
from explorer.index import tables
from explorer.index.database import Index
from explorer.index.queries.blocks import blocks
from explorer.index.queries.members import members
from explorer.index.queries.meters import find_meter, meters
from explorer.index.queries.page import BadCursor
from explorer.index.queries.position import position
from explorer.index.queries.processes import lanes, process_of, processes
from explorer.index.queries.search import FOUND_MAX, search
from explorer.index.queries.transactions import Filter, filtered, find_transaction, transactions
from explorer.index.queries.validators import attendance
from ledger.transaction import Transaction
from tests.contracts.chain import VALIDATORS, address, new_chain
from tests.contracts.community.market import Market
from tests.contracts.community.rounds import settled, usual_round
from tests.explorer.index.made import NewDatabase, index_of


@pytest.fixture(scope="module")
def market() -> Market:
    return settled(usual_round(), elm=-1_000, gum=900, holly=300, fir=400)


@pytest.fixture(scope="module")
def index(database: NewDatabase, market: Market) -> Iterator[Index]:
    made = index_of(database(), market.chain)
    yield made
    made.close()


def sent(market: Market) -> list[Transaction]:
    limits = market.chain.genesis.limits
    raws = [raw for executed in market.chain.blocks for raw in executed.block.transactions]
    return [Transaction.decode(raw, limits) for raw in raws]


def test_every_block_is_listed_newest_first_page_by_page(index: Index, market: Market) -> None:
    made = market.chain.blocks
    with index.read() as connection:
        listed, cursor = [], None
        while True:
            page = blocks(connection, cursor=cursor, limit=7)
            listed += page.items
            cursor = page.next
            if cursor is None:
                break
        last = blocks(connection, limit=1, proposer=address("alder")).items[0]
    assert [block.height for block in listed] == list(range(len(made), 0, -1))
    for block, executed in zip(reversed(listed), made, strict=True):
        header = executed.block.header
        assert (block.hash, block.slot, block.proposer) == (header.hash, header.slot, header.proposer)
        assert block.time_ms == header.slot * market.chain.genesis.slot_ms
        assert block.signers == tuple(address(name) for name in VALIDATORS)
        assert block.transactions == len(executed.receipts)
        assert block.steps == sum(receipt.steps for receipt in executed.receipts)
    assert last.height == max(b.height for b in listed if b.proposer == address("alder"))


def test_the_index_says_how_far_it_is(index: Index, market: Market) -> None:
    last = market.chain.last.block.header
    with index.read() as connection:
        here = position(connection)
    assert (here.height, here.slot, here.chain) == (last.height, last.slot, last.chain.hex())
    assert here.period == market.chain.genesis.period(last.slot)


def test_transactions_are_found_by_every_filter(index: Index, market: Market) -> None:
    all_sent = sent(market)
    filters = {
        Filter(): lambda each: True,
        Filter(contract="community"): lambda each: each.contract == "community",
        Filter(action="order"): lambda each: each.action == "order",
        Filter(sender=address("gum")): lambda each: each.sender == address("gum"),
        Filter(stage="V"): lambda each: each.stage is not None and each.stage.value == "V",
        Filter(stage="T", contract="community"): lambda each: (
            each.stage is not None and each.stage.value == "T"
        ),
        Filter(stage="V", sender=address("alder")): lambda each: False,
        Filter(ok=False): lambda each: False,
        Filter(ok=False, action="order"): lambda each: False,
        Filter(contract="nobody's"): lambda each: False,
        Filter(sender="\x00' OR 1=1 --\ud800"): lambda each: False,
    }
    with index.read() as connection:
        for which, fits in filters.items():
            listed, cursor = [], None
            while True:
                page = transactions(connection, cursor=cursor, limit=20, which=which)
                listed += page.items
                cursor = page.next
                if cursor is None:
                    break
            expected = [each.tx_id for each in all_sent if fits(each)]
            assert [each.tx_id for each in reversed(listed)] == expected, which


def test_a_process_has_its_four_lanes(index: Index, market: Market) -> None:
    staged = [each for each in sent(market) if each.stage is not None]
    with index.read() as connection:
        found = processes(connection, contract="community", settled=True).items
        assert len(found) == 1
        by_stage = lanes(connection, found[0].process)
        assert process_of(connection, staged[-1].tx_id) == found[0]
        assert process_of(connection, b"?" * 32) is None
        assert processes(connection, contract="dispatch").items == ()
    counts = (found[0].triggers, found[0].dispatches, found[0].verifications, found[0].accountings)
    assert counts == tuple(len(by_stage[stage]) for stage in "TDVA")
    assert found[0].label is not None
    assert found[0].label.startswith("Community market ")
    mine = [
        each.tx_id for each in staged if each.tx_id in {tx.tx_id for lane in by_stage.values() for tx in lane}
    ]
    assert len(mine) == sum(counts)


def test_members_and_meters_are_those_of_the_chain(index: Index, market: Market) -> None:
    genesis = market.chain.genesis
    with index.read() as connection:
        found = {member.address: member for member in members(connection)}
        assert set(found) == {member.address for member in genesis.members}
        assert {a for a, member in found.items() if member.is_validator} == set(genesis.committee)
        page = meters(connection, limit=2)
        rest = meters(connection, cursor=page.next, limit=200)
        addresses = [meter.address for meter in (*page.items, *rest.items)]
        assert addresses == sorted(addresses)
        assert find_meter(connection, "nobody's") is None
        assert sum(meter.readings for meter in (*page.items, *rest.items)) > 0


def test_attendance_adds_up_at_every_width(index: Index, market: Market) -> None:
    height = market.chain.head.height
    with index.read() as connection:
        for columns in (1, 3, 120):
            found = attendance(connection, 1, None, columns)
            assert len(found.columns) <= columns
            assert sum(column.blocks for column in found.columns) == height
            assert all(sum(row) == height for row in found.signed)
            assert sum(map(sum, found.proposed)) == height
        assert attendance(connection, 10**30, 10**40, 5).columns == ()
        assert attendance(connection, -(10**30), 10**30, 5).columns


@pytest.mark.parametrize("ends", [(1, 40), (5, 64), (33, 95), (40, 99), (1, 100)])
def test_a_column_of_many_blocks_names_those_that_it_counts(url: str, ends: tuple[int, int]) -> None:
    made = new_chain([Membership()])
    for _ in range(100):
        made.make_block()
    index = index_of(url, made)
    with index.read() as connection:
        found = attendance(connection, *ends, 1)
    index.close()
    (whole,) = found.columns
    assert 1 <= whole.first <= ends[0]
    assert ends[1] <= whole.last <= 100
    assert whole.blocks == whole.last - whole.first + 1
    assert [row[0] for row in found.signed] == [whole.blocks] * len(VALIDATORS)


@pytest.mark.parametrize(
    "text", ["", "%", "_", "' OR 1=1", "\x00", "\ud800", "<script>", "9" * 100, "0x", "\\"]
)
def test_hostile_texts_find_nothing(index: Index, market: Market, text: str) -> None:
    with index.read() as connection:
        assert search(connection, text) == ()


def test_search_finds_heights_hashes_names_and_addresses(index: Index, market: Market) -> None:
    tx = sent(market)[0]
    with index.read() as connection:
        assert next((item.kind, item.id) for item in search(connection, "3")) == ("block", "3")
        assert ("transaction", tx.tx_id.hex()) in [(i.kind, i.id) for i in search(connection, tx.tx_id.hex())]
        assert ("transaction", tx.tx_id.hex()) in [
            (i.kind, i.id) for i in search(connection, tx.tx_id.hex()[:9].upper())
        ]
        assert [item.id for item in search(connection, "ALDER") if item.kind == "member"] == [
            address("alder")
        ]
        assert address("gum") in [item.id for item in search(connection, address("gum")[:12])]
        assert [item.id for item in search(connection, "commun") if item.kind == "contract"] == ["community"]
        assert len(search(connection, "G")) <= FOUND_MAX
        assert find_transaction(connection, b"") is None


@pytest.mark.parametrize("cursor", ["", "?", "bm9wZQ", "WzFd" * 1000, "W251bGxd", "WyJhIl0", "WzFlOTk5XQ"])
def test_a_cursor_that_nobody_gave_is_refused(index: Index, market: Market, cursor: str) -> None:
    with index.read() as connection, pytest.raises(BadCursor):
        blocks(connection, cursor=cursor)


@pytest.mark.parametrize(
    "which",
    [
        Filter(),
        Filter(stage="T"),
        Filter(stage="A", contract="community", action="settle"),
        Filter(ok=False),
        Filter(ok=False, action="order"),
        Filter(contract="community"),
        Filter(contract="community", action="order"),
        Filter(sender="G", action="order", contract="community", stage="V"),
    ],
)
def test_no_list_sorts_or_searches_the_whole_table(index: Index, which: Filter) -> None:
    with index.read() as connection:
        if connection.dialect.name == "postgresql":
            return  # It chooses by its statistics.
        query = filtered(which).order_by(tables.transactions.c.place.desc()).limit(50)
        text = query.compile(connection, compile_kwargs={"literal_binds": False})
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", tuple(text.params.values()))
        steps = " ".join(str(row[3]) for row in plan)
    assert "TEMP B-TREE" not in steps
    # Without a filter the newest rows are read where they are.
    assert "USING INDEX" in steps or which == Filter()
