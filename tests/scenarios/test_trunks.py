"""Carriers that fail: the trunk rests, the other one carries, the list is not spent."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from campaigns.attempt import AttemptOutcome
from campaigns.idle import IdleReason
from dialer.domain.events import AlarmRaised
from dialer.twin.parties import Fate, answers, congested, no_codec, not_accepted, rings_on, silent
from tests.scenarios.floor import BACKUP, CARRIER, Floor


@pytest.mark.parametrize("trouble", [congested(), silent()], ids=["503", "silent"])
async def test_a_trunk_that_carries_nothing_rests_and_no_lead_is_charged(floor: Floor, trouble: Fate) -> None:
    floor.customers(answers(3.0))
    floor.telephony.trunk_fates["carrier"] = trouble
    await floor.opens(leads=30)
    await floor.until(lambda: "trunk_breaker" in floor.alarms(), seconds=60)
    failed = len(floor.attempts())
    assert failed == 5
    assert set(floor.outcomes()) == {AttemptOutcome.CONGESTED}
    assert floor.idle() is IdleReason.TRUNK_DOWN
    await floor.time.passes(seconds=25)
    assert len(floor.attempts()) == failed, "the trunk rests"
    assert floor.open_leads() == 30
    lead = floor.lead("customer1")
    assert lead.due_at is not None
    assert lead.due_at - floor.attempts("customer1")[0].placed_at < timedelta(minutes=6)


async def test_a_resting_trunk_is_tried_with_one_call_after_30_s_then_60_up_to_5_minutes(floor: Floor) -> None:
    floor.telephony.trunk_fates["carrier"] = congested()
    await floor.opens(agents=3, leads=60)
    await floor.until(lambda: "trunk_breaker" in floor.alarms(), seconds=60)
    await floor.time.passes(seconds=1)
    before = len(floor.attempts())
    opened = floor.told(AlarmRaised)[0].occurred_at
    await floor.time.passes(minutes=25)
    trials = [row.placed_at for row in floor.attempts()[before:]]
    gaps = [round((late - early).total_seconds()) for early, late in zip([opened, *trials], trials, strict=False)]
    assert gaps[:6] == [30, 60, 120, 240, 300, 300]


async def test_a_trunk_that_recovers_carries_again_and_the_alarm_goes(floor: Floor) -> None:
    floor.customers(answers(3.0))
    floor.telephony.trunk_fates["carrier"] = congested()
    await floor.opens(leads=30)
    await floor.until(lambda: "trunk_breaker" in floor.alarms(), seconds=60)
    floor.telephony.trunk_fates.clear()
    await floor.until(lambda: any(c.state == "CONNECTED" for c in floor.engine.floor().calls), seconds=60)
    assert floor.alarms() == set()


async def test_the_next_trunk_takes_over(floor: Floor) -> None:
    floor.trunks = (CARRIER, BACKUP)
    floor.customers(answers(3.0))
    floor.telephony.trunk_fates["carrier"] = congested()
    await floor.opens(leads=10)
    await floor.until(lambda: any(c.state == "CONNECTED" for c in floor.engine.floor().calls), seconds=60)
    assert [row.trunk for row in floor.attempts()] == ["carrier"] * 5 + ["backup"]


async def test_a_refused_password_stops_the_trunk_at_once(floor: Floor) -> None:
    floor.telephony.trunk_fates["carrier"] = not_accepted()
    await floor.opens(leads=10)
    await floor.time.passes(minutes=10)
    assert len(floor.attempts()) == 1
    assert floor.alarms() == {"trunk_misconfigured"}
    assert floor.idle() is IdleReason.TRUNK_DOWN
    floor.telephony.trunk_fates.clear()
    floor.telephony.trunk_comes_up("carrier")
    await floor.time.passes(seconds=1)
    assert len(floor.attempts()) == 2
    assert floor.alarms() == set()


async def test_a_stopped_trunk_without_registration_is_taken_back_by_hand(floor: Floor) -> None:
    floor.telephony.trunk_fates["carrier"] = not_accepted()
    await floor.opens(leads=10)
    await floor.until(lambda: "trunk_misconfigured" in floor.alarms())
    floor.telephony.trunk_fates.clear()
    floor.engine.mend_trunk("carrier")
    await floor.time.passes(seconds=1)
    assert floor.alarms() == set()
    assert len(floor.attempts()) == 2


async def test_no_common_codec_raises_an_alarm(floor: Floor) -> None:
    floor.telephony.trunk_fates["carrier"] = no_codec()
    await floor.opens(leads=10)
    await floor.time.passes(seconds=5)
    assert "no_common_codec" in floor.alarms()
    assert floor.outcomes()[0] is AttemptOutcome.FAILED


async def test_a_trunk_that_is_not_registered_carries_nothing_until_it_is(floor: Floor) -> None:
    await floor.opens(leads=3, start=False)
    floor.telephony.trunk_goes_down("carrier")
    await floor.engine.start_campaign("autumn", "planner")
    await floor.engine.make_ready("agent1")
    await floor.time.passes(minutes=5)
    assert floor.attempts() == []
    assert floor.idle() is IdleReason.TRUNK_DOWN
    floor.telephony.trunk_comes_up("carrier")
    await floor.time.settles()
    assert len(floor.attempts()) == 1


async def test_calls_per_second_are_kept_and_the_dialler_wakes_for_the_next_token(floor: Floor) -> None:
    floor.trunks = (type(CARRIER)(name="carrier", address="10.0.0.1", lines=30, calls_per_second=0.5),)
    await floor.opens(agents=4, leads=10)
    await floor.time.passes(seconds=10)
    placed = [row.placed_at for row in floor.attempts()]
    assert len(placed) == 4
    gaps = [(late - early).total_seconds() for early, late in pairwise(placed)]
    assert all(gap == pytest.approx(2.0, abs=0.05) for gap in gaps)


async def test_the_carriers_line_limit_is_kept_by_campaigns_that_share_it(floor: Floor) -> None:
    floor.trunks = (type(CARRIER)(name="carrier", address="10.0.0.1", lines=4, calls_per_second=50.0),)
    floor.customers(rings_on())
    await floor.opens(agents=6, leads=0, start=False)
    for code, agents in (("east", ("agent1", "agent2", "agent3")), ("west", ("agent4", "agent5", "agent6"))):
        await floor.plans(code, agents=agents)
        await floor.imports(code, *(f"{code}{n}" for n in range(20)))
        await floor.engine.start_campaign(code, "planner")
        for agent_id in agents:
            await floor.engine.make_ready(agent_id)
    busiest = 0
    for _ in range(40):
        await floor.time.passes(seconds=1)
        busiest = max(busiest, len(floor.telephony.legs()))
    assert busiest == 4
