"""Cases on published networks: whose they are, who takes part by which seed, and that a limit breaks."""

from dataclasses import replace

import pytest

from contracts.response.network import NPU
from contracts.response.quotes import check_quote
from contracts.response.resources import Kind
from studies.imported_network import load_network
from studies.published_case import PRICES_UKWH, draw, is_broken, published_case
from studies.response import play
from studies.response_case import ResponseCase
from studies.response_report import summary_of

NAME = "kerber-rural-1"


@pytest.fixture(scope="module")
def case() -> ResponseCase:
    return published_case(NAME, seed=1)


def test_the_network_is_as_published_within_the_planning_band(case: ResponseCase) -> None:
    published = load_network(NAME).network
    assert case.network.lines == published.lines
    assert case.network.buses == published.buses
    assert (case.network.lowest_npu, case.network.highest_npu) == (NPU * 95 // 100, NPU * 105 // 100)


def test_a_seed_names_a_market(case: ResponseCase) -> None:
    assert published_case(NAME, seed=1) == case
    assert published_case(NAME, seed=2).resources != case.resources


def test_loads_are_in_proportion_to_what_is_published(case: ResponseCase) -> None:
    published = [active_w for active_w, _ in load_network(NAME).injections]
    for point in case.day[::8]:
        drawn = list(point.background_w)
        for resource, baseline_w in zip(case.resources, point.baseline_w, strict=True):
            drawn[resource.bus] += baseline_w if resource.kind is Kind.LOAD else 0
        shares = [got / had for got, had in zip(drawn, published, strict=True) if had]
        assert max(shares) - min(shares) < 1e-3
        assert 0 < max(shares) <= 0.4


def test_quotes_are_sound_and_within_their_prices(case: ResponseCase) -> None:
    for number, resource in enumerate(case.resources):
        lowest, highest = PRICES_UKWH[resource.kind]
        quote = case.offer(number, -1, range(44, 46))
        assert quote is not None
        check_quote(quote, resource.down_w, resource.energy_wh, highest * 5 // 4)
        assert lowest <= quote.segments[0].price_ukwh <= highest


def test_its_day_is_mended(case: ResponseCase) -> None:
    assert case.generation_percent > 100, "as published it keeps all limits"
    assert is_broken(case, range(len(case.day)))
    day = play(case, seed=1)
    assert summary_of(day).events > summary_of(day).unanswered == 0
    moved = [
        replace(point, baseline_w=tuple(map(int.__add__, point.baseline_w, change_w.tolist())))
        for point, change_w in zip(case.day, day.change_w, strict=True)
    ]
    assert not is_broken(replace(case, day=tuple(moved)), range(len(case.day)))


def test_draws_are_even_and_depend_on_name_and_seed() -> None:
    drawn = [draw(1, f"load {number}", 0, 9) for number in range(2_000)]
    assert set(drawn) == set(range(10))
    assert max(map(drawn.count, range(10))) < 270
    assert [draw(2, f"load {number}", 0, 9) for number in range(2_000)] != drawn


@pytest.mark.slow
def test_a_simbench_day_with_its_own_sun_and_storage() -> None:
    pytest.importorskip("simbench")
    case = published_case("simbench-1-LV-semiurb4--2-sw", seed=1)
    assert {resource.kind for resource in case.resources} == set(Kind)
    summary = summary_of(play(case, seed=1))
    assert summary.events > summary.unanswered == 0
    assert summary.alone_curtailed_kwh is not None
    assert summary.curtailed_kwh < summary.alone_curtailed_kwh
