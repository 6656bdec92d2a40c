"""The life of one demonstration: start, show, end when the list is done, the time is up or somebody interrupts."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final

from rich.console import Console
from rich.live import Live

from dialer.clock import Clock, SystemClock
from dialer.config import LogSection
from dialer.demo.order import DemoOrder
from dialer.demo.report import report
from dialer.demo.screen import draw
from dialer.demo.stage import Stage, site, staged
from dialer.demo.tally import Tally
from dialer.domain.agent import AgentState
from dialer.domain.events import CallConnected, DomainEvent
from dialer.logs import set_up_logs

REDRAW_S: Final = 0.25
SOON: Final = timedelta(seconds=30)  # a lead due later than this is not waited for
AT_WORK: Final = frozenset({AgentState.RESERVED, AgentState.ON_CALL, AgentState.WRAP_UP})


async def demonstrate(order: DemoOrder, *, live: bool) -> dict[str, Any]:
    """Run it and return the report. With `live` the table is drawn on the terminal."""
    set_up_logs(LogSection(level="error" if live else "warning"))
    clock = SystemClock()
    began = clock.monotonic()
    async with site(order, clock) as (config, store):
        _say("Starting carrier, phones and lines ...")
        async with staged(order, config, store, clock) as stage:
            lines = stage.engine.floor().lines.total
            tally = Tally(order.leads, stage.campaign.campaign_id)
            with stage.bus.subscribe("demonstration", _Watch(tally, clock, began)):
                await _perform(stage, tally, lines=lines, began=began, live=live)
        counts = await store.counts(stage.campaign.campaign_id)
    return report(order, counts, lines=lines, duration_s=clock.monotonic() - began)


class _Watch:
    """Counts, and says when the first conversation stands."""

    def __init__(self, tally: Tally, clock: Clock, began: float) -> None:
        self._tally, self._clock, self._began = tally, clock, began

    def __call__(self, event: DomainEvent) -> None:
        self._tally.note(event)
        if isinstance(event, CallConnected) and self._tally.connected == 1:
            _say(f"First conversation {self._clock.monotonic() - self._began:.1f} s after the start.")


async def _perform(stage: Stage, tally: Tally, *, lines: int, began: float, live: bool) -> None:
    async with asyncio.TaskGroup() as tasks:
        desk = tasks.create_task(stage.desk().run(stage.agents()), name="simulated agents")
        await _all_ready(stage)
        await stage.engine.start_campaign(stage.campaign.settings.code, by="demo")
        with _interruptible() as interrupted:
            await _show_until_over(stage, tally, interrupted, lines=lines, began=began, live=live)
        stage.engine.stop_dialling()
        desk.cancel()


async def _all_ready(stage: Stage) -> None:
    async with asyncio.timeout(10):
        while any(agent.state is not AgentState.READY for agent in _ours(stage)):
            await stage.clock.sleep(0.02)


def _ours(stage: Stage) -> list[Any]:
    wanted = set(stage.agents())
    return [agent for agent in stage.engine.floor().agents if agent.agent_id in wanted]


async def _show_until_over(
    stage: Stage, tally: Tally, interrupted: asyncio.Event, *, lines: int, began: float, live: bool
) -> None:
    until = None if stage.order.seconds is None else stage.clock.monotonic() + stage.order.seconds
    with Live(console=Console(stderr=not live), auto_refresh=False, screen=False, transient=not live) as screen:
        while not interrupted.is_set():
            if live:
                elapsed = stage.clock.monotonic() - began
                screen.update(draw(stage.engine.floor(), tally, lines=lines, elapsed_s=elapsed), refresh=True)
            if (until is not None and stage.clock.monotonic() >= until) or await _list_done(stage):
                return
            await stage.clock.sleep(REDRAW_S)


async def _list_done(stage: Stage) -> bool:
    floor = stage.engine.floor()
    if floor.calls or any(agent.state in AT_WORK for agent in floor.agents):
        return False
    now = stage.clock.now()
    due = await stage.store.next_due(stage.campaign.campaign_id, now=now)
    return due is None or due > now + SOON


@contextmanager
def _interruptible() -> Iterator[asyncio.Event]:
    """Ctrl-C ends the demonstration in order: calls are hung up, recordings finished, the report printed."""
    interrupted = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupted.set)
    try:
        yield interrupted
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)  # noqa: T201 - progress for whoever waits
