"""When may a message be left?"""

from __future__ import annotations

from collections.abc import Sequence

from sip.amd import AmdSettings, Detector, Evidence, Greeting, Verdict
from tests.unit.sip.parties import PER_S, levels, noise, over, silence, speech, tone

GREETING = (silence(0.4), speech(2.5), silence(0.5), speech(3.0))
GREETING_S = 6.4


def speaks_at(readings: Sequence[float]) -> float | None:
    """Seconds from the answer until a message may be left, once the detector has said MACHINE."""
    detector, greeting = Detector(AmdSettings(), Evidence()), None
    for number, reading in enumerate(readings, start=1):
        if greeting is None:
            screening = detector.level(number / PER_S, reading)
            greeting = detector.greeting() if screening and screening.verdict is Verdict.MACHINE else None
        elif greeting.level(number / PER_S, reading):
            return number / PER_S
    return None


def test_a_message_begins_right_after_the_beep() -> None:
    at_s = speaks_at(levels(*GREETING, silence(0.7), tone(0.4), silence(5)))
    assert at_s is not None
    assert GREETING_S + 1.1 <= at_s < GREETING_S + 1.5


def test_a_message_begins_after_a_long_silence_where_no_beep_comes() -> None:
    at_s = speaks_at(levels(*GREETING, silence(5)))
    assert at_s is not None
    assert GREETING_S + 1.5 < at_s < GREETING_S + 1.8


def test_the_pause_between_two_sentences_is_not_the_end() -> None:
    at_s = speaks_at(levels(*GREETING, silence(1.2), speech(2.0), silence(0.3), tone(0.3), silence(4)))
    assert at_s is not None
    assert at_s > GREETING_S + 1.2 + 2.0


def test_the_beep_of_a_noisy_line_is_heard() -> None:
    parts = [*silence(0.4), *speech(4.0), *silence(0.5), *tone(0.4), *silence(4)]
    at_s = speaks_at(levels(over(parts, noise(len(parts) / PER_S, -45))))
    assert at_s is not None
    assert 5.3 <= at_s < 5.7


def test_the_tones_before_an_announcement_are_no_invitation_to_speak() -> None:
    at_s = speaks_at(
        levels(silence(0.3), *(tone(0.33, -20 - n) for n in range(3)), silence(0.5), speech(3), silence(4))
    )
    assert at_s is not None
    assert at_s > 0.3 + 1.0 + 0.5 + 3


def test_music_without_an_end_is_never_over() -> None:
    assert speaks_at(levels(speech(30))) is None


def test_it_is_over_once() -> None:
    greeting = Greeting(AmdSettings())
    readings = levels(*GREETING, silence(0.7), tone(0.4), silence(9), speech(2), silence(9))
    assert sum(greeting.level(number / PER_S, one) for number, one in enumerate(readings, start=1)) == 1
