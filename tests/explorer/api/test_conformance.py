"""Every answer is what the OpenAPI document says, whatever is asked: made up by schemathesis."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from explorer.api.app import DESCRIPTION
from tests.explorer.api.serving import Served

UNFIT = [positive_data_acceptance]
"""A cursor, a contract or a body of bytes fits its schema and may be none that there is."""

schema = schemathesis.openapi.from_dict(DESCRIPTION)
some = settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@schema.parametrize()
@some
def test_answers_are_as_described(case: Any, served: Served) -> None:
    case.call_and_validate(base_url=f"{served.url}/api/v1", excluded_checks=UNFIT)


@pytest.mark.slow
@schema.parametrize()
@settings(some, max_examples=200, derandomize=False)
def test_many_answers_are_as_described(case: Any, served: Served) -> None:
    case.call_and_validate(base_url=f"{served.url}/api/v1", excluded_checks=UNFIT)
