"""The made node answers as the real API does: each document fits the model that the API describes."""

from typing import Any

import pytest
from pydantic import BaseModel

from explorer.api.models import alerts, chain, energy, lists, markets, node
from tests.explorer.web.made_chain import address, digest
from tests.explorer.web.made_node import MadeNode

ANSWERS: dict[str, type[BaseModel]] = {
    "status": node.StatusDocument,
    "committee": node.CommitteeDocument,
    "peers": node.PeersDocument,
    "overview": energy.OverviewDocument,
    "blocks": lists.BlockList,
    "blocks/1274": chain.BlockDocument,
    "transactions": lists.TransactionList,
    "search": lists.FoundList,
    "members": lists.MemberList,
    "processes": lists.ProcessList,
    f"processes/{digest('process', 2)}": lists.ProcessDocument,
    "validators": lists.AttendanceDocument,
    "dispatch/series": energy.DispatchDocument,
    "dispatch/days": energy.DayList,
    "storage/series": energy.StorageDocument,
    "meters": lists.MeterList,
    f"meters/{address('Meter of Park Elm')}/readings": energy.SeriesDocument,
    "markets": markets.MarketList,
    "markets/pool/rounds": markets.RoundList,
    "markets/pool/rounds/47": markets.BookDocument,
    "network": energy.NetworkDocument,
    "alerts": alerts.AlertList,
    f"alerts/{digest('alert', 0)[:24]}": alerts.AlertDocument,
}
QUERIES: dict[str, dict[str, str]] = {
    "search": {"q": "park"},
    "validators": {"from_height": "1", "to_height": "1283", "columns": "100"},
    "dispatch/series": {"from_period": "1991000", "points": "100"},
}


@pytest.mark.parametrize("path", ANSWERS)
def test_its_documents_are_those_of_the_api(path: str) -> None:
    made = MadeNode()
    document: Any = made.answer(path.split("/"), QUERIES.get(path, {}))
    ANSWERS[path].model_validate(document)
    made.close()


def test_its_transactions_are_those_of_the_api() -> None:
    made = MadeNode()
    for item in made.chain.transactions(1_284, 20):
        chain.FoundTransaction.model_validate(made.answer(["transactions", item["tx_id"]], {}))
    made.close()
