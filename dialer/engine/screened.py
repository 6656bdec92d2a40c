"""Person or machine: the detector beside a call, whom it lets wait, and what becomes of a machine."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import structlog

from campaigns.messages import Use
from campaigns.screening import ALONE, ScreeningSettings, Treatment, drawn, treatment
from dialer.domain.call import CallState, MachineMet, MarkedPerson, MessageLeftBehind, WasScreened
from dialer.engine.answered import Answered
from dialer.engine.deadlines import Deadline
from dialer.engine.detector import detector
from dialer.engine.mailbox import PersonMarked
from dialer.engine.orders import NoReply
from sip.commands import HangupReason
from sip.events import GreetingOver, LegScreened, PlaybackFinished

log = structlog.get_logger(__name__)

HOLD_BEFORE_MESSAGE_S: Final = 0.1
"""A verdict that is not there so long before the message must begin is not waited for: the agent is joined."""
LONGEST_VOICEMAIL_S: Final = 180.0
_LISTENED_TO: Final = frozenset({CallState.ANSWERED, CallState.WAITING, CallState.CONNECTED})


class Screened(Answered):
    @property
    def _plan(self) -> ScreeningSettings:
        return self._live.campaign.settings.screening

    async def _listen(self) -> None:
        """Before the phone rings, so that the first word is heard. Asked again after a restart it changes nothing."""
        live, board = self._live, self._board
        if not self._plan.on or live.call.over or live.leaving:
            return
        order = board.telephony.screen(
            live.customer_leg, detector(self._plan, live.limits), await_greeting=self._plan.leaves_message
        )
        error = await board.tell(order)
        if error is not None and not isinstance(error, NoReply):
            live.deaf = True
            log.warning("call_not_screened", attempt_id=live.attempt_id, error=str(error))

    async def _serve(self, answered_at: datetime) -> None:
        """With detect-first an agent is found and kept, and joined only once it is no machine."""
        live, board = self._live, self._board
        if self._plan.holds_back and not live.deaf and not live.call.verdict:
            live.held = True
            wait = live.limits.message_at_s - HOLD_BEFORE_MESSAGE_S
            live.deadlines.set(Deadline.VERDICT, board.loop_time(answered_at) + wait)
        await super()._serve(answered_at)

    async def _screened(self, event: LegScreened) -> None:
        live = self._live
        if live.deadlines.at(Deadline.BRIDGED) is not None:
            await self._confirm_bridge(event.at)
        chosen = self._treatment(event)
        told = WasScreened(
            at=event.at, mode=self._plan.mode, verdict=event.verdict, reason=event.reason, delay_ms=event.delay_ms,
            treatment=chosen,
        )  # fmt: skip
        if not self._apply(told):
            return
        if chosen in ALONE:
            await self._leave_alone(event.at, chosen)
        else:
            await self._let_through()

    def _treatment(self, event: LegScreened) -> Treatment:
        live = self._live
        if live.leaving or live.state not in _LISTENED_TO:
            return Treatment.SERVED  # it ends already
        joined = live.call.connected_at
        return treatment(
            self._plan,
            event.verdict,
            agent=live.agent_id is not None,
            talked_s=(event.at - joined).total_seconds() if joined is not None else None,
            spoken_for=live.spoken_for or live.settled,
            checked=drawn(live.attempt_id, self._plan.checked_share),
        )

    async def _let_through(self) -> None:
        """A person, or taken for one: the agent who was kept is joined now."""
        live = self._live
        live.deadlines.clear(Deadline.VERDICT)
        if not live.held:
            return
        live.held = False
        ready = live.agent_leg is not None and (live.always_open or live.phone_up == live.agent_leg)
        if ready and not live.leaving and not await self._hunt.answered():
            await self._nobody_free()

    async def _leave_alone(self, at: datetime, chosen: Treatment) -> None:
        """Whoever was joined or kept for it is free."""
        live, board = self._live, self._board
        live.held, joined, waited = False, live.state is CallState.CONNECTED, live.state is CallState.WAITING
        self._apply(MachineMet(at=at, treatment=chosen))
        live.deadlines.clear_all()
        if joined:
            await self._free_agent()
        else:
            await self._hunt.stand_down()
        if waited:
            await self._stop(Use.MESSAGE if live.message_asked else Use.WAITING)
        if chosen is Treatment.MESSAGE:
            live.deadlines.set(Deadline.GREETING, board.clock.monotonic() + self._plan.greeting_most_s)
        else:
            await self._hang_up_customer(HangupReason.NORMAL)

    async def _free_agent(self) -> None:
        """Parted first, so that the next customer finds his leg free."""
        live, board = self._live, self._board
        agent_id, leg = live.agent_id, live.agent_leg
        live.agent_id = live.agent_leg = None
        if leg is not None and live.always_open:
            await board.tell(board.telephony.unbridge(live.customer_leg, leg))
        elif leg is not None:
            await board.tell(board.telephony.hang_up(leg))
        if agent_id is not None:
            board.agents.finish(agent_id, live.attempt_id, wrap_up_s=self._plan.freed_wrap_up_s, conversation=False)
        await board.recordings.stop(live)

    async def _greeted(self, _: GreetingOver) -> None:
        live, board = self._live, self._board
        if live.state is not CallState.MACHINE or live.leaving:
            live.greeting_over = True
            return
        live.deadlines.clear(Deadline.GREETING)
        order = board.telephony.play(self._voicemail, live.customer_leg, self._plan.message_file)
        error = await board.tell(order)
        if error is None or isinstance(error, NoReply):
            live.deadlines.set(Deadline.VOICEMAIL, board.clock.monotonic() + LONGEST_VOICEMAIL_S)
            return
        log.warning("message_not_left", attempt_id=live.attempt_id, file=self._plan.message_file, error=str(error))
        await self._hang_up_customer(HangupReason.NORMAL)

    async def _played(self, event: PlaybackFinished) -> None:
        if event.playback_id != self._voicemail:
            await super()._played(event)
        elif event.completed and self._apply(MessageLeftBehind(at=event.at)) and not self._live.leaving:
            await self._hang_up_customer(HangupReason.NORMAL)

    async def _no_message(self) -> None:
        """The machine speaks on and on, or ours did not end in its time."""
        await self._hang_up_customer(HangupReason.NORMAL)

    async def _person_marked(self, note: PersonMarked) -> None:
        self._apply(MarkedPerson(at=note.at, agent_id=note.agent_id))

    # after a restart
    def _heard_meanwhile(self, event: LegScreened | GreetingOver | PlaybackFinished) -> None:
        """What the worker told while no engine was there; acted upon once it has spoken for the call."""
        if isinstance(event, LegScreened):
            self._live.told = event
        elif isinstance(event, GreetingOver):
            self._live.greeting_over = True
        elif event.completed and event.playback_id == self._voicemail:
            self._apply(MessageLeftBehind(at=event.at))

    async def _catch_up(self) -> None:
        told, self._live.told = self._live.told, None
        if told is not None and not self._live.call.over:
            await self._screened(told)

    async def _go_on_alone(self) -> None:
        live, board = self._live, self._board
        wanted = self._plan.leaves_message and live.call.message_left_at is None
        if not wanted or live.call.treatment != Treatment.MESSAGE:
            await self._hang_up_customer(HangupReason.NORMAL)
        elif live.greeting_over:
            await self._hang_up_customer(HangupReason.NORMAL)  # nobody was there to speak
        else:
            live.deadlines.set(Deadline.GREETING, board.clock.monotonic() + self._plan.greeting_most_s)

    @property
    def _voicemail(self) -> str:
        return f"{self._live.attempt_id}.voicemail"
