"""Leads that need a skill, in a campaign that calls more customers than it has agents ready."""

from __future__ import annotations

from campaigns.attempt import AttemptOutcome
from dialer.twin.parties import answers
from tests.scenarios.floor import Floor
from tests.scenarios.test_groups import becomes
from tests.scenarios.test_pacing import centre, decisions, goes_home


async def test_who_needs_a_skill_is_called_while_calls_outnumber_the_agents(floor: Floor) -> None:
    """Two of six agents speak English; a customer in thirty wants it, and gets one of them at once."""
    await centre(floor, agents=6, leads=300)
    for name in ("agent1", "agent2"):
        await becomes(floor, name, skills={"english": 1})
    await floor.imports("autumn", *(f"visitor{n}" for n in range(12)), skill="english", priority=1)
    for n in range(12):
        floor.customers(answers(6.0, talks=30.0), f"visitor{n}")
    await floor.time.passes(minutes=8)
    visitors = [row for row in floor.attempts() if row.lead_name.startswith("visitor")]
    assert len(visitors) > 5
    assert {row.agent_id for row in visitors if row.agent_id} == {"agent1", "agent2"}
    assert not [row for row in visitors if row.outcome is AttemptOutcome.ABANDONED]
    made = [entry.decided for entry in await decisions(floor)]
    assert any(one.placed > one.floor for one in made), "the others are called ahead all the while"
    await goes_home(floor, 6)
