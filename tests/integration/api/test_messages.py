"""What customers hear whom nobody is free for: brought, checked, heard, taken back."""

from __future__ import annotations

import io
import wave
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile

pytestmark = pytest.mark.usefixtures("campaign")
WHERE = "/campaigns/spring/messages"


def sound(seconds: float, *, rate: int = 8000, channels: int = 1, level: float = 0.5, kind: str = "WAV") -> bytes:
    tone = level * np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate)) / rate)
    sink = io.BytesIO()
    soundfile.write(sink, np.repeat(tone[:, None], channels, axis=1), rate, format=kind)
    return sink.getvalue()


async def bring(api: httpx.AsyncClient, content: bytes, what: str = "message/zh", name: str = "ours.wav") -> Any:
    return await api.post(f"{WHERE}/{what}", files={"file": (name, content)}, params={"by": "planner"})


async def heard(api: httpx.AsyncClient, what: str = "message/zh") -> tuple[int, int, int, float]:
    found = await api.get(f"{WHERE}/{what}/sound")
    assert found.status_code == 200, found.text
    with wave.open(io.BytesIO(found.content)) as file:
        seconds = file.getnframes() / file.getframerate()
        return file.getnchannels(), file.getsampwidth(), file.getframerate(), seconds


async def test_without_own_sounds_the_built_in_ones_are_heard(api: httpx.AsyncClient) -> None:
    rows = (await api.get(WHERE)).json()
    assert {(row["use"], row["language"], row["origin"]) for row in rows} == {
        (use, language, "built-in") for use in ("message", "confirmation") for language in ("en", "zh")
    }
    assert (await heard(api))[:3] == (1, 2, 8000)
    assert (await api.get(f"{WHERE}/waiting/zh/sound")).status_code == 404, "silence"


async def test_an_own_message_is_kept_as_it_is_and_written_into_the_history(api: httpx.AsyncClient) -> None:
    answer = await bring(api, sound(6.0))
    assert answer.status_code == 201, answer.text
    assert answer.json() == {
        "use": "message", "language": "zh", "origin": "campaign", "duration_s": 6.0, "longest_s": 20.0,
        "converted": False,
    }  # fmt: skip
    assert await heard(api) == (1, 2, 8000, 6.0)
    assert "message in zh: ours.wav" in (await api.get("/campaigns/spring/history")).text


@pytest.mark.parametrize(("rate", "channels", "kind"), [(44100, 2, "WAV"), (16000, 1, "FLAC"), (48000, 2, "OGG")])
async def test_other_forms_are_converted_without_a_change_of_pitch(
    api: httpx.AsyncClient, rate: int, channels: int, kind: str
) -> None:
    answer = await bring(api, sound(4.0, rate=rate, channels=channels, kind=kind), name=f"ours.{kind.lower()}")
    assert answer.status_code == 201, answer.text
    assert answer.json()["converted"]
    found = await api.get(f"{WHERE}/message/zh/sound")
    samples, kept_rate = soundfile.read(io.BytesIO(found.content))
    assert (kept_rate, samples.ndim) == (8000, 1)
    assert len(samples) / kept_rate == pytest.approx(4.0, abs=0.05)
    spectrum = np.abs(np.fft.rfft(samples))
    assert np.argmax(spectrum) * kept_rate / len(samples) == pytest.approx(440, abs=1)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (sound(21.0), "lasts 21.0 s; a message may last 20 s"),
        (sound(0.1), "at least 0.3 s"),
        (sound(3.0, level=0.001), "silent"),
        (b"RIFF no sound at all", "no sound that can be read"),
        (b"", "no sound that can be read"),
    ],
)
async def test_what_cannot_be_played_is_refused_by_name(api: httpx.AsyncClient, content: bytes, words: str) -> None:
    answer = await bring(api, content, name="loud.wav")
    assert answer.status_code == 422, answer.text
    assert words in answer.json()["error"]["message"]
    assert "loud.wav" in answer.json()["error"]["message"]


async def test_taken_back_the_built_in_one_is_heard_again(api: httpx.AsyncClient) -> None:
    await bring(api, sound(6.0))
    answer = await api.delete(f"{WHERE}/message/zh")
    assert answer.status_code == 200, answer.text
    assert (await heard(api))[3] > 10
    assert (await api.delete(f"{WHERE}/message/zh")).status_code == 404


async def test_another_key_needs_a_message_that_names_it(api: httpx.AsyncClient) -> None:
    change = {"changes": {"opt_out_key": "1"}}
    refused = await api.patch("/campaigns/spring", json=change)
    assert refused.status_code == 422
    assert "names the key 9" in refused.text
    await bring(api, sound(6.0))
    assert (await api.patch("/campaigns/spring", json=change)).status_code == 200
    assert (await api.delete(f"{WHERE}/message/zh")).status_code == 422, "then nobody would name the key"
