"""The SIP thread: the only one that ever calls pjsua2."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import structlog

log = structlog.get_logger(__name__)

T = TypeVar("T")

COMMANDS_PER_TURN = 64
POLL_S = 0.1
"""Commands and packets wake a waiting poll at once; only housekeeping waits for its end."""
PAUSE_S = 0.05
"""After a failed turn, so that a lasting fault does not fill the log."""


class Timer:
    """A call-back due once on the SIP thread; `cancel` may come before or after it fired."""

    __slots__ = ("_action",)

    def __init__(self, action: Callable[[], None]) -> None:
        self._action: Callable[[], None] | None = action

    def cancel(self) -> None:
        self._action = None

    def fire(self) -> None:
        action, self._action = self._action, None
        if action is not None:
            action()


class SipThread:
    """Commands in, timers and network polls in turn, until `stop`.

    `poll(seconds)` handles network events, waiting at most that long; `wake` (any thread) makes a waiting poll
    return; `after_poll` runs once per turn, when no pjsua2 callback is on the stack.
    """

    def __init__(
        self, name: str, poll: Callable[[float], None], after_poll: Callable[[], None], wake: Callable[[], None]
    ) -> None:
        self._poll = poll
        self._after_poll = after_poll
        self._wake = wake
        self._woken = False
        self._jobs: SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = SimpleQueue()
        self._timers: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=f"sip-{name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Any thread: run `work` on the SIP thread; never blocks."""
        future: Future[T] = Future()
        self._jobs.put((work, future))
        if not self._woken:
            self._woken = True
            self._wake()
        return future

    def later(self, seconds: float, action: Callable[[], None]) -> Timer:
        """SIP thread only."""
        timer = Timer(action)
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._order), timer))
        return timer

    def stop(self) -> None:
        """SIP thread only: the current turn is the last one."""
        self._stopping = True

    def join(self, timeout: float) -> None:
        self._thread.join(timeout)

    def turn(self) -> None:
        """One round; also called by work that has to wait for the network (at start and stop)."""
        self._fire_timers()
        self._poll(self._patience())
        self._after_poll()

    def _run(self) -> None:
        while not self._stopping:
            self._run_jobs()
            try:
                self.turn()
            except Exception:
                log.exception("a turn of the SIP thread failed")
                time.sleep(PAUSE_S)

    def _patience(self) -> float:
        """How long a poll may wait: until the next timer, and not at all with a command in the queue."""
        if not self._jobs.empty():
            return 0.0
        if not self._timers:
            return POLL_S
        return min(POLL_S, max(0.0, self._timers[0][0] - time.monotonic()))

    def _run_jobs(self) -> None:
        self._woken = False
        for _ in range(COMMANDS_PER_TURN):
            try:
                work, future = self._jobs.get_nowait()
            except Empty:
                return
            carry_out(work, future)

    def _fire_timers(self) -> None:
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now:
            _, _, timer = heapq.heappop(self._timers)
            try:
                timer.fire()
            except Exception:
                log.exception("a timer of the SIP thread failed")


def carry_out(work: Callable[[], T], future: Future[T]) -> None:
    """The command runner: whatever `work` raises belongs to whoever asked."""
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = work()
    except Exception as error:  # noqa: BLE001 - it is raised where the result is asked for
        future.set_exception(error.with_traceback(None))
    else:
        future.set_result(result)
