"""A promised call is kept: by the agent who gave his word, else by anyone, never twice, and never forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from campaigns.attempt import AttemptOutcome
from campaigns.callback import Callback, CallbackState
from campaigns.lead import CloseReason, DueKind, LeadState
from dialer.domain.events import CallbackEscalated, CallbackFellDue, CallbackSettled
from dialer.engine.disposition_desk import Decision
from dialer.errors import AlreadyExists, Invalid, NotFound, WrongState
from dialer.twin.parties import answers, busy, rings_on
from tests.scenarios.floor import Floor

_S = CallbackState
THREE = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)  # Monday 15:00 in Shanghai
ELEVEN = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
TOMORROW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # Tuesday 10:00


async def desk(floor: Floor, *agents: str, leads: int = 1, **campaign: Any) -> None:
    """Agents ready, a list, a running campaign."""
    for agent_id in agents:
        await floor.employs(agent_id)
    await floor.starts()
    await floor.plans("autumn", **{"wrap_up_s": 5, **campaign})
    await floor.imports("autumn", *(f"customer{n}" for n in range(1, leads + 1)))
    await floor.engine.start_campaign("autumn", "planner")
    for agent_id in agents:
        await floor.engine.make_ready(agent_id)
    await floor.time.settles()


async def promised(floor: Floor, name: str = "customer1", *, at: datetime = THREE, whose: str = "me") -> str:
    """Talks to him, promises, and hangs up; the callback's id."""
    call = await floor.talks(name)
    await floor.engine.dispose(call.attempt_id, "CALLBACK", callback_at=at, callback_for=whose)
    await floor.hangs_up(name)
    await floor.over(name)
    return callback(floor, name).callback_id


def callback(floor: Floor, name: str = "customer1") -> Callback:
    """His latest."""
    lead_id = floor.lead(name).lead_id
    return [c for _, c in sorted(floor.store.rows.callbacks.items()) if c.lead_id == lead_id][-1]


async def until(floor: Floor, at: datetime) -> None:
    await floor.time.passes(seconds=(at - floor.time.now()).total_seconds())


async def test_a_callback_for_mei_reaches_mei_although_tom_waits_longer(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await desk(floor, "mei")
    await promised(floor)
    await floor.employs("tom")
    await floor.engine.make_ready("tom")
    await floor.time.passes(minutes=5)
    await floor.engine.pause_agent("mei", "tea")
    await floor.engine.make_ready("mei")  # waits since just now
    await until(floor, THREE + timedelta(seconds=1))
    call = await floor.talks()
    assert call.agent_id == "mei"
    assert call.placed_at - THREE < timedelta(seconds=1)
    await floor.engine.dispose(call.attempt_id, "SALE")
    await floor.hangs_up()
    assert callback(floor).state is _S.KEPT
    assert callback(floor).settled_attempt == call.attempt_id
    await floor.time.passes(hours=3)
    assert len(floor.attempts()) == 2


async def test_her_callback_goes_before_all_other_customers_when_mei_becomes_ready(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await desk(floor, "mei", longest_call_s=7200)
    await promised(floor, at=ELEVEN)
    await floor.imports("autumn", *(f"fresh{n}" for n in range(5)), priority=100)
    await floor.talks("fresh0")  # a long one
    await until(floor, ELEVEN + timedelta(minutes=5))
    assert len(floor.attempts("customer1")) == 1
    await floor.hangs_up("fresh0")
    call = await floor.talks("customer1")
    assert call.agent_id == "mei"
    await floor.hangs_up("customer1")
    await floor.engine.stop_campaign("autumn", "planner")


async def test_her_callback_goes_before_the_other_campaigns_of_mei(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await desk(floor, "mei", longest_call_s=7200)
    await promised(floor, at=ELEVEN)
    await floor.plans("urgent", priority=90, wrap_up_s=5, longest_call_s=7200)
    await floor.imports("urgent", *(f"fresh{n}" for n in range(5)), priority=100)
    await floor.engine.start_campaign("urgent", "planner")
    await floor.talks("fresh0")  # a long one
    await until(floor, ELEVEN + timedelta(minutes=5))
    await floor.hangs_up("fresh0")
    call = await floor.talks("customer1")
    assert call.agent_id == "mei"
    assert not floor.attempts("fresh1")
    await floor.engine.stop_campaign("urgent", "planner")
    await floor.hangs_up("customer1")
    await floor.engine.stop_campaign("autumn", "planner")


async def test_mei_in_a_long_call_lets_it_pass_to_anyone_after_a_quarter_of_an_hour(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await desk(floor, "mei", longest_call_s=7200)
    await promised(floor, at=ELEVEN)
    await floor.imports("autumn", "talkative")
    await floor.talks("talkative")
    await floor.employs("tom")
    await floor.engine.make_ready("tom")
    await until(floor, ELEVEN + timedelta(minutes=14, seconds=59))
    assert len(floor.attempts("customer1")) == 1
    await until(floor, ELEVEN + timedelta(minutes=15, seconds=1))
    call = await floor.talks("customer1")
    assert call.agent_id == "tom"
    assert [event.reason for event in floor.told(CallbackEscalated)] == ["the agent did not take it in time"]
    await floor.hangs_up("customer1")
    await floor.hangs_up("talkative")


async def test_mei_who_went_home_lets_it_pass_to_anyone_at_once(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await desk(floor, "mei", "tom")
    await promised(floor)
    mei = floor.attempts()[0].agent_id
    assert mei is not None
    await floor.engine.log_out(mei)
    await until(floor, THREE + timedelta(seconds=1))
    call = await floor.talks()
    assert call.agent_id not in (None, mei)
    await floor.hangs_up()


async def test_an_agent_who_leaves_while_his_callback_waits_lets_it_pass(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await desk(floor, "mei")
    await promised(floor)
    await floor.employs("tom")
    await floor.engine.make_ready("tom")
    await floor.engine.pause_agent("mei", "tea")
    await until(floor, THREE + timedelta(minutes=5))
    assert len(floor.attempts()) == 1
    await floor.engine.log_out("mei")
    call = await floor.talks()
    assert call.agent_id == "tom"
    await floor.hangs_up()


async def test_an_agent_who_does_not_work_here_any_more_promised_for_everybody(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await desk(floor, "mei")
    await promised(floor)
    await floor.employs("tom")
    await floor.engine.make_ready("tom")
    await floor.engine.log_out("mei")
    agent = await floor.store.agent("mei")
    assert agent is not None
    await floor.store.save_agent(type(agent)(agent_id="mei", name="Mei", phone=agent.phone, active=False))
    await until(floor, THREE + timedelta(seconds=1))
    assert (await floor.talks()).agent_id == "tom"
    await floor.hangs_up()


async def test_two_callbacks_of_one_agent_at_the_same_second_are_kept_one_after_the_other(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await desk(floor, "mei", leads=2)
    await promised(floor, "customer1")
    await promised(floor, "customer2")
    await floor.employs("tom")
    await floor.engine.make_ready("tom")
    await until(floor, THREE + timedelta(seconds=1))
    first = await floor.talks("customer1")
    await floor.time.passes(minutes=2)
    assert len(floor.attempts("customer2")) == 1  # tom is free, and it is not his
    await floor.hangs_up("customer1")
    second = await floor.talks("customer2")
    assert (first.agent_id, second.agent_id) == ("mei", "mei")
    await floor.hangs_up("customer2")
    await floor.time.passes(seconds=10)
    assert [c.state for c in floor.store.rows.callbacks.values()] == [_S.KEPT, _S.KEPT]


async def test_not_reached_it_is_tried_again_soon_and_kept_later(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await desk(floor, "mei", ring_time_s=20)
    await promised(floor, at=TOMORROW)
    floor.customers(rings_on())
    await until(floor, TOMORROW + timedelta(minutes=2))
    assert (await floor.over(attempts=2)).outcome is AttemptOutcome.NO_ANSWER
    lead = floor.lead()
    assert (lead.due_kind, lead.for_agent) == (DueKind.CALLBACK, "mei")
    floor.customers(busy())
    third = await _next(floor, 3)
    assert 9 < (third.placed_at - TOMORROW).total_seconds() / 60 < 11
    floor.customers(answers(3.0))
    fourth = await _next(floor, 4)
    assert 29 < (fourth.placed_at - third.placed_at).total_seconds() / 60 < 31
    assert callback(floor).state is _S.OPEN
    await floor.talks()
    await floor.hangs_up()
    assert callback(floor).state is _S.KEPT


async def _next(floor: Floor, count: int) -> Any:
    await floor.until(lambda: len(floor.attempts()) >= count, seconds=7200, step=1.0)
    return floor.attempts()[-1]


async def test_a_promise_outlives_the_leads_used_up_attempts_and_ends_as_missed(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await desk(floor, "mei", caps={"lead_attempts": 1}, callbacks={"keep_days": 2})
    await promised(floor)
    floor.customers(rings_on())
    await floor.time.passes(hours=4 * 24)
    assert callback(floor).state is _S.MISSED
    assert floor.lead().state is LeadState.CLOSED
    assert floor.lead().closed_reason is CloseReason.ATTEMPTS_EXHAUSTED
    assert 4 <= len(floor.attempts()) <= 9
    days = {a.placed_at.date() for a in floor.attempts()}
    assert len(days) >= 2


async def test_a_machine_is_no_conversation_says_the_agent_and_the_promise_stands(floor: Floor) -> None:
    floor.customers(answers(3.0, talks=10.0))
    await desk(floor, "mei", wrap_up_s=60)
    await promised(floor)
    await until(floor, THREE + timedelta(seconds=20))
    row = await floor.over(attempts=2)
    assert callback(floor).state is _S.KEPT
    await floor.engine.dispose(row.attempt_id, "MACHINE")
    assert callback(floor).state is _S.OPEN
    assert floor.lead().due_kind is DueKind.CALLBACK
    due_at = floor.lead().due_at
    assert due_at is not None
    assert due_at - floor.time.now() <= timedelta(minutes=10)
    call = await _next(floor, 3)
    assert call.placed_at >= due_at
    await floor.over(attempts=3)


async def test_a_restart_in_between_loses_nothing_and_dials_nothing_twice(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await desk(floor, "mei", "tom")
    await promised(floor)
    mei = floor.attempts()[0].agent_id
    assert mei is not None
    await floor.dies()
    await until(floor, THREE + timedelta(seconds=30))
    await floor.starts()
    await floor.time.passes(seconds=20)
    assert len(floor.attempts()) == 1  # nobody is logged in yet
    await floor.engine.make_ready("tom" if mei == "mei" else "mei")
    await floor.time.passes(seconds=20)
    assert len(floor.attempts()) == 1
    await floor.engine.make_ready(mei)
    call = await floor.talks()
    assert call.agent_id == mei
    await floor.dies()
    await floor.time.passes(seconds=10)
    await floor.starts()
    again = await floor.talks()
    assert again.attempt_id == call.attempt_id
    await floor.hangs_up()
    await floor.over(attempts=2)
    assert callback(floor).state is _S.KEPT
    assert len(floor.attempts()) == 2


async def test_mei_is_told_five_minutes_before_and_only_once(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await desk(floor, "mei")
    await promised(floor)
    await until(floor, THREE - timedelta(minutes=5, seconds=1))
    assert floor.told(CallbackFellDue) == []
    await until(floor, THREE - timedelta(minutes=4, seconds=59))
    await floor.engine.pause_agent("mei", "tea")
    await floor.engine.make_ready("mei")
    await floor.time.passes(minutes=2)
    [told] = floor.told(CallbackFellDue)
    assert (told.agent_id, told.due_at, told.lead_name) == ("mei", THREE, "customer1")
    await floor.time.passes(minutes=3)
    await floor.talks()
    await floor.hangs_up()


@pytest.mark.parametrize(
    ("at", "before", "after"),
    [
        (THREE.replace(hour=4, minute=30), "11:59", "14:00"),  # at lunch
        (THREE.replace(hour=14), "19:59", "2026-11-24 09:00"),  # 22:00
        (datetime(2026, 11, 29, 4, tzinfo=UTC), "2026-11-28", "2026-11-30 09:00"),  # Sunday
    ],
)
async def test_outside_the_calling_hours_a_promise_is_refused_with_the_nearest_times(
    floor: Floor, at: datetime, before: str, after: str
) -> None:
    floor.customers(answers(3.0))
    await desk(floor, "mei")
    call = await floor.talks()
    with pytest.raises(Invalid, match="outside the calling hours") as refused:
        await floor.engine.dispose(call.attempt_id, "CALLBACK", callback_at=at)
    assert before in refused.value.message
    assert after in refused.value.message
    assert set(refused.value.details) == {"before", "after"}
    assert floor.attempts()[0].disposition is None
    await floor.engine.dispose(
        call.attempt_id, "CALLBACK", callback_at=datetime.fromisoformat(str(refused.value.details["after"]))
    )
    assert callback(floor).state is _S.OPEN
    await floor.hangs_up()


async def test_what_nobody_could_keep_is_refused(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await desk(floor, "mei")
    call = await floor.talks()
    with pytest.raises(Invalid, match="90 days"):
        await floor.engine.dispose(call.attempt_id, "CALLBACK", callback_at=THREE + timedelta(days=120))
    with pytest.raises(NotFound, match="nobody"):
        await floor.engine.dispose(call.attempt_id, "CALLBACK", callback_at=THREE, callback_for="nobody")
    assert floor.store.rows.callbacks == {}
    await floor.hangs_up()


async def test_by_hand_a_callback_is_made_moved_handed_over_and_cancelled(floor: Floor) -> None:
    floor.customers(answers(3.0, talks=10.0))
    await desk(floor, "mei", "tom")
    await floor.over()
    await floor.time.passes(seconds=10)
    lead, orders = floor.lead(), floor.engine.callbacks
    made = await orders.make(lead.lead_id, THREE, agent_id="mei", note="price list", by="planner")
    assert (floor.lead().due_at, floor.lead().for_agent) == (THREE, "mei")
    with pytest.raises(AlreadyExists, match="move that one"):
        await orders.make(lead.lead_id, THREE, agent_id=None, note="", by="planner")
    with pytest.raises(Invalid, match="outside the calling hours"):
        await orders.move(made, due_at=THREE.replace(hour=20), by="planner")
    await orders.move(made, due_at=THREE + timedelta(hours=1), agent="tom", by="planner")
    assert (floor.lead().due_at, floor.lead().for_agent) == (THREE + timedelta(hours=1), "tom")
    await orders.move(made, agent="anyone", by="planner")
    assert floor.lead().for_agent is None
    with pytest.raises(Invalid, match="why"):
        await orders.cancel(made, by="planner", reason=" ")
    await orders.cancel(made, by="planner", reason="is abroad")
    assert callback(floor).state is _S.CANCELLED
    assert floor.lead().due_kind is DueKind.RETRY
    with pytest.raises(WrongState, match="CANCELLED"):
        await orders.move(made, agent="mei", by="planner")
    await until(floor, THREE + timedelta(hours=2))
    assert len(floor.attempts()) == 1


async def test_a_call_under_way_is_not_interfered_with(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await desk(floor, "mei")
    await floor.talks()
    with pytest.raises(WrongState, match="under way"):
        await floor.engine.callbacks.make(floor.lead().lead_id, THREE, agent_id=None, note="", by="planner")
    await floor.hangs_up()


async def test_the_customer_who_calls_in_first_is_not_called_back(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await desk(floor, "mei")
    await promised(floor)
    await until(floor, THREE - timedelta(minutes=20))
    [attached] = await floor.engine.callbacks.attach_inbound(floor.lead().lead_id, "in-1", agent_id="mei")
    assert attached == callback(floor).callback_id
    assert (callback(floor).state, callback(floor).settled_attempt) == (_S.ATTACHED, "in-1")
    assert floor.lead().due_kind is not DueKind.CALLBACK
    await floor.time.passes(hours=3)
    assert len(floor.attempts()) == 1


async def test_a_paused_campaign_keeps_its_promises_for_later(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await desk(floor, "mei")
    await promised(floor)
    await floor.engine.pause_campaign("autumn", "planner")
    await until(floor, THREE + timedelta(hours=2))
    assert callback(floor).state is _S.OPEN
    await floor.engine.start_campaign("autumn", "planner")
    call = await floor.talks()
    assert call.agent_id == "mei"
    await floor.hangs_up()


async def test_a_new_promise_takes_the_place_of_the_one_it_kept(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await desk(floor, "mei")
    await promised(floor)
    await until(floor, THREE + timedelta(seconds=1))
    await promised(floor, at=THREE + timedelta(hours=1), whose="anyone")
    assert [c.state for c in floor.store.rows.callbacks.values()] == [_S.KEPT, _S.OPEN]
    assert [event.state for event in floor.told(CallbackSettled)] == [_S.KEPT]


async def test_a_disposition_saved_by_mistake_is_corrected_with_what_it_meant(floor: Floor) -> None:
    floor.customers(answers(3.0, talks=10.0))
    await desk(floor, "mei", "tom", wrap_up_s=60)
    row = await floor.over()
    await floor.engine.dispose(row.attempt_id, "SALE")
    assert floor.lead().state is LeadState.CLOSED
    other = "tom" if row.agent_id == "mei" else "mei"
    with pytest.raises(WrongState, match="supervisor"):
        await floor.engine.correct_disposition(row.attempt_id, Decision(code="NO_TALK"), by=other)
    meant = Decision(code="CALLBACK", callback_at=THREE, callback_for="me")
    await floor.engine.correct_disposition(row.attempt_id, meant, by="supervisor Lan")
    assert floor.attempts()[0].disposition == "CALLBACK"
    assert (floor.lead().state, floor.lead().due_at) == (LeadState.OPEN, THREE)
    assert callback(floor).agent_id == row.agent_id
    await floor.engine.correct_disposition(row.attempt_id, Decision(code="NOT_INTERESTED"), by=row.agent_id or "")
    assert callback(floor).state is _S.CANCELLED
    assert floor.lead().state is LeadState.CLOSED
    await floor.time.passes(hours=30)
    with pytest.raises(WrongState, match="1 day ago"):
        await floor.engine.correct_disposition(row.attempt_id, Decision(code="SALE"), by="supervisor Lan")
    assert len(floor.attempts()) == 1


async def test_on_the_day_the_clocks_change_the_customers_time_counts(floor: Floor) -> None:
    """New York put its clocks forward on 8 March 2026, a Sunday; on Monday nine o'clock is 13:00 UTC, not 14:00."""
    floor.time.start = datetime(2026, 3, 6, 19, 0, tzinfo=UTC)  # Friday 14:00 there
    floor.customers(answers(3.0, talks=10.0))
    await floor.employs("mei")
    await floor.starts()
    await floor.plans("spring", country="US", policy="us", wrap_up_s=5)
    await floor.imports("spring", "customer1", zone="America/New_York")
    [lead_id] = floor.store.rows.leads
    floor.store.rows.leads[lead_id] = replace(floor.lead(), country="US")
    await floor.engine.start_campaign("spring", "planner")
    await floor.engine.make_ready("mei")
    row = await floor.over()
    nine = datetime(2026, 3, 9, 13, 0, tzinfo=UTC)
    with pytest.raises(Invalid, match="outside the calling hours"):
        await floor.engine.dispose(row.attempt_id, "CALLBACK", callback_at=datetime(2026, 3, 9, 11, 0, tzinfo=UTC))
    await floor.engine.dispose(row.attempt_id, "CALLBACK", callback_at=nine, callback_for="anyone")
    await until(floor, nine - timedelta(seconds=1))
    assert len(floor.attempts()) == 1
    await floor.time.passes(seconds=3)
    assert len(floor.attempts()) == 2
    await floor.over(attempts=2)
