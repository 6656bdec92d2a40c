"""A call's own mailbox: what concerns it, in order, handled by its one task."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sip.events import LegEnded, LegEvent

ROOM: Final = 256  # far more than a call says; beyond it only its end is taken

Settle = Callable[[], None]


@dataclass(frozen=True, slots=True)
class AgentsChanged:
    """Agents came, left or became free: those who wait may be served, those who ring may be too many."""


@dataclass(frozen=True, slots=True)
class WorkerIsGone:
    reason: str


@dataclass(frozen=True, slots=True)
class HangUpAsked:
    """An agent or supervisor ends the call."""


@dataclass(frozen=True, slots=True)
class PersonMarked:
    """Its agent says that he talks to a person."""

    at: datetime
    agent_id: str


@dataclass(frozen=True, slots=True)
class NotWanted:
    """Pacing gives a call up that has rung for long: nobody would be there if it was answered now."""


@dataclass(frozen=True, slots=True)
class Adopted:
    """A surviving worker holds the customer's leg, in this `state` (as in `HeldLeg`)."""

    at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """No worker holds this call any more, and none will say how it ended."""

    reason: str


@dataclass(frozen=True, slots=True)
class EngineStops:
    """The lines are being closed."""


Content = (
    LegEvent | AgentsChanged | WorkerIsGone | HangUpAsked | NotWanted | PersonMarked | Adopted
    | Unknown | EngineStops
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Letter:
    """`settle` acknowledges the worker event it came with, once its consequences are durable."""

    content: Content
    settle: Settle | None = None


class Mailbox:
    def __init__(self) -> None:
        self._letters: deque[Letter] = deque()
        self._arrived = asyncio.Event()
        self.refused = 0

    def post(self, letter: Letter) -> None:
        if len(self._letters) >= ROOM and not isinstance(letter.content, LegEnded | WorkerIsGone | Adopted | Unknown):
            self.refused += 1
            if letter.settle is not None:
                letter.settle()
            return
        self._letters.append(letter)
        self._arrived.set()

    async def next(self, until: float | None) -> Letter | None:
        """None once the loop's clock has reached `until`."""
        try:
            async with asyncio.timeout_at(until):
                while not self._letters:
                    self._arrived.clear()
                    await self._arrived.wait()
        except TimeoutError:
            return None
        return self._letters.popleft()

    def rest(self) -> list[Letter]:
        letters = list(self._letters)
        self._letters.clear()
        return letters
