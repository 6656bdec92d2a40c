"""Why a lead is dialled or not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from campaigns.attempt import AttemptOutcome as O
from campaigns.campaign import CampaignSettings
from campaigns.lead import CloseReason, LeadNumber, LeadState
from campaigns.verdict import Rule, Verdict, verdict
from tests.unit.campaigns.builders import (
    FIRST,
    SECOND,
    at,
    attempt,
    dossier,
    lead,
    local,
    pack,
    settings,
    window,
)

MONDAY_TEN = at("2026-11-23 10:00")


def result(found: Verdict, rule: Rule):
    return next(one for one in found.rules if one.rule == rule)


def judge(case, now=MONDAY_TEN, **changes) -> Verdict:
    return verdict(case, settings(**changes), pack("cn"), now)


def test_a_due_lead_on_a_working_morning_is_dialled_on_its_first_number() -> None:
    found = judge(dossier(of=lead(FIRST, SECOND)))
    assert found.dialable
    assert found.blocker is None
    assert found.number is not None
    assert found.number.e164 == FIRST
    assert [one.rule for one in found.rules] == list(Rule)


def test_every_rule_is_evaluated_even_after_the_first_has_failed() -> None:
    closed = lead(state=LeadState.CLOSED, due_at=None, time_zone="", country="", closed_reason=CloseReason.PLANNER)
    found = verdict(dossier(of=closed), settings(), pack("cn"), MONDAY_TEN, running=False)
    failed = {one.rule for one in found.rules if not one.passed}
    assert failed == {
        Rule.CAMPAIGN_RUNNING,
        Rule.LEAD_OPEN,
        Rule.COUNTRY_COVERED,
        Rule.TIME_ZONE_KNOWN,
        Rule.DUE,
        Rule.WINDOW,
    }
    assert found.blocker is not None
    assert found.blocker.rule == Rule.CAMPAIGN_RUNNING
    assert found.clears_at is None


def test_outside_the_window_it_says_when_the_window_opens_again() -> None:
    found = judge(dossier(), at("2026-11-28 19:00"))  # Saturday evening
    assert result(found, Rule.WINDOW).passed is False
    assert local(found.clears_at) == "2026-11-30 09:00"  # never on Sunday


def test_the_window_is_the_called_persons_not_ours() -> None:
    in_urumqi = dossier(of=lead(time_zone="Asia/Urumqi"))
    assert judge(dossier(), at("2026-11-23 09:30")).dialable
    assert not judge(in_urumqi, at("2026-11-23 09:30")).dialable


def test_a_cap_that_clears_at_night_reports_the_next_morning() -> None:
    history = [attempt(at(f"2026-11-23 19:{minute}"), O.NO_ANSWER) for minute in (10, 20, 50)]
    found = judge(dossier(*history), at("2026-11-24 10:00"))
    cap = result(found, Rule.NUMBER_PER_24H)
    assert (cap.passed, cap.value) == (False, "3 of 3")
    assert local(cap.clears_at) == "2026-11-24 19:10"
    assert local(found.clears_at) == "2026-11-24 19:10"
    evening_only = judge(dossier(*history), at("2026-11-24 10:00"), windows=(window("tue wed", "10:00", "12:00"),))
    assert local(evening_only.clears_at) == "2026-11-25 10:00"


def test_the_cap_of_24_hours_is_over_all_campaigns_and_moves_to_the_next_number() -> None:
    elsewhere = [attempt(at(f"2026-11-23 09:{m}"), O.BUSY, campaign_id=9, lead_id=77) for m in (10, 20, 30)]
    assert not judge(dossier(*elsewhere)).dialable
    found = judge(dossier(*elsewhere, of=lead(FIRST, SECOND)))
    assert found.dialable
    assert found.number is not None
    assert found.number.e164 == SECOND


def test_congestion_and_our_own_failures_are_not_charged() -> None:
    history = [attempt(at(f"2026-11-23 09:{m}"), o) for m, o in ((10, O.CONGESTED), (20, O.FAILED), (30, O.CONGESTED))]
    assert judge(dossier(*history)).dialable
    lost = [attempt(at(f"2026-11-23 09:{m}"), O.LOST) for m in (10, 20, 30)]
    assert not judge(dossier(*lost)).dialable


def test_a_cancelled_call_is_charged_unless_it_is_known_not_to_have_rung() -> None:
    history = [attempt(at(f"2026-11-23 09:{m}"), O.CANCELLED) for m in (10, 20, 30)]
    assert not judge(dossier(*history)).dialable
    assert judge(dossier(*(replace(a, rang=False) for a in history))).dialable


def test_a_suppressed_number_is_skipped_and_a_wholly_suppressed_lead_is_not_dialled() -> None:
    found = judge(dossier(of=lead(FIRST, SECOND), suppressed={FIRST: "asked on 3 May"}))
    assert found.number is not None
    assert found.number.e164 == SECOND
    assert "asked on 3 May" in result(found, Rule.NOT_SUPPRESSED).detail
    both = judge(dossier(of=lead(FIRST, SECOND), suppressed={FIRST: "a", SECOND: "b"}))
    assert both.blocker is not None
    assert both.blocker.rule == Rule.NOT_SUPPRESSED
    assert both.number is None


def test_a_number_confirmed_invalid_is_never_chosen() -> None:
    dead = LeadNumber(number_id=1, e164=FIRST, usable=False)
    found = judge(dossier(of=replace(lead(), numbers=(dead,))))
    assert found.blocker is not None
    assert found.blocker.rule == Rule.NUMBER_USABLE
    spare = LeadNumber(number_id=2, e164=SECOND, position=1)
    found = judge(dossier(of=replace(lead(), numbers=(dead, spare))))
    assert found.number == spare


@pytest.mark.parametrize(
    "case",
    [
        dossier(of=lead(FIRST, SECOND), active_numbers=frozenset({SECOND})),
        dossier(attempt(at("2026-11-23 09:59"), None)),
    ],
)
def test_a_person_with_a_call_under_way_is_not_dialled_on_another_number(case) -> None:
    found = judge(case)
    assert found.blocker is not None
    assert found.blocker.rule == Rule.NOT_IN_FLIGHT
    assert found.clears_at is None


def test_a_promised_callback_is_kept_although_the_leads_attempts_are_used_up() -> None:
    tries = [attempt(at(f"2026-11-{day} 09:10"), O.NO_ANSWER) for day in (16, 17, 18, 19, 20)]
    talked = attempt(at("2026-11-21 11:00"), O.HUMAN, disposition="CALLBACK")
    assert judge(dossier(*tries, talked)).dialable
    found = judge(dossier(*tries, replace(talked, disposition="NO_TALK")))
    assert found.blocker is not None
    assert found.blocker.rule == Rule.LEAD_ATTEMPTS
    assert local(found.clears_at) == "2026-11-30 09:10"


def test_a_country_the_pack_does_not_know_is_not_dialled() -> None:
    found = judge(dossier(of=lead(country="US")))
    assert found.blocker is not None
    assert found.blocker.rule == Rule.COUNTRY_COVERED


def test_after_the_deadline_nothing_is_dialled_and_waiting_does_not_help() -> None:
    found = judge(dossier(), at("2026-11-24 09:00"), deadline="2026-11-23")
    assert found.blocker is not None
    assert found.blocker.rule == Rule.DEADLINE
    assert judge(dossier(), at("2026-11-23 19:59"), deadline="2026-11-23").dialable
    not_due = dossier(of=lead(due_at=at("2026-11-24 10:00")))
    assert judge(not_due, deadline="2026-11-23").clears_at is None


def test_in_britain_a_number_we_abandoned_rests_for_three_days_whatever_the_campaign() -> None:
    british = lead(country="GB", time_zone="Europe/London", due_at=at("2026-11-01 09:00"))
    call = attempt(at("2026-11-23 10:00", "Europe/London"), O.ABANDONED, campaign_id=5, lead_id=50)
    found = verdict(
        dossier(call, of=british), settings(country="GB"), pack("gb"), at("2026-11-25 10:00", "Europe/London")
    )
    assert found.blocker is not None
    assert found.blocker.rule == Rule.ABANDON_LOCKOUT
    assert local(found.clears_at, "Europe/London") == "2026-11-26 10:00"


def test_in_france_a_refusal_rests_for_sixty_days() -> None:
    french = lead(country="FR", time_zone="Europe/Paris")
    refusal = attempt(at("2026-10-01 11:00", "Europe/Paris"), O.HUMAN, disposition="NOT_INTERESTED")
    found = verdict(
        dossier(refusal, of=french), settings(country="FR"), pack("fr"), at("2026-11-23 11:00", "Europe/Paris")
    )
    assert found.blocker is not None
    assert found.blocker.rule == Rule.REFUSAL_LOCKOUT
    assert local(found.clears_at, "Europe/Paris") == "2026-11-30 10:00"  # 60 times 24 hours; the clocks went back


def test_campaign_settings_can_only_tighten_the_packs_caps() -> None:
    generous: CampaignSettings = settings(caps={"number_per_24h": 20, "number_per_30d": 100, "lead_attempts": 100})
    history = [attempt(at(f"2026-11-23 09:{m}"), O.BUSY) for m in (10, 20, 30)]
    assert not verdict(dossier(*history), generous, pack("cn"), MONDAY_TEN).dialable
    strict = settings(caps={"number_per_24h": 1})
    assert not verdict(dossier(history[0]), strict, pack("cn"), MONDAY_TEN).dialable
