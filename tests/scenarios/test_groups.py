"""Who gets the calls: groups, skills, scripts that were passed, and new agents who are spared."""

from __future__ import annotations

from dataclasses import replace

import pytest

from campaigns.idle import IdleReason
from campaigns.script_version import Released
from dialer.domain.agent import AgentState
from dialer.errors import FewerLinesThanAgents
from dialer.ports import Agent
from dialer.twin.parties import answers
from tests.scenarios.floor import Floor


async def becomes(floor: Floor, agent_id: str, **changes: object) -> Agent:
    """A planner changes the agent while the centre works."""
    known = await floor.store.agent(agent_id)
    assert known is not None
    changed = replace(known, **changes)  # type: ignore[arg-type]
    floor.engine.may_serve(changed)
    await floor.store.save_agent(changed)
    await floor.engine.staff_changed()
    return changed


async def all_done(floor: Floor, leads: int) -> None:
    await floor.until(lambda: len([row for row in floor.attempts() if row.ended_at]) >= leads, seconds=3000, step=0.5)


def calls_of(floor: Floor, agent_id: str) -> int:
    return sum(row.agent_id == agent_id for row in floor.attempts())


async def test_only_the_groups_agents_get_its_campaigns_calls(floor: Floor) -> None:
    floor.customers(answers(3.0, talks=10.0))
    await floor.opens(agents=2, leads=4, start=False, groups=("seniors",))
    await becomes(floor, "agent2", groups=frozenset({"seniors"}))
    await floor.engine.start_campaign("autumn", "li")
    for agent in ("agent1", "agent2"):
        await floor.engine.make_ready(agent)
    await all_done(floor, 4)
    assert (calls_of(floor, "agent1"), calls_of(floor, "agent2")) == (0, 4)


async def test_a_change_of_groups_holds_while_the_campaign_runs(floor: Floor) -> None:
    """Nobody is in the group, so nothing is dialled; the one who joins gets his first call without anybody's push."""
    floor.customers(answers(3.0, talks=10.0))
    await floor.opens(agents=1, leads=2, groups=("seniors",))
    await floor.time.passes(seconds=30)
    assert (floor.attempts(), floor.idle()) == ([], IdleReason.NO_READY_AGENT)
    await becomes(floor, "agent1", groups=frozenset({"seniors"}))
    call = await floor.talks("customer1")
    assert call.agent_id == "agent1"
    await becomes(floor, "agent1", groups=frozenset())
    await floor.over("customer1")
    await floor.time.passes(minutes=2)
    assert len(floor.attempts()) == 1


async def test_an_agent_needs_all_the_skills(floor: Floor) -> None:
    floor.customers(answers(3.0, talks=10.0))
    await floor.opens(agents=2, leads=3, start=False, skills=("english", "insurance"))
    await becomes(floor, "agent1", skills={"english": 3})
    await becomes(floor, "agent2", skills={"english": 1, "insurance": 1})
    await floor.engine.start_campaign("autumn", "li")
    for agent in ("agent1", "agent2"):
        await floor.engine.make_ready(agent)
    await all_done(floor, 3)
    assert (calls_of(floor, "agent1"), calls_of(floor, "agent2")) == (0, 3)


async def test_who_has_not_passed_the_scripts_version_gets_no_calls_from_it(floor: Floor) -> None:
    floor.customers(answers(3.0, talks=10.0))
    await floor.opens(agents=2, leads=4, start=False, script_name="renewal")
    await becomes(floor, "agent1", passed=frozenset({("renewal", 1)}))
    await becomes(floor, "agent2", passed=frozenset({("renewal", 1), ("renewal", 2)}))
    floor.store.released = [Released(name="renewal", version=1), Released(name="renewal", version=2)]
    await floor.engine.scripts_changed()
    await floor.engine.start_campaign("autumn", "li")
    for agent in ("agent1", "agent2"):
        await floor.engine.make_ready(agent)
    await floor.over("customer1")
    await floor.over("customer2")
    assert calls_of(floor, "agent1") == 0
    await becomes(floor, "agent1", passed=frozenset({("renewal", 2)}))
    await all_done(floor, 4)
    assert calls_of(floor, "agent1") > 0


async def test_a_new_agent_is_spared_after_his_calls_of_the_day(floor: Floor) -> None:
    floor.customers(answers(1.0, talks=40.0))
    await floor.opens(agents=1, leads=5, start=False)
    await becomes(floor, "agent1", newcomer=True, daily_cap=2)
    await floor.engine.start_campaign("autumn", "li")
    await floor.engine.make_ready("agent1")
    await floor.time.passes(minutes=10)
    assert len(floor.attempts()) == 2
    assert floor.state() is AgentState.READY
    await floor.dies()
    await floor.starts()  # what he did today is not forgotten
    await floor.engine.make_ready("agent1")
    await floor.time.passes(minutes=10)
    assert len(floor.attempts()) == 2
    await floor.time.passes(hours=24)
    floor.engine.wake()
    await floor.time.passes(minutes=10)
    assert len(floor.attempts()) == 4


async def test_short_calls_are_no_conversations_for_the_cap(floor: Floor) -> None:
    floor.customers(answers(1.0, talks=10.0))
    await floor.opens(agents=1, leads=5, start=False)
    await becomes(floor, "agent1", newcomer=True, daily_cap=2)
    await floor.engine.start_campaign("autumn", "li")
    await floor.engine.make_ready("agent1")
    await all_done(floor, 5)
    assert calls_of(floor, "agent1") == 5


async def test_who_would_be_one_too_many_does_not_join(floor: Floor) -> None:
    floor.customers(answers(3.0, talks=30.0))
    await floor.opens(agents=2, leads=2, start=False, groups=("seniors",), lines=1)
    await becomes(floor, "agent1", groups=frozenset({"seniors"}))
    await floor.engine.start_campaign("autumn", "li")
    for agent in ("agent1", "agent2"):
        await floor.engine.make_ready(agent)
    with pytest.raises(FewerLinesThanAgents, match="before agent2 joins"):
        await becomes(floor, "agent2", groups=frozenset({"seniors"}))


async def test_a_group_that_is_larger_than_the_lines_does_not_start(floor: Floor) -> None:
    await floor.opens(agents=2, leads=2, start=False, groups=("seniors",), lines=1)
    for agent in ("agent1", "agent2"):
        await becomes(floor, agent, groups=frozenset({"seniors"}))
    with pytest.raises(FewerLinesThanAgents, match="1 lines for 2 agents"):
        await floor.engine.start_campaign("autumn", "li")


async def test_who_is_no_longer_active_gets_no_further_call(floor: Floor) -> None:
    floor.customers(answers(3.0, talks=10.0))
    await floor.opens(agents=1, leads=3)
    await floor.talks("customer1")
    await becomes(floor, "agent1", active=False)
    await floor.over("customer1")
    await floor.time.passes(minutes=3)
    assert len(floor.attempts()) == 1


async def test_a_lead_that_needs_a_skill_waits_for_an_agent_who_has_it(floor: Floor) -> None:
    """Others are dialled meanwhile; the lead is not lost behind them."""
    floor.customers(answers(3.0, talks=20.0))
    await floor.opens(agents=2, leads=0, start=False)
    await floor.imports("autumn", "tourist", skill="english", priority=9)
    await floor.imports("autumn", "neighbour1", "neighbour2")
    await becomes(floor, "agent2", skills={"english": 3})
    await floor.engine.start_campaign("autumn", "li")
    await floor.engine.make_ready("agent1")
    assert (await floor.talks("neighbour1")).agent_id == "agent1"
    await floor.over("neighbour2")
    await floor.time.passes(minutes=6)
    assert floor.attempts("tourist") == []
    await floor.engine.make_ready("agent2")
    await floor.time.passes(seconds=6)
    assert [row.agent_id for row in floor.attempts("tourist")] == ["agent2"]


async def test_the_first_with_the_skill_who_becomes_free_gets_the_next_lead_that_needs_it(floor: Floor) -> None:
    """Two leads, one agent who speaks English: the second customer is called as soon as the first one is done."""
    floor.customers(answers(3.0, talks=20.0))
    await floor.opens(agents=2, leads=0, start=False)
    await floor.imports("autumn", "tourist1", "tourist2", skill="english", priority=9)
    await floor.imports("autumn", *(f"neighbour{n}" for n in range(9)))
    await becomes(floor, "agent2", skills={"english": 3})
    await floor.engine.start_campaign("autumn", "li")
    for agent in ("agent1", "agent2"):
        await floor.engine.make_ready(agent)
    await floor.over("tourist1")
    await floor.over("tourist2")
    calls = sorted((row for row in floor.attempts() if row.agent_id == "agent2"), key=lambda row: row.placed_at)
    assert {row.lead_name for row in calls[:2]} == {"tourist1", "tourist2"}
