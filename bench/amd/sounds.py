"""Sounds that nobody speaks: tones, fax and modem, music, and what is heard behind a voice."""

from __future__ import annotations

from typing import Final

import numpy as np

from bench.amd.phrases import both_halves
from bench.amd.speech import RATE, Samples, Voice, on_the_line, spoken

Generator = np.random.Generator

SIT_HZ: Final = (950.0, 1400.0, 1800.0)
SIT_S: Final = 0.33
RAMP_S: Final = 0.004
SCALE_HZ: Final = (262.0, 294.0, 330.0, 392.0, 440.0, 523.0, 587.0, 659.0)


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE))


def tone(hz: float, seconds: float, *more_hz: float) -> Samples:
    """Sines of equal strength, peak 1.0, with a short ramp so that they do not click."""
    times = np.arange(round(seconds * RATE)) / RATE
    together = sum(np.sin(2 * np.pi * one * times) for one in (hz, *more_hz)) / (1 + len(more_hz))
    ramp = np.minimum(1.0, np.minimum(times, times[::-1]) / RAMP_S) if len(times) else times
    return np.asarray(together * ramp)


def cadence(hz: float, *more_hz: float, on_s: float, off_s: float, seconds: float) -> Samples:
    """A tone of the network: ringing, busy, reorder."""
    once = np.concatenate([tone(hz, on_s, *more_hz), silence(off_s)])
    return np.tile(once, int(np.ceil(seconds * RATE / len(once))))[: round(seconds * RATE)]


def special_information() -> Samples:
    """The three rising tones before an announcement of the network (ITU-T E.180)."""
    return np.concatenate([tone(hz, SIT_S) for hz in SIT_HZ])


def fax_answer(seconds: float) -> Samples:
    """CED: 2100 Hz for three seconds (ITU-T T.30), then the carrier of the preamble."""
    return np.concatenate([tone(2100, 3.0), silence(0.075), tone(1750, max(0.0, seconds - 3.075))])


def fax_call(seconds: float) -> Samples:
    """CNG: half a second of 1100 Hz every three and a half seconds."""
    return cadence(1100, on_s=0.5, off_s=3.0, seconds=seconds)


def modem_answer(seconds: float, random: Generator) -> Samples:
    """2100 Hz with phase reversals every 450 ms (ANSam, ITU-T V.8), then noise-like training."""
    times = np.arange(round(min(seconds, 3.3) * RATE)) / RATE
    reversed_phase = np.where((times / 0.45).astype(int) % 2 == 0, 1.0, -1.0)
    answer = reversed_phase * np.sin(2 * np.pi * 2100 * times) * (1 + 0.2 * np.sin(2 * np.pi * 15 * times)) / 1.2
    rest = max(0, round(seconds * RATE) - len(answer))
    return np.concatenate([answer, 0.4 * random.standard_normal(rest).clip(-2.5, 2.5)])


def music(seconds: float, random: Generator) -> Samples:
    """A plucked melody over a held chord."""
    length = round(seconds * RATE)
    times = np.arange(length) / RATE
    chord = sum(np.sin(2 * np.pi * hz / 2 * times) for hz in random.choice(SCALE_HZ, 3, replace=False)) * 0.12
    melody, beat = np.zeros(length), round(RATE * random.uniform(0.18, 0.45))
    for start in range(0, length, beat):
        span = np.arange(min(length - start, 2 * beat)) / RATE
        melody[start : start + len(span)] += np.exp(-4 * span) * np.sin(2 * np.pi * random.choice(SCALE_HZ) * span)
    both = chord + melody * 0.5
    return on_the_line(np.asarray(both), RATE) / np.max(np.abs(both))


def hiss(seconds: float, random: Generator) -> Samples:
    return on_the_line(random.standard_normal(max(2, round(seconds * RATE))), RATE)


def car(seconds: float, random: Generator) -> Samples:
    """Low rumble whose strength rolls slowly."""
    white = random.standard_normal(max(2, round(seconds * RATE)))
    spectrum = np.fft.rfft(white) / np.maximum(np.fft.rfftfreq(len(white), 1 / RATE), 60) ** 1.2
    rumble = np.fft.irfft(spectrum, len(white))
    times = np.arange(len(white)) / RATE
    return rumble * (1 + 0.2 * np.sin(2 * np.pi * 0.4 * times + random.uniform(0, 6)))


def street(seconds: float, random: Generator) -> Samples:
    """Rumble and hiss, with something passing by."""
    length = max(2, round(seconds * RATE))
    times = np.arange(length) / RATE
    passing = np.exp(-(((times - random.uniform(0, seconds)) / random.uniform(0.6, 1.5)) ** 2))
    near, far = car(seconds, random), hiss(seconds, random)
    return (near / np.std(near) + 0.4 * far / np.std(far)) * (0.8 + 1.2 * passing)


def babble(seconds: float, random: Generator) -> Samples:
    """Six voices at once."""
    length, mixed = round(seconds * RATE), np.zeros(round(seconds * RATE))
    talk = both_halves("babble")
    for number in range(6):
        phrase = talk[number % len(talk)]
        voice = Voice(("m1", "f2", "m3", "f4", "m5", "f1")[number], 40 + 5 * number, 150 + 8 * number)
        once = spoken(phrase, voice)
        looped = np.tile(once, int(np.ceil(length / len(once))) + 1)
        mixed += np.roll(looped, int(random.integers(0, len(looped))))[:length] * random.uniform(0.5, 1.0)
    return mixed


NOISES: Final = {"hiss": hiss, "car": car, "street": street}
LIVELY_NOISES: Final = {**NOISES, "babble": babble}
