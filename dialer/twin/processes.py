"""Runs a study: one rehearsal after the other in this thread, or several at a time in processes of their own."""

from __future__ import annotations

import logging
import multiprocessing
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import structlog

from dialer.policies import PolicyBook
from dialer.twin.cast import Cast
from dialer.twin.rehearsal import Moment, rehearse
from dialer.twin.report import Report
from dialer.twin.scenario import Scenario
from dialer.twin.study import Study, Summary, summary

_PATIENT: Final = 5  # a dialer beside it goes first
_LOOK_S: Final = 0.25


class Stop(Protocol):
    def is_set(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Progress:
    """`share` 0..1 of all rehearsals together."""

    share: float
    done: int
    of: int
    attempts: int


@dataclass(slots=True)
class _Told:
    """How far each run is."""

    of: int
    shares: dict[int, float] = field(default_factory=dict)
    attempts: dict[int, int] = field(default_factory=dict)
    done: int = 0

    def take(self, run: int, share: float, attempts: int) -> None:
        self.shares[run], self.attempts[run] = share, attempts

    def progress(self) -> Progress:
        return Progress(sum(self.shares.values()) / max(self.of, 1), self.done, self.of, sum(self.attempts.values()))


def run_study(
    study: Study, *, stop: Stop, tell: Callable[[Progress], None] = lambda progress: None, processes: int = 0
) -> tuple[Summary, ...]:
    """Blocks. `processes` 0: in this thread. Stopped, the runs under way report what there is so far and the others
    are left out. Raises `Refused` for a scenario that cannot run."""
    runs = list(study.runs())
    found = _here(study, runs, stop, tell) if processes < 1 else _beside(study, runs, stop, tell, processes)
    by_variant: list[list[Report]] = [[] for _ in study.variants]
    for (number, _), report in zip(runs, found, strict=True):
        if report is not None:
            by_variant[number].append(report)
    return tuple(
        summary(variant, reports, study.rules(variant.scenario))
        for variant, reports in zip(study.variants, by_variant, strict=True)
        if reports
    )


def _here(
    study: Study, runs: Sequence[tuple[int, Scenario]], stop: Stop, tell: Callable[[Progress], None]
) -> list[Report | None]:
    told = _Told(len(runs))
    found: list[Report | None] = []
    for run, (_, scenario) in enumerate(runs):

        def goes_on(moment: Moment, run: int = run) -> bool:
            told.take(run, moment.share, moment.attempts)
            tell(told.progress())
            return not stop.is_set()

        found.append(
            None
            if stop.is_set()
            else rehearse(scenario, cast=study.cast, policies=study.rules(scenario), goes_on=goes_on)
        )
        told.done += 1
        told.shares[run] = 1.0
    tell(told.progress())
    return found


def _beside(
    study: Study, runs: Sequence[tuple[int, Scenario]], stop: Stop, tell: Callable[[Progress], None], processes: int
) -> list[Report | None]:
    context = multiprocessing.get_context("spawn")
    news, ended = context.Queue(), context.Event()
    told = _Told(len(runs))
    waiting = list(enumerate(runs))
    under_way: dict[Future[Report], int] = {}
    found: list[Report | None] = [None] * len(runs)
    with ProcessPoolExecutor(processes, context, _prepare, (news, ended)) as pool:
        try:
            while under_way or (waiting and not stop.is_set()):
                if stop.is_set():
                    ended.set()
                while waiting and len(under_way) < processes and not stop.is_set():
                    run, (_, scenario) = waiting.pop(0)
                    under_way[pool.submit(_run, run, scenario, study.cast, study.rules(scenario))] = run
                for future in wait(under_way, _LOOK_S, FIRST_COMPLETED).done:
                    run = under_way.pop(future)
                    found[run] = future.result()
                    told.done += 1
                    told.shares[run] = 1.0
                _hear(news, told)
                tell(told.progress())
        except BaseException:
            ended.set()
            raise
    return found


def _hear(news: Any, told: _Told) -> None:
    try:
        while True:
            run, share, attempts = news.get_nowait()
            if told.shares.get(run, 0.0) < share:
                told.take(run, share, attempts)
    except queue.Empty:
        return


# in the process beside
_news: Any = None
_ended: Any = None
_EVERY: Final = 10  # virtual minutes


def _prepare(news: Any, ended: Any) -> None:
    global _news, _ended
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is for whoever asked
    os.nice(_PATIENT)
    _news, _ended = news, ended
    quiet()
    threading.Thread(target=_not_without_parent, args=(os.getppid(),), daemon=True).start()


def _not_without_parent(parent: int) -> None:
    while os.getppid() == parent:
        threading.Event().wait(2.0)
    os._exit(1)


def _run(run: int, scenario: Scenario, cast: Cast | None, policies: PolicyBook) -> Report:
    looked = 0

    def goes_on(moment: Moment) -> bool:
        nonlocal looked
        looked += 1
        if looked % _EVERY == 1:
            _news.put((run, moment.share, moment.attempts))
        return not _ended.is_set()

    return rehearse(scenario, cast=cast, policies=policies, goes_on=goes_on)


def quiet() -> None:
    """The engine's warnings are about simulated lines; faults are counted in the report."""
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer(key_order=["event"])],
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
