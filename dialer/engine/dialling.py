"""The phase before the answer: the INVITE, the ringing, and whether there are still agents for it."""

from __future__ import annotations

from typing import Final

import structlog

from campaigns.attempt import AttemptOutcome
from dialer.domain.call import DIALLING
from dialer.engine.call_core import CallCore
from dialer.engine.deadlines import Deadline
from dialer.engine.mailbox import AgentsChanged, NotWanted
from dialer.engine.orders import NoReply
from sip.commands import HangupReason, PlaceLeg
from sip.errors import LineBusy, RateLimited, TelephonyError, UnknownTrunk, WorkerGone
from sip.events import LegPlaced, LegRinging

log = structlog.get_logger(__name__)

RING_REPORT_S: Final = 10.0  # after the ring time the worker should long have ended the leg
_NO_ROOM: Final = (LineBusy, RateLimited, UnknownTrunk)


class Dialling(CallCore):
    async def _dial(self, order: PlaceLeg) -> None:
        live, board = self._live, self._board
        if board.uncovered(live):
            board.trunks.abandoned(live.line.trunk)
            self._give_up(AttemptOutcome.CANCELLED, "agent_left")
            return
        ring_over = board.clock.monotonic() + order.ring_time_s + RING_REPORT_S
        live.deadlines.set(Deadline.RING_OVER, ring_over)
        error = await board.tell(board.telephony.place(live.line.worker, order))
        if error is None or isinstance(error, NoReply):
            board.lines.use(live.line)
        if error is not None:
            await self._not_placed(error)

    async def _not_placed(self, error: TelephonyError) -> None:
        """A reply that never came leaves open whether the phone rings: that counts as LOST and is not redialled."""
        live = self._live
        self._board.trunks.abandoned(live.line.trunk)
        if isinstance(error, WorkerGone):
            await self._hang_up_customer(HangupReason.CANCELLED)
            self._give_up(AttemptOutcome.LOST, error.code)
            return
        outcome = AttemptOutcome.CONGESTED if isinstance(error, _NO_ROOM) else AttemptOutcome.FAILED
        self._give_up(outcome, error.code)

    async def _placed(self, event: LegPlaced) -> None:
        self._apply(event)

    async def _ringing(self, event: LegRinging) -> None:
        self._apply(event)
        self._board.trunks.rang(self._live.line.trunk)
        if self._live.deadlines.at(Deadline.RING_CHECK) is not None:
            self._live.deadlines.set(Deadline.RING_CHECK, self._board.clock.monotonic())

    async def _agents_changed(self, _: AgentsChanged) -> None:
        live = self._live
        if live.state in DIALLING:
            await self._check_cover()
        elif live.offered:
            await self._hunt.seek()

    async def _check_cover(self) -> None:
        """Too many calls for the agents left: this one is cancelled, but nobody's phone rings shorter than it must.
        Only who was abandoned before and lost his reserved agent is let go at once: he must not answer a second time.
        """
        live, board = self._live, self._board
        live.deadlines.clear(Deadline.RING_CHECK)
        if live.state not in DIALLING or live.leaving or not (live.stopped or board.uncovered(live)):
            return
        since = live.call.ringing_at or live.call.placed_at
        rung_enough = board.loop_time(since) + live.limits.min_ring_s
        if rung_enough > board.clock.monotonic() and not live.guaranteed:
            live.deadlines.set(Deadline.RING_CHECK, rung_enough)
            return
        await self._hang_up_customer(HangupReason.CANCELLED)

    async def _not_wanted(self, _: NotWanted) -> None:
        """Nobody's phone rings shorter than it must, and who has answered meanwhile is served."""
        live, board = self._live, self._board
        if live.state not in DIALLING or live.leaving or live.call.ringing_at is None:
            return
        if board.loop_time(live.call.ringing_at) + live.limits.min_ring_s <= board.clock.monotonic():
            await self._hang_up_customer(HangupReason.CANCELLED)

    async def _ring_unreported(self) -> None:
        log.warning("ring_end_unreported", attempt_id=self._live.attempt_id)
        await self._hang_up_customer(HangupReason.RING_TIMEOUT)
