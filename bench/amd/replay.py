"""The detector on levels, without a call: for choosing thresholds, and to check a change in seconds."""

from __future__ import annotations

import argparse
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.amd.levels import FRAME_S, levels_of
from bench.amd.make_set import Item, cached_set, load
from campaigns.statistics import wilson
from sip.amd import AmdSettings, Detector, Evidence, Screening, Verdict

Reading = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One item as one detector settled it. `verdict` is UNCERTAIN also where app_amd says NOTSURE."""

    item: Item
    verdict: Verdict
    reason: str
    delay_s: float

    @property
    def right(self) -> bool:
        """UNCERTAIN is treated as a person, so it is counted as one."""
        return (self.verdict is not Verdict.MACHINE) is self.item.person


def screened(readings: Iterable[Reading], settings: AmdSettings, evidence: Evidence) -> Screening:
    detector = Detector(settings, evidence)
    for at_s, level in readings:
        if at_s >= settings.longest_s:
            break
        if (screening := detector.level(at_s, level)) is not None:
            return screening
    screening = detector.expired(settings.longest_s)
    assert screening is not None
    return screening


def readings_of(path: Path) -> list[Reading]:
    """As a line worker reads them: the first is silent, because no packet has come yet."""
    return [(number * FRAME_S, float(level)) for number, level in enumerate((0.0, *levels_of(path)), start=1)]


def evidence_of(item: Item, *, used: bool) -> Evidence:
    if not used:
        return Evidence()
    return Evidence(rang_s=item.rang_s, early_media=item.early_media, early_media_s=item.early_media_s)


def judge(item: Item, readings: Iterable[Reading], settings: AmdSettings, *, evidence: bool = False) -> Judged:
    found = screened(readings, settings, evidence_of(item, used=evidence))
    return Judged(item=item, verdict=found.verdict, reason=found.reason.value, delay_s=found.delay_s)


def summary(judged: Sequence[Judged]) -> dict[str, Any]:
    """`false_machines`: share of persons taken for machines, with its Wilson interval."""
    persons = [one for one in judged if one.item.person]
    taken = sum(not one.right for one in persons)
    rate = wilson(taken, len(persons))
    return {
        "items": len(judged),
        "accuracy": round(statistics.mean(one.right for one in judged), 4),
        "median_delay_s": round(statistics.median(one.delay_s for one in judged), 3),
        "persons": len(persons),
        "persons_taken_for_machines": taken,
        "false_machines": round(taken / len(persons), 4) if persons else 0.0,
        "false_machines_interval": [round(rate.low, 4), round(rate.high, 4)],
        "uncertain": round(statistics.mean(one.verdict is Verdict.UNCERTAIN for one in judged), 4),
    }


def by_kind(judged: Sequence[Judged]) -> dict[str, list[Judged]]:
    kinds: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        kinds[one.item.kind].append(one)
    return kinds


def table(judged: Sequence[Judged]) -> str:
    """Per kind: right of all, median delay, and how often each verdict with its reason."""
    return "\n".join(_row(kind, those) for kind, those in by_kind(judged).items())


def _row(kind: str, those: Sequence[Judged]) -> str:
    verdicts = Counter(f"{one.verdict}:{one.reason}" for one in those).most_common()
    told = "  ".join(f"{name} {count}" for name, count in verdicts)
    median = statistics.median(one.delay_s for one in those)
    return f"{kind:26}{sum(one.right for one in those):4}/{len(those):<4}{median:6.2f} s  {told}"


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m bench.amd.replay", description=__doc__)
    arguments.add_argument("half", nargs="?", default="train", choices=("train", "test"))
    arguments.add_argument("--evidence", action="store_true", help="give ring time and early media to the detector")
    arguments.add_argument("--wrong", action="store_true", help="list what was settled wrong")
    told = arguments.parse_args()
    directory = cached_set()
    judged = [
        judge(item, readings_of(directory / f"{item.name}.wav"), AmdSettings(), evidence=told.evidence)
        for item in load(directory, told.half)
    ]
    print(table(judged), summary(judged), sep="\n")
    for one in judged if told.wrong else ():
        if not one.right:
            print(
                f"{one.item.name:34} {one.verdict}:{one.reason} {one.delay_s:.2f} {one.item.line} {one.item.text[:50]}"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
