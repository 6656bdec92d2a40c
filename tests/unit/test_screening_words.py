"""Whatever the detector may say, there are words for it in both languages."""

from __future__ import annotations

from campaigns.screening import ScreeningMode, Treatment
from campaigns.screening_words import MODES, REASONS, TREATMENTS, VERDICTS, told
from sip.amd import Reason, Verdict


def test_there_are_words_for_everything() -> None:
    assert set(VERDICTS) == {str(one) for one in Verdict}
    assert set(REASONS) == {str(one) for one in Reason}
    assert set(TREATMENTS) == set(Treatment)
    assert set(MODES) == set(ScreeningMode)


def test_a_verdict_is_told_in_a_sentence() -> None:
    en, zh = told("machine", "long_greeting", "hung_up", 2130)
    assert en == "a machine (spoke longer than persons do), after 2.1 s: hung up"
    assert zh == "语音信箱（应答语过长），2.1 秒：已挂断"


def test_words_of_a_later_detector_stay_as_they_are() -> None:
    assert told("alien", "beams", "fled", 0)[0] == "alien (beams), after 0.0 s: fled"
