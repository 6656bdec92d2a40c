"""`goldenhour serve`: the life of a site's process, from the lock on its data directory to the last goodbye.

A first signal stops dialling and waits for live conversations; when the grace is over, or at a second signal, they are
left to their workers, which carry them on and hand them to the next server.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from dialer import __version__
from dialer.bus import Bus
from dialer.client import Endpoint, ServerLock, endpoint_file, ensure_token, write_endpoint
from dialer.clock import Clock, SystemClock
from dialer.config import Config
from dialer.config_file import prepare_data_directory
from dialer.custody import Custody
from dialer.domain.events import CallEnded, CampaignStateChanged, DomainEvent
from dialer.engine.engine import Engine
from dialer.lists import finish_pending
from dialer.logs import set_up_logs
from dialer.ports import Store
from dialer.scheduling import Timetable
from dialer.web.app import create_app
from dialer.web.serving import bind, serving
from dialer.wiring import admission, build_engine, build_relay, build_timetable, opened_store, services

log = structlog.get_logger(__name__)
ANY: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where to connect to when listening everywhere

MakeEngine = Callable[[Config, Store, Bus, Clock], Engine]


def run_server(config: Config) -> None:
    """Until a signal. Raises `Refused` for whatever keeps the site from starting."""
    set_up_logs(config.log)
    asyncio.run(serve(config))


class Stop:
    """What the signals asked for: first to stop, then to stop at once."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.insisted = asyncio.Event()

    def signalled(self) -> None:
        (self.insisted if self.asked.is_set() else self.asked).set()

    @contextmanager
    def listening(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.signalled)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)


async def serve(config: Config, make_engine: MakeEngine = build_engine) -> None:
    """Until a signal."""
    stop, clock, bus = Stop(), SystemClock(), Bus()
    prepare_data_directory(config.data)
    async with AsyncExitStack() as stack:
        stack.enter_context(ServerLock(config.data))
        endpoint_file(config.data).unlink(missing_ok=True)  # of a server that was killed
        stack.enter_context(stop.listening())
        listener = stack.enter_context(closing(bind(config.server.host, config.server.port)))
        token = ensure_token(config.data)
        store = await stack.enter_async_context(opened_store(config))
        await finish_pending(store, clock, await store.campaigns())
        await stack.enter_async_context(_feed(config, store, bus, clock))
        engine = await stack.enter_async_context(make_engine(config, store, bus, clock))
        custody = Custody(store, clock, bus.publish)
        try:
            timetable = await stack.enter_async_context(build_timetable(config, store, custody, clock, engine))
            stack.enter_context(bus.subscribe("timetable", partial(_replan, timetable)))

            def list_changed() -> None:
                engine.wake()
                timetable.replan()

            within = services(config, store, clock, engine, list_changed, custody)
            stack.push_async_callback(within.imports.close)
            stack.push_async_callback(within.simulations.close)
            app = create_app(within, admission(config, token))
            await stack.enter_async_context(serving(app, listener))
            stack.enter_context(announced(config.data, listener))
            log.info("serving", site=config.site.name, version=__version__, port=listener.getsockname()[1])
            await stop.asked.wait()
            engine.leave_calls = not await _quiet(engine, bus, stop, config.server.shutdown_grace_s)
        except BaseException:
            engine.leave_calls = True  # a fault here is no reason to hang up on anybody
            raise
        log.info("stopping", calls_left_to_workers=len(engine.floor().calls) if engine.leave_calls else 0)


def _replan(timetable: Timetable, event: DomainEvent) -> None:
    if isinstance(event, CampaignStateChanged):
        timetable.replan()


async def _quiet(engine: Engine, bus: Bus, stop: Stop, grace_s: float) -> bool:
    """No new calls; true once the last one is over, false when there was no more time or patience."""
    engine.stop_dialling()
    ended = asyncio.Event()

    def note(event: DomainEvent) -> None:
        if isinstance(event, CallEnded):
            ended.set()

    async def all_over() -> None:
        while engine.floor().calls:
            await ended.wait()
            ended.clear()
            await asyncio.sleep(0)  # the engine takes the call off the floor after it has said so

    with bus.subscribe("shutdown", note):
        log.info("dialling stopped", calls=len(engine.floor().calls), grace_s=grace_s)
        async with _running("last-calls", all_over()) as over, _running("patience", stop.insisted.wait()) as insisted:
            await asyncio.wait({over, insisted}, timeout=grace_s, return_when=asyncio.FIRST_COMPLETED)
            return over.done()


@asynccontextmanager
async def _feed(config: Config, store: Store, bus: Bus, clock: Clock) -> AsyncIterator[None]:
    """The event feed, where a broker is configured. Its faults never reach the calls."""
    relay = build_relay(config, store, clock)
    if relay is None:
        yield
        return
    with bus.subscribe("event-feed", lambda _: relay.wake()):
        async with _running("event-feed", relay.run()):
            yield


@asynccontextmanager
async def _running(name: str, work: Coroutine[object, object, object]) -> AsyncIterator[asyncio.Task[object]]:
    """A task with an end: cancelled and awaited at the latest when the block is left."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(work, name=name)
        try:
            yield task
        finally:
            task.cancel()


@contextmanager
def announced(data: Path, listener: socket.socket) -> Iterator[None]:
    """Says in the data directory where the server listens, for as long as it does."""
    host, port = listener.getsockname()[:2]
    write_endpoint(data, Endpoint(host=ANY.get(host, host), port=port, pid=os.getpid()))
    try:
        yield
    finally:
        endpoint_file(data).unlink(missing_ok=True)
