from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.campaign import CampaignOrder, CampaignState, after
from campaigns.pilot import (
    DECIDED,
    PilotDecision,
    PilotPlan,
    complete,
    order_of,
    problems,
    remarks,
    room,
    serves,
)
from campaigns.statistics import wilson

TEAM = tuple(f"agent{n}" for n in range(10))
PLAN = PilotPlan(calls=100, agents=TEAM, calls_per_agent=10)


def test_a_sound_plan_has_no_problems() -> None:
    assert problems(PLAN) == []


def test_each_problem_of_a_plan_is_named() -> None:
    assert problems(PilotPlan(calls=20, agents=TEAM)) == ["calls is 20; a pilot takes 50 to 150"]
    assert "agents: name the agents of the pilot" in problems(PilotPlan(agents=()))
    assert problems(PilotPlan(calls=60, agents=TEAM[:2])) == ["calls is 60, but 2 agents with 10 each make 20"]
    assert "agents: somebody is named twice" in problems(PilotPlan(agents=("mei", "mei")))


def test_nobody_gets_more_than_his_share() -> None:
    assert serves(PLAN, "agent1", {"agent1": 9})
    assert not serves(PLAN, "agent1", {"agent1": 10})
    assert not serves(PLAN, "stranger", {})


@given(st.lists(st.integers(0, 10), min_size=10, max_size=10), st.integers(0, 20))
def test_attempts_never_exceed_the_plan(made: list[int], in_flight: int) -> None:
    calls = dict(zip(TEAM, made, strict=True))
    free = room(PLAN, calls, in_flight)
    assert free >= 0
    assert free == 0 or sum(made) + in_flight + free <= PLAN.calls
    assert complete(PLAN, calls) == (sum(made) >= PLAN.calls)


def test_remarks_name_the_hours_that_were_missed() -> None:
    found = remarks(PLAN, calls=100, contacts=wilson(100, 320), hours={9, 10}, open_hours={9, 10, 19})
    assert [(remark.code, remark.text) for remark in found] == [("hours_missed", "Not tried at these hours: 19.")]


@given(st.integers(0, 2**32), st.floats(0.3, 1.0))
def test_however_calls_end_the_plan_is_reached_and_never_passed(seed: int, answered: float) -> None:
    """Attempts are placed while there is room; any of those under way becomes a conversation of an agent with room."""
    plan, chance = PilotPlan(calls=50, agents=TEAM[:6], calls_per_agent=9), random.Random(seed)
    calls = dict.fromkeys(plan.agents, 0)
    in_flight = 0
    while not complete(plan, calls):
        in_flight += chance.randint(0, room(plan, calls, in_flight))
        if not in_flight:
            continue
        in_flight -= 1
        if chance.random() < answered:
            calls[chance.choice([agent for agent in plan.agents if serves(plan, agent, calls)])] += 1
    assert sum(calls.values()) == plan.calls
    assert in_flight == 0
    assert max(calls.values()) <= plan.calls_per_agent


@pytest.mark.parametrize("decision", list(PilotDecision))
@pytest.mark.parametrize("state", [CampaignState.PILOT, CampaignState.PAUSED, CampaignState.DRAINING])
def test_a_decision_leads_to_its_state_from_wherever_a_pilot_may_rest(
    decision: PilotDecision, state: CampaignState
) -> None:
    order = order_of(decision, state)
    assert (state if order is None else after(state, order)) is DECIDED[decision]


def test_what_was_finished_meanwhile_is_not_adjusted() -> None:
    assert order_of(PilotDecision.STOP, CampaignState.FINISHED) is None
    assert order_of(PilotDecision.GO, CampaignState.FINISHED) is CampaignOrder.GO
    with pytest.raises(ValueError, match="FINISHED"):
        order_of(PilotDecision.ADJUST, CampaignState.FINISHED)


def test_a_pilot_is_made_before_the_start_or_in_a_pause() -> None:
    may = {state for state in CampaignState if after(state, CampaignOrder.PILOT) is CampaignState.PILOT}
    assert may == {CampaignState.DRAFT, CampaignState.PAUSED}
