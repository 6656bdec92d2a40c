"""A pilot (试呼): a few calls under the conditions of the real campaign; then somebody decides."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from campaigns.campaign import CampaignState
from campaigns.idle import IdleReason
from campaigns.pilot import PilotDecision, PilotPlan
from dialer.domain.events import PilotCompleted, PilotDecided, PilotStarted
from dialer.errors import FewerLinesThanAgents, WrongState
from dialer.twin.parties import answers, busy
from tests.scenarios.floor import Floor

TEAM = tuple(f"agent{n}" for n in range(1, 9))
PLAN = PilotPlan(calls=50, agents=TEAM, calls_per_agent=7)


@pytest.fixture(autouse=True)
def lines(floor: Floor) -> None:
    floor.has_lines(20)


async def opens(floor: Floor, *, agents: int = 8, leads: int = 90, plan: PilotPlan = PLAN, **campaign: object) -> None:
    """Everybody is ready, also those who take no part."""
    await floor.opens(agents=agents, leads=leads, start=False, **campaign)
    await floor.engine.pilots.start("autumn", plan, by="li")
    await come_in(floor, agents)


async def come_in(floor: Floor, agents: int) -> None:
    for n in range(1, agents + 1):
        await floor.engine.make_ready(f"agent{n}")
    await floor.time.settles()


def talks(floor: Floor) -> Counter[str]:
    """Conversations of each."""
    return Counter(row.agent_id for row in floor.attempts() if row.connected_at is not None and row.agent_id)


async def complete(floor: Floor) -> None:
    await floor.time.settles()
    await floor.until(lambda: floor.idle() is IdleReason.PILOT_COMPLETE, seconds=7200, step=1.0)
    await floor.until(lambda: not floor.engine.floor().calls, seconds=300, step=1.0)


async def decides(floor: Floor, decision: PilotDecision) -> None:
    [started] = floor.told(PilotStarted)
    await floor.engine.pilots.decide(
        "autumn",
        PilotDecided(
            occurred_at=floor.time.now(), pilot_id=started.pilot_id, campaign_id=started.campaign_id,
            decision=decision.value, version=1, by="wang", remark="", changed=(), report={},
        ),
    )  # fmt: skip


async def test_a_pilot_stops_by_itself_and_go_starts_the_real_campaign(floor: Floor) -> None:
    floor.customers(answers(3.0, talks=40.0))
    floor.customers(busy(), "customer3")
    await opens(floor, agents=10)
    await complete(floor)
    await floor.time.passes(hours=2)
    made = talks(floor)
    assert made.total() == 50
    assert max(made.values()) <= 7
    assert set(made) <= set(TEAM), "two are ready and take no part"
    assert [event.conversations for event in floor.told(PilotCompleted)] == [50]
    assert (floor.campaign_state(), (await floor.engine.explain_campaign("autumn")).idle) == (
        CampaignState.PILOT,
        IdleReason.PILOT_COMPLETE,
    )
    await decides(floor, PilotDecision.GO)
    await floor.until(lambda: talks(floor).total() == 89, seconds=7200, step=1.0)
    assert floor.campaign_state() == CampaignState.RUNNING
    assert set(talks(floor)) > set(TEAM), "now the others serve it, too"


async def test_the_last_calls_of_an_agent_go_to_nobody_else(floor: Floor) -> None:
    """Five agents with ten each make fifty: the one who comes late finds his ten."""
    floor.customers(answers(3.0, talks=20.0))
    plan = PilotPlan(calls=50, agents=TEAM[:5], calls_per_agent=10)
    await opens(floor, agents=4, plan=plan)
    await floor.employs("agent5")
    await floor.until(lambda: talks(floor).total() == 40, seconds=7200, step=1.0)
    await floor.time.passes(minutes=10)
    assert set(talks(floor).values()) == {10}
    assert floor.idle() is IdleReason.NO_READY_AGENT
    await floor.engine.make_ready("agent5")
    await complete(floor)
    assert talks(floor)["agent5"] == 10


async def test_a_restart_in_the_middle_continues_the_count(floor: Floor) -> None:
    floor.customers(answers(3.0, talks=40.0))
    await opens(floor)
    await floor.until(lambda: talks(floor).total() >= 23, seconds=7200, step=1.0)
    await floor.dies()
    await floor.time.passes(seconds=5)
    await floor.starts()
    await come_in(floor, 8)
    await complete(floor)
    made = talks(floor)
    assert made.total() == 50
    assert max(made.values()) <= 7
    assert len(floor.told(PilotCompleted)) == 1
    await floor.dies()
    await floor.starts()
    await come_in(floor, 8)
    await floor.time.passes(minutes=30)
    assert (talks(floor).total(), floor.idle()) == (50, IdleReason.PILOT_COMPLETE)
    assert len(floor.told(PilotCompleted)) == 1
    with pytest.raises(WrongState, match="decide first: go, adjust or stop"):
        await floor.engine.start_campaign("autumn", "li")


async def test_a_pilot_that_is_paused_goes_on_where_it_was(floor: Floor) -> None:
    floor.customers(answers(3.0, talks=40.0))
    await opens(floor)
    await floor.until(lambda: talks(floor).total() >= 10, seconds=7200, step=1.0)
    await floor.engine.pause_campaign("autumn", "li")
    with pytest.raises(WrongState, match="decide first"):
        await floor.engine.start_campaign("autumn", "li")
    with pytest.raises(WrongState, match="decide first"):
        await floor.engine.pilots.start("autumn", PLAN, by="li")
    await floor.engine.pilots.resume("autumn", by="li")
    await complete(floor)
    assert talks(floor).total() == 50
    assert len(floor.told(PilotStarted)) == 1


@pytest.mark.parametrize(
    ("decision", "state"),
    [(PilotDecision.ADJUST, CampaignState.PAUSED), (PilotDecision.STOP, CampaignState.FINISHED)],
)
async def test_after_adjust_and_stop_nothing_dials(floor: Floor, decision: PilotDecision, state: CampaignState) -> None:
    floor.customers(answers(3.0, talks=40.0))
    await opens(floor)
    await floor.until(lambda: talks(floor).total() >= 10, seconds=7200, step=1.0)
    await decides(floor, decision)
    before = len(floor.attempts())
    await floor.time.passes(minutes=30)
    assert (floor.campaign_state(), len(floor.attempts())) == (state, before)
    with pytest.raises(WrongState, match="decided meanwhile"):
        await decides(floor, PilotDecision.GO)


async def test_after_an_adjustment_the_next_pilot_counts_from_nothing(floor: Floor) -> None:
    floor.customers(answers(3.0, talks=40.0))
    await opens(floor, leads=120)
    await complete(floor)
    await decides(floor, PilotDecision.ADJUST)
    await floor.time.passes(seconds=1)
    await floor.engine.pilots.start("autumn", PLAN, by="li")
    await complete(floor)
    assert talks(floor).total() == 100


async def test_a_callback_promised_in_the_pilot_is_kept_once_the_campaign_runs(floor: Floor) -> None:
    floor.customers(answers(3.0, talks=40.0))
    await opens(floor)
    call = await floor.talks("customer1")
    due = floor.time.now() + timedelta(hours=1)
    await floor.engine.dispose(call.attempt_id, "CALLBACK", callback_at=due)
    await complete(floor)
    await floor.time.passes(minutes=80)
    assert len(floor.attempts("customer1")) == 1
    await decides(floor, PilotDecision.GO)
    await floor.over("customer1", attempts=2)


async def test_a_pilot_needs_a_line_for_each_of_its_agents_only(floor: Floor) -> None:
    """Ten are assigned, the eight of the pilot have their lines."""
    await floor.opens(agents=10, start=False, lines=8)
    with pytest.raises(FewerLinesThanAgents, match="8 lines for 9 agents"):
        await floor.engine.pilots.start(
            "autumn", PilotPlan(calls=50, agents=(*TEAM, "agent9"), calls_per_agent=7), by="li"
        )
    await floor.engine.pilots.start("autumn", PLAN, by="li")
    assert floor.campaign_state() == CampaignState.PILOT


async def test_a_running_campaign_is_no_place_for_a_pilot(floor: Floor) -> None:
    await floor.opens(agents=8)
    with pytest.raises(WrongState, match="pilot is not possible"):
        await floor.engine.pilots.start("autumn", PLAN, by="li")
    assert floor.told(PilotStarted) == []
