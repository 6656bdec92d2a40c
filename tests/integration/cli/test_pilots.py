"""A planner reads a pilot at the terminal and decides, while no server runs."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from campaigns.campaign import CampaignState
from dialer.db.store import open_store
from dialer.domain import events as e
from dialer.domain.ids import new_id
from tests.contract.store.shop import Shop
from tests.integration.cli.conftest import Terminal

TEAM = tuple(f"agent{n}" for n in range(1, 9))


async def begin(terminal: Terminal, talks: int) -> None:
    """What an engine left behind: a pilot under way, with its calls."""
    store = await open_store(f"sqlite:///{terminal.data / 'goldenhour.db'}")
    try:
        campaign = await store.campaign("spring")
        assert campaign is not None
        now = datetime.now(UTC)
        started = e.PilotStarted(
            occurred_at=now, pilot_id=new_id(now), campaign_id=campaign.campaign_id, version=1, calls=50,
            calls_per_agent=7, agents=TEAM, by="li",
        )  # fmt: skip
        moved = e.CampaignStateChanged(
            occurred_at=now, campaign_id=campaign.campaign_id, previous=CampaignState.DRAFT, state=CampaignState.PILOT
        )
        await store.record([started, moved])
        shop = Shop(store, campaign, now=datetime.now(UTC))
        for lead in (await store.leads(campaign.campaign_id))[:talks]:
            await store.record(shop.conversation(await shop.dials(lead), agent="agent1", disposition="NOT_INTERESTED"))
    finally:
        await store.close()


@pytest.fixture
def piloted(planned: Terminal) -> Terminal:
    planned.says("campaign", "change", "spring", "--set", "deadline=2099-12-31")
    asyncio.run(begin(planned, talks=1))
    return planned


def test_a_pilot_is_read_at_the_terminal(piloted: Terminal) -> None:
    said = piloted.says("pilot", "report", "spring")
    for words in (
        "goes on",
        "none yet",
        "1 of 50",
        "answered by a person, of attempts",
        "1 of 1",
        "not interested",
        "wants a ride",
        "2099-12-31, kept with",
        "remark: Only 1 calls: the intervals are wide.",
    ):
        assert words in said, said
    report = piloted.json("pilot", "report", "spring")["report"]
    assert report["remarks"][0]["text_zh"] == "仅1通电话，结果区间较宽。"
    assert [row["calls"] for row in report["agents"]] == [1, 0, 0, 0, 0, 0, 0, 0]


def test_a_pilot_is_adjusted_and_what_was_changed_is_told(piloted: Terminal) -> None:
    piloted.says("campaign", "change", "spring", "--set", "ring_time_s=33")
    said = piloted.says("pilot", "decide", "spring", "adjust", "--remark", "too short", "--by", "wang")
    assert "campaign spring: PAUSED" in said
    assert "decided by wang: adjust" in said
    assert "ring_time_s" in said
    piloted.says("campaign", "change", "spring", "--set", "wrap_up_s=44")
    listed = piloted.says("pilot", "list", "spring")
    assert "too short" in listed
    assert "wrap_up_s" in listed
    [row] = piloted.json("pilot", "list", "spring")
    assert ([one["field"] for one in row["changed_after"]], row["decided_by"]) == (["wrap_up_s"], "wang")
    assert "no pilot to decide about" in piloted.refuses("pilot", "decide", "spring", "stop")


def test_what_dials_needs_a_server(piloted: Terminal) -> None:
    assert "go starts the dialling" in piloted.refuses("pilot", "decide", "spring", "go", code=3)
    assert "a pilot dials" in piloted.refuses("pilot", "start", "spring", "--agent", "agent1", code=3)


def test_before_the_first_pilot_the_way_to_it_is_told(planned: Terminal) -> None:
    assert "goldenhour pilot start spring" in planned.says("pilot", "list", "spring")
    assert "had no pilot yet" in planned.refuses("pilot", "report", "spring")
    assert "nothing can be forecast" in planned.refuses("forecast", "spring")


def test_a_campaign_is_forecast_from_its_calls(piloted: Terminal) -> None:
    said = piloted.says("forecast", "spring", "--days", "3")
    assert "attempts needed" in said
    assert piloted.json("forecast", "spring")["deadline"] == "2099-12-31"
