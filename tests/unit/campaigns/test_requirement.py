"""From a requirement (外呼业务需求书) to a campaign's settings."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from campaigns.attempt import AttemptOutcome
from campaigns.campaign import CampaignSettings
from campaigns.derivation import Derivation, NoHours, derive
from campaigns.requirement import (
    Party,
    Requirement,
    RequirementOrder,
    RequirementState,
    Step,
    StepKind,
    after,
    agreed,
)
from tests.unit.campaigns.builders import pack

RENEWAL: dict[str, Any] = {
    "code": "renewal",
    "title": "续保",
    "requester": "李经理",
    "purpose": "renew",
    "target_group": "private",
    "offer": "10 %",
    "script": "Good day",
    "deadline": date(2027, 3, 31),
    "goal": {"contacts": 2000, "successes": 300},
}


def requirement(**changes: Any) -> Requirement:
    return Requirement.model_validate(RENEWAL | changes)


def derived(**changes: Any) -> Derivation:
    return derive(requirement(**changes), code="spring", trunks=("carrier",), policy=pack("cn"))


def hours(settings: CampaignSettings) -> list[str]:
    return [f"{' '.join(w.days)} {w.start:%H:%M}-{w.end:%H:%M}" for w in settings.windows]


def test_deadline_goal_script_and_name_come_over() -> None:
    settings = derived().settings
    assert (settings.code, settings.name, settings.requirement, settings.trunks) == (
        "spring", "续保", "renewal", ("carrier",),
    )  # fmt: skip
    assert (settings.deadline, settings.script) == (date(2027, 3, 31), "Good day")
    assert settings.goal is not None
    assert settings.goal.figures() == {"contacts": 2000, "successes": 300}
    assert settings.goal.by == date(2027, 3, 31)


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({"daytime": True}, ["mon tue wed thu fri 09:00-12:00", "mon tue wed thu fri 14:00-18:00"]),
        ({"daytime": False, "evening": True}, ["mon tue wed thu fri 18:00-20:00"]),
        ({"evening": True}, ["mon tue wed thu fri 09:00-12:00", "mon tue wed thu fri 14:00-20:00"]),
        ({"evening": True, "saturday": True}, []),  # exactly the pack's hours: they stay the pack's
    ],
)
def test_calling_times_stay_inside_the_policys_hours(times: dict[str, bool], expected: list[str]) -> None:
    assert hours(derived(calling_times=times).settings) == expected


def test_exact_windows_are_taken_as_they_are() -> None:
    own = {"windows": [{"days": ["sun"], "from": "10:00", "to": "11:00"}], "holidays": True}
    settings = derived(calling_times=own).settings
    assert hours(settings) == ["sun 10:00-11:00"]
    assert settings.public_holidays


def test_times_without_any_hours_are_refused_and_not_widened() -> None:
    """A pack that allows mornings only, and a requester who asks for evenings."""
    mornings = replace(pack("cn"), windows=pack("cn").windows[:1])
    evening = requirement(calling_times={"daytime": False, "evening": True})
    with pytest.raises(NoHours, match="policy pack cn has no calling hours"):
        derive(evening, code="spring", trunks=("carrier",), policy=mornings)


def test_the_repeat_frequency_becomes_retry_rules_and_caps() -> None:
    repeat = {
        "attempts": 4,
        "within_days": 10,
        "no_answer_after_h": [2, 24],
        "busy_after_min": [5],
        "other_weekday": True,
    }
    settings = derived(repeat=repeat).settings
    assert (settings.caps.lead_attempts, settings.caps.lead_period_days) == (4, 10)
    missed = settings.retry[AttemptOutcome.NO_ANSWER]
    assert (missed.delays_s, missed.other_day_part, missed.other_weekday) == ((7200, 86400), True, True)
    assert settings.retry[AttemptOutcome.MACHINE] == missed
    assert settings.retry[AttemptOutcome.BUSY].delays_s == (300,)
    assert derived().settings.retry == {}  # the house's rules, which may change


def test_success_is_what_the_requester_counts() -> None:
    settings = derived(success={"counts": ["APPOINTMENT"]}).settings
    assert [d.code for d in settings.dispositions if d.success] == ["APPOINTMENT"]
    with pytest.raises(ValidationError, match="counts names DEAL"):
        requirement(success={"counts": ["DEAL"]})


def test_what_must_still_be_decided_is_said() -> None:
    found = derived(offer="", calling_times={"sunday": True})
    fields = [remark.field for remark in found.undecided]
    assert fields == ["offer", "windows", "caller_id", "groups", "lines", "list"]
    assert "Sunday" in found.undecided[1].en
    assert all(remark.zh for remark in (*found.derived, *found.undecided))


@pytest.mark.parametrize(
    "wrong",
    [
        {"starts_on": date(2027, 4, 1)},
        {"calling_times": {"daytime": False}},
        {"repeat": {"no_answer_after_h": [0]}},
        {"goal": {"success_rate": 1.5}},
        {"requester": ""},
    ],
)
def test_what_cannot_be_meant_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        requirement(**wrong)


def test_both_have_to_agree_to_the_same_words() -> None:
    at = datetime(2026, 11, 23, tzinfo=UTC)

    def step(party: Party, version: int) -> Step:
        return Step(kind=StepKind.AGREED, at=at, by="x", version=version, party=party)

    assert not agreed([step(Party.PLANNER, 1)], 1)
    assert agreed([step(Party.PLANNER, 1), step(Party.REQUESTER, 1)], 1)
    assert not agreed([step(Party.PLANNER, 1), step(Party.REQUESTER, 2)], 2)


def test_the_way_of_a_requirement() -> None:
    state, order = RequirementState, RequirementOrder
    assert after(state.DRAFT, order.MAKE_CAMPAIGN) is None
    assert after(state.AGREED, order.CHANGE) is state.DRAFT
    assert after(state.AGREED, order.MAKE_CAMPAIGN) is state.CAMPAIGN_MADE
    assert after(state.EVALUATED, order.CHANGE) is None
