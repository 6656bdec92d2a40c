"""A campaign runs, watched and steered over the API: the real engine and store, lines in one process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from dialer.bus import Bus
from dialer.clock import SystemClock
from dialer.config import Config
from dialer.engine.engine import Engine
from dialer.engine.settings import EngineSettings
from dialer.policies import PolicyBook
from dialer.ports import Store
from dialer.twin.parties import answers, busy, machine, not_accepted
from dialer.twin.telephony import FakeTelephony
from dialer.web.app import create_app
from dialer.wiring import admission, recording_library, services
from tests.integration.api.conftest import CAMPAIGN, TOKEN, client

DEADLINE_S = 20.0


@pytest.fixture
def telephony() -> FakeTelephony:
    telephony = FakeTelephony(SystemClock())
    telephony.everybody = answers(0.3)
    return telephony


def engine_on(telephony: FakeTelephony, config: Config, store: Store, bus: Bus) -> Engine:
    return Engine(
        store=store,
        telephony=telephony,
        clock=SystemClock(),
        bus=bus,
        library=recording_library(config),
        settings=EngineSettings(policies=PolicyBook.load(rehearsal=True)),
        trunks=[section.trunk() for section in config.trunks],
    )


@pytest.fixture
async def api(config: Config, store: Store, telephony: FakeTelephony) -> AsyncIterator[httpx.AsyncClient]:
    async with engine_on(telephony, config, store, Bus()) as engine:
        app = create_app(services(config, store, SystemClock(), engine, engine.wake), admission(config, TOKEN))
        async with client(app, authorization=f"Bearer {TOKEN}") as api:
            yield api


async def until(ask: Callable[[], Awaitable[Any]]) -> Any:
    """The first answer that is not empty."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            if answer := await ask():
                return answer
            await asyncio.sleep(0.05)


async def done(answer: Awaitable[httpx.Response], status: int = 200) -> Any:
    response = await answer
    assert response.status_code == status, response.text
    return response.json()


async def amy_is_dialling(api: httpx.AsyncClient, *numbers: str, **campaign: Any) -> None:
    """Her colleague Bob belongs to the campaign too and is not there yet."""
    for agent in ("amy", "bob"):
        await done(api.post("/agents", json={"id": agent, "phone": f"sip:{agent}@127.0.0.1"}), 201)
    await done(api.post("/campaigns", json=CAMPAIGN | {"agents": ["amy", "bob"], "wrap_up_s": 60} | campaign), 201)
    listing = "name,number\n" + "".join(f"Somebody,{number}\n" for number in numbers)
    report = await done(api.post("/campaigns/spring/imports", files={"file": ("list.csv", listing.encode())}))
    assert report["accepted"] == len(numbers)
    assert (await done(api.post("/agents/amy/ready")))["state"] == "READY"
    await done(api.post("/campaigns/spring/start"))


async def paused(api: httpx.AsyncClient) -> bool:
    return bool((await done(api.get("/agents/amy")))["state"] == "PAUSED")


async def connected(api: httpx.AsyncClient) -> Any:
    async def ask() -> Any:
        return next((c for c in await done(api.get("/calls")) if c["state"] == "CONNECTED"), None)

    return await until(ask)


async def test_a_call_is_seen_hung_up_and_disposed(api: httpx.AsyncClient) -> None:
    await amy_is_dialling(api, "13800138000")
    call = await connected(api)
    assert (call["number"], call["agent_id"], call["campaign"]) == ("+8613800138000", "amy", "spring")
    assert (await done(api.get("/agents/amy")))["state"] == "ON_CALL"
    floor = await done(api.get("/floor"))
    assert [c["attempt_id"] for c in floor["calls"]] == [call["attempt_id"]]
    metrics = (await api.get("/metrics")).text
    assert 'goldenhour_calls{state="CONNECTED"} 1.0' in metrics
    assert 'goldenhour_agents{state="ON_CALL"} 1.0' in metrics

    await done(api.post(f"/calls/{call['attempt_id']}/hangup"))

    async def ended() -> Any:
        attempt = await done(api.get(f"/attempts/{call['attempt_id']}"))
        return attempt if attempt["ended_at"] and attempt["recording"] else None

    attempt = await until(ended)
    assert (attempt["outcome"], attempt["agent"], attempt["disposition"]) == ("HUMAN", "amy", None)
    times = [attempt[f"{what}_at"] for what in ("placed", "ringing", "answered", "connected", "ended")]
    assert times == sorted(times)

    wrong = await api.post(f"/calls/{call['attempt_id']}/disposition", json={"code": "NONSENSE"})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (422, "invalid"), wrong.text
    disposed = await done(api.post(f"/calls/{call['attempt_id']}/disposition", json={"code": "SALE", "note": "好"}))
    assert disposed["disposition"] == "SALE"

    async def sale() -> Any:
        return (await done(api.get("/campaigns/spring/statistics")))["successes"]

    assert await until(sale) == 1
    lead = (await done(api.get("/campaigns/spring/leads")))["items"][0]
    assert (lead["state"], lead["closed_reason"]) == ("CLOSED", "disposition")
    assert (await api.post(f"/calls/{call['attempt_id']}/hangup")).status_code == 404

    async def finalized() -> Any:
        return (await done(api.get("/recordings", params={"state": "FINALIZED"})))["items"]

    recording = (await until(finalized))[0]
    sound = await api.get(f"/recordings/{recording['id']}/sound")
    assert (sound.status_code, sound.content[:4]) == (200, b"OggS")


async def test_an_agent_who_says_that_it_is_a_person_keeps_the_call(
    api: httpx.AsyncClient, telephony: FakeTelephony
) -> None:
    telephony.everybody = machine(0.3, told_after=1.0)
    await amy_is_dialling(api, "13800138000", screening={"mode": "connect_first", "checked_share": 0.0})
    call = await connected(api)
    person = f"/calls/{call['attempt_id']}/person"
    assert (await api.post(person, json={"agent": "bob"})).json()["error"]["code"] == "wrong_state"
    await done(api.post(person, json={"agent": "amy"}))

    async def told() -> Any:
        return (await done(api.get(f"/attempts/{call['attempt_id']}")))["screening"]

    screening = await until(told)
    assert (screening["verdict"], screening["treatment"]) == ("machine", "kept")
    assert screening["zh"].endswith("坐席保留")
    assert (await done(api.get("/agents/amy")))["state"] == "ON_CALL"
    await done(api.post(f"/calls/{call['attempt_id']}/hangup"))


async def test_what_does_not_fit_the_state_is_refused_and_changes_nothing(
    api: httpx.AsyncClient, telephony: FakeTelephony
) -> None:
    telephony.everybody = busy()
    await amy_is_dialling(api, "13800138000")
    for path in ("/campaigns/spring/start", "/agents/amy/wrap-up/extension"):
        answer = await api.post(path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "wrong_state"), answer.text
    await done(api.post("/agents/amy/pause", json={"reason": "lunch"}))
    await until(lambda: paused(api))  # not before the call that rings for her is over
    assert (await done(api.post("/campaigns/spring/pause")))["state"] == "PAUSED"
    assert (await done(api.get("/campaigns/spring/explanation")))["idle"] == "not_running"
    assert (await done(api.post("/campaigns/spring/stop")))["state"] == "FINISHED"
    for path in ("/agents/zoe/ready", "/campaigns/autumn/start", f"/calls/{'0' * 32}/hangup"):
        assert (await api.post(path)).status_code == 404


async def test_more_agents_than_lines_are_refused_with_both_figures(api: httpx.AsyncClient) -> None:
    agents = [f"a{number}" for number in range(40)]
    for agent in agents:
        await done(api.post("/agents", json={"id": agent, "phone": f"sip:{agent}@127.0.0.1"}), 201)
    await done(api.post("/campaigns", json=CAMPAIGN | {"agents": agents}), 201)
    answer = await api.post("/campaigns/spring/start")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (409, "fewer_lines_than_agents")
    assert (error["details"]["agents"], error["details"]["lines"]) == (40, 30)


async def test_a_list_larger_than_allowed_is_refused(api: httpx.AsyncClient) -> None:
    await done(api.post("/campaigns", json=CAMPAIGN), 201)
    answer = await api.post("/campaigns/spring/imports", files={"file": ("list.csv", b"number\n" + b"1" * 1_000_001)})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
    fits = await api.post("/campaigns/spring/imports", files={"file": ("../../list.csv", b"number\n13800138000\n12\n")})
    assert fits.json()["file_name"] == "list.csv"
    refused = await api.get(f"/campaigns/spring/imports/{fits.json()['id']}/refused")
    assert (refused.status_code, b"12" in refused.content) == (200, True)


async def test_a_trunk_that_refused_us_is_taken_back_once_it_is_mended(
    api: httpx.AsyncClient, telephony: FakeTelephony
) -> None:
    telephony.everybody = not_accepted()
    await amy_is_dialling(api, "13800138000")

    async def stopped() -> list[str]:
        return [trunk["name"] for trunk in await done(api.get("/trunks")) if "STOPPED" in trunk["reason"]]

    [name] = await until(stopped)
    assert (await done(api.post(f"/trunks/{name}/mend")))["state"] == "up"
    missing = await api.post("/trunks/nobody/mend")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "not_found")
