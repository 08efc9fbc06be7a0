"""Lists and lookups from the index: blocks, transactions, processes, members, validators, meters, search."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from explorer.api.asked import Asked, Flag, OfTransaction, Paged, Text, Whole
from explorer.api.lanes import steps
from explorer.api.models import lists
from explorer.api.problems import Problem
from explorer.api.routes import Route, indexed
from explorer.api.view import View
from explorer.index.queries import blocks as block_queries
from explorer.index.queries import members as member_queries
from explorer.index.queries import meters as meter_queries
from explorer.index.queries import processes as process_queries
from explorer.index.queries import transactions as transaction_queries
from explorer.index.queries import validators as validator_queries
from explorer.index.queries.search import QUERY_CHARS_MAX
from explorer.index.queries.search import search as find

Document = dict[str, Any]


class OfBlocks(Paged):
    """Blocks, of a proposer if one is named."""

    proposer: Text | SkipJsonSchema[None] = None


class OfMeters(Paged):
    """Meters of storages, or the others, or all."""

    storage: Flag | SkipJsonSchema[None] = None


class OfTransactions(Paged):
    """Transactions that have all that is named."""

    contract: Text | SkipJsonSchema[None] = None
    action: Text | SkipJsonSchema[None] = None
    sender: Text | SkipJsonSchema[None] = None
    stage: Literal["T", "D", "V", "A"] | SkipJsonSchema[None] = None
    ok: Flag | SkipJsonSchema[None] = None


class OfProcesses(Paged):
    """Processes that have all that is named."""

    contract: Text | SkipJsonSchema[None] = None
    settled: Flag | SkipJsonSchema[None] = None


class OfSearch(Asked):
    """Whatever a text may mean."""

    q: Annotated[Text, Field(max_length=QUERY_CHARS_MAX)]


class OfAttendance(Asked):
    """Two heights, and into how many columns to gather the blocks between them."""

    from_height: Whole | SkipJsonSchema[None] = None
    to_height: Whole | SkipJsonSchema[None] = None
    columns: Annotated[Whole, Field(ge=1, le=validator_queries.COLUMNS_MAX)] = validator_queries.COLUMNS


def blocks(view: View, asked: OfBlocks) -> lists.BlockList:
    """Newest first."""
    page = block_queries.blocks(
        view.connection, cursor=asked.cursor, limit=asked.limit, proposer=asked.proposer
    )
    return lists.BlockList.model_validate({"items": page.items, "next": page.next, "as_of": view.as_of})


def transactions(view: View, asked: OfTransactions) -> lists.TransactionList:
    """Newest first."""
    which = transaction_queries.Filter(asked.contract, asked.action, asked.sender, asked.stage, asked.ok)
    page = transaction_queries.transactions(
        view.connection, cursor=asked.cursor, limit=asked.limit, which=which
    )
    return lists.TransactionList.model_validate({"items": page.items, "next": page.next, "as_of": view.as_of})


def search(view: View, asked: OfSearch) -> lists.FoundList:
    """What a text may mean."""
    return lists.FoundList.model_validate({"items": find(view.connection, asked.q), "as_of": view.as_of})


def members(view: View, _asked: Asked) -> lists.MemberList:
    """Everybody."""
    found = member_queries.members(view.connection)
    return lists.MemberList.model_validate({"items": found, "as_of": view.as_of})


def processes(view: View, asked: OfProcesses) -> lists.ProcessList:
    """The one that began last first."""
    page = process_queries.processes(
        view.connection,
        cursor=asked.cursor,
        limit=asked.limit,
        contract=asked.contract,
        settled=asked.settled,
    )
    return lists.ProcessList.model_validate({"items": page.items, "next": page.next, "as_of": view.as_of})


def process(view: View, asked: OfTransaction) -> lists.ProcessDocument:
    """That of a transaction, with its lanes."""
    found = process_queries.process_of(view.connection, asked.raw_id)
    if found is None:
        raise Problem(404, "NotIndexed", f"no process of transaction {asked.tx_id} is indexed")
    lanes = process_queries.lanes(view.connection, found.process)
    item = lists.ProcessItem.model_validate(found)
    return lists.ProcessDocument.model_validate(
        {**dict(item), "lanes": steps(view.chain, lanes), "as_of": view.as_of}
    )


def validators(view: View, asked: OfAttendance) -> lists.AttendanceDocument:
    """Who signed and proposed."""
    found = validator_queries.attendance(view.connection, asked.from_height, asked.to_height, asked.columns)
    return lists.AttendanceDocument(
        validators=[lists.ValidatorItem(address=address, name=name) for address, name in found.validators],
        columns=[
            lists.HeightColumn(first=each.first, last=each.last, late=each.late, rounds=each.rounds)
            for each in found.columns
        ],
        blocks=[each.blocks for each in found.columns],
        signed=[list(row) for row in found.signed],
        proposed=[list(row) for row in found.proposed],
        as_of=view.as_of,
    )


def meters(view: View, asked: OfMeters) -> lists.MeterList:
    """By address."""
    page = meter_queries.meters(
        view.connection, is_storage=asked.storage, cursor=asked.cursor, limit=asked.limit
    )
    return lists.MeterList.model_validate({"items": page.items, "next": page.next, "as_of": view.as_of})


ROUTES: Final[tuple[Route, ...]] = (
    indexed("/blocks", "Blocks, newest first", blocks, lists.BlockList, asked=OfBlocks),
    indexed(
        "/transactions",
        "Transactions, newest first",
        transactions,
        lists.TransactionList,
        asked=OfTransactions,
    ),
    indexed("/search", "What a text may mean", search, lists.FoundList, asked=OfSearch),
    indexed("/members", "Who is on the chain", members, lists.MemberList),
    indexed(
        "/processes",
        "Energy processes, the one that began last first",
        processes,
        lists.ProcessList,
        asked=OfProcesses,
    ),
    indexed(
        "/processes/{tx_id}",
        "The process of a transaction, with its four lanes",
        process,
        lists.ProcessDocument,
        asked=OfTransaction,
        weight=20,
    ),
    indexed(
        "/validators",
        "Who signed and proposed which blocks",
        validators,
        lists.AttendanceDocument,
        asked=OfAttendance,
    ),
    indexed("/meters", "Meters, by address", meters, lists.MeterList, asked=OfMeters),
)
