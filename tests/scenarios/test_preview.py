"""Agents look at a lead before it is called: they call it, skip it, or do not decide at all."""

from __future__ import annotations

import pytest

from campaigns.attempt import AttemptOutcome
from campaigns.campaign import PacingMode
from campaigns.pacing import PreviewState
from dialer.domain.agent import AgentState
from dialer.domain.events import PreviewMoved
from dialer.engine.preview_desk import LAPSED
from dialer.errors import WrongState
from dialer.twin.parties import answers, busy
from tests.scenarios.floor import Floor


def states(floor: Floor) -> list[str]:
    return [event.state for event in floor.told(PreviewMoved)]


async def shown(floor: Floor, agent_id: str = "agent1") -> str:
    """The name on the agent's screen, once there is one."""
    await floor.until(lambda: floor.agent(agent_id).preview is not None)
    preview = floor.agent(agent_id).preview
    assert preview is not None
    return preview.lead_name


async def test_what_an_agent_accepts_is_called_with_him_kept_for_it(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await floor.opens(agents=1, leads=2, pacing="preview")
    name = await shown(floor)
    assert floor.state() is AgentState.RESERVED
    await floor.time.passes(seconds=10)
    assert floor.attempts() == []
    preview = await floor.engine.accept_lead("agent1")
    assert preview.number == floor.lead(name).numbers[0].e164
    call = await floor.talks(name)
    assert call.agent_id == "agent1"
    assert states(floor)[:3] == [PreviewState.SHOWN, PreviewState.ACCEPTED, PreviewState.DIALLED]
    await floor.hangs_up(name)
    assert (await floor.over(name)).outcome is AttemptOutcome.HUMAN


async def test_a_lead_is_shown_to_one_agent_only(floor: Floor) -> None:
    await floor.opens(agents=3, leads=10, pacing="preview")
    names = {await shown(floor, f"agent{n}") for n in (1, 2, 3)}
    assert len(names) == 3
    assert floor.attempts() == []


async def test_a_skipped_lead_goes_back_and_not_to_this_agent_again(floor: Floor) -> None:
    await floor.opens(agents=1, leads=2, pacing="preview")
    first = await shown(floor)
    await floor.engine.skip_lead("agent1", "my cousin")
    second = await shown(floor)
    assert second != first
    await floor.time.settles()
    [skipped] = [event for event in floor.told(PreviewMoved) if event.state == PreviewState.SKIPPED]
    assert skipped.reason == "my cousin"
    await floor.employs("agent2")
    await floor.engine.make_ready("agent2")
    assert await shown(floor, "agent2") == first
    await floor.engine.skip_lead("agent1")
    await floor.time.passes(minutes=5)
    assert floor.agent("agent1").preview is None  # he has skipped everything there is


async def test_who_does_not_decide_in_time_is_paused_and_the_lead_goes_back(floor: Floor) -> None:
    await floor.opens(agents=1, leads=1, pacing="preview", preview_s=30)
    await shown(floor)
    await floor.time.passes(seconds=31)
    assert floor.state() is AgentState.PAUSED
    assert floor.agent().reason == LAPSED
    with pytest.raises(WrongState, match="no lead waits"):
        await floor.engine.accept_lead("agent1")
    await floor.engine.make_ready("agent1")
    assert await shown(floor) == "customer1"


async def test_an_agent_who_leaves_gives_his_lead_back(floor: Floor) -> None:
    await floor.opens(agents=2, leads=1, pacing="preview")
    await floor.until(lambda: any(agent.preview for agent in floor.engine.floor().agents))
    [looking] = [agent.agent_id for agent in floor.engine.floor().agents if agent.preview]
    await floor.engine.pause_agent(looking, "lunch")
    other = "agent2" if looking == "agent1" else "agent1"
    assert await shown(floor, other) == "customer1"
    assert floor.state(looking) is AgentState.PAUSED


async def test_a_change_of_mode_takes_leads_off_the_screens_and_calls_them(floor: Floor) -> None:
    floor.customers(busy())
    await floor.opens(agents=1, leads=1, pacing="preview")
    await shown(floor)
    campaign = await floor.store.campaign("autumn")
    assert campaign is not None
    changed = campaign.settings.model_copy(update={"pacing": PacingMode.PROGRESSIVE})
    await floor.engine.update_campaign("autumn", changed, "planner")
    await floor.over()
    assert PreviewState.WITHDRAWN in states(floor)


async def test_a_lead_that_was_shown_when_the_engine_died_is_shown_again(floor: Floor) -> None:
    await floor.opens(agents=1, leads=1, pacing="preview", preview_s=20)
    await shown(floor)
    await floor.dies()
    await floor.starts()
    await floor.engine.make_ready("agent1")
    await floor.until(lambda: floor.agent().preview is not None, seconds=400)


async def test_an_accepted_lead_waits_for_a_line(floor: Floor) -> None:
    floor.has_lines(2).customers(answers(3.0))
    await floor.opens(agents=2, leads=2, pacing="preview", lines=1, start=False)
    for n in (1, 2):
        await floor.engine.make_ready(f"agent{n}")
    await floor.engine.log_out("agent2")
    await floor.engine.start_campaign("autumn", "planner")
    name = await shown(floor)
    floor.telephony.trunk_goes_down("carrier")
    await floor.time.settles()
    await floor.engine.accept_lead("agent1")
    await floor.time.passes(seconds=5)
    assert floor.attempts() == []
    floor.telephony.trunk_comes_up("carrier")
    await floor.talks(name)
    await floor.hangs_up(name)
    await floor.over(name)
