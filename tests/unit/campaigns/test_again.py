"""Growing delays, other weekdays and numbers, follow-ups, reminders, and where all of it ends."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import ValidationError

from campaigns.attempt import AttemptOutcome as O
from campaigns.campaign import CampaignSettings
from campaigns.disposition import STANDARD, Disposition
from campaigns.lead import CloseReason, DueKind, Lead, LeadNumber
from campaigns.retry import Step, lapsed, next_step
from campaigns.stage import Stage
from campaigns.verdict import verdict
from tests.unit.campaigns.builders import FIRST, SECOND, THIRD, at, attempt, dossier, lead, local, pack, settings
from tests.unit.campaigns.test_retry import BY_CODE, after, due, lax, row

LATER = Disposition(code="LATER", label="Later", contact=True)
CANCELS = Disposition(code="CANCELS", label="Cancels", contact=True, cancels_appointment=True)
WORDS = (*STANDARD, LATER, CANCELS)
MONTHLY = {"steps": [{"contacts": 3, "days": 7}, {"contacts": 12, "days": 30}]}
MANY = {"number_per_24h": 20, "number_per_30d": 100, "lead_attempts": 100}


def plan(**changes: object) -> CampaignSettings:
    return settings(**{"dispositions": WORDS, **changes})


def talk(
    said: Disposition,
    when: str = "2026-11-23 10:00",
    *,
    under: CampaignSettings | None = None,
    of: Lead | None = None,
    booked: str | None = None,
) -> Step:
    made = attempt(at(when), O.HUMAN)
    return next_step(
        under or plan(), pack("cn"), dossier(made, of=of), number=FIRST, outcome=O.HUMAN, disposition=said,
        callback_at=None, appointment_at=at(booked) if booked else None, now=at(when),
    )  # fmt: skip


def test_a_delay_grows_up_to_its_ceiling() -> None:
    under = plan(caps=MANY, retry={"BUSY": {"delays_s": [600], "growth": 2, "most_s": 3600}})
    busy = row(O.BUSY, "23 14:00", "23 14:10", "23 14:30", "23 15:10", "23 16:10")
    times = [due(after(*busy[:n], under=under, policy=lax())) for n in (1, 2, 3, 4, 5)]
    assert [time[-5:] for time in times] == ["14:10", "14:30", "15:10", "16:10", "17:10"]


def test_a_dispositions_rule_goes_before_the_outcomes_and_counts_its_own_row() -> None:
    under = plan(caps=MANY, disposition_retry={"LATER": {"delays_s": [3600, 7200], "then": "NO_ANSWER", "limit": 4}})
    talks = [attempt(at(f"2026-11-23 {t}"), O.HUMAN, disposition="LATER") for t in ("14:00", "15:00", "17:00")]
    assert due(after(talks[0], under=under, disposition=LATER)) == "2026-11-23 15:00"
    assert due(after(*talks[:2], under=under, disposition=LATER)) == "2026-11-23 17:00"
    third = after(*talks, under=under, disposition=LATER, policy=lax())
    assert due(third) == "2026-11-24 09:00"  # as an unanswered call: three hours, not in the evening again
    assert third.again is not None
    assert third.again.reason == "disposition LATER, 3 in a row: 3 h, another part of the day"
    fourth = after(*talks, attempt(at("2026-11-24 09:00"), O.HUMAN), under=under, disposition=LATER, policy=lax())
    assert fourth.close is CloseReason.ATTEMPTS_EXHAUSTED


def test_another_weekday_is_another_weekday_where_one_is_open() -> None:
    weekly = {"NO_ANSWER": {"delays_s": [7 * 86400], "other_weekday": True}}
    assert due(after(*row(O.NO_ANSWER, "16 10:00"), under=plan(retry=weekly))) == "2026-11-24 09:00"  # 23 is a Monday
    mondays = plan(retry=weekly, windows=[{"days": ["mon"], "from": "10:00", "to": "11:00"}])
    assert due(after(*row(O.NO_ANSWER, "16 10:00"), under=mondays)) == "2026-11-23 10:00"


def test_the_numbers_of_a_lead_take_turns_and_the_one_tried_last_comes_last() -> None:
    under = plan(caps=MANY, retry={"NO_ANSWER": {"delays_s": [3600], "other_number": True}})
    person, dialled, history, now = lead(FIRST, SECOND, THIRD), [], [], at("2026-11-23 14:00")
    for _ in range(4):
        found = verdict(dossier(*history, of=replace(person, due_at=now)), under, lax(), now)
        assert found.number is not None
        dialled.append(found.number.e164)
        history.append(attempt(now, O.NO_ANSWER, found.number.e164))
        step = after(*history, of=person, under=under, policy=lax())
        assert step.again is not None
        now, person = step.again.due_at, replace(person, due_kind=step.again.kind)
    assert dialled == [FIRST, SECOND, THIRD, FIRST]


def test_without_that_wish_a_busy_number_is_tried_again_and_mobiles_go_first_where_the_campaign_says_so() -> None:
    numbers = tuple(
        LeadNumber(number_id=i, e164=n, position=i, kind=kind)
        for i, (n, kind) in enumerate([(FIRST, "work"), (SECOND, "home"), (THIRD, "mobile")])
    )
    person, now = replace(lead(), numbers=numbers), at("2026-11-23 14:00")
    chosen = verdict(dossier(of=person), plan(number_kinds=("mobile", "home")), pack("cn"), now)
    assert chosen.number is not None
    assert chosen.number.e164 == THIRD
    engaged = replace(person, due_kind=DueKind.RETRY)
    again = verdict(dossier(attempt(at("2026-11-23 09:00"), O.BUSY, SECOND), of=engaged), plan(), pack("cn"), now)
    assert again.number is not None
    assert again.number.e164 == SECOND


def test_who_was_talked_to_is_called_where_he_was_talked_to() -> None:
    person = lead(FIRST, SECOND, due_kind=DueKind.CALLBACK)
    talks = [
        attempt(at("2026-11-20 10:00"), O.HUMAN, SECOND, disposition="CALLBACK"),
        attempt(at("2026-11-20 15:00"), O.NO_ANSWER, FIRST),
    ]
    found = verdict(dossier(*talks, of=person), plan(), pack("cn"), at("2026-11-23 15:00"))
    assert found.number is not None
    assert found.number.e164 == SECOND


def test_nobody_wakes_for_a_lead_whose_caps_are_used_up() -> None:
    """Three calls in 24 hours: the fourth is due when the first one is a day old."""
    busy = row(O.BUSY, "23 14:00", "23 14:10", "23 14:30")
    step = after(*busy)
    assert due(step) == "2026-11-24 14:00"
    assert step.again is not None
    assert step.again.reason.endswith("moved to when the caps allow it")


def test_calls_of_another_campaign_count_as_well() -> None:
    others = [attempt(at(f"2026-11-23 {t}"), O.NO_ANSWER, lead_id=7, campaign_id=7) for t in ("09:00", "11:00")]
    assert due(after(*others, *row(O.BUSY, "23 14:00"))) == "2026-11-24 09:00"


def test_a_late_turn_still_waits_for_another_part_of_the_day() -> None:
    """Due in the afternoon, its turn came the next morning: a number tried in the morning waits once more."""
    missed = attempt(at("2026-11-23 10:00"), O.NO_ANSWER)
    person = lead(due_kind=DueKind.RETRY, due_at=at("2026-11-23 14:00"))
    found = verdict(dossier(missed, of=person), plan(), pack("cn"), at("2026-11-24 09:30"))
    assert found.blocker is not None
    assert (found.blocker.rule, local(found.clears_at)) == ("day_part", "2026-11-24 14:00")
    other_number = verdict(
        dossier(missed, of=replace(lead(FIRST, SECOND), due_kind=DueKind.RETRY)),
        plan(), pack("cn"), at("2026-11-24 09:30"),
    )  # fmt: skip
    assert other_number.number is not None
    assert (other_number.dialable, other_number.number.e164) == (True, SECOND)


def test_a_centre_that_only_works_in_the_morning_comes_to_its_calls_after_a_week() -> None:
    missed, person = attempt(at("2026-11-16 10:00"), O.NO_ANSWER), lead(due_kind=DueKind.RETRY)
    assert not verdict(dossier(missed, of=person), plan(), pack("cn"), at("2026-11-20 10:00")).dialable
    assert verdict(dossier(missed, of=person), plan(), pack("cn"), at("2026-11-24 10:00")).dialable


def test_a_lead_ends_with_its_lifetime_but_a_promise_is_kept() -> None:
    under, old = plan(lead_lifetime_days=20), lead(created_at=at("2026-11-04 09:00"))
    missed = row(O.NO_ANSWER, "23 10:00")
    assert after(*missed, of=old, under=under).again is not None  # the same afternoon
    assert after(*missed, *row(O.NO_ANSWER, "23 14:00"), of=old, under=under).close is CloseReason.LIFETIME
    assert after(*row(O.HUMAN, "23 10:00"), of=old, under=under, disposition=BY_CODE["CALLBACK"]).again is not None
    now = at("2026-11-25 09:00")
    shown = verdict(dossier(of=old), under, pack("cn"), now)
    assert shown.blocker is not None
    assert (shown.blocker.rule, shown.clears_at) == ("lifetime", None)
    assert lapsed(under, pack("cn"), dossier(of=old), now) == Step(close=CloseReason.LIFETIME)


def test_the_last_day_of_the_campaign_is_used_rather_than_missed() -> None:
    """The last one was on Friday afternoon; on Saturday the campaign ends, and it has no other part than that left."""
    history = row(O.NO_ANSWER, "26 10:00", "27 14:30")
    saturdays = [{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "20:00"}]
    saturdays.append({"days": ["sat"], "from": "14:00", "to": "16:00"})
    assert due(after(*history, under=plan(windows=saturdays))) == "2026-11-30 17:00"
    assert due(after(*history, under=plan(windows=saturdays, deadline="2026-11-28"))) == "2026-11-28 14:00"


def test_three_follow_ups_in_the_first_week_and_twelve_in_the_month_on_working_days_at_other_hours() -> None:
    under, history, now, days = plan(caps=MANY, cadence=MONTHLY), [], at("2026-11-23 10:00"), []
    while True:
        history.append(attempt(now, O.HUMAN, disposition="LATER"))
        days.append(local(now))
        step = next_step(
            under, lax(), dossier(*history), number=FIRST, outcome=O.HUMAN, disposition=LATER, callback_at=None, now=now
        )  # fmt: skip
        if step.again is None:
            break
        assert step.again.kind is DueKind.CADENCE
        assert (local(step.again.due_at)[:10]) > local(now)[:10]
        now = step.again.due_at
    assert step.close is CloseReason.ATTEMPTS_EXHAUSTED
    assert days[:4] == ["2026-11-23 10:00", "2026-11-25 14:00", "2026-11-27 17:00", "2026-11-30 09:00"]
    assert len(days) == 12
    assert days[-1] < "2026-12-23"
    resting = plan(caps=MANY, cadence={**MONTHLY, "rest_days": 60})
    rested = after(*history, under=resting, disposition=LATER, policy=lax())
    assert rested.again is not None
    assert (rested.again.due_at - history[-1].placed_at).days >= 59
    assert rested.again.reason.startswith("follow-up, after 60 days of rest")


def test_a_follow_up_that_nobody_answers_is_tried_again_and_not_given_up_for_it() -> None:
    under = plan(cadence=MONTHLY)
    history = [attempt(at("2026-11-16 10:00"), O.HUMAN, disposition="LATER")]
    history += row(O.NO_ANSWER, "17 09:00", "17 15:00", "18 18:00", "19 09:00", "20 15:00")
    step = after(*history, under=under)
    assert step.again is not None
    assert step.again.kind is DueKind.RETRY
    assert due(step) == "2026-11-30 10:00"  # the lead's own cap has room again
    assert after(*history, under=plan()).close is CloseReason.ATTEMPTS_EXHAUSTED


def test_follow_ups_stop_when_the_stage_says_so() -> None:
    under = plan(cadence=MONTHLY)
    assert talk(LATER, under=under, of=lead(stage=Stage.DEAL)).close is CloseReason.DISPOSITION
    assert talk(LATER, under=under, of=lead(stage=Stage.LOST)).close is CloseReason.LOST


@pytest.mark.parametrize(("booked", "reminded"), [
    ("2026-12-03 15:00", "2026-12-02 09:00"),  # the day before
    ("2026-11-30 15:00", "2026-11-28 10:00"),  # the day before is a Sunday
    ("2026-11-26 15:00", "2026-11-26 09:00"),  # within three days: on the day itself
    ("2026-11-26 09:30", "2026-11-25 09:00"),  # ... which leaves no hour before it
    ("2026-11-23 18:00", "2026-11-23 14:00"),  # today, not before two hours have passed
])  # fmt: skip
def test_an_appointment_is_reminded_of(booked: str, reminded: str) -> None:
    step = talk(BY_CODE["APPOINTMENT"], booked=booked)
    assert step.again is not None
    assert (step.again.kind, due(step)) == (DueKind.REMINDER, reminded)
    assert local(step.appointment_at) == booked


def test_an_appointment_in_an_hour_needs_no_reminder_and_one_without_a_time_closes_the_lead_as_ever() -> None:
    soon = talk(BY_CODE["APPOINTMENT"], booked="2026-11-23 11:00")
    assert (soon.close, local(soon.appointment_at)) == (CloseReason.DISPOSITION, "2026-11-23 11:00")
    assert talk(BY_CODE["APPOINTMENT"]).close is CloseReason.DISPOSITION


WAITING = lead(due_kind=DueKind.REMINDER, appointment_at=at("2026-12-03 15:00"))


def test_a_reminder_nobody_answers_is_tried_again_before_the_appointment_and_then_left() -> None:
    first = row(O.NO_ANSWER, "30 14:00")
    once_more = after(*first, of=WAITING)
    assert once_more.again is not None
    assert (once_more.again.kind, due(once_more)) == (DueKind.REMINDER, "2026-11-30 17:00")
    too_late = attempt(at("2026-12-03 13:00"), O.NO_ANSWER)
    assert after(*first, too_late, of=WAITING).close is CloseReason.DISPOSITION


def test_a_reminder_that_was_heard_ends_the_matter_and_may_be_moved_or_cancelled() -> None:
    confirmed = talk(BY_CODE["APPOINTMENT"], "2026-12-02 09:00", of=WAITING)
    assert (confirmed.close, confirmed.appointment_cancelled) == (CloseReason.DISPOSITION, False)
    moved = talk(BY_CODE["APPOINTMENT"], "2026-12-02 09:00", of=WAITING, booked="2026-12-10 10:00")
    assert (due(moved), local(moved.appointment_at)) == ("2026-12-09 09:00", "2026-12-10 10:00")
    cancelled = talk(CANCELS, "2026-12-02 09:00", of=WAITING)
    assert cancelled.appointment_cancelled
    assert cancelled.again is not None
    assert cancelled.again.kind is DueKind.RETRY
    gone = talk(BY_CODE["NOT_INTERESTED"], "2026-12-02 09:00", of=WAITING)
    assert (gone.close, gone.appointment_cancelled) == (CloseReason.DISPOSITION, True)


def test_nobody_is_reminded_of_an_appointment_that_is_over() -> None:
    late = at("2026-12-03 14:30")
    shown = verdict(dossier(of=WAITING), plan(), pack("cn"), late)
    assert shown.blocker is not None
    assert shown.blocker.rule == "appointment_ahead"
    assert lapsed(plan(), pack("cn"), dossier(of=WAITING), late) == Step(close=CloseReason.DISPOSITION)
    visits = plan(visit_cadence={"steps": [{"contacts": 16, "days": 30}]})
    followed = lapsed(visits, pack("cn"), dossier(of=WAITING), late)
    assert followed is not None
    assert followed.again is not None
    assert (followed.again.kind, due(followed)) == (DueKind.CADENCE, "2026-12-04 09:00")
    assert followed.again.reason == "follow-up after the visit 1 of 16"


def test_sixteen_follow_ups_in_the_month_after_a_visit_without_an_order() -> None:
    under = plan(caps=MANY, visit_cadence={"steps": [{"contacts": 16, "days": 30}]})
    visited = lead(due_kind=DueKind.CADENCE, appointment_at=at("2026-11-20 15:00"))
    history, now = [], at("2026-11-23 10:00")
    while True:
        history.append(attempt(now, O.HUMAN, disposition="LATER"))
        step = after(*history, of=visited, under=under, disposition=LATER, policy=lax())
        if step.again is None:
            break
        now = step.again.due_at
    assert len(history) == 16
    assert local(now) < "2026-12-21"


@pytest.mark.parametrize(("wrong", "message"), [
    ({"retry": {"BUSY": {"delays_s": [600], "growth": 2, "then": "NO_ANSWER"}}}, "leave out either growth or then"),
    ({"retry": {"BUSY": {"delays_s": [0], "growth": 2}}}, "longer one"),
    ({"disposition_retry": {"NEVER": {"delays_s": [600]}}}, "'NEVER' is none of the dispositions"),
    ({"cadence": {"steps": [{"contacts": 12, "days": 30}, {"contacts": 3, "days": 7}]}}, "more contacts in more days"),
    ({"cadence": {"steps": [{"contacts": 9, "days": 7}]}}, "at most one contact a day"),
])  # fmt: skip
def test_rules_that_make_no_sense_are_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        plan(**wrong)
