"""Campaigns that call before agents are free: inside the abandonment limit, with what they saw and learned kept."""

from __future__ import annotations

import math
import random
from datetime import timedelta
from itertools import pairwise
from typing import Any

from campaigns.attempt import AttemptOutcome
from campaigns.pacing import AttemptSeen, Limit, Note
from dialer.domain.agent import AgentState
from dialer.domain.events import AgentStateChanged, LeadRescheduled, PacingNoted
from dialer.engine.pacing_log import Logged, unpack
from dialer.policies import PolicyBook
from dialer.twin.parties import Fate, answers, busy, rings_on
from sip.trunks import Trunk
from tests.scenarios.floor import Floor, number

CAP = 0.029


async def centre(
    floor: Floor, *, agents: int = 5, leads: int = 400, seed: int = 1, persons: float = 0.3,
    trunk: Trunk | None = None, **campaign: Any,
) -> None:  # fmt: skip
    """Everybody logged in, a list of people who answer now and then, the campaign running."""
    floor.settings["policies"] = PolicyBook.load(rehearsal=True)
    floor.has_lines(8 * agents)
    usual = Trunk(name="carrier", address="10.0.0.1", lines=8 * agents, calls_per_second=50, caller_id="+862112345678")
    floor.trunks = (trunk or usual,)
    behave(floor, leads, seed, persons)
    wanted = {"pacing": "predictive", "wrap_up_s": 15, "abandon_rate_max": CAP} | campaign
    await floor.opens(agents=agents, leads=leads, **wanted)


def behave(floor: Floor, leads: int, seed: int, persons: float) -> None:
    """Persons answer after some 9 s of ringing and talk for some 90; others are engaged or let it ring."""
    chance = random.Random(seed)
    for n in range(1, leads + 1):
        lot = chance.random()
        if lot < persons:
            rings = 2 + chance.lognormvariate(math.log(9) - 0.15, 0.55)
            fate = Fate(rings_after=2.0, answers_after=rings, talks=chance.lognormvariate(math.log(90) - 0.35, 0.83))
        else:
            fate = busy() if lot < persons + 0.15 else rings_on(after=2.0)
        floor.telephony.customers[number(n)] = fate


def abandoned(floor: Floor) -> tuple[int, int]:
    """And how many persons answered."""
    outcomes = floor.outcomes()
    lost = outcomes.count(AttemptOutcome.ABANDONED)
    return lost, lost + outcomes.count(AttemptOutcome.HUMAN)


def busy_share(floor: Floor, agents: int) -> float:
    """Of the time since the campaign's start, talking or wrapping up."""
    since: dict[str, float] = {}
    total, start = 0.0, floor.time.start.timestamp()
    for event in floor.told(AgentStateChanged):
        at = event.occurred_at.timestamp()
        if event.state is AgentState.ON_CALL:
            since[event.agent_id] = at
        elif event.previous is AgentState.WRAP_UP:
            total += at - since.pop(event.agent_id, at)
    now = floor.time.now().timestamp()
    return (total + sum(now - at for at in since.values())) / (now - start) / agents


async def decisions(floor: Floor, code: str = "autumn") -> list[Logged]:
    await floor.engine.keep_pacing()
    campaign = await floor.store.campaign(code)
    assert campaign is not None
    return unpack(page for page in floor.store.pacing._pages if page.campaign_id == campaign.campaign_id)


async def goes_home(floor: Floor, agents: int) -> None:
    await floor.engine.stop_campaign("autumn", "planner")
    for n in range(1, agents + 1):
        await floor.engine.log_out(f"agent{n}")


async def test_a_policy_that_allows_no_abandoned_call_is_never_over_dialled(floor: Floor) -> None:
    behave(floor, 200, 1, 0.3)
    await floor.opens(agents=3, leads=200, pacing="predictive", wrap_up_s=15)  # China's pack
    for _ in range(120):
        await floor.time.passes(seconds=5)
        calls = [call for call in floor.engine.floor().calls if call.state.value in ("PLACING", "RINGING", "WAITING")]
        ready = sum(agent.state is AgentState.READY for agent in floor.engine.floor().agents)
        assert len(calls) <= ready
    assert abandoned(floor)[0] == 0
    last = (await decisions(floor))[-1].decided
    assert last.mode == "predictive"
    await goes_home(floor, 3)


async def test_automatic_says_that_it_learns_and_dials_one_call_an_agent_meanwhile(floor: Floor) -> None:
    await centre(floor, agents=3, pacing="automatic")
    await floor.time.passes(minutes=5)
    [noted] = floor.told(PacingNoted)
    assert noted.note == Note.LEARNING
    pacing = floor.engine.floor().campaigns[0].pacing
    assert pacing is not None
    assert (pacing.mode, pacing.note) == ("automatic", "learning")
    assert "learning" in pacing.words
    assert "学习" in pacing.words_zh
    assert all(entry.decided.placed <= entry.decided.floor for entry in await decisions(floor))
    await goes_home(floor, 3)


async def test_automatic_over_dials_once_it_is_sure_and_falls_back_near_the_limit(floor: Floor) -> None:
    await centre(floor, agents=3, pacing="automatic")
    pacer = await floor.engine.pacer("autumn")
    for _ in range(600):
        pacer.tally.answered(floor.time.now().timestamp())
    await floor.time.passes(minutes=2)
    assert floor.told(PacingNoted)[-1].note == Note.OVER_DIALLING
    for _ in range(25):
        pacer.tally.abandoned(floor.time.now().timestamp())
    before = floor.time.now()
    await floor.time.passes(minutes=3)
    assert floor.told(PacingNoted)[-1].note == Note.FELL_BACK
    later = [entry for entry in await decisions(floor) if entry.first > before.timestamp()]
    assert all(entry.decided.placed <= entry.decided.floor for entry in later)
    assert any(entry.decided.limit == Limit.LIMIT_NEAR for entry in later)
    await goes_home(floor, 3)


async def test_power_places_so_many_calls_an_agent_and_stops_at_the_budget(floor: Floor) -> None:
    await centre(floor, agents=4, pacing="power", lines_per_agent=2.0, persons=0.0)
    await floor.time.passes(seconds=1)
    pacing = floor.engine.floor().campaigns[0].pacing
    assert pacing is not None
    started = len(floor.engine.floor().calls)
    assert 4 < started <= 8  # the credit of a new campaign allows some beyond its four agents
    await goes_home(floor, 4)


async def test_an_agent_who_asked_for_a_break_is_not_counted_on(floor: Floor) -> None:
    await centre(floor, agents=3)
    await floor.until(lambda: sum(a.state is AgentState.ON_CALL for a in floor.engine.floor().agents) == 3)
    for n in (1, 2, 3):
        await floor.engine.pause_agent(f"agent{n}", "lunch")
    at = floor.time.now().timestamp()
    await floor.time.passes(seconds=20)
    later = [entry.decided for entry in await decisions(floor) if entry.first >= at]
    assert later[-1].leaving + later[-1].ready + later[-1].talking <= 3
    assert not any(one.placed for one in later if one.leaving == 3)
    await goes_home(floor, 3)


async def test_agents_of_two_campaigns_are_expected_by_one_of_them_only(floor: Floor) -> None:
    await centre(floor, agents=6, leads=200)
    await floor.plans("winter", pacing="predictive", wrap_up_s=15, abandon_rate_max=CAP)
    await floor.imports("winter", *(f"winter{n}" for n in range(200)))
    await floor.engine.start_campaign("winter", "planner")
    floor.telephony.everybody = answers(9.0, talks=60.0)
    await floor.time.passes(minutes=6)
    both = [floor.engine._sight.crew(campaign.campaign_id) for campaign in floor.engine.campaigns()]
    assert sum(crew.staying for crew in both) == 6
    assert {row.campaign_code for row in floor.attempts()} == {"autumn", "winter"}
    await floor.engine.stop_campaign("winter", "planner")
    await goes_home(floor, 6)


async def test_a_progressive_campaign_keeps_its_promise_beside_one_that_over_dials(floor: Floor) -> None:
    """Whoever was called for a ready agent finds him, though others answer first."""
    await centre(floor, agents=4, leads=300)
    await floor.plans("careful", wrap_up_s=15, abandon_rate_max=CAP)
    await floor.imports("careful", *(f"careful{n}" for n in range(300)))
    floor.telephony.everybody = answers(12.0, talks=45.0)
    await floor.engine.start_campaign("careful", "planner")
    await floor.time.passes(minutes=8)
    careful = [row for row in floor.attempts() if row.campaign_code == "careful"]
    assert sum(row.outcome is AttemptOutcome.HUMAN for row in careful) > 1
    assert not [row for row in careful if row.outcome is AttemptOutcome.ABANDONED]
    await floor.engine.stop_campaign("careful", "planner")
    await goes_home(floor, 4)


async def test_waits_are_spread_fairly_over_the_agents_of_two_campaigns(floor: Floor) -> None:
    """The longest idle is next, in whichever campaign: nobody has half as many calls as a colleague."""
    floor.customers(answers(4.0, talks=20.0))
    await floor.opens(agents=4, leads=200, wrap_up_s=5, start=False)
    await floor.plans("winter", wrap_up_s=5)
    await floor.imports("winter", *(f"winter{n}" for n in range(200)))
    for code in ("autumn", "winter"):
        await floor.engine.start_campaign(code, "planner")
    for n in range(1, 5):
        await floor.engine.make_ready(f"agent{n}")
    await floor.time.passes(minutes=10)
    calls = [sum(row.agent_id == f"agent{n}" for row in floor.attempts()) for n in range(1, 5)]
    assert min(calls) > 12
    assert max(calls) - min(calls) <= 2
    assert {row.campaign_code for row in floor.attempts()} == {"autumn", "winter"}


async def test_decisions_are_joined_where_nothing_changes_and_found_by_their_time(floor: Floor) -> None:
    await centre(floor, agents=2, leads=50, pacing="progressive")
    await floor.time.passes(minutes=4)
    entries = await decisions(floor)
    assert all(one.first <= one.last for one in entries)
    assert [one.first for one in entries] == sorted(one.first for one in entries)
    assert all(a.values != b.values or b.first - a.last > 14 for a, b in pairwise(entries))
    assert next(entry.decided for entry in entries if entry.decided.placed).floor >= 1
    assert any(entry.decided.limit == Limit.AGENTS_COVERED for entry in entries)
    await goes_home(floor, 2)


async def test_a_promised_agent_and_a_caller_are_left_out_of_what_is_expected(floor: Floor) -> None:
    """A callback that falls due in a moment takes its agent, a customer who calls us the next one."""
    await centre(floor, agents=3)
    await floor.until(lambda: all(a.state is AgentState.ON_CALL for a in floor.engine.floor().agents))
    lead = next(lead for lead in floor.store.rows.leads.values() if lead.lead_id > 300)
    soon = floor.time.now() + timedelta(seconds=15)
    await floor.engine.callbacks.make(lead.lead_id, soon, agent_id="agent1", note="", by="planner")
    await floor.time.passes(seconds=1)
    assert floor.engine._pacing_room._promised(lead.campaign_id) == 1
    at = floor.time.now().timestamp()
    floor.engine.wake()
    await floor.time.passes(seconds=3)
    assert any(entry.decided.promised for entry in await decisions(floor) if entry.first >= at)
    await goes_home(floor, 3)


async def test_who_needs_an_agent_of_his_own_is_called_while_calls_outnumber_the_agents(floor: Floor) -> None:
    await centre(floor, agents=6)
    await floor.time.passes(minutes=2)
    lead = next(one for one in floor.store.rows.leads.values() if one.lead_id > 300)
    again = LeadRescheduled(
        occurred_at=floor.time.now(), campaign_id=lead.campaign_id, lead_id=lead.lead_id, due_at=floor.time.now(),
        reason="abandoned", agent_guaranteed=True,
    )  # fmt: skip
    await floor.engine._journal.commit([again])
    await floor.until(lambda: floor.attempts(lead.name), seconds=60)
    await floor.until(lambda: floor.attempts(lead.name)[-1].ended_at, seconds=600)
    assert floor.attempts(lead.name)[-1].outcome is not AttemptOutcome.ABANDONED
    await goes_home(floor, 6)


async def test_the_next_call_is_judged_by_the_list_that_is_being_dialled(floor: Floor) -> None:
    """Of a list that hardly ever answers more calls may be placed."""
    await centre(floor, agents=2, leads=60)
    pacer = await floor.engine.pacer("autumn")
    for n in range(300):
        for source, person in (("cold.csv", False), ("warm.csv", n % 2 == 0)):
            pacer.learn(AttemptSeen(at_s=floor.time.monotonic(), age_s=9.0, person=person, source=source))
    await floor.imports("autumn", *(f"cold{n}" for n in range(20)), source="cold.csv", priority=9)
    for n in range(20):
        floor.customers(rings_on(), f"cold{n}")
    await floor.until(lambda: len(floor.attempts()) > 6, seconds=300)
    [campaign] = floor.engine.campaigns()
    assert floor.engine._sight.look(campaign, pacer, waits=False).view.next_factor < 0.8
    await goes_home(floor, 2)
