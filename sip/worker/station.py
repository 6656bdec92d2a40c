"""What the worker process needs of a station; `sip.pjsua.station.Station` is the real one."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol, cast

from sip.commands import AnyCommand
from sip.events import AnyEvent, HeldLeg, LegStatistics, Levels, WorkerCapacity
from sip.station import StationSettings

Result = Levels | LegStatistics | None
Emit = Callable[[AnyEvent], None]


class LineStation(Protocol):
    """Its own SIP thread behind thread-safe calls. Futures resolve on the SIP thread, in step with the events."""

    @property
    def sip_address(self) -> str: ...

    def start(self) -> WorkerCapacity:
        """Blocks up to 10 s."""
        ...

    def stop(self) -> None:
        """Ends all legs; blocks up to 3 s. The process ends afterwards."""
        ...

    def submit(self, command: AnyCommand) -> Future[Result]: ...

    def held(self) -> Future[tuple[HeldLeg, ...]]: ...

    def room(self) -> tuple[int, int]:
        """Free and draining legs."""
        ...


StationFactory = Callable[[StationSettings, Emit], LineStation]


def station_factory(path: str) -> StationFactory:
    """The factory at `module:attribute`. Raises `ImportError` or `AttributeError` when there is none."""
    module, _, attribute = path.partition(":")
    return cast(StationFactory, getattr(importlib.import_module(module), attribute))
