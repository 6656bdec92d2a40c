"""A supervisor asks at the terminal why a campaign placed its calls, while no server runs."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from campaigns.pacing import Predictive
from dialer.db.store import open_store
from dialer.engine.pacing_log import FIELDS, Logged, pack
from tests.integration.cli.conftest import Terminal


async def leave(terminal: Terminal) -> datetime:
    """What an engine left behind."""
    store = await open_store(f"sqlite:///{terminal.data / 'goldenhour.db'}")
    try:
        campaign = await store.campaign("spring")
        assert campaign is not None
        start = datetime.now(UTC) - timedelta(minutes=10)
        entries = [
            Logged(first=start.timestamp() + n, last=start.timestamp() + n, times=1, values=decided(n))
            for n in range(9)
        ]
        await store.pacing.log([pack(campaign.campaign_id, entries)])
        await store.pacing.keep_learned({campaign.campaign_id: Predictive().to_dict()}, at=start)
        return start
    finally:
        await store.close()


def decided(n: int) -> tuple[object, ...]:
    values = {
        "mode": "predictive", "placed": n, "wanted": n, "limit": "risk", "floor": 1, "cancelled": 0, "offered": 0,
        "risk": 0.061, "theta": 0.042, "left": 3.2, "note": "", "ready": 1, "talking": 3, "wrapping": 1,
        "answered": 412, "abandoned": 9, "free_soon": 2.5, "answers_soon": 1.1,
    }  # fmt: skip
    return tuple(values.get(name, 0) for name in FIELDS)


def test_why_answers_from_the_data_directory(planned: Terminal) -> None:
    start = asyncio.run(leave(planned))
    at = (start + timedelta(seconds=4.5)).isoformat()
    said = planned.says("pacing", "why", "spring", "--at", at)
    assert "Placed 4; not more because one more call would too probably find no agent" in said
    assert "A further call would find no agent with 6.1%; up to 4.2% is taken." in said
    assert "3.2 calls may still be abandoned (9 were, of 412 answered by a person)." in said
    assert "再拨一通而无坐席的概率为 6.1%" in said
    found = planned.json("pacing", "why", "spring", "--at", at)
    assert found["decision"]["placed"] == 4
    assert [one["placed"] for one in found["before"]] == [1, 2, 3]
    assert [one["placed"] for one in found["after"]] == [5, 6]
    assert found["decision"]["seen"]["talking"] == 3


def test_what_was_learned_is_shown_and_forgotten(planned: Terminal) -> None:
    asyncio.run(leave(planned))
    shown = planned.json("pacing", "show", "spring")
    assert shown["learned_at"]
    assert 0.2 < shown["learned"]["answer_rate"] < 0.3  # what is believed before the first call
    assert shown["learned"]["median_answer_s"] > 5
    assert "mode" in planned.says("pacing", "show", "spring")
    assert "forgotten" in planned.says("pacing", "reset", "spring")
    assert planned.json("pacing", "show", "spring")["learned_at"] is None


def test_a_time_that_is_none_and_a_campaign_without_decisions(planned: Terminal) -> None:
    assert "is no time" in planned.refuses("pacing", "why", "spring", "--at", "soon")
    assert "no decision" in planned.refuses("pacing", "why", "spring")


def test_agents_decide_only_on_a_running_server(planned: Terminal) -> None:
    for command in ("preview", "accept", "skip"):
        assert "no server" in planned.refuses("agent", command, "amy", code=3)
