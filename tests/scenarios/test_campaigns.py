"""Planners at work: enough lines, windows, pausing, draining, several campaigns at once."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from campaigns.attempt import AttemptOutcome
from campaigns.idle import IdleReason
from dialer.domain.agent import AgentState
from dialer.errors import AlreadyExists, FewerLinesThanAgents, Invalid, NotFound, WrongState
from dialer.twin.parties import answers, busy, rings_on
from tests.scenarios.floor import Floor


async def test_a_campaign_with_fewer_lines_than_agents_does_not_start(floor: Floor) -> None:
    floor.has_lines(2)
    await floor.opens(agents=3, start=False)
    for n in (1, 2, 3):
        await floor.engine.make_ready(f"agent{n}")
    with pytest.raises(FewerLinesThanAgents, match="2 lines for 3 agents") as refusal:
        await floor.engine.start_campaign("autumn", "planner")
    limits = {"lines": 2, "agents": 3, "limited_by": "the line workers", "campaign": "autumn"}
    assert refusal.value.details == limits
    assert floor.campaign_state() == "DRAFT"
    await floor.engine.log_out("agent3")
    await floor.engine.start_campaign("autumn", "planner")


async def test_assigned_agents_count_before_they_log_in_and_the_campaigns_own_limit_counts(floor: Floor) -> None:
    await floor.opens(agents=3, start=False)
    await floor.plans("small", lines=2, agents=("agent1", "agent2", "agent3"))
    with pytest.raises(FewerLinesThanAgents, match="the campaign must give"):
        await floor.engine.start_campaign("small", "planner")


async def test_a_paused_campaign_dials_nothing_and_its_conversations_go_on(floor: Floor) -> None:
    floor.customers(answers(3.0, talks=60.0))
    await floor.opens(leads=5, wrap_up_s=1)
    await floor.talks()
    await floor.engine.pause_campaign("autumn", "planner")
    await floor.time.passes(minutes=5)
    assert floor.outcomes() == [AttemptOutcome.HUMAN]
    assert floor.idle() is IdleReason.NOT_RUNNING
    await floor.engine.start_campaign("autumn", "planner")
    await floor.time.passes(seconds=2)
    assert len(floor.attempts()) == 2


async def test_a_draining_campaign_is_paused_after_its_last_call(floor: Floor) -> None:
    floor.customers(answers(3.0, talks=60.0))
    await floor.opens(leads=5, wrap_up_s=1)
    await floor.talks()
    await floor.engine.drain_campaign("autumn", "planner")
    assert floor.campaign_state() == "DRAINING"
    await floor.time.passes(minutes=5)
    assert floor.campaign_state() == "PAUSED"
    assert len(floor.attempts()) == 1


async def test_an_idle_campaign_drains_at_once(floor: Floor) -> None:
    await floor.opens(start=False)
    await floor.engine.start_campaign("autumn", "planner")
    await floor.engine.drain_campaign("autumn", "planner")
    assert floor.campaign_state() == "PAUSED"


async def test_orders_that_do_not_fit_are_refused(floor: Floor) -> None:
    await floor.opens(start=False)
    with pytest.raises(WrongState, match="DRAFT"):
        await floor.engine.drain_campaign("autumn", "planner")
    with pytest.raises(NotFound):
        await floor.engine.start_campaign("spring", "planner")
    with pytest.raises(AlreadyExists):
        await floor.plans("autumn")
    with pytest.raises(Invalid, match="carrier"):
        await floor.plans("winter", trunks=("nowhere",))


async def test_nobody_is_called_outside_the_calling_hours_and_the_dialer_wakes_when_they_begin(floor: Floor) -> None:
    floor.time.start = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)  # Monday 12:30 in Shanghai: the noon break
    await floor.opens()
    await floor.time.passes(minutes=89)
    assert floor.attempts() == []
    assert floor.idle() is IdleReason.OUTSIDE_WINDOW
    await floor.time.passes(minutes=2)
    assert len(floor.attempts()) == 1
    assert floor.attempts()[0].placed_at - datetime(2026, 11, 23, 6, 0, tzinfo=UTC) < timedelta(seconds=1)


async def test_nothing_is_polled_while_nothing_can_be_dialled(floor: Floor) -> None:
    floor.time.start = datetime(2026, 11, 23, 13, 30, tzinfo=UTC)  # Monday 21:30 in Shanghai
    await floor.opens(agents=3, leads=50)
    rounds = floor.engine._pacing.rounds
    await floor.time.passes(hours=8)
    assert floor.engine._pacing.rounds - rounds <= 2


async def test_each_customers_own_clock_counts(floor: Floor) -> None:
    floor.time.start = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)  # 09:30 in Shanghai, 02:30 in London
    await floor.opens(leads=1, agents=2)
    await floor.imports("autumn", "londoner", zone="Europe/London")
    await floor.time.passes(seconds=5)
    assert [row.lead_name for row in floor.attempts()] == ["customer1"]
    await floor.time.passes(hours=2)
    assert not floor.attempts("londoner")


async def test_leads_abroad_keep_the_holidays_of_their_own_country(floor: Floor) -> None:
    floor.time.start = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)  # 17:00 in Shanghai on National Day, 10:00 in London
    await floor.opens(leads=1, agents=2)
    await floor.imports("autumn", "londoner", zone="Europe/London", country="GB")
    await floor.time.passes(seconds=5)
    assert [row.lead_name for row in floor.attempts()] == ["londoner"]


async def test_the_campaigns_country_works_on_when_others_have_a_holiday(floor: Floor) -> None:
    floor.time.start = datetime(2026, 12, 25, 9, 0, tzinfo=UTC)  # a Friday
    await floor.opens(leads=1, agents=2)
    await floor.imports("autumn", "londoner", zone="Europe/London", country="GB")
    await floor.time.passes(hours=2)
    assert {row.lead_name for row in floor.attempts()} == {"customer1"}


async def test_two_countries_in_one_zone_rest_each_on_its_own_days(floor: Floor) -> None:
    floor.time.start = datetime(2026, 12, 25, 3, 0, tzinfo=UTC)  # 11:00 in both
    await floor.opens(leads=1, agents=2)
    await floor.imports("autumn", *(f"briton{n}" for n in range(3)), country="GB", priority=5)
    await floor.time.passes(minutes=5)
    assert {row.lead_name for row in floor.attempts()} == {"customer1"}
    resting = await floor.store.leads(1, limit=10)
    later = {lead.name for lead in resting if lead.due_at and lead.due_at > floor.time.now()}
    assert {"briton0", "briton1", "briton2"} <= later


async def test_somebody_asleep_does_not_delay_the_second_try_of_somebody_awake(floor: Floor) -> None:
    floor.time.start = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)  # 09:30 in Shanghai, 02:30 in London
    floor.customers(busy())
    await floor.opens(leads=1)
    await floor.imports("autumn", "londoner", zone="Europe/London")
    await floor.time.passes(minutes=11)
    assert len(floor.attempts("customer1")) == 2


async def test_a_finished_list_says_so(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await floor.opens()
    call = await floor.talks()
    await floor.engine.dispose(call.attempt_id, "SALE")
    await floor.hangs_up()
    await floor.time.passes(seconds=1)
    assert floor.idle() is IdleReason.LIST_EXHAUSTED
    await floor.imports("autumn", "latecomer")
    await floor.time.passes(seconds=1)
    assert floor.attempts("latecomer"), "new leads wake the dialer"


async def test_the_campaign_with_priority_goes_first_and_equals_take_turns(floor: Floor) -> None:
    floor.customers(busy())
    await floor.opens(agents=2, leads=0, start=False)
    for code, priority in (("urgent", 10), ("one", 0), ("other", 0)):
        await floor.plans(code, priority=priority)
        await floor.imports(code, *(f"{code}{n}" for n in range(4)))
        await floor.engine.start_campaign(code, "planner")
    await floor.engine.make_ready("agent1")
    await floor.engine.make_ready("agent2")
    await floor.time.passes(seconds=20)
    order = [row.campaign_code for row in floor.attempts()]
    assert order[:4] == ["urgent"] * 4
    assert Counter(order[4:10]) == {"one": 3, "other": 3}


async def test_an_agent_serves_only_the_campaigns_he_is_assigned_to(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await floor.opens(agents=2, leads=3, start=False)
    await floor.plans("experts", agents=("agent2",))
    await floor.imports("experts", "expert1", "expert2", "expert3")
    await floor.engine.start_campaign("experts", "planner")
    await floor.engine.make_ready("agent1")
    await floor.time.passes(minutes=1)
    assert floor.attempts() == []
    assert floor.idle("experts") is IdleReason.NO_READY_AGENT
    await floor.engine.make_ready("agent2")
    call = await floor.talks("expert1")
    assert call.agent_id == "agent2"
    assert floor.state("agent1") is AgentState.READY
    assert len(floor.attempts()) == 1


async def test_shared_agents_are_promised_once(floor: Floor) -> None:
    floor.customers(rings_on())
    await floor.opens(agents=3, leads=9)
    await floor.plans("experts", agents=("agent1",), priority=5)
    await floor.imports("experts", *(f"expert{n}" for n in range(5)))
    await floor.engine.start_campaign("experts", "planner")
    for _ in range(40):
        await floor.time.passes(seconds=2)
        live = Counter(call.campaign for call in floor.engine.floor().calls)
        assert live["experts"] <= 1
        assert live.total() <= 3


async def test_a_number_suppressed_after_the_list_was_loaded_is_not_dialled(floor: Floor) -> None:
    await floor.opens(start=False, leads=2)
    await floor.store.suppress(
        floor.lead("customer1").numbers[0].e164, reason="asked", source="phone", at=floor.time.now()
    )
    await floor.engine.start_campaign("autumn", "planner")
    await floor.engine.make_ready("agent1")
    await floor.time.passes(seconds=5)
    assert [row.lead_name for row in floor.attempts()] == ["customer2"]


async def test_a_number_suppressed_in_the_moment_of_dialling_is_not_dialled(floor: Floor) -> None:
    await floor.opens(start=False)
    number = floor.lead().numbers[0].e164
    read = floor.store.dossier

    async def dossier(lead_id: int, *, now: datetime) -> object:
        found = await read(lead_id, now=now)
        await floor.store.suppress(number, reason="asked", source="phone", at=now)
        return found

    floor.store.dossier = dossier  # type: ignore[method-assign,assignment]
    await floor.engine.start_campaign("autumn", "planner")
    await floor.engine.make_ready("agent1")
    await floor.time.passes(minutes=5)
    assert floor.attempts() == []
    assert floor.telephony.placed == []


async def test_the_same_person_in_two_campaigns_is_called_by_one_at_a_time(floor: Floor) -> None:
    floor.customers(answers(3.0, talks=30.0))
    await floor.opens(agents=2, leads=1, start=False)
    await floor.plans("winter")
    floor._rows = iter(range(1, 100))
    await floor.imports("winter", "the same person")
    for code in ("autumn", "winter"):
        await floor.engine.start_campaign(code, "planner")
    await floor.engine.make_ready("agent1")
    await floor.engine.make_ready("agent2")
    for _ in range(30):
        await floor.time.passes(seconds=1)
        assert len({call.number for call in floor.engine.floor().calls}) == len(floor.engine.floor().calls)
    assert len(floor.attempts()) == 1


async def test_equal_campaigns_get_attempts_by_their_shares(floor: Floor) -> None:
    floor.customers(busy())
    await floor.opens(agents=2, leads=0, start=False)
    for code, share in (("big", 3), ("small", 1)):
        await floor.plans(code, share=share)
        await floor.imports(code, *(f"{code}{n}" for n in range(40)))
        await floor.engine.start_campaign(code, "planner")
    await floor.engine.make_ready("agent1")
    await floor.engine.make_ready("agent2")
    await floor.until(lambda: len(floor.attempts()) >= 24)
    order = [row.campaign_code for row in floor.attempts()][:24]
    assert Counter(order) == {"big": 18, "small": 6}
