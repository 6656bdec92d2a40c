"""Sound through the bed: what each party says is what the other hears and what the recording holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from sip.causes import Origin
from sip.events import LegRinging, PlaybackFinished
from tests import audio
from tests.asterisk.instance import Asterisk
from tests.integration.asterisk.dialling import Dialling
from tests.integration.sip.floor import eventually
from tests.softphone.baresip import softphone

pytestmark = [pytest.mark.asterisk, pytest.mark.sip, pytest.mark.asyncio(loop_scope="module")]


async def test_a_tone_and_its_echo_are_recorded_on_their_own_sides(dialling: Dialling) -> None:
    async with dialling.line() as line:
        customer = await dialling.answered(line, "+8613822220000", "carrier")
        echo = await dialling.answered(line, "+8613822220004", "carrier")
        await dialling.pool.bridge(customer.leg_id, echo.leg_id)
        recording = await dialling.record(customer, echo)
        await eventually(lambda: _size(dialling, recording) > 2.5 * 16_000, what="2.5 s of recording")
        recorded = await dialling.recorded(recording)
        await dialling.hang_up(customer, echo)
    assert recorded.customer.tone_s(1004) > 2.0
    assert recorded.agent.tone_s(1004) > 1.5  # the customer's tone went to the echo and came back


def _size(dialling: Dialling, recording_id: str) -> int:
    path = dialling.directory / f"{recording_id}.customer.wav"
    return path.stat().st_size if path.exists() else 0


async def test_what_is_played_to_the_echo_comes_back(dialling: Dialling, tmp_path: Path) -> None:
    played = audio.write_tone(tmp_path / "message.wav", 620, 1.5)
    async with dialling.line() as line:
        customer = await dialling.answered(line, "+8613822220004", "carrier")
        agent = await dialling.answered(line, "+8613822220004", "carrier")
        recording = await dialling.record(customer, agent)
        await dialling.pool.play("message", customer.leg_id, str(played))
        finished = await dialling.heard.until(PlaybackFinished, playback_id="message")
        assert finished.completed
        recorded = await dialling.recorded(recording)
        await dialling.hang_up(customer, agent)
    assert recorded.customer.tone_s(620) > 1.0
    assert recorded.agent.sound_s() == 0  # played to the customer only


async def test_digits_reach_the_collector_and_are_in_the_call_record(dialling: Dialling, asterisk: Asterisk) -> None:
    async with dialling.line() as line:
        leg = await dialling.answered(line, "+8613822220005", "carrier")
        other = await dialling.answered(line, "+8613822220004", "carrier")
        recording = await dialling.record(leg, other)
        await dialling.pool.send_dtmf(leg.leg_id, "2580")
        await eventually(lambda: _size(dialling, recording) > 3 * 16_000, what="3 s of recording")
        recorded = await dialling.recorded(recording)
        await dialling.hang_up(leg, other)
    assert (await asterisk.cdr(leg.sip_call_id)).digits == "2580"
    assert recorded.customer.tone_s(500) > 0.5  # the collector's tone for the last digit, 0


@pytest.mark.foreign
async def test_a_softphone_agent_and_the_tone_customer_are_bridged_and_recorded(
    dialling: Dialling, asterisk: Asterisk, tmp_path: Path
) -> None:
    async with softphone(asterisk.phone("1005"), tmp_path, tone_hz=440) as phone, dialling.line() as line:
        customer = await dialling.answered(line, "+8613822220000", "carrier")
        agent = await dialling.answered(line, "1005", "pbx", auto_answer=True)
        await dialling.pool.bridge(customer.leg_id, agent.leg_id)
        recording = await dialling.record(customer, agent)
        await phone.hears(1004, seconds=2.0)
        recorded = await dialling.recorded(recording)
        await dialling.hang_up(customer, agent)
        await phone.call_ended()
    assert recorded.customer.tone_s(1004) > 1.5
    assert recorded.agent.tone_s(440) > 1.5
    assert recorded.customer.tone_part_s(440) == 0
    assert recorded.agent.tone_part_s(1004) == 0
    assert recorded.customer.duration_s == pytest.approx(recorded.agent.duration_s, abs=0.02)


@pytest.mark.foreign
async def test_two_softphones_hear_each_other_through_the_dialer(
    dialling: Dialling, asterisk: Asterisk, tmp_path: Path
) -> None:
    async with (
        softphone(asterisk.phone("1006"), tmp_path, tone_hz=500, answer="manual") as customer_phone,
        softphone(asterisk.phone("1007"), tmp_path, tone_hz=900) as agent_phone,
        dialling.line() as line,
    ):
        customer = await dialling.place(line, "1006", "carrier")
        await dialling.heard.until(LegRinging, leg_id=customer.leg_id)
        await customer_phone.event("CALL_INCOMING")
        await customer_phone.accept()
        await customer_phone.in_call()
        agent = await dialling.answered(line, "1007", "pbx", auto_answer=True)
        await dialling.pool.bridge(customer.leg_id, agent.leg_id)
        recording = await dialling.record(customer, agent)
        await customer_phone.hears(900, seconds=1.5)
        await agent_phone.hears(500, seconds=1.5)
        recorded = await dialling.recorded(recording)
        await customer_phone.hang_up()
        assert (await dialling.ended(customer)).cause.origin is Origin.REMOTE
        await dialling.hang_up(agent)
    assert recorded.customer.tone_s(500) > 1.2
    assert recorded.agent.tone_s(900) > 1.2


@pytest.mark.foreign
async def test_the_wish_for_an_automatic_answer_reaches_the_agents_phone(
    dialling: Dialling, asterisk: Asterisk, tmp_path: Path
) -> None:
    async with softphone(asterisk.phone("1008"), tmp_path) as phone, dialling.line() as line:
        agent = await dialling.answered(line, "1008", "pbx", auto_answer=True)
        await dialling.hang_up(agent)
        await phone.call_ended()
        assert "answer-after=0" in phone.log()
