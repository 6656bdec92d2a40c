"""Appointments that are moved or cancelled outside a call."""

from __future__ import annotations

from dataclasses import replace

from campaigns.appointments import cancelled, moved
from campaigns.attempt import AttemptOutcome as O
from campaigns.disposition import STANDARD
from campaigns.lead import CloseReason, Dossier, DueKind, LeadState
from campaigns.step import Step
from tests.unit.campaigns.builders import at, attempt, dossier, lead, local, pack, settings

NOW = at("2026-11-23 10:00")  # a Monday
VISIT = at("2026-12-03 15:00")
WEEKLY = {"steps": [{"contacts": 3, "days": 7}]}


def booked(**changes: object) -> Dossier:
    """By its first call, an hour ago."""
    made = attempt(at("2026-11-23 09:00"), O.HUMAN, disposition="APPOINTMENT")
    of = lead(due_kind=DueKind.REMINDER, due_at=at("2026-12-02 09:00"), appointment_at=VISIT)
    return dossier(made, of=replace(of, **changes))


def day(step: Step) -> str:
    assert step.again is not None
    return local(step.again.due_at)[:10]


def test_the_reminder_is_planned_as_after_a_booking() -> None:
    step = moved(settings(), pack("cn"), booked(), at("2026-12-10 15:00"), NOW)
    assert step.again is not None
    assert (step.again.kind, day(step), step.appointment_at) == (
        DueKind.REMINDER, "2026-12-09", at("2026-12-10 15:00"),
    )  # fmt: skip


def test_one_without_an_hour_for_a_reminder_closes_the_lead_as_its_agent_decided() -> None:
    step = moved(settings(), pack("cn"), booked(), at("2026-11-23 11:30"), NOW)
    assert (step.close, step.appointment_at) == (CloseReason.DISPOSITION, at("2026-11-23 11:30"))


def test_a_lead_that_was_closed_for_another_reason_stays_closed() -> None:
    lost = booked(state=LeadState.CLOSED, due_at=None, closed_reason=CloseReason.LOST)
    assert moved(settings(), pack("cn"), lost, at("2026-12-10 15:00"), NOW).close is CloseReason.LOST
    gone = cancelled(settings(), pack("cn"), lost, NOW)
    assert (gone.close, gone.appointment_cancelled) == (CloseReason.LOST, True)


def test_who_cancels_is_followed_up_by_the_campaigns_plan() -> None:
    step = cancelled(settings(cadence=WEEKLY), pack("cn"), booked(), NOW)
    assert step.appointment_cancelled
    assert step.again is not None
    assert step.again.kind is DueKind.CADENCE


def test_a_campaign_may_close_who_cancels() -> None:
    words = tuple(d.model_copy(update={"closes_lead": d.closes_lead or d.cancels_appointment}) for d in STANDARD)
    step = cancelled(settings(dispositions=words), pack("cn"), booked(), NOW)
    assert (step.close, step.appointment_cancelled) == (CloseReason.DISPOSITION, True)


def test_one_booked_by_hand_leaves_a_lead_that_was_never_called_as_fresh() -> None:
    step = cancelled(settings(), pack("cn"), replace(booked(), history=()), NOW)
    assert step.again is not None
    assert (step.again.kind, step.again.due_at) == (DueKind.FRESH, NOW)
