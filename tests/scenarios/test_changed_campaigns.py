"""A planner changes a campaign while it dials: it holds from the next attempt on."""

from __future__ import annotations

import pytest

from dialer.errors import FewerLinesThanAgents, WrongState
from dialer.twin.parties import answers, rings_on
from tests.scenarios.floor import Floor


async def test_a_new_ring_time_holds_for_the_next_call_and_not_for_the_one_that_rings(floor: Floor) -> None:
    floor.customers(rings_on())
    await floor.opens(leads=2)
    await floor.call("customer1")
    settings = (await floor.engine._campaigns.find("autumn")).settings
    await floor.engine.update_campaign("autumn", settings.model_copy(update={"ring_time_s": 60}), "li", expected=1)
    first = await floor.over("customer1")
    assert first.ended_at is not None
    assert 24 < (first.ended_at - first.placed_at).total_seconds() < 40
    second = await floor.over("customer2")
    assert second.ended_at is not None
    assert (second.ended_at - second.placed_at).total_seconds() > 55
    assert floor.store.rows.made_under == {first.attempt_id: 1, second.attempt_id: 2}


async def test_a_campaign_that_dials_keeps_a_line_for_each_agent(floor: Floor) -> None:
    floor.customers(answers(3.0, talks=300.0))
    await floor.opens(agents=3, leads=3)
    settings = (await floor.engine._campaigns.find("autumn")).settings
    fewer = settings.model_copy(update={"lines": 2})
    with pytest.raises(FewerLinesThanAgents, match="2 lines for 3 agents"):
        await floor.engine.update_campaign("autumn", fewer, "li")
    named = settings.model_copy(update={"lines": 2, "agents": ("agent1", "agent2")})
    changed = await floor.engine.update_campaign("autumn", named, "li")
    assert changed.version == 2
    await floor.engine.pause_campaign("autumn", "li")
    assert (await floor.engine.update_campaign("autumn", fewer, "li")).version == 3


async def test_an_agent_taken_out_gets_no_further_call_and_keeps_the_one_he_has(floor: Floor) -> None:
    floor.customers(answers(3.0, talks=20.0))
    await floor.opens(agents=2, leads=6)
    first = await floor.talks("customer1")
    settings = (await floor.engine._campaigns.find("autumn")).settings
    others = settings.model_copy(update={"agents": tuple({"agent1", "agent2"} - {str(first.agent_id)})})
    await floor.engine.update_campaign("autumn", others, "li")
    assert (await floor.talks("customer1")).attempt_id == first.attempt_id
    await floor.until(lambda: len([r for r in floor.attempts() if r.ended_at]) == 6, seconds=600)
    assert sum(row.agent_id == first.agent_id for row in floor.attempts()) == 1


async def test_two_planners_do_not_overwrite_each_other(floor: Floor) -> None:
    await floor.opens(start=False)
    settings = (await floor.engine._campaigns.find("autumn")).settings
    await floor.engine.update_campaign("autumn", settings.model_copy(update={"lines": 5}), "li", expected=1)
    with pytest.raises(WrongState):
        await floor.engine.update_campaign("autumn", settings.model_copy(update={"lines": 9}), "mei", expected=1)
    assert (await floor.engine._campaigns.find("autumn")).settings.lines == 5
