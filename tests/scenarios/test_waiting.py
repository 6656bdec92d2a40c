"""A person answered and nobody is free: who is served first, what he hears, and how he says that he wants no calls."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.attempt import AttemptOutcome
from campaigns.campaign import PacingMode
from campaigns.lead import CloseReason, LeadState
from dialer.domain.agent import AgentState, LegMode
from dialer.domain.call import CallState
from dialer.domain.events import CallOptedOut, NumberSuppressed, SafeHarbourStarted
from dialer.domain.ids import customer_leg
from dialer.ports import Agent
from dialer.twin.clock import VirtualLoop
from dialer.twin.parties import Fate, answers, rings_on
from tests import audio
from tests.scenarios.floor import Floor, number

SECOND = 1.0


async def nobody_free(floor: Floor, *, after: float = 5.0, **campaign: Any) -> str:
    """The only agent goes while the customer's phone rings; the customer answers. Returns his leg."""
    floor.customers(answers(after))
    await floor.opens(**campaign)
    await floor.time.passes(seconds=2)
    floor.vanishes("agent1")
    call = await floor.call(state=CallState.WAITING)
    return customer_leg(call.attempt_id)


async def test_the_message_begins_1_8_s_after_the_answer_on_the_lines_own_clock(floor: Floor) -> None:
    await nobody_free(floor)
    row = await floor.over()
    assert row.answered_at is not None
    assert row.message_at is not None
    assert (row.message_at - row.answered_at).total_seconds() == pytest.approx(1.8, abs=0.001)
    assert (row.outcome, row.abandon_limit_s) == (AttemptOutcome.ABANDONED, 2.0)
    assert floor.told(SafeHarbourStarted)[0].occurred_at == row.message_at


async def test_a_campaign_may_speak_earlier_but_never_after_the_limit(floor: Floor) -> None:
    await nobody_free(floor, message_at_s=1.0)
    row = await floor.over()
    assert row.message_at is not None
    assert row.answered_at is not None
    assert (row.message_at - row.answered_at).total_seconds() == pytest.approx(1.0, abs=0.001)


async def test_who_becomes_free_at_1_7_s_still_gets_the_customer(floor: Floor) -> None:
    floor.phone("agent1", answers(0.03))
    await nobody_free(floor)
    row = floor.attempts()[0]
    assert row.answered_at is not None
    await floor.time.passes(seconds=1.7 - floor.since(row.answered_at))
    await floor.engine.make_ready("agent1")
    await floor.talks()
    assert not floor.telephony.played
    await floor.hangs_up()
    row = await floor.over()
    assert row.connected_at is not None
    assert row.answered_at is not None
    assert (row.connected_at - row.answered_at).total_seconds() < 1.8


async def test_until_the_message_there_is_silence_or_the_campaigns_own_sound_and_no_false_ringing(
    floor: Floor,
) -> None:
    await nobody_free(floor)
    assert floor.telephony.played == []
    await floor.over()


async def test_of_two_who_wait_the_one_who_answered_first_is_served_first(floor: Floor) -> None:
    """The first one's campaign has the lower priority and the higher number: only his waiting counts."""
    floor.customers(rings_on())
    await floor.employs("agent1")
    await floor.employs("agent2")
    await floor.starts()
    await floor.plans("autumn", priority=5)
    await floor.plans("spring")
    await floor.imports("spring", "early")
    await floor.imports("autumn", "late")
    floor.customers(answers(5.0), "early")
    floor.customers(answers(5.6), "late")
    for code in ("autumn", "spring"):
        await floor.engine.start_campaign(code, "planner")
    for agent in ("agent1", "agent2"):
        await floor.engine.make_ready(agent)
    await floor.call("late")
    await floor.call("early")
    for agent in ("agent1", "agent2"):
        floor.vanishes(agent)
    await floor.call("early", CallState.WAITING)
    await floor.call("late", CallState.WAITING)
    await floor.engine.make_ready("agent2")
    await floor.talks("early")
    assert (await floor.over("late")).outcome is AttemptOutcome.ABANDONED


async def test_a_waiting_customer_comes_before_a_new_call(floor: Floor) -> None:
    floor.customers(answers(5.0), "customer1")
    await floor.opens(leads=3)
    await floor.time.passes(seconds=2)
    floor.vanishes("agent1")
    await floor.call(state=CallState.WAITING)
    await floor.engine.make_ready("agent1")
    await floor.talks()
    assert len(floor.telephony.placed) == 2, "the customer's call and the agent's phone"


async def test_who_speaks_another_language_waits_for_somebody_who_does(floor: Floor) -> None:
    """His own agent's phone fails when he answers; the colleague without the skill is not given to him."""
    floor.customers(answers(3.0))
    for name, skills in (("agent1", ("shanghainese",)), ("agent2", ())):
        await floor.store.save_agent(
            Agent(agent_id=name, name=name, phone=f"sip:{name}@desk", skills=skills, leg_mode=LegMode.ON_CONNECT)
        )
    floor.phone("agent1", rings_on())
    await floor.starts()
    await floor.plans("autumn")
    await floor.imports("autumn", "customer1", skill="shanghainese")
    await floor.engine.start_campaign("autumn", "planner")
    for agent in ("agent1", "agent2"):
        await floor.engine.make_ready(agent)
    row = await floor.over()
    assert (row.outcome, row.agent_id) == (AttemptOutcome.ABANDONED, None)


async def test_the_key_puts_the_number_on_the_do_not_call_list_at_once(floor: Floor) -> None:
    leg = await nobody_free(floor)
    await floor.until(lambda: floor.told(SafeHarbourStarted))
    await floor.time.passes(seconds=3)
    floor.telephony.customer_presses(leg, "9")
    await floor.time.passes(seconds=SECOND)
    [listed] = floor.told(NumberSuppressed)
    assert (listed.e164, listed.source, listed.lead_id) == (number(1), "opt-out key", floor.lead().lead_id)
    assert floor.lead().state is LeadState.DO_NOT_CALL
    assert "opted_out_zh" in floor.telephony.played[-1][1], "and he is told so"
    row = await floor.over()
    assert (row.outcome, row.opted_out_at) == (AttemptOutcome.ABANDONED, listed.occurred_at)


async def test_the_key_counts_when_he_hangs_up_with_it(floor: Floor) -> None:
    leg = await nobody_free(floor)
    await floor.until(lambda: floor.told(SafeHarbourStarted))
    floor.telephony.customer_presses(leg, "9")
    floor.telephony.customer_hangs_up(leg)
    row = await floor.over()
    assert row.opted_out_at is not None
    await floor.time.settles()
    assert floor.lead().state is LeadState.DO_NOT_CALL


async def test_a_call_to_his_other_campaigns_is_not_placed_a_second_later(floor: Floor) -> None:
    """His lead there is leased already: the list is asked by the statement that writes the attempt."""
    leg = await nobody_free(floor)
    await floor.plans("spring")
    rows, floor._rows = floor._rows, count(1)  # the same number
    await floor.imports("spring", "again")
    floor._rows = rows
    await floor.until(lambda: floor.told(SafeHarbourStarted))
    floor.telephony.customer_presses(leg, "9")
    await floor.time.passes(seconds=SECOND)
    await floor.engine.start_campaign("spring", "planner")
    await floor.engine.make_ready("agent1")
    await floor.time.passes(minutes=30)
    assert len(floor.attempts()) == 1
    assert {lead.state for lead in floor.store.rows.leads.values()} == {LeadState.DO_NOT_CALL}


async def test_who_has_another_number_is_left_alone_on_that_one_too(floor: Floor) -> None:
    leg = await nobody_free(floor)
    lead = floor.lead()
    other = lead.numbers[0].__class__(number_id=99, e164=number(77), position=1)
    floor.store.rows.leads[lead.lead_id] = lead.__class__(
        **{name: getattr(lead, name) for name in lead.__dataclass_fields__} | {"numbers": (*lead.numbers, other)}
    )
    await floor.until(lambda: floor.told(SafeHarbourStarted))
    floor.telephony.customer_presses(leg, "9")
    await floor.over()
    await floor.time.settles()
    assert (floor.lead().state, floor.lead().closed_reason) == (LeadState.CLOSED, CloseReason.OPTED_OUT)


@pytest.mark.parametrize("digits", ["1", "0#*"])
async def test_other_keys_mean_nothing(floor: Floor, digits: str) -> None:
    leg = await nobody_free(floor)
    await floor.until(lambda: floor.told(SafeHarbourStarted))
    floor.telephony.customer_presses(leg, digits)
    await floor.over()
    assert floor.told(CallOptedOut) == []
    assert floor.lead().state is LeadState.OPEN


async def test_the_key_in_a_conversation_means_nothing(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await floor.opens()
    call = await floor.talks()
    floor.telephony.customer_presses(customer_leg(call.attempt_id), "9")
    await floor.hangs_up()
    await floor.over()
    assert floor.told(NumberSuppressed) == []


async def test_after_the_message_there_is_time_for_the_key(floor: Floor) -> None:
    leg = await nobody_free(floor, opt_out_wait_s=3.0)
    await floor.until(lambda: floor.told(SafeHarbourStarted))
    await floor.time.passes(seconds=16.0)  # the message lasts 14.4 s
    floor.telephony.customer_presses(leg, "9")
    assert (await floor.over()).opted_out_at is not None


async def test_a_message_that_is_gone_from_the_disk_is_replaced_by_the_built_in_one(floor: Floor) -> None:
    await nobody_free(floor, messages={"message.zh": "0" * 64})
    assert (await floor.over()).message_at is not None
    assert "safe_harbour_key_zh" in floor.telephony.played[0][1]


async def test_the_lists_language_comes_before_the_countrys(floor: Floor) -> None:
    floor.customers(answers(5.0))
    await floor.opens(leads=0)
    await floor.imports("autumn", "customer1", fields={"语言": "English"})
    await floor.time.passes(seconds=2)
    floor.vanishes("agent1")
    await floor.over()
    assert "safe_harbour_key_en" in floor.telephony.played[0][1]


async def test_the_message_goes_on_while_the_server_is_killed_and_the_key_counts_all_the_same(floor: Floor) -> None:
    leg = await nobody_free(floor)
    await floor.until(lambda: floor.told(SafeHarbourStarted))
    await floor.time.passes(seconds=1)
    await floor.dies()
    floor.telephony.customer_presses(leg, "9")
    await floor.time.passes(seconds=2)
    await floor.starts()
    row = await floor.over()
    assert (row.outcome, row.opted_out_at is not None) == (AttemptOutcome.ABANDONED, True)
    assert len([path for _, path in floor.telephony.played if "safe_harbour" in path]) == 1, "it is not played twice"
    await floor.time.settles()
    assert floor.lead().state is LeadState.DO_NOT_CALL


async def test_who_waited_while_the_server_was_killed_hears_the_message_from_the_next_one(floor: Floor) -> None:
    await nobody_free(floor)
    await floor.dies()
    await floor.time.passes(seconds=0.4)
    await floor.starts()
    row = await floor.over()
    assert row.answered_at is not None
    assert row.message_at is not None
    assert (row.message_at - row.answered_at).total_seconds() == pytest.approx(1.8, abs=0.01)


async def test_who_was_abandoned_is_called_after_the_lockout_and_only_with_an_agent_of_his_own(floor: Floor) -> None:
    await nobody_free(floor)
    row = await floor.over()
    assert row.ended_at is not None
    lead = floor.lead()
    assert (lead.agent_guaranteed, lead.state) == (True, LeadState.OPEN)
    assert lead.due_at is not None
    assert lead.due_at - row.ended_at >= timedelta(hours=2)
    explained = await floor.engine.explain_lead(lead.lead_id)
    [own] = [rule for rule in explained.rules if rule.rule == "guaranteed_agent"]
    assert (own.value, "abandoned" in own.detail) == ("needed", True)
    await floor.time.passes(seconds=(lead.due_at - floor.time.now()).total_seconds() + 60)
    assert len(floor.attempts()) == 1, "nobody is ready"
    await floor.engine.make_ready("agent1")
    await floor.call()
    assert floor.state() is AgentState.RESERVED
    await floor.talks()


async def again(floor: Floor, *, agents: int, then: Fate | None = None) -> None:
    """The abandoned customer's second call rings, with an agent reserved for it."""
    floor.customers(answers(5.0))
    await floor.opens(agents=agents)
    await floor.time.passes(seconds=2)
    for n in range(1, agents + 1):
        floor.vanishes(f"agent{n}")
    await floor.over()
    due_at = floor.lead().due_at
    assert due_at is not None
    floor.customers(then or rings_on())
    await floor.time.passes(seconds=(due_at - floor.time.now()).total_seconds() + 1)
    for n in range(1, agents + 1):
        await floor.engine.make_ready(f"agent{n}")
    await floor.call(state=CallState.RINGING)


async def test_an_agent_who_goes_for_lunch_meanwhile_stays_for_that_call(floor: Floor) -> None:
    await again(floor, agents=1)
    await floor.engine.pause_agent("agent1", "lunch")
    assert floor.state() is AgentState.RESERVED
    await floor.over(attempts=2)
    assert floor.state() is AgentState.PAUSED


async def test_if_the_reserved_agents_phone_fails_another_one_is_reserved(floor: Floor) -> None:
    await again(floor, agents=2)
    [reserved] = [n for n in ("agent1", "agent2") if floor.state(n) is AgentState.RESERVED]
    [other] = {"agent1", "agent2"} - {reserved}
    floor.engine._agents.phone_failed(reserved, "phone unplugged")
    assert floor.state(other) is AgentState.RESERVED
    await floor.over(attempts=2)


async def test_if_there_is_no_other_one_the_call_is_ended_before_he_can_answer_a_second_time(floor: Floor) -> None:
    await again(floor, agents=1)
    floor.engine._agents.phone_failed("agent1", "phone unplugged")
    failed_at = floor.time.now()
    row = await floor.over(attempts=2)
    assert row.outcome is AttemptOutcome.CANCELLED
    assert row.ended_at is not None
    assert (row.ended_at - failed_at).total_seconds() < 0.5
    assert floor.lead().agent_guaranteed, "he still has his agent guaranteed"


async def test_who_hangs_up_before_the_reserved_agents_phone_is_answered_keeps_his_agent(floor: Floor) -> None:
    floor.telephony.every_phone = answers(1.5)
    await again(floor, agents=1, then=answers(5.0, talks=0.4))
    row = await floor.over(attempts=2)
    assert (row.outcome, row.reason) == (AttemptOutcome.HUMAN, "hung_up_before_agent")
    assert floor.lead().agent_guaranteed, "he has talked to nobody"


async def test_a_campaign_that_dials_ahead_calls_him_only_with_an_agent_who_is_free_for_him(floor: Floor) -> None:
    """Three lines for the one agent; the abandoned customer's number is called with the agent or not at all."""
    await again(floor, agents=1)
    await floor.over(attempts=2)
    lead = floor.lead()
    floor.vanishes("agent1")
    campaign = await floor.store.campaign("autumn")
    assert campaign is not None
    changed = campaign.settings.model_copy(update={"pacing": PacingMode.POWER, "lines_per_agent": 3.0})
    await floor.engine.update_campaign("autumn", changed, by="planner")
    assert lead.agent_guaranteed
    assert lead.due_at is not None
    await floor.time.passes(seconds=max((lead.due_at - floor.time.now()).total_seconds(), 0) + 1)
    await floor.imports("autumn", *(f"other{n}" for n in range(6)))
    seen = []

    def look() -> bool:
        calls = {call.lead_name: call for call in floor.engine.floor().calls}
        if "customer1" in calls and calls["customer1"].state in (CallState.PLACING, CallState.RINGING):
            seen.append(calls["customer1"].agent_id)
        return len(floor.attempts("customer1")) > 2 and "customer1" not in calls

    await floor.engine.make_ready("agent1")
    await floor.until(look, seconds=6 * 3600, step=1.0)
    assert set(seen) == {"agent1"}
    assert len(floor.attempts()) > 3, "others were called ahead"


async def test_the_campaigns_own_sound_is_heard_until_the_message_begins(floor: Floor, tmp_path: Path) -> None:
    floor.settings["message_directory"] = str(tmp_path)
    audio.write_tone(tmp_path / f"{'a' * 64}.wav", 500, 1.0)
    await nobody_free(floor, messages={"waiting.zh": "a" * 64})
    await floor.over()
    waiting, message = [path for _, path in floor.telephony.played]
    assert (Path(waiting).stem, Path(message).stem) == ("a" * 64, "safe_harbour_key_zh")


Comers = st.lists(
    st.tuples(st.sampled_from(["autumn", "spring"]), st.integers(0, 12)),
    min_size=2,
    max_size=5,
    unique_by=lambda c: c[1],
)
Free = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 15)), min_size=1, max_size=4, unique_by=lambda f: f[0])


@given(comers=Comers, free=Free)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whoever_becomes_free_goes_to_the_longest_waiting_he_may_serve(
    comers: list[tuple[str, int]], free: list[tuple[int, int]]
) -> None:
    """Customers of two campaigns answer one after another with nobody free; agents who serve one or both become
    free. Steps of 0.1 s; what should come of it is worked out by hand."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(_served_in_turn(comers, free))


SERVES = ({"autumn", "spring"}, {"autumn"}, {"spring"}, {"autumn", "spring"})


async def _served_in_turn(comers: list[tuple[str, int]], free: list[tuple[int, int]]) -> None:
    floor = Floor()
    floor.telephony.every_phone = answers(0.001)
    for n in range(len(SERVES)):
        await floor.employs(f"agent{n}")
    for n in range(len(comers)):
        await floor.employs(f"dialler{n}")
    await floor.starts()
    dialling = tuple(f"dialler{n}" for n in range(len(comers)))
    for code in ("autumn", "spring"):
        serving = tuple(f"agent{n}" for n, codes in enumerate(SERVES) if code in codes)
        await floor.plans(code, agents=(*serving, *dialling), abandon_limit_s=2.0)
    for n, (code, step) in enumerate(comers):
        await floor.imports(code, f"c{n}")
        floor.customers(answers(5.0 + 0.1 * step), f"c{n}")
    for code in ("autumn", "spring"):
        await floor.engine.start_campaign(code, "planner")
    began = floor.time.monotonic()
    for name in dialling:
        await floor.engine.make_ready(name)
    await floor.time.passes(seconds=0.5)
    assert len(floor.telephony.placed) == len(comers)
    for name in dialling:
        floor.vanishes(name)
    for agent, step in sorted(free, key=lambda row: (row[1], row[0])):
        await floor.time.passes(seconds=began + 5.05 + 0.1 * step - floor.time.monotonic())
        await floor.engine.make_ready(f"agent{agent}")
    await floor.time.passes(seconds=30)
    met = {row.lead_name: row.agent_id for row in floor.attempts()}
    await floor.engine.stop_campaign("autumn", "planner")
    await floor.engine.stop_campaign("spring", "planner")
    await floor.closes()
    assert met == _by_hand(comers, free)


def _by_hand(comers: list[tuple[str, int]], free: list[tuple[int, int]]) -> dict[str, str | None]:
    """Instants in order: an answer takes the agent who has been ready longest, an agent the customer who has waited
    longest and not as long as 1.8 s."""
    met: dict[str, str | None] = {f"c{n}": None for n in range(len(comers))}
    waiting: list[tuple[float, int]] = []
    ready: list[int] = []
    instants = [(0.1 * step, "answer", n) for n, (_, step) in enumerate(comers)]
    instants += [(0.05 + 0.1 * step, "free", agent) for agent, step in free]
    for at, what, who in sorted(instants):
        waiting = [(since, n) for since, n in waiting if at - since < 1.8]
        if what == "answer":
            agent = next((a for a in ready if comers[who][0] in SERVES[a]), None)
            if agent is None:
                waiting.append((at, who))
            else:
                ready.remove(agent)
                met[f"c{who}"] = f"agent{agent}"
        else:
            customer = next((n for _, n in waiting if comers[n][0] in SERVES[who]), None)
            if customer is None:
                ready.append(who)
            else:
                waiting = [row for row in waiting if row[1] != customer]
                met[f"c{customer}"] = f"agent{who}"
    return met
