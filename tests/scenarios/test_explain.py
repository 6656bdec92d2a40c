""" "Why isn't it dialling?": the engine says so, for a lead and for a campaign."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.idle import IdleReason
from dialer.errors import NotFound
from dialer.twin.parties import answers, busy
from tests.scenarios.floor import Floor


async def test_every_rule_of_a_lead_is_shown_with_the_first_blocker_and_when_it_clears(floor: Floor) -> None:
    floor.customers(busy())
    await floor.opens()
    row = await floor.over()
    verdict = await floor.engine.explain_lead(floor.lead().lead_id)
    assert not verdict.dialable
    assert verdict.blocker is not None
    assert verdict.blocker.rule == "due"
    assert row.ended_at is not None
    assert verdict.clears_at is not None
    assert verdict.clears_at - row.ended_at == pytest.approx(timedelta(minutes=10), abs=timedelta(seconds=1))
    assert len(verdict.rules) >= 12


async def test_a_lead_that_is_being_called_is_explained_as_such(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await floor.opens()
    await floor.talks()
    verdict = await floor.engine.explain_lead(floor.lead().lead_id)
    assert verdict.blocker is not None
    assert verdict.blocker.rule == "not_in_flight"


async def test_nobody_has_no_explanation(floor: Floor) -> None:
    await floor.opens()
    with pytest.raises(NotFound):
        await floor.engine.explain_lead(4711)
    with pytest.raises(NotFound):
        await floor.engine.explain_campaign("spring")


async def test_a_campaigns_funnel_adds_up_and_says_why_it_stands_still(floor: Floor) -> None:
    floor.customers(busy())
    await floor.opens(leads=10)
    await floor.time.passes(seconds=5.5)
    await floor.engine.pause_agent("agent1", "tea")
    await floor.time.passes(seconds=20)
    told = await floor.engine.explain_campaign("autumn")
    assert told.idle is IdleReason.NO_READY_AGENT
    assert told.funnel.leads == 10
    excluded = {step.rule: step.leads for step in told.funnel.excluded}
    assert told.funnel.dialable + sum(excluded.values()) == 10
    assert excluded == {"due": len(floor.attempts())}
    assert told.next_due is not None


async def test_a_campaign_that_is_not_running_says_that_first(floor: Floor) -> None:
    await floor.opens(leads=3, start=False)
    told = await floor.engine.explain_campaign("autumn")
    assert told.idle is IdleReason.NOT_RUNNING
    assert [(step.rule, step.leads) for step in told.funnel.excluded] == [("campaign_running", 3)]
