"""Make the labelled set: `python -m bench.amd.make_set [DIR]`, by default in the user's cache.

The same seed, programs and synthesiser give the same sound, bit for bit. `manifest.jsonl` tells of every item what it
is, and what was done to it. Persons and machines are equally many, and level, noise, coding and loss of the line are
drawn alike for both.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import soundfile

from bench.amd.line import Line, carried, described_noise
from bench.amd.phrases import HALVES
from bench.amd.recipes import MACHINES, PERSONS, Casting, Party
from bench.amd.sounds import Generator
from bench.amd.speech import RATE, NoSynthesiser, Samples, version

SEED: Final = 20261124
HALF: Final = 400
MANIFEST: Final = "manifest.jsonl"
LEVELS_DBM0: Final = (-30.0, -6.0)
SOURCES: Final = ("phrases.toml", "phrases.py", "speech.py", "sounds.py", "line.py", "recipes.py", "make_set.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of the manifest. `half` is "train" or "test", `label` "person" or "machine"."""

    name: str
    half: str
    label: str
    kind: str
    language: str
    text: str
    seconds: float
    rang_s: float
    early_media: bool
    early_media_s: float
    line: dict[str, Any]
    beep_at_s: float | None
    greeting_ends_at_s: float | None

    @property
    def person(self) -> bool:
        return self.label == "person"


def cached_set() -> Path:
    """The set's directory, made where it is not there yet (about a minute). Raises `NoSynthesiser`."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "goldenhour"
    directory = cache / f"answering-parties-{_recipe()}"
    if not (directory / MANIFEST).exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="making-", dir=cache) as draft:
            made = Path(draft) / "set"
            make(made)
            made.rename(directory)
    return directory


def _recipe() -> str:
    """Everything that decides what the set sounds like."""
    here = Path(__file__).parent
    content = b"".join((here / name).read_bytes() for name in SOURCES)
    return hashlib.sha256(content + version().encode() + str((SEED, HALF)).encode()).hexdigest()[:12]


def make(directory: Path, *, half: int = HALF, seed: int = SEED) -> list[Item]:
    """Write the sounds and their manifest; `half` items for training and as many for the test."""
    directory.mkdir(parents=True, exist_ok=True)
    items = [_made(directory, which, kind, number, seed) for which, kind, number in plan(half)]
    lines = (json.dumps(_row(item), ensure_ascii=False, sort_keys=True) for item in items)
    (directory / MANIFEST).write_text("".join(f"{line}\n" for line in lines))
    return items


def load(directory: Path, half: str | None = None) -> list[Item]:
    rows = (json.loads(line) for line in (directory / MANIFEST).read_text().splitlines())
    return [Item(**row) for row in rows if half in {None, row["half"]}]


def plan(half: int) -> Iterator[tuple[str, str, int]]:
    """Which half, which kind, which number of it: shares of a smaller set are rounded, at least one of each kind."""
    for which in HALVES:
        for kind, (_, share) in (*PERSONS.items(), *MACHINES.items()):
            for number in range(max(1, round(share * half / HALF))):
                yield which, kind, number


def _made(directory: Path, which: str, kind: str, number: int, seed: int) -> Item:
    random = np.random.default_rng(list(f"{seed}/{which}/{kind}/{number}".encode()))
    recipe, _ = PERSONS.get(kind) or MACHINES[kind]
    party = recipe(Casting(which, random))
    line = drawn_line(random, noisy=party.noisy)
    name = f"{which}-{kind}-{number:03d}"
    _write(directory / f"{name}.wav", carried(party.sound, line, random))
    if party.early is not None:
        _write(directory / f"{name}-early.wav", carried(party.early, line, random))
    return _item(name, which, kind, party, line)


def _item(name: str, which: str, kind: str, party: Party, line: Line) -> Item:
    return Item(
        name=name, half=which, label="person" if kind in PERSONS else "machine", kind=kind, language=party.language,
        text=party.text, seconds=round(len(party.sound) / RATE, 3), rang_s=round(party.rang_s, 2),
        early_media=party.early is not None, early_media_s=round(party.early_speech_s, 2), line=line.described(),
        beep_at_s=_rounded(party.beep_at_s), greeting_ends_at_s=_rounded(party.greeting_ends_at_s),
    )  # fmt: skip


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


def drawn_line(random: Generator, *, noisy: bool) -> Line:
    """Half of all lines are quiet, a quarter has some noise behind; a noisy place has 5 to 20 dB of it."""
    level, coding = float(random.uniform(*LEVELS_DBM0)), str(random.choice(["pcma", "pcmu"]))
    loss = float(random.choice([0.0, 0.0, 0.0, 0.01, 0.03]))
    noise, snr_db = described_noise(random, noisy=noisy)
    return Line(level_dbm0=round(level, 1), noise=noise, snr_db=snr_db, coding=coding, loss=loss)


def _write(path: Path, samples: Samples) -> None:
    soundfile.write(path, np.round(samples * 32767).astype(np.int16), RATE, subtype="PCM_16")


def _row(item: Item) -> dict[str, Any]:
    return {name: getattr(item, name) for name in Item.__slots__}


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m bench.amd.make_set", description="Make the labelled set.")
    arguments.add_argument("directory", nargs="?", type=Path, help="where to (by default the user's cache)")
    arguments.add_argument("--half", type=int, default=HALF, help="items in each half (%(default)s)")
    arguments.add_argument("--seed", type=int, default=SEED)
    told = arguments.parse_args()
    try:
        directory = told.directory or cached_set()
        items = make(directory, half=told.half, seed=told.seed) if told.directory else load(directory)
    except NoSynthesiser as missing:
        print(missing, file=sys.stderr)
        return 1
    print(directory)
    for (half, label, kind), count in sorted(Counter((i.half, i.label, i.kind) for i in items).items()):
        print(f"{half:6} {label:8} {kind:26} {count}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
