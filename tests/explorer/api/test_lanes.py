"""What a lane shows of a transaction's arguments: a bounded part, and the names of the rest."""

import pytest

from explorer.api.lanes import ARGUMENTS_CHARS_MAX, step
from explorer.index.queries.transactions import Transaction as Indexed
from ledger.codec import Value
from tests.ledger.builders import Chain

ROW = Indexed(b"", 1, 0, 0, "counter", "add", "V", "", True, None, None)


@pytest.mark.parametrize(
    ("lengths", "shown"),
    [
        ({"a": ARGUMENTS_CHARS_MAX - 2}, {"a"}),
        ({"a": ARGUMENTS_CHARS_MAX - 1}, set()),
        ({"a": 3_000, "b": 2_000, "c": 1_000}, {"b", "c"}),
        ({f"{number:02}": 300 for number in range(40)}, {f"{number:02}" for number in range(13)}),
    ],
)
def test_arguments_are_shown_as_far_as_there_is_room(lengths: dict[str, int], shown: set[str]) -> None:
    arguments: dict[str, Value] = {name: "x" * length for name, length in lengths.items()}
    found = step(ROW, Chain().transaction(arguments=arguments))
    assert set(found.arguments) == shown
    assert sorted(found.elided) == sorted(set(lengths) - shown)
