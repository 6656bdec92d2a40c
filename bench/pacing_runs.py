"""Runs blocks of simulated days in processes until the time is over, and tells what came of each cell."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import count, islice
from typing import Final

from bench import pacing_cache
from bench.pacing_scenarios import Cell
from campaigns.world import Day, Outcome, simulate

WORKERS: Final = 2
Wanted = Iterable[tuple[Cell, int]]
Block = tuple[Cell, int]


class Runs:
    """Days of cells, from the cache and as they are run. `minutes` counts from the making of this."""

    def __init__(self, minutes: float, processes: int = WORKERS) -> None:
        self._ends = time.monotonic() + minutes * 60
        self._blocks: dict[Cell, list[tuple[Day, ...]]] = {}
        self._processes = processes
        self._pool: ProcessPoolExecutor | None = None

    @property
    def over(self) -> bool:
        return time.monotonic() >= self._ends

    def days(self, cell: Cell) -> tuple[Day, ...]:
        """In the order of their seeds, without a gap."""
        return tuple(day for block in self._known(cell) for day in block)

    def outcome(self, cell: Cell, most_days: int | None = None) -> Outcome | None:
        """None where nothing has been run."""
        days = self.days(cell)[:most_days]
        hours = cell.agents * cell.scenario.hours * len(days)
        return Outcome(per_day=days, agent_hours=hours, seconds=0.0) if days else None

    def reach(self, title: str, wanted: Wanted) -> None:
        """At least so many days of each cell, or as many as there is time for; the first ones first."""
        missing = [block for cell, days in wanted for block in self._missing(cell, days)]
        if missing and not self.over:
            found = _progress(title, len(missing), self._run(iter(missing)))
            for (cell, number), days in sorted(found, key=lambda item: item[0][1]):
                if number == len(self._known(cell)):
                    self._known(cell).append(days)

    def _known(self, cell: Cell) -> list[tuple[Day, ...]]:
        if cell not in self._blocks:
            cached = (pacing_cache.load(cell, number) for number in count())
            self._blocks[cell] = list(iter(lambda: next(cached), None))
        return self._blocks[cell]

    def _missing(self, cell: Cell, days: int) -> list[Block]:
        blocks = -(-days // cell.block_days)
        return [(cell, number) for number in range(len(self._known(cell)), blocks)]

    def _run(self, blocks: Iterator[Block]) -> Iterator[tuple[Block, tuple[Day, ...]]]:
        self._pool = self._pool or ProcessPoolExecutor(self._processes)
        running = {_submit(self._pool, block): block for block in islice(blocks, self._processes * 2)}
        while running:
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                block, days = running.pop(future), future.result().per_day
                pacing_cache.save(*block, days)
                yield block, days
                if not self.over:
                    running |= {_submit(self._pool, block): block for block in islice(blocks, 1)}

    def close(self) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)


def _submit(pool: ProcessPoolExecutor, block: Block) -> Future[Outcome]:
    return pool.submit(simulate, pacing_cache.block(*block))


def _progress(
    title: str, of: int, found: Iterator[tuple[Block, tuple[Day, ...]]]
) -> list[tuple[Block, tuple[Day, ...]]]:
    began, told, all_found = time.monotonic(), 0.0, []
    for number, item in enumerate(found, 1):
        all_found.append(item)
        if time.monotonic() - told > 10 or number == of:
            told = time.monotonic()
            print(f"{title}: {number} of {of} blocks of days, {told - began:.0f} s", file=sys.stderr, flush=True)
    return all_found


def minutes() -> float:
    return float(os.environ.get("PACING_MINUTES", "15"))


def processes() -> int:
    return int(os.environ.get("PACING_PROCESSES", str(WORKERS)))


def rolling(days: tuple[Day, ...], width: int = 30) -> float:
    """The highest abandonment rate of that many days in a row; of all of them where there are fewer."""
    ends = range(min(width, len(days)), len(days) + 1)
    return max((_rate(days[max(end - width, 0) : end]) for end in ends), default=0.0)


def _rate(days: tuple[Day, ...]) -> float:
    return sum(day.abandoned for day in days) / max(sum(day.answered for day in days), 1)
