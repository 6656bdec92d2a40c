"""Answering machines over the API: what a planner may set, what an agent says, how often the verdicts were wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from dialer.clock import SystemClock
from dialer.domain import events as e
from dialer.ports import Store
from sip.simulator import voice
from tests.contract.store.shop import Shop, settings
from tests.integration.api.test_floor import done


async def test_the_message_and_the_thresholds_are_checked_when_they_are_set(
    api: httpx.AsyncClient, campaign: dict[str, Any], tmp_path: Path
) -> None:
    async def change(**screening: Any) -> httpx.Response:
        return await api.patch("/campaigns/spring", json={"changes": {"screening": screening}})

    plan = {"mode": "connect_first", "after_machine": "leave_message"}
    assert (await change(**plan)).json()["error"]["field"] == "screening"
    missing = (await change(**plan, message_file=str(tmp_path / "none.wav"))).json()["error"]
    assert "none.wav cannot be read" in missing["message"]
    later = (await change(mode="connect_first", message_file=str(tmp_path / "none.wav"))).json()["error"]
    assert "none.wav cannot be read" in later["message"]
    short = voice.write(tmp_path / "short.wav", voice.tone(440, 0.2))
    assert "lasts 0.2 s" in (await change(**plan, message_file=str(short))).json()["error"]["message"]
    unknown = (await change(mode="connect_first", thresholds={"loudness": 3})).json()["error"]
    assert "'loudness' is no threshold of the detector" in unknown["message"]
    sound = voice.write(tmp_path / "message.wav", voice.tone(440, 3.0))
    good = await change(**plan, message_file=str(sound), thresholds={"longest_s": 4.0})
    assert good.status_code == 200
    assert good.json()["settings"]["screening"]["checked_share"] == 0.02


async def screened(store: Store) -> None:
    """Twenty calls: ten persons, nine machines hung up on, one machine that its agent was given to check."""
    now = SystemClock().now()
    shop = Shop(store, await store.add_campaign(settings("autumn"), at=now), now=now)
    for n, lead in enumerate(await shop.has(20)):
        call = await shop.dials(lead)
        first, *rest = shop.conversation(call)
        verdict, treatment = ("human", "served") if n < 10 else ("machine", "checked" if n == 19 else "hung_up")
        told = e.CallScreened(
            occurred_at=shop.now, attempt_id=call.attempt_id, campaign_id=call.campaign_id, lead_id=call.lead_id,
            mode="connect_first", verdict=verdict, reason="greeted", delay_ms=1000, treatment=treatment,
        )  # fmt: skip
        kept = [one for one in rest if treatment != "hung_up" or not isinstance(one, e.CallDisposed)]
        await store.record([first, told, *kept])


async def test_the_errors_of_each_trunk_are_told_with_their_intervals(api: httpx.AsyncClient, store: Store) -> None:
    await screened(store)
    found = await done(api.get("/screening/statistics", params={"trunk": "carrier"}))
    assert [row["trunk"] for row in found["rows"]] == ["", "carrier"]
    row = found["rows"][1]
    assert (row["screened"], row["humans"], row["machines"], row["mean_delay_ms"]) == (20, 10, 10, 1000.0)
    assert (row["checked"]["hits"], row["checked"]["of"]) == (1, 1), "its agent sold something to the machine"
    assert row["wrongly_ended"]["value"] == 9.0
    assert row["false_positive"]["low"] < row["false_positive"]["value"]
    assert found["counts_as_abandoned"] is None


async def test_another_countrys_pack_counts_them_as_abandoned(api: httpx.AsyncClient, store: Store) -> None:
    await screened(store)
    british = {"code": "british", "name": "British", "trunks": ["carrier"], "country": "GB"}
    await done(api.post("/campaigns", json=british), 201)
    assert (await done(api.get("/screening/statistics?campaign=british")))["counts_as_abandoned"] is True
    assert (await done(api.get("/screening/statistics?campaign=autumn")))["counts_as_abandoned"] is False
    assert (await api.get("/screening/statistics?campaign=none")).status_code == 404


async def test_an_attempt_tells_its_verdict(api: httpx.AsyncClient, store: Store) -> None:
    await screened(store)
    rows = (await done(api.get("/attempts")))["items"]
    assert {row["screening"]["treatment"] for row in rows} == {"served", "hung_up", "checked"}
    assert rows[0]["screening"]["delay_ms"] == 1000
