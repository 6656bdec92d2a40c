"""The PBX of the bed with baresip as an agent's phone: it registers, calls, is called, and its sound is measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.asterisk.instance import Asterisk
from tests.integration.sip.floor import eventually
from tests.softphone.baresip import softphone

pytestmark = [pytest.mark.asterisk, pytest.mark.foreign]


async def test_a_phone_hears_the_tone_of_the_number_it_calls(asterisk: Asterisk, tmp_path: Path) -> None:
    async with softphone(asterisk.phone("1001"), tmp_path) as phone:
        await phone.dial("+8613800000000")
        await phone.in_call()
        heard = await phone.hears(1004, seconds=1.0)
        await phone.hang_up()
        assert heard.tone_s(440) == 0
    records = await asterisk.cdrs_when(lambda found: any(c.channel.startswith("PJSIP/1001") for c in found))
    record = next(c for c in records if c.channel.startswith("PJSIP/1001"))
    assert (record.called, record.answered, record.cause) == ("+8613800000000", True, None)


async def test_the_echo_number_gives_a_phone_its_own_tone_back(asterisk: Asterisk, tmp_path: Path) -> None:
    async with softphone(asterisk.phone("1002"), tmp_path, tone_hz=700) as phone:
        await phone.dial("+8613800000004")
        await phone.hears(700, seconds=1.0)


async def test_two_phones_hear_each_other(asterisk: Asterisk, tmp_path: Path) -> None:
    async with (
        softphone(asterisk.phone("1003"), tmp_path, tone_hz=500) as caller,
        softphone(asterisk.phone("1004"), tmp_path, tone_hz=900) as agent,
    ):
        await caller.dial("1004")
        await caller.hears(900, seconds=1.0)
        await agent.hears(500, seconds=1.0)
        await agent.hang_up()
        await caller.call_ended()


async def test_the_answering_machine_greets_beeps_and_listens(asterisk: Asterisk, tmp_path: Path) -> None:
    async with softphone(asterisk.phone("1001"), tmp_path) as phone:
        await phone.dial("+8613800000003")
        await phone.hears(700, seconds=0.3, within_s=12)
        await eventually(lambda: phone.heard().duration_s > 8, within=6, what="8 s of sound")
        heard = phone.heard()
    assert 3 < heard.part(0, 5.5).sound_s() < 5
    assert heard.part(6.5).sound_s() == 0


async def test_a_person_speaks_on_and_on(asterisk: Asterisk, tmp_path: Path) -> None:
    async with softphone(asterisk.phone("1001"), tmp_path) as phone:
        await phone.dial("+8613800000099")
        await phone.in_call(within_s=6)
        await eventually(lambda: phone.calls_heard() > 0 and phone.heard().sound_s() > 2, within=6, what="speech")


async def test_who_hangs_up_later_is_heard_until_then(asterisk: Asterisk, tmp_path: Path) -> None:
    async with softphone(asterisk.phone("1001"), tmp_path) as phone:
        await phone.dial("+8613800000062")
        await phone.call_ended(within_s=6)
        assert phone.heard().tone_s(1004) == pytest.approx(2.0, abs=0.4)


async def test_digits_pressed_on_a_phone_are_collected(asterisk: Asterisk, tmp_path: Path) -> None:
    async with softphone(asterisk.phone("1002"), tmp_path) as phone:
        await phone.dial("+8613800000005")
        await phone.in_call()
        await phone.press("7")
        await phone.hears(1200, seconds=0.5)
        await phone.hang_up()
    records = await asterisk.cdrs_when(lambda found: any(c.called == "+8613800000005" for c in found))
    assert next(c for c in records if c.called == "+8613800000005").digits == "7"
