"""What parks, meters, the controller and settlers may not do: each refused by name, with nothing changed."""

from dataclasses import asdict, replace

import pytest

from contracts.dispatch.agents.park import Park
from contracts.dispatch.agents.sources import ParkEnergy
from contracts.dispatch.records import Phase, decode_weights, verifications_key, weights_key
from contracts.dispatch.refusals import (
    DoneBefore,
    Implausible,
    ImplausibleShare,
    IncompleteReading,
    NotConcerned,
    NotNow,
    TooLate,
    Unbalanced,
    UnknownDay,
    WrongProcess,
)
from contracts.errors import ArgumentError, NotAllowed
from contracts.metering.errors import PeriodNotOver
from contracts.metering.readings import Reading
from contracts.sharing.dealing import deal_arguments
from contracts.sharing.errors import BadDealing, BadDeclaration
from contracts.sharing.records import SHARING, decode_round, round_id, round_key
from contracts.tdva import WrongVerifications
from crypto.address import Address
from crypto.hashing import sha256
from ledger.errors import LinkCount, LinkMissing, Settled, VerifiedTwice, WrongStage
from ledger.quantities import EnergyWh, Period, TxId
from ledger.stage import Stage
from studies.energy_source import ProfileSource
from studies.profiles import load_profiles
from tests.contracts.chain import address, key_of
from tests.contracts.dispatch_day.market import DAY, END, FIRST, PROFILES, Market, market_at
from tests.contracts.dispatch_day.refusals import check_refused, check_taken

NOON = FIRST + 48
SOME = Reading(
    generated_wh=EnergyWh(500),
    consumed_wh=EnergyWh(700),
    imported_wh=EnergyWh(200),
    exported_wh=EnergyWh(0),
)


@pytest.fixture(scope="module")
def running() -> Market:
    """At noon, with the readings of the newest period still to come."""
    return market_at(NOON)


@pytest.fixture(scope="module")
def declaring() -> Market:
    """After the day, when parks declare; none has."""
    market = market_at(END).fork()
    market.stop(Park, "ash", "beech", "chestnut")
    market.run_until(Phase.DECLARING)
    return market


def reading_of(period: int, reading: Reading) -> dict[str, object]:
    return {"period": period, "reading": asdict(reading)}


def standing(market: Market) -> tuple[TxId, ...]:
    link = market.day.standing
    assert link is not None
    return (link,)


def test_a_reading_is_taken_once_and_in_time(running: Market) -> None:
    links = standing(running)
    newest, before = reading_of(NOON, SOME), reading_of(NOON - 2, SOME)
    check_taken(running, "ash-meter", "meter", newest, Stage.VERIFICATION, links)
    check_refused(running, VerifiedTwice, "ash-meter", "meter", before, Stage.VERIFICATION, links)
    late = reading_of(NOON - 3, SOME)
    check_refused(running, TooLate, "ash-meter", "meter", late, Stage.VERIFICATION, links)


@pytest.mark.parametrize("field", ["generated_wh", "consumed_wh", "imported_wh", "exported_wh"])
def test_a_reading_wrong_by_one_watt_hour_does_not_balance(running: Market, field: str) -> None:
    arguments = reading_of(NOON, replace(SOME, **{field: getattr(SOME, field) + 1}))
    links = standing(running)
    check_refused(running, Unbalanced, "ash-meter", "meter", arguments, Stage.VERIFICATION, links)


def test_a_reading_that_lacks_something_is_refused(running: Market) -> None:
    links = standing(running)
    arguments = reading_of(NOON, replace(SOME, exported_wh=None))
    check_refused(running, IncompleteReading, "ash-meter", "meter", arguments, Stage.VERIFICATION, links)
    check_refused(
        running,
        IncompleteReading,
        "storage-meter",
        "meter",
        reading_of(NOON, SOME),
        Stage.VERIFICATION,
        links,
    )
    missing = {"period": NOON, "reading": {"generated_wh": 1}}
    check_refused(running, ArgumentError, "ash-meter", "meter", missing, Stage.VERIFICATION, links)


def test_a_reading_of_a_period_that_is_not_over_or_of_another_day_is_refused(running: Market) -> None:
    links = standing(running)
    future = reading_of(NOON + 1, SOME)
    check_refused(running, PeriodNotOver, "ash-meter", "meter", future, Stage.VERIFICATION, links)
    other_day = reading_of(END + 1, SOME)
    check_refused(running, UnknownDay, "ash-meter", "meter", other_day, Stage.VERIFICATION, links)


def test_a_reading_links_the_dispatch_in_force(running: Market) -> None:
    newest, process = reading_of(NOON, SOME), running.day.process
    assert process is not None
    check_refused(running, WrongStage, "ash-meter", "meter", newest, Stage.VERIFICATION, (process,))
    check_refused(running, LinkCount, "ash-meter", "meter", newest, Stage.VERIFICATION, ())
    nothing = (TxId(bytes(32)),)
    check_refused(running, LinkMissing, "ash-meter", "meter", newest, Stage.VERIFICATION, nothing)


def test_only_meters_of_the_market_verify(running: Market) -> None:
    check_refused(
        running, NotAllowed, "ash", "meter", reading_of(NOON, SOME), Stage.VERIFICATION, standing(running)
    )


def test_a_forecast_with_a_missing_period_is_not_dealt_by_its_agent() -> None:
    class Gap(ProfileSource):
        def forecast(self, park: Address, period: Period, number: int) -> ParkEnergy | None:
            if park == address("ash") and period == FIRST + 40:
                return None
            return ProfileSource.forecast(self, park, period, number)

    market = Market(source=Gap(load_profiles(), PROFILES))
    market.run_to(FIRST)
    ((agent, note),) = market.hosts.noted("lacks a period")
    assert agent == address("ash")
    assert note.fields["period"] == FIRST + 40
    assert address("ash") not in [event["dealer"] for event in market.seen("dealt", "sharing")]
    assert market.seen("plan_stands"), "the others are planned without it"


def test_a_forecast_with_a_missing_period_is_refused_by_the_contract() -> None:
    market = Market()
    market.run_until(Phase.FORECASTING)
    process = market.day.process
    assert process is not None
    opened = decode_round(market.chain.get(SHARING, round_key(round_id(process, 0))))
    shorter = replace(opened, width=95)
    arguments = deal_arguments(key_of("ash"), market.chain.genesis.hash, shorter, (0,) * 95)
    check_refused(market, BadDealing, "ash", "deal", arguments, contract=SHARING)


def test_the_controller_answers_once_and_nobody_answers_for_it(running: Market) -> None:
    acknowledgement = {"day": DAY, "revision": 1}
    check_refused(running, DoneBefore, "storage", "acknowledge", acknowledgement)
    check_refused(running, NotNow, "storage", "acknowledge", {"day": DAY, "revision": 3})
    check_refused(running, NotAllowed, "ash", "acknowledge", acknowledgement)
    result = {"power_w": 0, "available_w": 400_000, "status": "ok"}
    check_refused(running, DoneBefore, "storage", "report", {"period": NOON - 5, **result})
    check_refused(running, NotNow, "storage", "report", {"period": NOON + 1, **result})
    endless = {**result, "status": "x" * 33}
    check_refused(running, ArgumentError, "storage", "report", {"period": NOON, **endless})


def test_contracts_are_confirmed_once_by_their_parties_in_time(running: Market) -> None:
    check_refused(running, DoneBefore, "ash", "confirm", {"day": DAY, "revision": 1})
    check_refused(running, NotConcerned, "alder", "confirm", {"day": DAY, "revision": 1})
    check_refused(running, NotNow, "ash", "confirm", {"day": DAY, "revision": 2})


def test_a_late_confirmation_is_refused_and_recorded_as_missing() -> None:
    market = Market()
    market.stop(Park, "ash")
    market.run_to(FIRST + 10)
    (unanswered,) = market.seen("unanswered")
    assert unanswered["parties"] == (address("ash"),)
    check_refused(market, TooLate, "ash", "confirm", {"day": DAY, "revision": 1})


def test_a_declaration_needs_its_proof(declaring: Market) -> None:
    arguments = {"day": DAY, "number": 0, "nano": 5, "proof": bytes(2_000)}
    check_refused(declaring, BadDeclaration, "ash", "declare", arguments)
    check_refused(declaring, NotNow, "ash", "declare", {**arguments, "number": 1})
    check_refused(declaring, NotAllowed, "alder", "declare", arguments)


def test_a_false_declaration_is_refused_and_the_true_one_is_taken_once(declaring: Market) -> None:
    fork = declaring.fork()
    fork.step()
    (submitted,) = [s for who, s in fork.hosts.submissions if who == address("ash") and s.action == "declare"]
    lie = {**submitted.arguments, "nano": submitted.arguments["nano"] - 1}
    check_refused(fork, BadDeclaration, "ash", "declare", lie)
    check_taken(fork, "ash", "declare", submitted.arguments)
    check_refused(fork, BadDeclaration, "beech", "declare", submitted.arguments)
    fork.stop(Park, "beech")
    fork.hosts.chain.pending = [sent for sent in fork.chain.pending if sent.sender != address("beech")]
    fork.step()
    check_refused(fork, DoneBefore, "ash", "declare", submitted.arguments)


def test_a_declaration_beyond_every_allowed_forecast_is_refused_before_its_proof_is_read(
    declaring: Market,
) -> None:
    """Or two parks could deal huge values that cancel, one be paid for its own, and the other not pay."""
    weights = decode_weights(declaring.get(weights_key(DAY)))[0].weights
    most = declaring.parameters.forecast_wh_max * sum(map(abs, weights))
    arguments = {"day": DAY, "number": 0, "proof": bytes(2_000)}
    for nano in (most + 1, -most - 1):
        check_refused(declaring, ImplausibleShare, "ash", "declare", {**arguments, "nano": nano})
    check_refused(declaring, BadDeclaration, "ash", "declare", {**arguments, "nano": most})


def test_nothing_is_declared_or_settled_while_the_day_runs(running: Market) -> None:
    arguments = {"day": DAY, "number": 0, "nano": 5, "proof": bytes(2_000)}
    check_refused(running, NotNow, "ash", "declare", arguments)
    settle = {"day": DAY, "verifications": sha256(b"")}
    check_refused(running, NotNow, "ash", "settle", settle, Stage.ACCOUNTING, standing(running))


def test_a_settlement_names_all_verifications_and_waits_for_declarations(declaring: Market) -> None:
    links = standing(declaring)
    right = {"day": DAY, "verifications": declaring.get(verifications_key(DAY))}
    wrong = {"day": DAY, "verifications": sha256(b"other readings")}
    check_refused(declaring, NotNow, "ash", "settle", right, Stage.ACCOUNTING, links)
    check_refused(declaring, WrongVerifications, "ash", "settle", wrong, Stage.ACCOUNTING, links)
    fork = declaring.fork()
    fork.stop(Park, "ash", "beech", "chestnut")
    fork.step()
    assert fork.day.phase is Phase.DECLARING


def test_a_day_is_settled_once() -> None:
    market = market_at(END + 12)
    assert market.day.phase is Phase.SETTLED
    arguments = {"day": DAY, "verifications": market.get(verifications_key(DAY))}
    check_refused(market, Settled, "ash", "settle", arguments, Stage.ACCOUNTING, standing(market))
    late = reading_of(END - 1, SOME)
    check_refused(market, Settled, "ash-meter", "meter", late, Stage.VERIFICATION, standing(market))


def test_the_process_of_another_day_is_not_settled_with_it(declaring: Market) -> None:
    other = declaring.sight.days()[-1]
    assert other.day == DAY + 1
    assert other.standing is not None
    arguments = {"day": DAY, "verifications": declaring.get(verifications_key(DAY))}
    check_refused(declaring, WrongProcess, "ash", "settle", arguments, Stage.ACCOUNTING, (other.standing,))


def test_a_reading_of_more_than_all_there_is_cannot_be(running: Market) -> None:
    """Or one broken meter would give a bill that no integer of the chain can hold."""
    most = running.parameters.reading_wh_max
    huge = Reading(
        generated_wh=EnergyWh(0),
        consumed_wh=EnergyWh(most + 1),
        imported_wh=EnergyWh(most + 1),
        exported_wh=EnergyWh(0),
    )
    arguments = reading_of(NOON, huge)
    check_refused(
        running, Implausible, "ash-meter", "meter", arguments, Stage.VERIFICATION, standing(running)
    )
