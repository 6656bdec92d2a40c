"""When a call may be promised, and what every call under a promise makes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.attempt import AttemptOutcome
from campaigns.callback import NEXT, Callback, CallbackOrder, CallbackState, after, follow_ups
from campaigns.disposition import STANDARD
from campaigns.lead import CloseReason, DueKind
from campaigns.promise import aftermath, check_time, kept_for
from campaigns.retry import Again, Step, next_step
from campaigns.windows import is_open
from tests.unit.campaigns.builders import FIRST, at, attempt, dossier, lead, local, pack, settings

O = AttemptOutcome  # noqa: E741 - the rules' own short name
BY_CODE = {disposition.code: disposition for disposition in STANDARD}
NOW = at("2026-11-23 10:00")  # Monday
DUE = at("2026-11-24 15:00")
PLAN, POLICY = settings(), pack("cn")


def promise(**changes: object) -> Callback:
    values = {"callback_id": "c1", "campaign_id": 1, "lead_id": 1, "due_at": DUE, "made_at": NOW, "agent_id": "mei"}
    return Callback(**{**values, **changes})  # type: ignore[arg-type]


def after_tries(*outcomes: AttemptOutcome, now: datetime | None = None, plan=PLAN, step: Step | None = None):  # type: ignore[no-untyped-def]
    history = [attempt(DUE + timedelta(minutes=20 * n), outcome) for n, outcome in enumerate(outcomes)]
    found = replace(dossier(*history, of=lead(due_kind=DueKind.CALLBACK)), callback=promise())
    now = now or history[-1].placed_at + timedelta(seconds=30)
    ordinary = step or next_step(
        plan, POLICY, found, number=FIRST, outcome=outcomes[-1], disposition=None, callback_at=None, now=now
    )
    return aftermath(plan, POLICY, found, ordinary, outcome=outcomes[-1], now=now), now


@pytest.mark.parametrize(
    ("when", "before", "following"),
    [
        ("2026-11-24 12:30", "2026-11-24 11:59", "2026-11-24 14:00"),
        ("2026-11-24 22:00", "2026-11-24 19:59", "2026-11-25 09:00"),
        ("2026-11-29 11:00", "2026-11-28 17:59", "2026-11-30 09:00"),  # Sunday
        ("2026-11-23 12:10", "2026-11-23 11:59", "2026-11-23 14:00"),
        ("2026-10-01 10:00", None, None),  # gone
    ],
)
def test_a_closed_time_is_refused_with_the_nearest_open_ones(
    when: str, before: str | None, following: str | None
) -> None:
    refused = check_time(PLAN, POLICY, "Asia/Shanghai", at(when), NOW)
    assert refused is not None
    assert [refused.before and local(refused.before), refused.after and local(refused.after)] == [before, following]


def test_the_first_closed_hour_after_the_start_of_the_present_one_has_nothing_before_it() -> None:
    refused = check_time(PLAN, POLICY, "Asia/Shanghai", at("2026-11-24 08:00"), at("2026-11-24 07:00"))
    assert refused is not None
    assert (refused.before, local(refused.after)) == (None, "2026-11-24 09:00")


@given(st.datetimes(datetime(2026, 11, 23, 3), datetime(2027, 3, 1)), st.sampled_from(["Asia/Shanghai", "Asia/Urumqi"]))
def test_a_promise_is_taken_exactly_when_dialling_is_allowed_and_the_nearest_times_are_themselves_allowed(
    when: datetime, tz: str
) -> None:
    wanted = when.replace(tzinfo=UTC)
    refused = check_time(PLAN, POLICY, tz, wanted, NOW)
    late = wanted > NOW + timedelta(days=PLAN.callbacks.latest_days)
    assert (refused is None) == (is_open(PLAN.schedule, tz, wanted, POLICY) and not late)
    if refused is None or late:
        return
    for near in (refused.before, refused.after):
        assert near is None or check_time(PLAN, POLICY, tz, near, NOW) is None
    assert refused.before is None or refused.before < wanted
    assert refused.after is None or refused.after > wanted


def test_not_reached_it_is_tried_soon_again_three_times_and_then_by_the_ordinary_rule() -> None:
    for tries, minutes in enumerate((10, 30, 60), start=1):
        found, now = after_tries(*[O.NO_ANSWER] * tries)
        assert found.step.again is not None
        assert found.step.again.due_at - now == timedelta(minutes=minutes)
        assert (found.step.again.kind, found.step.again.for_agent) == (DueKind.CALLBACK, "mei")
        assert found.step.again.escalates_at == found.step.again.due_at + timedelta(minutes=15)
    found, now = after_tries(*[O.NO_ANSWER] * 4)
    assert found.step.again is not None
    assert found.step.again.due_at - now > timedelta(hours=3)
    assert found.order is None


def test_the_leads_used_up_attempts_do_not_end_a_promise_before_its_time() -> None:
    closes = Step(close=CloseReason.ATTEMPTS_EXHAUSTED)
    found, _ = after_tries(*[O.NO_ANSWER] * 5, step=closes)
    assert found.step.close is None
    assert found.step.again is not None
    late, _ = after_tries(*[O.NO_ANSWER] * 5, step=closes, now=DUE + timedelta(days=15))
    assert (late.step.close, late.order) == (CloseReason.ATTEMPTS_EXHAUSTED, CallbackOrder.MISS)
    invalid, _ = after_tries(O.INVALID_NUMBER, step=Step(close=CloseReason.INVALID_NUMBER, invalidate=FIRST))
    assert (invalid.step.invalidate, invalid.order) == (FIRST, CallbackOrder.MISS)


@given(st.lists(st.sampled_from(list(AttemptOutcome)), min_size=1, max_size=6))
def test_after_any_calls_a_promise_is_kept_missed_or_due_again_and_nothing_else(outcomes: list[AttemptOutcome]) -> None:
    found, now = after_tries(*outcomes)
    if outcomes[-1] is O.HUMAN:
        assert found.order is CallbackOrder.KEEP
    elif found.order is None:
        assert found.step.again is not None
        assert found.step.again.kind is DueKind.CALLBACK
        assert found.step.again.due_at >= now
        assert is_open(PLAN.schedule, "Asia/Shanghai", found.step.again.due_at, POLICY)
    else:
        assert found.order is CallbackOrder.MISS
        assert found.step.close is not None


@pytest.mark.parametrize(
    ("code", "order"),
    [("SALE", "keep"), ("NOT_INTERESTED", "keep"), ("CALLBACK", "keep"), ("MACHINE", None), ("NO_TALK", None),
     ("WRONG_PERSON", "miss")],
)  # fmt: skip
def test_the_agents_word_decides_whether_it_was_kept(code: str, order: str | None) -> None:
    talk = attempt(DUE, O.HUMAN)
    found = replace(dossier(talk, of=lead(due_kind=DueKind.CALLBACK)), callback=promise())
    chosen, now = BY_CODE[code], DUE + timedelta(minutes=1)
    step = next_step(PLAN, POLICY, found, number=FIRST, outcome=O.HUMAN, disposition=chosen, callback_at=None, now=now)
    meant = aftermath(
        PLAN, POLICY, found, step, outcome=O.MACHINE if chosen.machine else O.HUMAN, disposition=chosen, now=now
    )
    assert meant.order == order
    assert (meant.promised is not None) == (code == "CALLBACK")
    if order is None:
        assert meant.step.again is not None
        assert meant.step.again.kind is DueKind.CALLBACK


def test_for_one_agent_until_it_escalates_and_then_for_anyone() -> None:
    again = Again(due_at=DUE, agent_guaranteed=False, reason="callback")
    mine = lead(for_agent="mei", escalates_at=again.due_at + timedelta(minutes=15))
    assert kept_for(mine, DUE + timedelta(minutes=14)) == "mei"
    assert kept_for(mine, DUE + timedelta(minutes=15)) is None
    assert kept_for(lead(), DUE) is None


def test_what_is_settled_is_settled_and_only_a_kept_one_can_turn_out_to_be_open() -> None:
    for state, order in product(CallbackState, CallbackOrder):
        reached = after(state, order)
        assert (reached is None) == ((state, order) not in NEXT)
        assert state is CallbackState.OPEN or reached in (None, CallbackState.OPEN)


def test_follow_ups_done_against_due() -> None:
    S = CallbackState
    count = follow_ups({S.KEPT: 6, S.ATTACHED: 1, S.OPEN: 2, S.MISSED: 1, S.CANCELLED: 3})
    assert (count.due, count.done, count.rate) == (10, 7, 0.7)
    assert follow_ups({S.CANCELLED: 1}).rate is None
