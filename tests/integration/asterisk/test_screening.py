"""Persons, voicemail and tones of somebody else's making, told apart over real lines."""

from __future__ import annotations

import pytest

from sip.amd import AmdSettings, Reason, Verdict
from sip.events import GreetingOver, LegScreened
from tests.integration.asterisk.dialling import Dialling, Leg

pytestmark = [pytest.mark.asterisk, pytest.mark.sip, pytest.mark.asyncio(loop_scope="module")]


async def screened(dialling: Dialling, leg: Leg, *, await_greeting: bool = False) -> LegScreened:
    await dialling.pool.screen(leg.leg_id, AmdSettings(), await_greeting=await_greeting)
    told: LegScreened = await dialling.heard.until(LegScreened, leg_id=leg.leg_id, within=15.0)
    return told


async def test_a_voicemail_is_a_machine_and_is_heard_to_its_beep(dialling: Dialling) -> None:
    async with dialling.line() as line:
        leg = await dialling.place(line, "+8613811110003")
        told = await screened(dialling, leg, await_greeting=True)
        over = await dialling.heard.until(GreetingOver, leg_id=leg.leg_id, within=20.0)
        assert told.verdict is Verdict.MACHINE
        assert told.delay_ms < 5000
        assert over.at > told.at, "the greeting goes on after the verdict"


async def test_a_test_tone_is_a_machine(dialling: Dialling) -> None:
    async with dialling.line() as line:
        told = await screened(dialling, await dialling.place(line, "+8613811110000"))
    assert told.verdict is Verdict.MACHINE
    assert told.reason in (Reason.TONE, Reason.SILENCE), "nobody spoke"


async def test_the_verdict_over_the_digest_trunk_is_told_once(dialling: Dialling) -> None:
    async with dialling.line() as line:
        leg = await dialling.place(line, "+8613811110003", "carrier")
        await screened(dialling, leg)
        await dialling.pool.screen(leg.leg_id, AmdSettings())
        await dialling.pool.hang_up(leg.leg_id)
        await dialling.ended(leg)
    assert len(dialling.heard.all(LegScreened, leg_id=leg.leg_id)) == 1
