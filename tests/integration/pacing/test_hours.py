"""Pacing over hours: what over-dialling is worth, modes changed on the way, and what outlives a killed engine."""

from __future__ import annotations

from campaigns.campaign import PacingMode
from dialer.domain.events import PacingChanged
from tests.scenarios.floor import Floor
from tests.scenarios.test_pacing import abandoned, busy_share, centre, decisions, goes_home


async def test_predictive_keeps_more_agents_talking_than_progressive_and_keeps_the_limit(floor: Floor) -> None:
    await centre(floor, agents=5)
    await floor.time.passes(minutes=15)
    predictive = busy_share(floor, 5)
    lost, answered = abandoned(floor)
    assert answered > 20
    assert lost <= 2  # a start is given a few calls of credit
    assert predictive > 0.62  # one call per agent gives .57 in the same hour
    covered = [entry.decided for entry in await decisions(floor)]
    assert any(one.placed > one.floor for one in covered)
    assert all(one.placed <= one.wanted for one in covered)
    await goes_home(floor, 5)


async def test_a_mode_is_changed_while_it_runs_and_holds_at_once(floor: Floor) -> None:
    await centre(floor, agents=4)
    await floor.time.passes(minutes=8)
    campaign = await floor.store.campaign("autumn")
    assert campaign is not None
    slower = campaign.settings.model_copy(update={"pacing": PacingMode.PROGRESSIVE})
    await floor.engine.update_campaign("autumn", slower, "planner")
    await floor.time.settles()
    [changed] = floor.told(PacingChanged)
    assert (changed.previous, changed.mode, changed.by) == ("predictive", "progressive", "planner")
    at = floor.time.now().timestamp()
    await floor.time.passes(minutes=3)
    later = [entry.decided for entry in await decisions(floor) if entry.first > at]
    assert {one.mode for one in later} == {"progressive"}
    lost = abandoned(floor)[0]
    await floor.time.passes(minutes=5)
    assert abandoned(floor)[0] == lost
    await goes_home(floor, 4)


async def test_what_was_learned_and_counted_outlives_a_killed_engine(floor: Floor) -> None:
    await centre(floor, agents=4)
    await floor.time.passes(minutes=12)
    before = await floor.engine.pacer("autumn")
    counted = before.strictest(floor.time.now())
    learned = before.learned.summary()
    assert learned["conversations"] > 5
    await floor.dies()
    await floor.starts()
    await floor.time.passes(seconds=5)
    after = await floor.engine.pacer("autumn")
    await floor.time.settles()
    again = after.strictest(floor.time.now())
    assert again.answered >= counted.answered
    assert after.learned.summary()["conversations"] > 0.7 * learned["conversations"]
    persons = [row for row in floor.attempts() if row.connected_at or row.message_at]
    early = [row for row in floor.attempts() if row.reason == "hung_up_before_agent"]
    assert again.answered == len(persons) + len(early)
    assert len(await decisions(floor)) > 50
    await goes_home(floor, 4)
