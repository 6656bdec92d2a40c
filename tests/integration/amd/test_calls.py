"""The detector behind real calls: what it hears is what the files say, and it settles as it does without a call."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.amd.calls import Parties, ears, heard_by_asterisk, heard_by_us, parties
from bench.amd.levels import FRAME_S, levels_of
from bench.amd.make_set import Item, load, make
from bench.amd.replay import judge, readings_of
from bench.amd.speech import NoSynthesiser
from sip.amd import AmdSettings, Verdict
from sip.commands import HangupLeg, PlaceLeg
from sip.events import LegAnswered, LegEnded
from tests.asterisk.chroot import BedUnavailable
from tests.integration.sip.harness import StationProcess

pytestmark = [pytest.mark.asterisk, pytest.mark.sip, pytest.mark.timeout(120)]

CLEAR = {"hello", "name", "young_or_old", "announcement_after_tones", "network_tone", "nothing", "voicemail_with_music"}
LISTENED_S = 4.0


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = tmp_path_factory.mktemp("parties")
    try:
        make(made, half=17)
    except NoSynthesiser as missing:
        pytest.skip(str(missing))
    return made


@pytest.fixture(scope="module")
def items(directory: Path) -> list[Item]:
    return [item for item in load(directory, "train") if item.kind in CLEAR or item.early_media]


@pytest.fixture(scope="module")
def answering(directory: Path, items: list[Item]) -> Iterator[Parties]:
    try:
        with parties(directory, items) as bed:
            yield bed
    except BedUnavailable as missing:
        pytest.skip(str(missing))


def test_a_screened_call_is_settled_as_its_sound_file_is(
    directory: Path, items: list[Item], answering: Parties
) -> None:
    with ears(workers=2) as free:
        called = heard_by_us(answering, range(len(items)), free, AmdSettings())
    for one in called:
        replayed = judge(one.item, readings_of(directory / f"{one.item.name}.wav"), AmdSettings())
        assert (one.item.name, one.verdict, one.reason) == (one.item.name, replayed.verdict, replayed.reason)
        assert one.delay_s == pytest.approx(replayed.delay_s, abs=0.2)


def test_asterisks_own_detector_hears_the_same_parties(items: list[Item], answering: Parties) -> None:
    judged = heard_by_asterisk(answering, range(len(items)))
    assert [one.item for one in judged] == items
    assert {one.verdict for one in judged} >= {Verdict.HUMAN, Verdict.MACHINE}
    assert all(0.1 < one.delay_s < 6.0 for one in judged)


def test_a_line_worker_reads_the_levels_that_the_file_has(
    directory: Path, items: list[Item], answering: Parties
) -> None:
    index = next(n for n, item in enumerate(items) if item.kind == "hello")
    of_file = levels_of(directory / f"{items[index].name}.wav")
    with ears(workers=1, legs=1) as free:
        read = _read_levels(free.get(), answering.address(index))
    assert _share_alike(read, [float(one) for one in of_file]) > 0.95


def _read_levels(station: StationProcess, address: str) -> list[tuple[float, float]]:
    station.do(PlaceLeg(command_id="place", leg_id="leg", destination=address))
    station.wait(LegAnswered, leg_id="leg")
    station.run(_listen, "leg")
    time.sleep(LISTENED_S)
    read: list[tuple[float, float]] = station.run(_listened)
    station.do(HangupLeg(command_id="end", leg_id="leg"))
    station.wait(LegEnded, leg_id="leg")
    return read


def _listen(station: Any, leg_id: str) -> None:
    """On the SIP thread: a reading every 10 ms, so that none of the line's is missed."""
    leg, station.read = station._board.legs[leg_id], []

    def read() -> None:
        station.read.append((time.monotonic() - leg.answered_at, leg.levels().received))
        if leg.answered_at is not None and station.read[-1][0] < LISTENED_S:
            station._thread.later(0.01, read)

    read()


def _listened(station: Any) -> list[tuple[float, float]]:
    return list(station.read)


def _share_alike(read: list[tuple[float, float]], of_file: list[float]) -> float:
    """Readings that are a level of the file at about that time, with the delay of the line that fits best."""

    def alike(delay_s: float) -> float:
        hits = 0
        for at_s, level in read:
            frame = round((at_s - delay_s) / FRAME_S)
            near = of_file[max(0, frame - 2) : frame + 3]
            hits += any(abs(level - one) <= 0.011 for one in near)
        return hits / len(read)

    return max(alike(delay / 100) for delay in range(15))
