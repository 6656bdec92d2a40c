"""A caller nobody could take in time: told so by a message where there is one, else refused without an answer."""

from __future__ import annotations

from typing import Final

from dialer.domain.inbound import UNSERVED, Regretted
from dialer.engine.deadlines import Deadline
from dialer.engine.inbound_core import InboundCore
from sip.commands import HangupReason
from sip.events import PlaybackFinished

LONGEST_MESSAGE_S: Final = 60.0
NOBODY_RESPONDS: Final = (480, 18)  # SIP status, and Q.850 "no user responding"


class InboundRegret(InboundCore):
    async def _waited_enough(self) -> None:
        """An agent whose phone is ringing gets his time."""
        live, board = self._live, self._board
        if live.state not in UNSERVED or live.leaving:
            return
        if live.agent_id is not None and live.deadlines.at(Deadline.AGENT_ANSWER) is not None:
            live.deadlines.set(Deadline.QUEUE, board.clock.monotonic() + self._settings.agent_answer_s)
            return
        await self._hunt.drop_phone()
        self._hunt.let_go()
        picked_up = live.call.picked_up_at is not None
        self._apply(Regretted(at=board.clock.now()))
        if picked_up:
            await self._say_sorry()
        elif self._settings.sorry_file:
            if await board.tell(board.telephony.answer(live.customer_leg)) is not None:
                await self._hang_up(HangupReason.NORMAL)
            else:
                live.deadlines.set(Deadline.GOODBYE, board.clock.monotonic() + LONGEST_MESSAGE_S)
        else:
            await self._reject(*NOBODY_RESPONDS)

    async def _say_sorry(self) -> None:
        live, board = self._live, self._board
        playing = f"{live.attempt_id}.sorry"
        error = None
        if self._settings.sorry_file:
            error = await board.tell(board.telephony.play(playing, live.customer_leg, self._settings.sorry_file))
        if error is not None or not self._settings.sorry_file:
            await self._hang_up(HangupReason.NORMAL)
        else:
            live.deadlines.set(Deadline.GOODBYE, board.clock.monotonic() + LONGEST_MESSAGE_S)

    async def _played(self, event: PlaybackFinished) -> None:
        if event.playback_id == f"{self._live.attempt_id}.sorry" and not self._live.leaving:
            await self._goodbye()

    async def _goodbye(self) -> None:
        await self._hang_up(HangupReason.NORMAL)
