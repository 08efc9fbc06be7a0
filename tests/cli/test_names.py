"""Who somebody names: by the name that the chain knows, or by an address."""

from dataclasses import replace

import pytest

from cli.describe import Names
from cli.errors import CommandError
from crypto.keys import PrivateKey
from tests.ledger.builders import make_genesis

GENESIS = make_genesis()
FIRST, SECOND, THIRD = GENESIS.members[:3]


def renamed(second: str) -> Names:
    """Where the second member is called this."""
    return Names(replace(GENESIS, members=(FIRST, replace(SECOND, name=second), *GENESIS.members[2:])))


def test_a_name_is_its_members_address() -> None:
    names = Names(GENESIS)
    assert names.address_of(SECOND.name) == SECOND.address
    assert names.address_of(SECOND.address) == SECOND.address


def test_a_strangers_address_is_taken_as_it_is() -> None:
    stranger = PrivateKey.generate().address
    assert Names(GENESIS).address_of(stranger) == stranger


def test_a_name_of_nobody_is_told() -> None:
    with pytest.raises(CommandError, match="nobody is called 'home-7'"):
        Names(GENESIS).address_of("home-7")


def test_a_name_of_two_means_neither() -> None:
    with pytest.raises(CommandError, match="give an address"):
        renamed(FIRST.name).address_of(FIRST.name)


def test_nobody_answers_for_another_by_being_called_its_address() -> None:
    assert renamed(THIRD.address).address_of(THIRD.address) == THIRD.address
