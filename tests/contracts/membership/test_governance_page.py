"""docs/governance.md says what the contract does: its examples are taken, its tables are complete."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

import contracts.membership.errors as errors
from contracts.arguments import check_arguments
from contracts.errors import ContractError
from contracts.membership.contract import Kind, Membership
from contracts.membership.parameters import ACTIONS, EnergyType, Parameters
from ledger.codec import Value

PAGE = (Path(__file__).parents[3] / "docs" / "governance.md").read_text()
EXAMPLE = re.compile(r"^`(\w+)`,[^\n]*\n(?:[^\n]+\n)*\n    (\{.*\})$", re.MULTILINE)
LENGTHS = {"public_key": 33, "encryption_key": 33, "key": 33, "block": 32}
SIGNATURE_BYTES = 64

EXAMPLES = EXAMPLE.findall(PAGE)


def filled(name: str, value: Any) -> Value:
    """An example's value with bytes of the right length where it leaves them out."""
    if value == "hex:...":
        return bytes(LENGTHS.get(name, SIGNATURE_BYTES))
    if isinstance(value, dict):
        return {key: filled(key, item) for key, item in value.items()}
    return tuple(value) if isinstance(value, list) else value


def test_there_is_an_example_of_every_action() -> None:
    assert {name for name, _ in EXAMPLES} == {*Membership.actions()}


@pytest.mark.parametrize(("name", "text"), EXAMPLES)
def test_examples_have_the_arguments_of_their_actions(name: str, text: str) -> None:
    arguments = {key: filled(key, value) for key, value in json.loads(text).items()}
    check_arguments(Membership.actions()[name].checks, arguments)


def test_every_error_is_explained() -> None:
    own = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ContractError)
    ]
    for kind in own:
        assert kind is ContractError or f"`{kind.__name__}`" in PAGE, kind


def test_every_parameter_and_choice_is_named() -> None:
    for name in (*Parameters.__dataclass_fields__, ACTIONS):
        assert re.search(rf"^\| [^|]*`{name}`", PAGE, re.MULTILINE), name
    for kind in Kind:
        assert f"`{kind.value}`" in PAGE or f'"{kind.value}"' in PAGE
    for energy_type in EnergyType:
        assert energy_type.value in PAGE
