"""Persons and machines told apart: our detector and Asterisk's app_amd on the same sound, through real calls.

An Asterisk answers each call with one item of that half of the labelled set on which no threshold was chosen. The item
is called by a line worker that screens the leg, and by another leg of Asterisk with AMD() at its defaults, in turns.
UNCERTAIN and NOTSURE count as a person, as the dialer treats them. Our detector is given the sound alone: the bed does
not ring. What it does with the ring times that the set's manifest assumes is in the details, without calls.
"""

from __future__ import annotations

import os
import statistics
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from bench.amd.calls import ears, heard_by_asterisk, heard_by_us, parties
from bench.amd.make_set import cached_set, load
from bench.amd.replay import Judged, by_kind, judge, readings_of, summary
from bench.figure import Figure, Goal
from sip.amd import AmdSettings

TURN: Final = 50
PEER: Final = "Asterisk 22 app_amd, default settings"


async def measure() -> list[Figure]:
    ours, theirs = _called()
    mine, peer = summary(ours), summary(theirs)
    confusion = {"ours": _confusion(ours), "app_amd": _confusion(theirs), "load_average": round(os.getloadavg()[0], 1)}
    kinds = {"ours": _right(ours), "app_amd": _right(theirs), "without_calls": _replayed()}
    return [
        _figure("screening_accuracy", "accuracy", "share settled right", ">=", mine, peer, kinds),
        _figure("screening_delay", "median_delay_s", "s, median", "<=", mine, peer, _delays(ours, theirs)),
        Figure(
            figure="screening_false_machines", value=mine["false_machines"], unit="share of persons",
            goal=Goal("<=", 0.01), peer=PEER, peer_value=peer["false_machines"],
            details={"ours": mine, "app_amd": peer, "confusion": confusion},
        ),
    ]  # fmt: skip


def _figure(
    name: str, what: str, unit: str, op: Any, mine: dict[str, Any], peer: dict[str, Any], details: dict[str, Any]
) -> Figure:
    return Figure(
        figure=name, value=mine[what], unit=unit, goal=Goal(op, peer[what]), peer=PEER, peer_value=peer[what],
        ratio=round(mine[what] / peer[what], 3), details=details,
    )  # fmt: skip


def _called() -> tuple[list[Judged], list[Judged]]:
    directory = cached_set()
    items = load(directory, "test")
    ours: list[Judged] = []
    theirs: list[Judged] = []
    with parties(directory, items) as answering, ears() as free:
        for start in range(0, len(items), TURN):
            turn = range(start, min(start + TURN, len(items)))
            ours += heard_by_us(answering, turn, free, AmdSettings())
            theirs += heard_by_asterisk(answering, turn)
    return ours, theirs


def _replayed() -> dict[str, Any]:
    """The same half from its files: the sound alone, and with the ring times and early media of the manifest."""
    directory = cached_set()
    found = {}
    for name, evidence in (("sound_alone", False), ("with_ring_time", True)):
        judged = [
            judge(item, readings_of(directory / f"{item.name}.wav"), AmdSettings(), evidence=evidence)
            for item in load(directory, "test")
        ]
        found[name] = summary(judged)
    return found


def _right(judged: Sequence[Judged]) -> dict[str, str]:
    return {kind: f"{sum(one.right for one in those)}/{len(those)}" for kind, those in by_kind(judged).items()}


def _confusion(judged: Sequence[Judged]) -> dict[str, int]:
    counted = Counter(f"{one.item.label} taken for {one.verdict.value}" for one in judged)
    return dict(sorted(counted.items()))


def _delays(ours: Sequence[Judged], theirs: Sequence[Judged]) -> dict[str, Any]:
    return {
        name: {"persons": _median(judged, person=True), "machines": _median(judged, person=False)}
        for name, judged in (("ours", ours), ("app_amd", theirs))
    }


def _median(judged: Sequence[Judged], *, person: bool) -> float:
    return round(statistics.median(one.delay_s for one in judged if one.item.person is person), 3)
