"""The people at the other end of the line, as the contract suite needs them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from sip.telephony import Telephony
from sip.trunks import Trunk


class Party(StrEnum):
    """How somebody behaves who is called."""

    ANSWERS = "answers"  # rings, then answers
    RINGS_ON = "rings_on"
    BUSY = "busy"  # 486
    UNKNOWN = "unknown"  # 404
    DECLINES = "declines"  # 603
    CONGESTED = "congested"  # 503
    GREETS = "greets"  # answers, says a short word and waits
    MACHINE = "machine"  # answers, speaks without a pause, beeps and is silent


class FarEnd(Protocol):
    """A party is named by the leg we reached it with."""

    def number(self, party: Party) -> str:
        """Digits that reach somebody who behaves so over `trunk`."""
        ...

    def address(self, party: Party) -> str:
        """A `sip:` address that reaches somebody who behaves so without a trunk."""
        ...

    def trunk(self, name: str) -> Trunk:
        """A trunk known by address that leads to all of them; not connected yet."""
        ...

    async def hang_up(self, leg_id: str) -> None: ...

    async def press(self, leg_id: str, digits: str) -> None: ...

    async def call_in(self, *, trunk: str = "") -> None:
        """Somebody calls us: a `LegIncoming` follows. He waits 30 s for an answer. `trunk` is what he comes over,
        where it is connected and inbound."""
        ...


@dataclass(frozen=True, slots=True)
class Line:
    """What each story gets: a started telephony, who can be called over it, and a way to kill one of its workers."""

    telephony: Telephony
    far_end: FarEnd
    kill_worker: Callable[[str], None]


class OpenLine(Protocol):
    """How an implementation takes part: `contract_line` in `dialer.twin.telephony`, and in `real.py` beside this."""

    def __call__(self) -> AbstractAsyncContextManager[Line]:
        """One worker, at least 4 legs, with incoming calls; closed at the end of the block."""
        ...
