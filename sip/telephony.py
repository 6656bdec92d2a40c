"""The telephony port: everything the engine can ask of the lines, whoever carries it out.

`sip.pool.LinePool` implements it with line-worker processes, `dialer.twin` in virtual time; one contract suite
runs on both.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from sip.amd import AmdSettings
from sip.commands import HangupReason, PlaceLeg
from sip.events import Delivered, LegStatistics, Levels, WorkerCapacity
from sip.trunks import Trunk


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A reservation of room for one conversation (both legs) on one worker."""

    line_id: str
    worker: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCapacity:
    """Lines over all ready workers. `free` counts what `reserve` would give now (draining legs are not free)."""

    total: int
    free: int
    workers: int
    max_legs_per_worker: int

    @property
    def always_open_fits(self) -> bool:
        """Whether one worker has room for a team's open agent legs beside whole conversations."""
        return self.max_legs_per_worker >= 16


class Telephony(Protocol):
    """Commands return when the worker has accepted them (milliseconds); what follows arrives as events.

    Every method may raise `TelephonyError` subclasses; `WorkerGone` after the command deadline (2 s).
    """

    async def start(self) -> None:
        """Adopt workers that survived an earlier engine, start the missing ones. Their events come first."""
        ...

    async def close(self, *, leave_calls: bool = False) -> None:
        """End the workers; with `leave_calls` only detach, so that live conversations go on."""
        ...

    def events(self) -> AsyncIterator[Delivered]:
        """All events of all workers, each worker's in order. One consumer."""
        ...

    def acknowledge(self, worker: str, seq: int) -> None:
        """Everything of `worker` up to `seq` is durable and need not be delivered again."""
        ...

    def capacity(self) -> LineCapacity: ...

    def workers(self) -> dict[str, WorkerCapacity]: ...

    def reserve(self, line_id: str, *, beside: str | None = None, legs: int = 2) -> Line:
        """Take room for one conversation; with `beside` on the worker that holds that (agent) leg.

        `legs=1` where the other leg is already up: an always-open agent leg itself, or a customer's leg beside one.
        With `beside` and both legs, that leg becomes one of the line's: a caller's who has come in.

        Raises `LineBusy`. The room stays taken until `release`, then until its legs have drained.
        """
        ...

    def release(self, line_id: str) -> None: ...

    def admit(self, trunks: Sequence[str]) -> str:
        """Take one call slot and one rate token of the first trunk (in fail-over order) that is up and has both.

        Raises `RateLimited`, or `UnknownTrunk` when none of them is up. The slot is given back when the leg
        placed over that trunk ends, or by `give_back` when no leg was placed.
        """
        ...

    def give_back(self, trunk: str) -> None: ...

    def next_admission_s(self, trunks: Sequence[str]) -> float:
        """Seconds until a rate token will be there; 0.0 when one is, infinity when no trunk is up."""
        ...

    async def place(self, worker: str, order: PlaceLeg) -> None: ...

    async def ring(self, leg_id: str, *, early_media_file: str = "") -> None: ...

    async def answer(self, leg_id: str, *, send_media: bool = True) -> None: ...

    async def reject(self, leg_id: str, sip_status: int, *, q850: int | None = None) -> None: ...

    async def hang_up(self, leg_id: str, reason: HangupReason = HangupReason.NORMAL) -> None: ...

    async def bridge(self, leg_id: str, other_leg_id: str) -> None: ...

    async def unbridge(self, leg_id: str, other_leg_id: str) -> None: ...

    async def start_recording(
        self, recording_id: str, *, customer_leg: str, agent_leg: str, directory: str
    ) -> None: ...

    async def pause_recording(self, recording_id: str) -> None: ...

    async def resume_recording(self, recording_id: str) -> None: ...

    async def stop_recording(self, recording_id: str) -> None: ...

    async def play(self, playback_id: str, leg_id: str, path: str, *, loop: bool = False) -> None: ...

    async def stop_playing(self, playback_id: str) -> None: ...

    async def send_dtmf(self, leg_id: str, digits: str) -> None: ...

    async def screen(self, leg_id: str, settings: AmdSettings, *, await_greeting: bool = False) -> None:
        """Person or machine? `LegScreened` follows once after the answer; a leg may be screened before it is answered.

        With `await_greeting` `GreetingOver` follows the verdict MACHINE. Asked for again it changes nothing.
        """
        ...

    async def stop_screening(self, leg_id: str) -> None: ...

    async def levels(self, leg_id: str) -> Levels: ...

    async def statistics(self, leg_id: str) -> LegStatistics: ...

    async def connect_trunk(self, trunk: Trunk) -> None:
        """On every worker, present and future. `TrunkUp` or `TrunkDown` follows."""
        ...

    async def disconnect_trunk(self, name: str) -> None: ...
