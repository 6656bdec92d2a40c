"""Commands, each carried out once: the same id gets the same reply, also while the first one still runs."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future

from sip.commands import AnyCommand
from sip.errors import TelephonyError
from sip.events import LegStatistics, Levels
from sip.worker.frames import Reply
from sip.worker.station import Result

CarryOut = Callable[[AnyCommand], "Future[Result]"]
Answer = Callable[[Reply], None]


class Orders:
    """`carry_out` may raise `TelephonyError` at once; otherwise its future resolves on any thread.

    `answer` is called on the event loop, once per `take` that found the command finished and once when it finishes.
    The last `remember` finished commands are known; running ones always.
    """

    def __init__(self, carry_out: CarryOut, answer: Answer, *, remember: int) -> None:
        self._carry_out = carry_out
        self._answer = answer
        self._remember = remember
        self._running: set[str] = set()
        self._replies: OrderedDict[str, Reply] = OrderedDict()
        self._loop = asyncio.get_running_loop()

    def take(self, command: AnyCommand) -> None:
        key = command.command_id
        if (reply := self._replies.get(key)) is not None:
            self._answer(reply)
        elif key not in self._running:
            self._running.add(key)
            self._begin(command)

    def _begin(self, command: AnyCommand) -> None:
        key = command.command_id
        try:
            future = self._carry_out(command)
        except TelephonyError as error:
            self._finish(refusal(key, error))
            return
        future.add_done_callback(lambda done: self._loop.call_soon_threadsafe(self._finish, reply_of(key, done)))

    def _finish(self, reply: Reply) -> None:
        self._running.discard(reply.command_id)
        self._replies[reply.command_id] = reply
        while len(self._replies) > self._remember:
            self._replies.popitem(last=False)
        self._answer(reply)


def refusal(command_id: str, error: BaseException) -> Reply:
    code = error.code if isinstance(error, TelephonyError) else TelephonyError.code
    return Reply(command_id=command_id, error=code, message=str(error) or type(error).__name__)


def reply_of(command_id: str, done: Future[Result]) -> Reply:
    if done.cancelled():
        return Reply(command_id=command_id, error=TelephonyError.code, message="the station dropped the command")
    if (error := done.exception()) is not None:
        return refusal(command_id, error)
    result = done.result()
    return Reply(
        command_id=command_id,
        levels=result if isinstance(result, Levels) else None,
        statistics=result if isinstance(result, LegStatistics) else None,
    )
