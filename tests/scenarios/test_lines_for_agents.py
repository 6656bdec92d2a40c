"""A shift in which lines are scarce: no agent joins a campaign that dials without a line for him."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from campaigns.attempt import AttemptOutcome
from dialer.domain.agent import AgentState, LegMode
from dialer.errors import FewerLinesThanAgents
from dialer.twin.parties import answers
from tests.scenarios.floor import CARRIER, Floor


async def two_lines_for_three(floor: Floor) -> None:
    """A campaign dials for agent1 and agent2 on its two lines; agent3 is not at work yet."""
    floor.has_lines(2)
    floor.customers(answers(3.0, talks=30.0))
    await floor.opens(agents=2, leads=4)
    await floor.employs("agent3")


async def test_one_agent_more_than_lines_does_not_get_in_while_the_campaign_dials(floor: Floor) -> None:
    await two_lines_for_three(floor)
    for enter in (floor.engine.make_ready, floor.engine.log_in):
        with pytest.raises(FewerLinesThanAgents, match="2 lines for 3 agents in campaign autumn") as refusal:
            await enter("agent3")
        limits = {"lines": 2, "agents": 3, "limited_by": "the line workers", "campaign": "autumn"}
        assert refusal.value.details == limits
        assert "before agent3 logs in" in refusal.value.message
        assert floor.state("agent3") is AgentState.LOGGED_OUT
    assert [floor.state(f"agent{n}") for n in (1, 2)] == [AgentState.READY] * 2


async def test_he_gets_in_when_another_goes_home_or_the_campaign_pauses(floor: Floor) -> None:
    await two_lines_for_three(floor)
    call = await floor.talks("customer1")
    assert call.agent_id == "agent1"
    await floor.engine.log_out("agent1")  # wished for: he goes after his call
    with pytest.raises(FewerLinesThanAgents):
        await floor.engine.make_ready("agent3")
    await floor.time.passes(minutes=2)
    assert floor.state("agent1") is AgentState.LOGGED_OUT
    await floor.engine.make_ready("agent3")
    with pytest.raises(FewerLinesThanAgents):
        await floor.engine.make_ready("agent1")
    await floor.engine.pause_campaign("autumn", "planner")
    await floor.engine.make_ready("agent1")
    with pytest.raises(FewerLinesThanAgents, match="2 lines for 3 agents"):
        await floor.engine.start_campaign("autumn", "planner")


async def test_two_who_come_at_the_same_moment_do_not_share_the_last_line(floor: Floor) -> None:
    floor.has_lines(2)
    await floor.opens(agents=1)
    for agent_id in ("agent2", "agent3"):
        await floor.employs(agent_id)
    answers = await asyncio.gather(
        *(floor.engine.make_ready(agent_id) for agent_id in ("agent2", "agent3")), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [type(None), FewerLinesThanAgents]


@pytest.mark.parametrize(("carrier", "campaign", "who"), [(2, 0, "the trunks"), (30, 2, "the campaign")])
async def test_the_trunks_and_the_campaigns_own_limit_count_as_well(
    floor: Floor, carrier: int, campaign: int, who: str
) -> None:
    floor.trunks = (msgspec.structs.replace(CARRIER, lines=carrier),)
    await floor.opens(agents=2, lines=campaign)
    await floor.employs("agent3")
    with pytest.raises(FewerLinesThanAgents, match=f"2 lines for 3 agents.*{who} must give"):
        await floor.engine.make_ready("agent3")


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1)])
async def test_agents_of_other_campaigns_take_no_line_from_this_one(floor: Floor, order: tuple[int, ...]) -> None:
    await floor.opens(agents=3, leads=0, start=False)
    await floor.plans("experts", lines=1, agents=("agent3",))
    await floor.engine.start_campaign("experts", "planner")
    for n in order:
        await floor.engine.make_ready(f"agent{n}")
        assert floor.state(f"agent{n}") is AgentState.READY


async def test_who_is_logged_in_is_never_refused_though_lines_have_been_lost(floor: Floor) -> None:
    floor.has_lines(2, workers=2)
    await floor.opens(agents=2, leads=0)
    floor.telephony.kill_worker("w2")
    await floor.time.settles()
    await floor.engine.pause_agent("agent2", "lunch")
    for _ in range(2):
        await floor.engine.log_in("agent2")
        await floor.engine.make_ready("agent2")
        assert floor.state("agent2") is AgentState.READY
    await floor.engine.log_out("agent2")
    with pytest.raises(FewerLinesThanAgents, match="1 lines for 2 agents"):
        await floor.engine.make_ready("agent2")


async def test_an_agent_found_talking_after_a_restart_is_taken_over_without_a_question(floor: Floor) -> None:
    """The carrier was cut down to one line meanwhile; both conversations go on, and nobody is sent home."""
    floor.customers(answers(3.0))
    await floor.opens(agents=2, leads=2)
    for n in (1, 2):
        await floor.talks(f"customer{n}")
    await floor.dies()
    floor.trunks = (msgspec.structs.replace(CARRIER, lines=1),)
    await floor.starts()
    assert [floor.state(f"agent{n}") for n in (1, 2)] == [AgentState.ON_CALL] * 2
    for n in (1, 2):
        await floor.engine.make_ready(f"agent{n}")
        await floor.hangs_up(f"customer{n}")
        assert (await floor.over(f"customer{n}")).outcome is AttemptOutcome.HUMAN
    await floor.time.passes(seconds=21)
    assert [floor.state(f"agent{n}") for n in (1, 2)] == [AgentState.READY] * 2
    await floor.employs("agent3")
    with pytest.raises(FewerLinesThanAgents, match="1 lines for 3 agents"):
        await floor.engine.make_ready("agent3")


async def test_a_phone_lost_with_its_worker_is_called_again_without_a_question(floor: Floor) -> None:
    floor.has_lines(20, workers=2)
    await floor.employs("agent1", mode=LegMode.ALWAYS_OPEN)
    await floor.starts()
    await floor.plans("autumn", lines=1)
    await floor.engine.start_campaign("autumn", "planner")
    await floor.engine.make_ready("agent1")
    await floor.employs("agent2")
    with pytest.raises(FewerLinesThanAgents):
        await floor.engine.make_ready("agent2")
    floor.telephony.kill_worker("w1")
    await floor.time.passes(seconds=10)
    assert floor.state("agent1") is AgentState.READY
    assert floor.agent("agent1").leg_up
