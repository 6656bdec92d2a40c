"""Bridging, recording, playing and what can be measured of it."""

from __future__ import annotations

import math
import struct
import wave
from pathlib import Path

import pytest

from sip.errors import BadState, MediaFailed, UnknownLeg
from sip.events import (
    LegRinging,
    LegsBridged,
    LegsUnbridged,
    PlaybackFinished,
    PlaybackStarted,
    RecordingStarted,
    RecordingStopped,
)
from tests.contract.telephony.far_end import Party
from tests.contract.telephony.story import Story


@pytest.fixture
def tone(tmp_path: Path) -> str:
    path = tmp_path / "tone.wav"
    samples = [int(8000 * math.sin(2 * math.pi * 440 * at / 8000)) for at in range(4000)]
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return str(path)


async def test_two_answered_legs_are_joined_and_parted(story: Story) -> None:
    customer, agent = await story.conversation()
    joined = story.heard.all(LegsBridged)[0]
    assert {joined.leg_id, joined.other_leg_id} == {customer, agent}
    await story.telephony.unbridge(customer, agent)
    parted = await story.heard.until(LegsUnbridged)
    assert {parted.leg_id, parted.other_leg_id} == {customer, agent}


async def test_only_answered_legs_can_be_joined(story: Story) -> None:
    await story.talks_to("agent")
    await story.dials("customer", Party.RINGS_ON)
    await story.heard.until(LegRinging, leg_id="customer")
    with pytest.raises(BadState):
        await story.telephony.bridge("customer", "agent")
    with pytest.raises(UnknownLeg):
        await story.telephony.bridge("agent", "nobody")


async def test_a_conversation_is_recorded_in_two_files_that_are_there_when_it_is_said(
    story: Story, tmp_path: Path
) -> None:
    customer, agent = await story.conversation()
    telephony = story.telephony
    await telephony.start_recording("rec", customer_leg=customer, agent_leg=agent, directory=str(tmp_path))
    started = await story.heard.until(RecordingStarted, recording_id="rec")
    assert (started.customer_leg, started.agent_leg) == (customer, agent)
    await telephony.pause_recording("rec")
    await telephony.resume_recording("rec")
    await telephony.stop_recording("rec")
    stopped = await story.heard.until(RecordingStopped, recording_id="rec")
    assert stopped.customer_file == str(tmp_path / "rec.customer.wav")
    assert stopped.agent_file == str(tmp_path / "rec.agent.wav")
    for path in (stopped.customer_file, stopped.agent_file):
        with wave.open(path) as file:
            assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (1, 8000, 2)


async def test_a_recording_ends_with_the_customers_leg(story: Story, tmp_path: Path) -> None:
    customer, agent = await story.conversation()
    await story.telephony.start_recording("rec", customer_leg=customer, agent_leg=agent, directory=str(tmp_path))
    await story.heard.until(RecordingStarted)
    await story.far_end.hang_up(customer)
    await story.heard.until(RecordingStopped, recording_id="rec")


async def test_a_recording_that_is_not_there_is_refused(story: Story) -> None:
    with pytest.raises(UnknownLeg):
        await story.telephony.stop_recording("none")


async def test_a_message_is_played_to_its_end_and_said_so(story: Story, tone: str) -> None:
    await story.talks_to("leg")
    await story.telephony.play("message", "leg", tone)
    began = await story.heard.until(PlaybackStarted, playback_id="message")
    finished = await story.heard.until(PlaybackFinished, playback_id="message")
    assert (finished.leg_id, finished.completed) == ("leg", True)
    assert (began.leg_id, began.at < finished.at) == ("leg", True), "its time is the worker's"


async def test_music_that_is_stopped_was_not_completed(story: Story, tone: str) -> None:
    await story.talks_to("leg")
    await story.telephony.play("music", "leg", tone, loop=True)
    await story.telephony.stop_playing("music")
    assert not (await story.heard.until(PlaybackFinished, playback_id="music")).completed


async def test_a_message_to_somebody_who_hangs_up_was_not_completed(story: Story, tone: str) -> None:
    await story.talks_to("leg")
    await story.telephony.play("music", "leg", tone, loop=True)
    await story.far_end.hang_up("leg")
    assert not (await story.heard.until(PlaybackFinished, playback_id="music")).completed
    await story.ends("leg")
    kinds = story.told_of("leg")
    assert kinds.index(PlaybackFinished) < len(kinds) - 1, "the end of the leg is the last that is heard of it"


async def test_a_sound_file_that_is_not_there_is_refused(story: Story, tmp_path: Path) -> None:
    await story.talks_to("leg")
    with pytest.raises(MediaFailed):
        await story.telephony.play("message", "leg", str(tmp_path / "none.wav"))


async def test_levels_and_statistics_of_a_leg_can_be_read_while_it_is_up(story: Story) -> None:
    await story.talks_to("leg")
    levels = await story.telephony.levels("leg")
    assert 0.0 <= levels.received <= 1.0
    assert 0.0 <= levels.sent <= 1.0
    assert (await story.telephony.statistics("leg")).packets_lost == 0
