"""Who fills in a form is called within a minute, however busy the campaign is."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from campaigns.lead import DueKind
from dialer.planning import web_leads
from dialer.planning.web_leads import Asked
from dialer.ports.archive import Archive
from dialer.twin.parties import answers, busy
from tests.scenarios.floor import Floor


async def asks(floor: Floor, code: str = "autumn") -> int:
    """As the route does: received, and the engine woken."""
    campaign = await floor.store.campaign(code)
    assert campaign is not None
    asked = Asked(numbers=[("main", "+8613912345678")], name="who asked")
    lead_id, _ = await web_leads.receive(cast(Archive, floor.store).web_leads, floor.time, campaign, asked)
    floor.engine.wake()
    return lead_id


async def test_among_a_thousand_fresh_leads_and_with_all_lines_in_use_he_is_next(floor: Floor) -> None:
    floor.customers(answers(3.0, talks=40.0))
    await floor.opens(leads=1000, agents=3, wrap_up_s=1)
    await floor.talks("customer3")
    dialled = len(floor.attempts())
    lead_id = await asks(floor)
    asked_at = floor.time.now()
    assert floor.store.rows.leads[lead_id].due_kind is DueKind.WEB
    await floor.until(lambda: len(floor.attempts()) > dialled)
    following = floor.attempts()[dialled]
    assert following.lead_name == "who asked"
    assert (following.placed_at - asked_at).total_seconds() < 60


async def test_an_idle_campaign_calls_him_at_once(floor: Floor) -> None:
    await floor.opens(leads=0)
    await floor.time.passes(minutes=5)
    asked_at = floor.time.now()
    await asks(floor)
    await floor.until(lambda: bool(floor.attempts("who asked")))
    assert (floor.attempts("who asked")[0].placed_at - asked_at).total_seconds() < 1


async def test_lists_are_dialled_by_their_shares(floor: Floor) -> None:
    floor.customers(busy())
    await floor.opens(leads=60, start=False, list_shares={"fair": 2})
    for lead in tuple(floor.store.rows.leads.values()):
        floor.store.rows.leads[lead.lead_id] = replace(lead, source=("fair", "bought")[(lead.row or 0) % 2])
    await floor.engine.start_campaign("autumn", "planner")
    await floor.engine.make_ready("agent1")
    await floor.until(lambda: len(floor.attempts()) >= 15)
    lists = [floor.store.rows.leads[row.lead_id].source for row in floor.attempts()[:15]]
    assert lists.count("fair") == 10
