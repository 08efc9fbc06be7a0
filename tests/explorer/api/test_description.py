"""The OpenAPI document: valid, whole, and true of what is answered."""

from typing import Any

import pytest
from openapi_spec_validator import validate

from explorer.api.app import DESCRIPTION, ROUTES
from tests.explorer.api.serving import Served


def test_it_is_valid() -> None:
    validate(DESCRIPTION)


def test_it_is_served(served: Served) -> None:
    assert served.get("/openapi.json") == DESCRIPTION


def test_every_route_has_a_name_of_its_own() -> None:
    names = [route.handler.__name__ for route in ROUTES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_every_parameter_of_a_path_is_described(route: Any) -> None:
    described = DESCRIPTION["paths"][route.path.replace(":.+", "")][route.method.lower()]
    within = {each["name"] for each in described["parameters"] if each["in"] == "path"}
    assert {f"{{{name}}}" for name in within} == {
        part for part in route.path.replace(":.+", "").split("/") if part.startswith("{")
    }
