"""A pool with somebody who listens to it: what the pool tests share."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from sip.commands import PlaceLeg
from sip.events import AnyEvent, Delivered
from sip.pool import LinePool, PoolSettings
from sip.telephony import Telephony
from sip.worker.lock import living_pid

SCRIPTED = "tests.unit.sip.scripted_station:ScriptedStation"
_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def no_worker_stays(tmp_path: Path) -> Iterator[None]:
    """Import it into a test module: no worker outlives a test there, also when the test fails."""
    yield
    left = [pid for lock in tmp_path.glob("*/*.lock") if (pid := living_pid(lock))]
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert not left, "workers were still running at the end of the test"


class Listener:
    """Takes all events; `until` waits for one that came already or comes in time."""

    def __init__(self, pool: Telephony, *, acknowledges: bool = True) -> None:
        self.pool = pool
        self.delivered: list[Delivered] = []
        self._acknowledges = acknowledges
        self._more = asyncio.Condition()

    async def listen(self) -> None:
        async for delivered in self.pool.events():
            self.delivered.append(delivered)
            if self._acknowledges:
                self.pool.acknowledge(delivered.worker, delivered.seq)
            async with self._more:
                self._more.notify_all()

    @property
    def events(self) -> list[AnyEvent]:
        return [delivered.event for delivered in self.delivered]

    async def until(self, kind: type[Any], within: float = 10.0, count: int = 1, **fields: object) -> Any:
        """The `count`-th event of that kind with these fields."""

        def found() -> list[AnyEvent]:
            return self.all(kind, **fields)

        try:
            async with asyncio.timeout(within), self._more:
                await self._more.wait_for(lambda: len(found()) >= count)
        except TimeoutError:
            heard = [type(event).__name__ for event in self.events]
            raise AssertionError(f"no {kind.__name__} with {fields} in {within} s; heard {heard}") from None
        return found()[count - 1]

    def all(self, kind: type[Any], **fields: object) -> list[Any]:
        return [
            event
            for event in self.events
            if isinstance(event, kind) and all(getattr(event, name) == value for name, value in fields.items())
        ]


@asynccontextmanager
async def listening(telephony: Telephony, *, acknowledges: bool = True) -> AsyncIterator[Listener]:
    """Someone listens for the length of the block."""
    listener = Listener(telephony, acknowledges=acknowledges)
    task = asyncio.create_task(listener.listen(), name="listener")
    try:
        yield listener
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def scripted(directory: Path, **settings: Any) -> PoolSettings:
    values: dict[str, Any] = {"workers": 1, "station": SCRIPTED, "idle_exit_s": 5.0, **settings}
    return PoolSettings(run_directory=directory / "run", **values)


@asynccontextmanager
async def open_pool(settings: PoolSettings) -> AsyncIterator[tuple[LinePool, Listener]]:
    pool = LinePool(settings)
    async with listening(pool) as listener:
        await pool.start()
        try:
            yield pool, listener
        finally:
            await pool.close()


def order(leg_id: str, destination: str, **fields: Any) -> PlaceLeg:
    number = next(_numbers)
    return PlaceLeg(
        command_id=fields.pop("command_id", f"place-{number}"),
        leg_id=leg_id,
        destination=destination,
        sip_call_id=f"{leg_id}-{number}@test",
        **fields,
    )


async def eventually(holds: Callable[[], bool], within: float = 5.0, what: str = "") -> None:
    """Poll a condition of the outside world (processes, files) until it holds."""
    try:
        async with asyncio.timeout(within):
            while not holds():  # noqa: ASYNC110 - the kernel sends no event for what is waited for here
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"not within {within} s: {what or holds}") from None


def gone(pid: int) -> bool:
    """Whether the process has ended; one that nobody has waited for yet counts as ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True
