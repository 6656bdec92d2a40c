"""Rehearsals asked for over the API: one at a time in a process of its own, some waiting, the latest results kept."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import structlog

from dialer.clock import Clock
from dialer.domain.ids import new_id
from dialer.errors import NotFound, Refused, WrongState

log = structlog.get_logger(__name__)

WAITING, RUNNING, DONE, CANCELLED, FAILED = "WAITING", "RUNNING", "DONE", "CANCELLED", "FAILED"
MOST_WAITING: Final = 4
KEPT: Final = 30  # results
_ENDED: Final = frozenset({DONE, CANCELLED, FAILED})

Tell = Callable[[float, int], None]  # share 0..1, attempts so far
Work = Callable[[threading.Event, Tell], list[dict[str, Any]]]  # blocks
Prepare = Callable[[Mapping[str, Any]], Awaitable[Work]]


@dataclass(slots=True, kw_only=True)
class Simulation:
    """`variants` are the summaries, once it has ended; of a cancelled one what there was so far."""

    simulation_id: str
    name: str
    asked: Mapping[str, Any]
    asked_at: datetime
    state: str = WAITING
    share: float = 0.0
    attempts: int = 0
    ended_at: datetime | None = None
    error: str = ""
    variants: list[dict[str, Any]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event, repr=False)


class Simulations:
    """`close` it: what runs is cancelled. `directory` keeps a file for each result."""

    def __init__(self, clock: Clock, directory: Path, prepare: Prepare) -> None:
        self._clock, self._directory, self._prepare = clock, directory, prepare
        self._known: dict[str, Simulation] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Semaphore(1)
        self._loaded = False

    async def close(self) -> None:
        for one in self._known.values():
            one.stop.set()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def start(self, asked: Mapping[str, Any], *, name: str = "") -> Simulation:
        """Raises `Refused` for what cannot be rehearsed, and `WrongState` where too many wait already."""
        await self._load()
        open_ones = [one for one in self._known.values() if one.state not in _ENDED]
        if len(open_ones) > MOST_WAITING:
            raise WrongState(f"{len(open_ones)} simulations run or wait already; wait for one of them or cancel it")
        work = await self._prepare(asked)
        now = self._clock.now()
        one = Simulation(simulation_id=new_id(now), name=name, asked=dict(asked), asked_at=now)
        self._known[one.simulation_id] = one
        task = asyncio.create_task(self._run(one, work), name=f"simulation {one.simulation_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return one

    async def every(self) -> list[Simulation]:
        """The latest first."""
        await self._load()
        return sorted(self._known.values(), key=lambda one: one.simulation_id, reverse=True)

    async def find(self, simulation_id: str) -> Simulation:
        await self._load()
        found = self._known.get(simulation_id)
        if found is None:
            raise NotFound(f"there is no simulation {simulation_id!r}", field="simulation")
        return found

    async def cancel(self, simulation_id: str) -> Simulation:
        """It ends in order, soon. Raises `WrongState` where it has ended."""
        found = await self.find(simulation_id)
        if found.state in _ENDED:
            raise WrongState(f"simulation {simulation_id} has ended already", field="simulation")
        found.stop.set()
        return found

    async def _run(self, one: Simulation, work: Work) -> None:
        def tell(share: float, attempts: int) -> None:  # from the thread: two plain values
            one.share, one.attempts = share, attempts

        async with self._turn:
            one.state = RUNNING
            try:
                one.variants = await asyncio.to_thread(work, one.stop, tell)
                one.state = CANCELLED if one.stop.is_set() else DONE
            except Refused as refusal:
                one.state, one.error = FAILED, refusal.message
            except Exception:
                log.exception("simulation_failed", simulation_id=one.simulation_id)
                one.state, one.error = FAILED, "a fault in the program; it is in the log"
        one.ended_at = self._clock.now()
        one.share = 1.0 if one.state == DONE else one.share
        await asyncio.to_thread(self._keep, one)
        self._forget_oldest()

    # what is kept
    async def _load(self) -> None:
        if not self._loaded:
            self._loaded = True
            for one in await asyncio.to_thread(self._read):
                self._known.setdefault(one.simulation_id, one)

    def _keep(self, one: Simulation) -> None:
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self._directory / f"{one.simulation_id}.draft"
        draft.write_text(json.dumps(plain(one), ensure_ascii=False), encoding="utf-8")
        draft.rename(draft.with_suffix(".json"))

    def _read(self) -> list[Simulation]:
        found = []
        for path in sorted(self._directory.glob("*.json"))[-KEPT:]:
            try:
                found.append(_simulation(json.loads(path.read_text(encoding="utf-8"))))
            except (OSError, ValueError, KeyError, TypeError):
                log.warning("simulation_unreadable", file=path.name)
        return found

    def _forget_oldest(self) -> None:
        ended = sorted(key for key, one in self._known.items() if one.state in _ENDED)
        for key in ended[:-KEPT]:
            del self._known[key]
            (self._directory / f"{key}.json").unlink(missing_ok=True)


def plain(one: Simulation) -> dict[str, Any]:
    return {
        "simulation_id": one.simulation_id,
        "name": one.name,
        "state": one.state,
        "share": one.share,
        "attempts": one.attempts,
        "asked_at": one.asked_at.isoformat(),
        "ended_at": one.ended_at.isoformat() if one.ended_at else None,
        "error": one.error,
        "asked": dict(one.asked),
        "variants": one.variants,
    }


def _simulation(known: Mapping[str, Any]) -> Simulation:
    times = {name: datetime.fromisoformat(known[name]) if known[name] else None for name in ("asked_at", "ended_at")}
    return Simulation(**{**known, **times})
