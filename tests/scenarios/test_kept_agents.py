"""Whom we abandoned does not wait because calls outnumber the agents: the next one who is free is kept for him."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from campaigns.attempt import AttemptOutcome
from dialer.domain.agent import AgentState
from dialer.domain.events import LeadRescheduled
from dialer.twin.parties import answers
from tests.scenarios.floor import Floor, number
from tests.scenarios.test_pacing import abandoned, centre, decisions, goes_home

BEFORE = "its number was abandoned before"
CONVERSATION_S = 105.0  # 90 s of talking and 15 s of work after it, in the mean
MODES = pytest.mark.parametrize("mode", [{"pacing": "predictive"}, {"pacing": "power", "lines_per_agent": 2.0}])


async def falls_due(floor: Floor, *leads: int) -> None:
    """They were abandoned before, and may be called again from now on."""
    now = floor.time.now()
    await floor.engine._journal.commit(
        [
            LeadRescheduled(
                occurred_at=now, campaign_id=lead.campaign_id, lead_id=lead.lead_id, due_at=now, reason="abandoned",
                agent_guaranteed=True,
            )
            for lead in (floor.lead(f"customer{n}") for n in leads)
        ]
    )  # fmt: skip


async def seconds_until_dialled(floor: Floor, lead: int, *, within: float) -> float:
    """With an agent reserved for it as long as it rings."""
    since, name = floor.time.monotonic(), f"customer{lead}"
    await floor.until(lambda: floor.attempts(name), seconds=within, step=0.1)
    took = floor.time.monotonic() - since
    call = await floor.call(name)
    assert call.agent_id is not None
    assert floor.state(call.agent_id) is AgentState.RESERVED
    return took


@MODES
async def test_he_is_called_with_the_next_agent_who_is_free(floor: Floor, mode: dict[str, object]) -> None:
    """Again and again: within one conversation, in the mean much sooner."""
    await centre(floor, agents=6, **mode)
    await floor.time.passes(minutes=3)
    took = []
    for lead in range(380, 385):
        await falls_due(floor, lead)
        took.append(await seconds_until_dialled(floor, lead, within=CONVERSATION_S))
        await floor.time.passes(seconds=100)
    print("dialled after", *took)
    assert sum(took) / len(took) < CONVERSATION_S / 3
    assert not [row for n in range(380, 385) for row in floor.attempts(f"customer{n}") if row.message_at]
    lost, answered = abandoned(floor)
    assert lost <= 0.029 * answered + 4, "and keeping agents costs nobody else the limit"
    assert any(entry.decided.promised for entry in await decisions(floor)), "others were not called for those agents"
    assert any(entry.decided.placed > entry.decided.floor for entry in await decisions(floor))
    await goes_home(floor, 6)


async def test_not_all_agents_wait_for_ringing_phones_when_many_fall_due_at_once(floor: Floor) -> None:
    await centre(floor, agents=8)
    await floor.time.passes(minutes=3)
    late = range(370, 382)
    await falls_due(floor, *late)
    names, most = {f"customer{n}" for n in late}, 0

    def all_called() -> bool:
        nonlocal most
        calls = [call for call in floor.engine.floor().calls if call.lead_name in names]
        most = max(most, sum(call.state.value in ("PLACING", "RINGING") for call in calls))
        return all(floor.attempts(name) for name in names)

    await floor.until(all_called, seconds=3 * CONVERSATION_S, step=0.25)
    assert 1 <= most <= 6, "of eight agents"
    await goes_home(floor, 8)


async def test_a_number_that_another_campaign_abandoned_is_treated_alike_and_stops_nobody(floor: Floor) -> None:
    """Its lead does not say so: it is found out when its turn has come."""
    await centre(floor, agents=4, leads=120, start=False)
    await floor.plans("winter")
    await floor.imports("winter", "elsewhere")
    floor.customers(answers(2.0, talks=1.0), "elsewhere")
    await floor.engine.start_campaign("winter", "planner")
    await floor.engine.make_ready("agent1")
    row = await floor.over("elsewhere")
    await floor.engine.stop_campaign("winter", "planner")
    floor.store.rows.attempts[row.attempt_id] = replace(
        row, number=number(40), outcome=AttemptOutcome.ABANDONED, connected_at=None,
        placed_at=row.placed_at - timedelta(hours=3), answered_at=None, ended_at=row.placed_at - timedelta(hours=3),
    )  # fmt: skip
    await floor.engine.start_campaign("autumn", "planner")
    for n in range(1, 5):
        await floor.engine.make_ready(f"agent{n}")
    await seconds_until_dialled(floor, 40, within=1200)
    assert floor.lead("customer40").agent_guaranteed
    assert [told.reason for told in floor.told(LeadRescheduled) if told.agent_guaranteed] == [BEFORE]
    before = len(floor.attempts())
    await floor.time.passes(minutes=2)
    assert len(floor.attempts()) > before + 4, "others are called as before"
    await goes_home(floor, 4)
