"""A person answered and nobody is free: he waits, hears who called before the limit is over, and may opt out by key."""

from __future__ import annotations

from typing import Final

import structlog

from campaigns.messages import Use
from dialer.domain.call import CallState, NobodyFree, OptedOut, SafeHarbourBegan
from dialer.domain.events import NumberSuppressed
from dialer.engine.call_core import CallCore
from dialer.engine.deadlines import Deadline
from dialer.engine.orders import NoReply
from dialer.engine.sounds import files
from sip.commands import HangupReason
from sip.events import DtmfReceived, PlaybackFinished, PlaybackStarted

log = structlog.get_logger(__name__)

LONGEST_MESSAGE_S: Final = 30.0
OPT_OUT: Final = "opt-out key"  # the source of the do-not-call entry


class Unserved(CallCore):
    async def _nobody_free(self) -> None:
        """Silence from here on, or the campaign's own sound; never a ringing that is none."""
        if self._live.state is CallState.ANSWERED:
            self._apply(NobodyFree(at=self._board.clock.now()))
            await self._play(Use.WAITING, loop=True)

    async def _safe_harbour(self) -> None:
        """The order to play goes out first: everything else has time."""
        live, board = self._live, self._board
        live.message_asked = True
        await self._stop(Use.WAITING)
        playing = await self._play(Use.MESSAGE)
        await self._hunt.withdraw()
        if playing:
            live.deadlines.set(Deadline.GOODBYE, board.clock.monotonic() + LONGEST_MESSAGE_S)
        else:
            left = live.limits.abandon_limit_s - live.limits.message_at_s
            live.deadlines.set(Deadline.GOODBYE, board.clock.monotonic() + left)

    async def _began(self, event: PlaybackStarted) -> None:
        if event.playback_id == self._name(Use.MESSAGE):
            self._apply(SafeHarbourBegan(at=event.at))

    async def _played(self, event: PlaybackFinished) -> None:
        """After the message there is time for the key; a playback that was broken off is followed by something else."""
        live = self._live
        if not event.completed or live.leaving:
            return
        if event.playback_id == self._name(Use.CONFIRMATION):
            await self._goodbye()
        elif event.playback_id == self._name(Use.MESSAGE) and live.call.opted_out_at is None:
            live.message_over = True
            await self._time_for_key()

    async def _time_for_key(self) -> None:
        settings, board = self._live.campaign.settings, self._board
        if settings.opt_out_key and settings.opt_out_wait_s:
            self._live.deadlines.set(Deadline.GOODBYE, board.clock.monotonic() + settings.opt_out_wait_s)
        else:
            await self._goodbye()

    async def _pressed(self, event: DtmfReceived) -> None:
        """It counts from the key on, also when he hangs up at once."""
        if not self._opted_out(event) or self._live.leaving:
            return
        self._live.deadlines.clear(Deadline.GOODBYE)
        await self._stop(Use.MESSAGE)
        if await self._play(Use.CONFIRMATION):
            self._live.deadlines.set(Deadline.GOODBYE, self._board.clock.monotonic() + LONGEST_MESSAGE_S)
        else:
            await self._goodbye()

    def _opted_out(self, event: DtmfReceived) -> bool:
        """Whether the key was one that counts; then his number is on the do-not-call list with it."""
        live = self._live
        key = live.campaign.settings.opt_out_key
        events = live.call.apply(OptedOut(at=event.at, key=key)) if key and event.digit == key else []
        if not events:
            live.call.noise += 1
            return False
        listed = NumberSuppressed(
            occurred_at=event.at, e164=live.number, reason=f"pressed {key} during the message", source=OPT_OUT,
            campaign_id=live.call.campaign_id, lead_id=live.call.lead_id,
        )  # fmt: skip
        self._board.journal.append([*events, listed])
        return True

    async def _goodbye(self) -> None:
        self._live.deadlines.clear(Deadline.GOODBYE)
        await self._hang_up_customer(HangupReason.ABANDONED)

    async def _play(self, use: Use, *, loop: bool = False) -> bool:
        """The first of its files that can be played. A reply that never came leaves open whether it plays."""
        live, board = self._live, self._board
        for path in files(use, live, board.settings):
            order = board.telephony.play(self._name(use), live.customer_leg, path, loop=loop)
            error = await board.tell(order)
            if error is None or isinstance(error, NoReply):
                return True
            log.warning("message_not_played", attempt_id=live.attempt_id, file=path, error=str(error))
        return False

    async def _stop(self, use: Use) -> None:
        if any(True for _ in files(use, self._live, self._board.settings)):
            await self._board.tell(self._board.telephony.stop_playing(self._name(use)))

    def _name(self, use: Use) -> str:
        return f"{self._live.attempt_id}.{use}"
