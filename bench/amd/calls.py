"""The set through real calls: the same files from the same answering party, heard by our workers and by app_amd."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Final

from bench.amd.make_set import Item
from bench.amd.replay import Judged
from sip.amd import AmdSettings, Verdict
from sip.commands import HangupLeg, PlaceLeg, ScreenLeg
from sip.events import LegEnded, LegScreened
from sip.station import StationSettings
from tests.asterisk.chroot import chroot
from tests.asterisk.instance import Asterisk, running_asterisk
from tests.integration.sip.harness import StationProcess

WORKERS: Final = 4
LEGS: Final = 3  # of four: a leg that has just ended still holds its slot
CALL_FILES: Final = 14
EARLY_S: Final = 16.0
SETTLED_WITHIN_S: Final = 12.0
RTP_FROM: Final = 30000
_numbers = itertools.count()
_SCREENED = re.compile(r"screened (\d{4}) (\S*) (\S*) from ([\d.]+) to ([\d.]+)")
_SPEAKS = re.compile(r"speaks (\d{4}) at ([\d.]+)")
_STATUS: Final = {"HUMAN": Verdict.HUMAN, "MACHINE": Verdict.MACHINE}


@dataclass(frozen=True, slots=True)
class Parties:
    """The answering parties of one bed, by their four digits."""

    bed: Asterisk
    items: Sequence[Item]

    def number(self, index: int) -> str:
        return f"+888{index:04d}"

    def address(self, index: int) -> str:
        return f"sip:{self.number(index)}@{self.bed.address_trunk_address}"


@contextmanager
def parties(directory: Path, items: Sequence[Item]) -> Iterator[Parties]:
    """A running bed whose numbers answer with the items. Raises `BedUnavailable`."""
    with running_asterisk(chroot()) as bed:
        greetings = bed.directory / "spool" / "greetings"
        for folder in (greetings, greetings.with_name("outgoing")):
            folder.mkdir(exist_ok=True)
            _give(folder, bed)
        for index, item in enumerate(items):
            for tail in ("", "-early"):
                sound = directory / f"{item.name}{tail}.wav"
                if sound.exists():
                    _give(Path(shutil.copy(sound, greetings / f"{index:04d}{tail}.wav")), bed)
        yield Parties(bed, items)


def _give(path: Path, bed: Asterisk) -> None:
    owner = bed.directory.stat()
    os.chown(path, owner.st_uid, owner.st_gid)


@contextmanager
def ears(workers: int = WORKERS, legs: int = LEGS) -> Iterator[SimpleQueue[StationProcess]]:
    """Stations of line workers, each as often as it has legs for."""
    stations = [StationProcess(_station(number)) for number in range(workers)]
    free: SimpleQueue[StationProcess] = SimpleQueue()
    try:
        for station in stations * legs:
            free.put(station)
        yield free
    finally:
        for station in stations:
            station.stop()


def _station(number: int) -> StationSettings:
    first = RTP_FROM + 500 * number
    return StationSettings(worker=f"ear-{number}", rtp_port_from=first, rtp_port_to=first + 499)


def heard_by_us(
    party: Parties, indices: Sequence[int], free: SimpleQueue[StationProcess], settings: AmdSettings
) -> list[Judged]:
    """Each party called once by a line worker that screens the leg; as many calls at once as there are legs."""
    with ThreadPoolExecutor(free.qsize()) as callers:
        return list(callers.map(lambda index: _heard(party, index, free, settings), indices))


def _heard(party: Parties, index: int, free: SimpleQueue[StationProcess], settings: AmdSettings) -> Judged:
    station = free.get()
    try:
        leg = f"{index:04d}-{next(_numbers)}"
        station.do(
            PlaceLeg(command_id=f"place-{leg}", leg_id=leg, destination=party.address(index), ring_time_s=EARLY_S)
        )
        station.do(ScreenLeg(command_id=f"screen-{leg}", leg_id=leg, settings=settings))
        screened = station.wait(LegScreened, leg_id=leg, within=EARLY_S + SETTLED_WITHIN_S)
        station.do(HangupLeg(command_id=f"end-{leg}", leg_id=leg))
        station.wait(LegEnded, leg_id=leg)
    finally:
        free.put(station)
    return Judged(
        item=party.items[index], verdict=screened.verdict, reason=screened.reason, delay_s=screened.delay_ms / 1000
    )


def heard_by_asterisk(party: Parties, indices: Sequence[int]) -> list[Judged]:
    """Each party called once by Asterisk itself, over SIP, with AMD() listening from its answer on."""
    found: dict[int, Judged] = {}
    waiting, under_way = list(reversed(indices)), set[int]()
    deadline = time.monotonic() + 30.0 + len(indices) * 2.0
    while len(found) < len(indices):
        while waiting and len(under_way) < CALL_FILES:
            under_way.add(waiting[-1])
            _call(party, waiting.pop())
        found |= {index: judged for index, judged in _logged(party).items() if index in set(indices)}
        under_way -= found.keys()
        if time.monotonic() > deadline:
            raise TimeoutError(f"app_amd said nothing of {sorted(under_way)}\n{party.bed.log()[-3000:]}")
        time.sleep(0.1)
    return [found[index] for index in indices]


def _call(party: Parties, index: int) -> None:
    """A call file: Asterisk takes it up when it appears in its directory."""
    lines = (
        f"Channel: PJSIP/by-address/{party.address(index)}", f"WaitTime: {EARLY_S:.0f}", "Context: screening",
        f"Extension: {index:04d}", "Priority: 1", "MaxRetries: 0",
    )  # fmt: skip
    spool = party.bed.directory / "spool"
    draft = spool / f"{index:04d}.call"
    draft.write_text("\n".join(lines) + "\n")
    _give(draft, party.bed)
    draft.rename(spool / "outgoing" / draft.name)


def _logged(party: Parties) -> dict[int, Judged]:
    """Delays count from the first sound: an Asterisk that answers waits half a second for a caller's first packet
    before it speaks, and AMD() sends none."""
    log = party.bed.log()
    speaking = [(index, float(at)) for index, at in _SPEAKS.findall(log)]
    return {
        int(index): Judged(
            item=party.items[int(index)],
            verdict=_STATUS.get(status, Verdict.UNCERTAIN),
            reason=cause.split("-")[0].lower(),
            delay_s=round(float(to) - _first_sound(speaking, index, float(began)), 3),
        )
        for index, status, cause, began, to in _SCREENED.findall(log)
    }


def _first_sound(speaking: Sequence[tuple[str, float]], index: str, began: float) -> float:
    """Of the call whose screening began then: the same party has been called by us as well."""
    return min((at for party, at in speaking if party == index), key=lambda at: abs(at - began))
