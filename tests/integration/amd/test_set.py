"""The labelled set: the same sounds every time, persons and machines alike in everything but what they say."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile

from bench.amd import speech
from bench.amd.line import Line, amplitude, carried
from bench.amd.make_set import HALF, MANIFEST, Item, load, make, plan
from bench.amd.phrases import HALVES, phrases
from bench.amd.recipes import MACHINES, PERSONS
from bench.amd.sounds import tone

SMALL = 17


@pytest.fixture(scope="module")
def small_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    try:
        speech.synthesiser()
    except speech.NoSynthesiser as missing:
        pytest.skip(str(missing))
    directory: Path = tmp_path_factory.mktemp("parties")
    make(directory, half=SMALL)
    return directory


@pytest.fixture
def items(small_set: Path) -> list[Item]:
    return load(small_set)


def contents(directory: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in directory.iterdir()}


def test_the_same_seed_makes_the_same_set_bit_for_bit(small_set: Path, tmp_path: Path) -> None:
    speech.spoken.cache_clear()
    make(tmp_path, half=SMALL)
    assert contents(tmp_path) == contents(small_set)


def test_another_seed_makes_another_set(small_set: Path, tmp_path: Path) -> None:
    make(tmp_path, half=SMALL, seed=7)
    same = contents(tmp_path).items() & contents(small_set).items()
    assert not same


def test_the_whole_set_is_balanced_and_large_enough() -> None:
    planned = list(plan(HALF))
    assert len(planned) >= 2 * 300
    for half in HALVES:
        kinds = Counter(kind for which, kind, _ in planned if which == half)
        assert kinds.keys() == PERSONS.keys() | MACHINES.keys()
        assert sum(kinds[kind] for kind in PERSONS) == sum(kinds[kind] for kind in MACHINES)


def test_a_small_set_has_every_kind_in_both_halves(items: list[Item]) -> None:
    for half in HALVES:
        assert {item.kind for item in items if item.half == half} == PERSONS.keys() | MACHINES.keys()
    assert all(item.person is (item.kind in PERSONS) for item in items)


def test_nothing_is_said_in_both_halves() -> None:
    for chapter in ("name", "reception", "voicemail", "short_voicemail", "announcement"):
        train, test = ({p for those in phrases(chapter, half).values() for p in those} for half in HALVES)
        assert train
        assert test
        assert not train & test


def test_the_manifest_tells_what_the_sound_files_are(small_set: Path, items: list[Item]) -> None:
    assert len((small_set / MANIFEST).read_text().splitlines()) == len(items)
    for item in items:
        sound = soundfile.info(small_set / f"{item.name}.wav")
        assert (sound.samplerate, sound.channels, sound.subtype) == (8000, 1, "PCM_16")
        assert sound.duration == pytest.approx(item.seconds, abs=0.01)
        assert (small_set / f"{item.name}-early.wav").exists() is item.early_media
        assert -30.0 <= item.line["level_dbm0"] <= -6.0
    assert json.dumps([item.text for item in items])


def test_an_announcement_that_begins_early_goes_on_after_the_answer(items: list[Item]) -> None:
    early = [item for item in items if item.early_media]
    assert {item.person for item in early if item.early_media_s == 0} <= {True}
    assert all(item.rang_s >= 0 for item in items)


@pytest.mark.parametrize("level_dbm0", [-30.0, -18.0, -6.0])
@pytest.mark.parametrize("coding", ["pcma", "pcmu"])
def test_a_line_carries_the_level_it_is_said_to(level_dbm0: float, coding: str) -> None:
    line = Line(level_dbm0=level_dbm0, noise="digital_silence", coding=coding)
    heard = carried(tone(1000, 2.0), line, np.random.default_rng(1))
    assert float(np.sqrt(np.mean(np.square(heard)))) == pytest.approx(amplitude(level_dbm0), rel=0.03)


def test_a_noisy_line_has_the_noise_it_is_said_to() -> None:
    line = Line(level_dbm0=-15.0, noise="hiss", snr_db=20.0)
    sound = np.concatenate([tone(1000, 1.0), np.zeros(8000)])
    rest = carried(sound, line, np.random.default_rng(1))[8400:]
    assert 20 * np.log10(float(np.std(rest)) / amplitude(-15.0)) == pytest.approx(-20.0, abs=1.0)
