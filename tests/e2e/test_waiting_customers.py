"""Real phones of somebody else's make: what a customer hears whom nobody is free for, when, and what his key does."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from sip.trunks import Trunk
from tests import audio
from tests.asterisk.instance import PhoneAccount
from tests.e2e.faults.centre import ANY_HOUR
from tests.e2e.site import Site, eventually, new_site
from tests.softphone.baresip import Softphone, softphone

pytestmark = [pytest.mark.foreign, pytest.mark.sip, pytest.mark.timeout(120)]

CUSTOMER: Final = "+8613812000001"
AGENT_HZ, CUSTOMER_HZ, MESSAGE_HZ = 440.0, 300.0, 700.0
MESSAGE_S: Final = 4.0
MEASURED_S: Final = 0.1  # the phone's own time between the answer and what it writes down


@dataclass(slots=True)
class Scene:
    site: Site
    customer: Softphone
    agent: Softphone

    async def waits(self) -> None:
        """The agent's phone goes dead while the customer's rings; the customer takes the call."""
        await self.customer.event("CALL_INCOMING", within_s=15)
        await self.agent.hang_up()
        await self.site.until(self._away, within=5, what="end of the agent's leg", every=0.02)
        await self.customer.accept()
        await self.customer.in_call()

    async def _away(self) -> bool:
        return bool((await self.site.get("/agents/amy"))["state"] != "READY")

    async def attempt(self) -> dict[str, Any]:
        rows: list[dict[str, Any]] = (await self.site.get("/attempts", campaign="spring"))["items"]
        return rows[0]

    async def over(self) -> dict[str, Any]:
        async def ended() -> bool:
            return (await self.attempt())["ended_at"] is not None

        await self.site.until(ended, within=30, what="end of the call")
        return await self.attempt()


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    always_open = {"workers": {"leg_mode": "always_open"}}
    async with (
        _phone(CUSTOMER, tmp_path, CUSTOMER_HZ, "manual") as (customer, home),
        _phone("1001", tmp_path, AGENT_HZ, "auto") as (agent, desk),
        new_site(tmp_path / "site", (Trunk(name="home", address=home),), workers=1, sections=always_open) as site,
    ):
        (site.data / "policies").mkdir(parents=True)
        (site.data / "policies" / "cn.toml").write_text('holidays = "open"\n' + ANY_HOUR)
        await site.start()
        await _begin(site, f"sip:1001@{desk}")
        yield Scene(site, customer, agent)


async def _begin(site: Site, desk: str) -> None:
    await site.post("/campaigns", {"code": "spring", "name": "Spring", "trunks": ["home"], "wrap_up_s": 0})
    message = audio.write_tone(site.directory / "ours.wav", MESSAGE_HZ, MESSAGE_S)
    kept = await site.cli("campaign", "message", "set", "spring", "zh", str(message))
    assert (kept["duration_s"], kept["converted"]) == (MESSAGE_S, False)
    (site.directory / "list.csv").write_text(f"number\n{CUSTOMER}\n")
    await site.cli("import", "spring", str(site.directory / "list.csv"))
    await site.post("/agents", {"id": "amy", "phone": desk})
    await site.post("/agents/amy/ready")
    await site.post("/campaigns/spring/start")


@asynccontextmanager
async def _phone(extension: str, directory: Path, hz: float, answer: Any) -> AsyncIterator[tuple[Softphone, str]]:
    """A phone without a PBX, and where it listens."""
    nowhere = PhoneAccount(extension=extension, password="none", server="127.0.0.1:9")
    async with softphone(nowhere, directory, tone_hz=hz, answer=answer, registered=False) as phone:

        def contact() -> re.Match[str] | None:
            return re.search(r"^Contact: <sip:[^@>]+@([0-9.]+:[0-9]+)", phone.log(), re.MULTILINE)

        await eventually(contact, within=10, what="contact of the phone")
        found = contact()
        assert found is not None
        yield phone, found[1]


def begins_s(heard: audio.Sound) -> float:
    """The first sample that is no silence."""
    return int(np.argmax(np.abs(heard.samples) > 0.05)) / heard.rate


def since(attempt: dict[str, Any], moment: str) -> float:
    then, answered = (datetime.fromisoformat(attempt[name]) for name in (moment, "answered_at"))
    return (then - answered).total_seconds()


async def test_he_hears_silence_and_then_the_campaigns_message_from_1_8_s(scene: Scene) -> None:
    await scene.waits()
    attempt = await scene.over()
    await scene.customer.call_ended()
    heard = scene.customer.heard()
    assert attempt["outcome"] == "ABANDONED"
    assert since(attempt, "message_at") == pytest.approx(1.8, abs=0.03), "on the worker's clock"
    print(f"heard from {begins_s(heard):.3f} s, ordered at {since(attempt, 'message_at'):.4f} s")
    assert begins_s(heard) == pytest.approx(1.8, abs=MEASURED_S), "at his own ear"
    assert heard.tone_s(MESSAGE_HZ) == pytest.approx(MESSAGE_S, abs=0.3)
    assert since(attempt, "ended_at") == pytest.approx(1.8 + MESSAGE_S + 2.0, abs=0.5), "with time for the key"


async def test_an_agent_who_becomes_free_just_before_the_message_still_gets_him(scene: Scene) -> None:
    await scene.waits()
    attempt = await scene.attempt()
    waited = (datetime.now(UTC) - datetime.fromisoformat(attempt["answered_at"])).total_seconds()
    await asyncio.sleep(max(1.3 - waited, 0))  # his phone is called again first
    await scene.site.post("/agents/amy/ready")
    await scene.customer.hears(AGENT_HZ, seconds=1.0)
    await scene.agent.hears(CUSTOMER_HZ, seconds=1.0)
    await scene.customer.hang_up()
    attempt = await scene.over()
    print(f"connected after {since(attempt, 'connected_at'):.4f} s")
    assert attempt["outcome"] == "HUMAN"
    assert 1.3 <= since(attempt, "connected_at") < 1.8
    assert scene.customer.heard().tone_s(MESSAGE_HZ) == 0.0


async def test_his_key_takes_him_off_the_list_within_a_second_and_he_hears_that(scene: Scene) -> None:
    await scene.waits()
    await scene.customer.hears(MESSAGE_HZ, seconds=0.5)
    await scene.customer.press("9")
    pressed = datetime.now(UTC)

    async def closed() -> bool:
        return bool((await scene.site.get("/campaigns/spring/leads"))["items"][0]["state"] == "DO_NOT_CALL")

    await scene.site.until(closed, within=3, what="entry on the do-not-call list", every=0.02)
    took = (datetime.now(UTC) - pressed).total_seconds()
    print(f"off the list after {took:.3f} s")
    assert took < 1.0
    attempt = await scene.over()
    heard = scene.customer.heard()
    assert attempt["opted_out_at"] is not None
    assert heard.tone_s(MESSAGE_HZ) < 2.5, "the message stops"
    after = heard.part(begins_s(heard) + 2.0)
    assert after.sound_s(at_least=0.02) > 1.0, "a voice says that he is not called again"
    entries = (
        (await scene.site.get(f"/suppressions/{CUSTOMER}")) if False else await scene.site.cli("dnc", "check", CUSTOMER)
    )
    assert "opt-out key" in str(entries)


async def test_it_counts_when_he_hangs_up_with_the_key(scene: Scene) -> None:
    await scene.waits()
    await scene.customer.hears(MESSAGE_HZ, seconds=0.5)
    await scene.customer.press("9")
    await asyncio.sleep(0.1)  # a phone that has not sent anything of the key yet sends nothing after its BYE
    await scene.customer.hang_up()
    attempt = await scene.over()
    assert attempt["opted_out_at"] is not None
    assert (await scene.site.get("/campaigns/spring/leads"))["items"][0]["state"] == "DO_NOT_CALL"
