"""Who answered? Told from levels as a line worker reads them."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sip.amd import AmdSettings, Detector, Evidence, Reason, Screening, Verdict
from tests.unit.sip.parties import PER_S, level, levels, listened, noise, over, silence, speech, tone

DEFAULT = AmdSettings()
HELLO = levels(silence(0.4), speech(0.5), silence(8))
VOICEMAIL = levels(silence(0.4), speech(2.2), silence(0.5), speech(3), silence(4))


def told(screening: Screening) -> tuple[Verdict, Reason]:
    return screening.verdict, screening.reason


def test_whoever_says_hello_and_waits_is_a_person() -> None:
    screening = listened(HELLO)
    assert told(screening) == (Verdict.HUMAN, Reason.GREETED)
    assert screening.delay_s == pytest.approx(0.4 + 0.5 + DEFAULT.after_hello_s, abs=0.12)


def test_whoever_says_a_sentence_is_given_a_longer_pause_before_being_taken_for_a_person() -> None:
    sentence = levels(silence(0.4), speech(1.8), silence(8))
    screening = listened(sentence)
    assert told(screening) == (Verdict.HUMAN, Reason.GREETED)
    assert screening.delay_s == pytest.approx(0.4 + 1.8 + DEFAULT.after_greeting_s, abs=0.15)


def test_a_person_who_speaks_only_after_two_seconds_is_a_person() -> None:
    assert listened(levels(silence(2.2), speech(0.5), silence(8))).verdict is Verdict.HUMAN


def test_who_goes_on_after_the_pause_of_a_sentence_is_a_machine() -> None:
    screening = listened(VOICEMAIL)
    assert told(screening) == (Verdict.MACHINE, Reason.LONG_GREETING)
    assert screening.delay_s == pytest.approx(0.4 + DEFAULT.greeting_s, abs=0.1)


def test_nobody_speaks() -> None:
    screening = listened(levels(silence(9)))
    assert told(screening) == (Verdict.MACHINE, Reason.SILENCE)
    assert screening.delay_s == pytest.approx(DEFAULT.initial_silence_s, abs=0.05)


@pytest.mark.parametrize("noise_db", [-60.0, -50.0, -40.0, -30.0])
def test_nobody_speaks_on_a_noisy_line(noise_db: float) -> None:
    assert told(listened(levels(noise(9, noise_db)))) == (Verdict.MACHINE, Reason.SILENCE)


def test_on_a_loud_line_a_missed_voice_has_time_to_come_again() -> None:
    calm, loud = listened(levels(noise(9, -60))), listened(levels(noise(9, -35)))
    assert calm.delay_s == pytest.approx(DEFAULT.initial_silence_s, abs=0.05)
    assert loud.delay_s == pytest.approx(DEFAULT.noisy_silence_s, abs=0.05)


@pytest.mark.parametrize("noise_db", [-60.0, -50.0, -40.0, -33.0])
def test_a_hello_is_heard_over_the_noise_of_a_line(noise_db: float) -> None:
    line = over([*silence(0.6), *speech(0.5, -20), *silence(6.9)], noise(8, noise_db))
    assert told(listened(levels(line))) == (Verdict.HUMAN, Reason.GREETED)


def test_a_click_is_no_word() -> None:
    clicks = levels(silence(0.5), tone(0.04, -15), silence(1), tone(0.04, -15), silence(6))
    assert told(listened(clicks)) == (Verdict.MACHINE, Reason.SILENCE)


def test_a_beep_after_a_short_greeting_gives_the_machine_away() -> None:
    screening = listened(levels(silence(0.4), speech(1.5), silence(0.6), tone(0.5), silence(6)))
    assert told(screening) == (Verdict.MACHINE, Reason.TONE)


def test_the_tones_before_an_announcement_are_known_in_half_a_second() -> None:
    tones = levels(silence(0.2), tone(0.33, -20), tone(0.33, -21.5), tone(0.33, -23), silence(0.3), speech(4))
    screening = listened(tones)
    assert told(screening) == (Verdict.MACHINE, Reason.TONE)
    assert screening.delay_s < 0.5


def test_a_modem_whose_answer_wavers_is_a_machine() -> None:
    wavering = [-20 + 1.6 * math.sin(2 * math.pi * 15 * number / PER_S) for number in range(4 * PER_S)]
    assert told(listened(levels(silence(0.5), wavering))) == (Verdict.MACHINE, Reason.TONE)


def test_the_end_of_the_ringing_tone_after_the_answer_is_no_machine() -> None:
    """The first readings are silent: no packet has come yet."""
    line = levels(silence(0.1), tone(0.3), silence(0.4), speech(0.5), silence(8))
    assert told(listened(line)) == (Verdict.HUMAN, Reason.GREETED)
    assert listened(line).delay_s > 1.3
    assert listened(line, replace(DEFAULT, cut_off_tone_s=0.1)).verdict is Verdict.MACHINE


@pytest.mark.parametrize("seconds", [0.12, 0.2, 0.3])
def test_what_the_answer_cuts_off_is_no_hello(seconds: float) -> None:
    ringing_then_nobody = levels(silence(0.04), tone(seconds), silence(9))
    assert told(listened(ringing_then_nobody)) == (Verdict.MACHINE, Reason.SILENCE)


def test_a_noise_that_sets_in_is_not_a_tone() -> None:
    """Somebody who has muted the phone takes it up: the line hisses all of a sudden."""
    line = levels(silence(0.5), noise(0.7, -52), over(speech(0.5), noise(0.5, -52)), noise(6, -52))
    assert listened(line).verdict is not Verdict.MACHINE


def test_talk_in_the_background_alone_is_not_taken_for_a_long_greeting() -> None:
    """A murmur without a voice that stands out of it."""
    murmur = levels([-40 + one / 1.2 for one in speech(9, 0.0)])
    assert told(listened(murmur)) == (Verdict.UNCERTAIN, Reason.TOO_LONG)
    assert listened(murmur, replace(DEFAULT, contrast_db=0.0)).reason is Reason.LONG_GREETING


def test_a_call_that_ends_at_once_has_no_sound_to_judge() -> None:
    detector = Detector(DEFAULT, Evidence())
    detector.level(0.02, 0.0)
    screening = detector.expired(0.1)
    assert screening is not None
    assert told(screening) == (Verdict.UNCERTAIN, Reason.NO_SOUND)
    assert screening.delay_s == 0.1


@pytest.mark.parametrize("rang_s", [0.3, 20.5])
def test_ringing_that_fits_a_machine_shortens_what_counts_as_a_long_greeting(rang_s: float) -> None:
    usual, leaning = listened(VOICEMAIL), listened(VOICEMAIL, evidence=Evidence(rang_s=rang_s))
    assert leaning.verdict is Verdict.MACHINE
    assert leaning.delay_s < usual.delay_s - 0.5


def test_ringing_alone_takes_nobody_for_a_machine() -> None:
    assert listened(HELLO, evidence=Evidence(rang_s=0.3)).verdict is Verdict.HUMAN


def test_an_announcement_that_goes_on_across_the_answer_is_known_by_it() -> None:
    announcement = levels(speech(2.5), silence(1), speech(3))
    evidence = Evidence(early_media=True, early_media_s=3.0)
    assert told(listened(announcement, evidence=evidence)) == (Verdict.MACHINE, Reason.ANNOUNCED)


def test_music_instead_of_ringing_says_nothing_about_who_takes_breath_first() -> None:
    evidence = Evidence(early_media=True, early_media_s=12.0)
    assert listened(HELLO, evidence=evidence) == listened(HELLO)


def test_thresholds_are_the_campaigns_to_choose() -> None:
    patient = replace(DEFAULT, after_hello_s=1.2, greeting_s=2.0)
    assert listened(HELLO, patient).delay_s > listened(HELLO).delay_s + 0.7
    assert listened(VOICEMAIL, patient).delay_s < listened(VOICEMAIL).delay_s - 1.0


def test_what_comes_late_is_not_heard_again() -> None:
    """A second of old readings of speech, in the pause after a hello."""
    detector, line = Detector(DEFAULT, Evidence()), HELLO
    for number in range(1, 55):
        assert detector.level(number / PER_S, line[number - 1]) is None
    for number in range(20, 44):
        assert detector.level(number / PER_S, level(-15)) is None
    settled = [detector.level(number / PER_S, line[number - 1]) for number in range(55, 75)]
    assert [told(one) for one in settled if one] == [(Verdict.HUMAN, Reason.GREETED)]
    assert detector.screening == listened(line)


# -- whatever the line worker's clock and the network do -----------------------------------------------------------

LINE = round(DEFAULT.longest_s * PER_S)
REAL_LINES = {"hello": HELLO, "voicemail": VOICEMAIL, "nobody": levels(silence(9)), "noise": levels(noise(9, -45))}


@given(
    name=st.sampled_from(sorted(REAL_LINES)),
    kept=st.lists(st.booleans(), min_size=LINE, max_size=LINE).map(
        lambda drawn: [one or n % 3 for n, one in enumerate(drawn)]
    ),
    late=st.lists(st.floats(0.0, 0.018), min_size=LINE, max_size=LINE),
)
@settings(max_examples=40)
def test_missing_late_and_doubled_readings_change_no_verdict(name: str, kept: list[bool], late: list[float]) -> None:
    line, detector = REAL_LINES[name], Detector(DEFAULT, Evidence())
    for number in range(1, LINE):
        if kept[number]:
            detector.level(number / PER_S + late[number], line[number - 1])
        if number % 7 == 0:
            detector.level(number / PER_S, line[number - 1])
    detector.expired(DEFAULT.longest_s)
    assert detector.screening is not None
    assert told(detector.screening) == told(listened(line))


@given(name=st.sampled_from(["hello", "voicemail", "beep"]), louder_db=st.floats(-11.0, 12.0))
@settings(max_examples=40)
def test_a_louder_or_fainter_line_changes_no_verdict(name: str, louder_db: float) -> None:
    parts = {
        "hello": (silence(0.4), speech(0.5), silence(8)),
        "voicemail": (silence(0.4), speech(2.2), silence(0.5), speech(3)),
        "beep": (silence(0.4), speech(1.5), silence(0.6), tone(0.5), silence(3)),
    }[name]
    assert told(listened(levels(*parts, louder_db=louder_db))) == told(listened(levels(*parts)))


odd_numbers = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True), st.floats(-1, 2), st.sampled_from([0.0, level(-20)])
)


@given(
    readings=st.lists(st.tuples(st.one_of(st.floats(), st.floats(0, 6)), odd_numbers), max_size=120),
    expires=st.integers(0, 120),
    evidence=st.builds(
        Evidence, rang_s=st.none() | st.floats(), early_media=st.booleans(), early_media_s=st.floats(allow_nan=True)
    ),
)
@settings(max_examples=100)
def test_whatever_comes_it_settles_once_and_raises_nothing(
    readings: list[tuple[float, float]], expires: int, evidence: Evidence
) -> None:
    detector, told_so_far = Detector(DEFAULT, evidence), []
    for number, (at_s, reading) in enumerate(readings):
        told_so_far.append(detector.level(at_s, reading))
        if number >= expires:
            told_so_far.append(detector.expired(at_s))
    told_so_far += [detector.expired(6.0), detector.level(6.1, 0.3), detector.expired(7.0)]
    settled = [one for one in told_so_far if one is not None]
    assert settled == [detector.screening]


def test_nothing_is_settled_after_the_time_was_over() -> None:
    detector = Detector(DEFAULT, Evidence())
    first = detector.expired(5.0)
    assert all(detector.level(5 + number / PER_S, reading) is None for number, reading in enumerate(VOICEMAIL))
    assert detector.screening == first
