"""A planner gives the campaign its own message, listens to it, and takes it back."""

from __future__ import annotations

from tests import audio
from tests.integration.cli.conftest import CAMPAIGN, Terminal


def test_a_message_is_set_listed_heard_and_taken_back(terminal: Terminal) -> None:
    terminal.says("campaign", "create", terminal.write("spring.toml", CAMPAIGN))
    sound = audio.write(terminal.site / "ours.wav", audio.tone(500, 5.0, rate=16000))
    said = terminal.says("campaign", "message", "set", "spring", "en", str(sound), "--by", "lin")
    assert "message in en lasts 5.0 s, converted to 8 kHz mono 16 bit" in said
    rows = terminal.json("campaign", "message", "list", "spring")
    assert ("message", "en", "campaign") in {(row["use"], row["language"], row["origin"]) for row in rows}
    out = terminal.site / "heard.wav"
    terminal.says("campaign", "message", "get", "spring", "en", "--out", str(out))
    (heard,) = audio.read(out)
    assert (heard.rate, round(heard.strongest_hz())) == (8000, 500)
    assert "built-in" in terminal.says("campaign", "message", "remove", "spring", "en")


def test_what_is_too_long_is_refused_by_name(terminal: Terminal) -> None:
    terminal.says("campaign", "create", terminal.write("spring.toml", CAMPAIGN))
    sound = audio.write_tone(terminal.site / "epic.wav", 500, 30.0)
    message = terminal.refuses("campaign", "message", "set", "spring", "en", str(sound))
    assert "epic.wav lasts 30.0 s; a message may last 20 s" in message
    assert "not there" in terminal.refuses("campaign", "message", "set", "spring", "en", "none.wav")
