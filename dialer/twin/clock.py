"""Virtual time: an event loop whose clock jumps to the next timer when nothing else is left to do.

Everything that waits through asyncio (sleep, timeout, call_later) takes part; work for threads is done at once, in
line, so that a story is the same every time it is told.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

MONDAY_TEN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday 10:00 in Shanghai


class _JumpingSelector(selectors.DefaultSelector):
    """Instead of waiting it tells the loop how long it would have waited."""

    def __init__(self) -> None:
        super().__init__()
        self.elapsed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise RuntimeError("nothing will ever happen again: every task waits and no timer is set")
        self.elapsed += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.elapsed

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - as a thread hands it over
            done.set_exception(error)
        return done


class VirtualClock:
    """`dialer.clock.Clock` on a virtual loop."""

    def __init__(self, start: datetime = MONDAY_TEN) -> None:
        self.start = start
        self._origin = asyncio.get_running_loop().time()

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.monotonic() - self._origin)

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def passes(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0) -> None:
        """Let that much time go by, with all that happens in it."""
        await asyncio.sleep(seconds + 60 * minutes + 3600 * hours)

    async def settles(self) -> None:
        """Let everything that is due now happen, without time going by."""
        await asyncio.sleep(0.01)
