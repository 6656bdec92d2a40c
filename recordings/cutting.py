"""Gain, trimming and cutting of samples for review and export, with pydub; values in, values out."""

from __future__ import annotations

import warnings
from typing import Final

import numpy as np

from recordings.errors import WrongRange
from recordings.finalize import Frames

with warnings.catch_warnings():
    # pydub looks for ffmpeg when imported and warns without it; nothing here needs it (soundfile encodes).
    warnings.simplefilter("ignore", RuntimeWarning)
    from pydub import AudioSegment
    from pydub.silence import detect_leading_silence

FADE_MS: Final = 5  # against the click of a hard edge
MOST_GAIN_DB: Final = 30.0  # a channel that is nearly silent must not become a roar of noise


def segment(frames: Frames, sample_rate: int) -> AudioSegment:
    return AudioSegment(
        data=np.ascontiguousarray(frames, dtype="<i2").tobytes(),
        sample_width=2,
        frame_rate=sample_rate,
        channels=frames.shape[1],
    )


def frames_of(sound: AudioSegment) -> Frames:
    return np.frombuffer(sound.raw_data, dtype="<i2").reshape(-1, sound.channels).astype(np.int16)


def cut(sound: AudioSegment, from_s: float, to_s: float) -> AudioSegment:
    """From `from_s` to `to_s` (seconds, to the millisecond), edges faded. Raises `WrongRange`."""
    check_range(from_s, to_s, sound.frame_count() / sound.frame_rate)
    piece = sound[round(from_s * 1000) : round(to_s * 1000)]
    fade = min(FADE_MS, len(piece) // 2)
    return piece.fade_in(fade).fade_out(fade) if fade else piece


def check_range(from_s: float, to_s: float, duration_s: float) -> None:
    if not 0 <= from_s < to_s:
        raise WrongRange(f"cut from {from_s:g} s to {to_s:g} s: 'from' must be 0 or more and before 'to'")
    if to_s > duration_s + 0.001:
        raise WrongRange(f"cut to {to_s:g} s: the recording has only {duration_s:.3f} s")


def gain(sound: AudioSegment, decibels: float) -> AudioSegment:
    return sound.apply_gain(decibels)


def normalise(sound: AudioSegment, *, headroom_db: float = 1.0) -> AudioSegment:
    """Each channel raised or lowered by itself, so that its peak lies `headroom_db` below full scale."""
    sides = [_to_peak(side, -headroom_db) for side in sound.split_to_mono()]
    return AudioSegment.from_mono_audiosegments(*sides)


def _to_peak(side: AudioSegment, peak_dbfs: float) -> AudioSegment:
    if side.max == 0:
        return side
    return gain(side, min(MOST_GAIN_DB, peak_dbfs - side.max_dBFS))


def trim(sound: AudioSegment, *, silence_dbfs: float = -50.0, keep_ms: int = 200) -> AudioSegment:
    """Without the silence before and after, of which `keep_ms` stay; silence throughout is left as it is."""
    before = detect_leading_silence(sound, silence_threshold=silence_dbfs)
    if before >= len(sound):
        return sound
    after = detect_leading_silence(sound.reverse(), silence_threshold=silence_dbfs)
    return sound[max(0, before - keep_ms) : len(sound) - max(0, after - keep_ms)]
