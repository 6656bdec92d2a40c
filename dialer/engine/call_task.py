"""One call's task: takes its letters and deadlines in order, moves the machine, carries out what follows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import structlog

from campaigns.attempt import AttemptOutcome
from campaigns.messages import Use
from dialer.domain.call import (
    DIALLING,
    AgentJoined,
    CallState,
)  # fmt: skip
from dialer.domain.ids import agent_of
from dialer.engine.call_close import conclude
from dialer.engine.deadlines import Deadline
from dialer.engine.dialling import RING_REPORT_S, Dialling
from dialer.engine.mailbox import (
    Adopted,
    AgentsChanged,
    EngineStops,
    HangUpAsked,
    Letter,
    NotWanted,
    PersonMarked,
    Unknown,
    WorkerIsGone,
)
from dialer.engine.screened import Screened
from dialer.engine.unserved import LONGEST_MESSAGE_S
from sip.commands import HangupReason
from sip.events import (
    DtmfReceived,
    GreetingOver,
    LegAnswered,
    LegEnded,
    LegEvent,
    LegPlaced,
    LegRinging,
    LegsBridged,
    LegScreened,
    PlaybackFinished,
    PlaybackStarted,
)

log = structlog.get_logger(__name__)


class CallTask(Dialling, Screened):
    async def run(self) -> None:
        """To the call's end, whatever happens. Cancelled (the engine leaves), the call stays as it is."""
        try:
            await self._live_through()
        except Exception:
            log.exception("call_task_failed", attempt_id=self._live.attempt_id)
            self.bug = True
            self._give_up(AttemptOutcome.FAILED, "internal_error")
        sound = await conclude(self._live, self._board, self._end, self._take_receipt(), hang_up=self.bug)
        self.bug = self.bug or not sound

    async def _live_through(self) -> None:
        if self._order is not None:
            await self._dial(self._order)
            await self._listen()
        else:
            await self._come_back()
        while not self._live.call.over:
            letter = await self._live.mailbox.next(self._live.deadlines.first())
            if letter is not None:
                await self._read(letter)
            else:
                await self._deadline_over()

    # what arrives
    async def _read(self, letter: Letter) -> None:
        """A receipt is settled after everything its letter led to; that of the last letter goes with the end."""
        self._receipt = letter.settle
        content = letter.content
        if isinstance(content, LegEvent):
            await self._leg_event(content)
        else:
            await _NOTES[type(content)](self, content)
        if not self._live.call.over:
            self._board.journal.append([], self._take_receipt())

    async def _leg_event(self, event: LegEvent) -> None:
        if event.leg_id == self._live.customer_leg:
            await _CUSTOMER.get(type(event), CallTask._noise)(self, event)
        elif event.leg_id == self._live.agent_leg:
            await _AGENT.get(type(event), CallTask._noise)(self, event)
        else:
            await self._stray_agent(event)

    async def _deadline_over(self) -> None:
        deadline = self._live.deadlines.due(self._board.clock.monotonic())
        if deadline is not None:
            await _DEADLINES[deadline](self)

    # after a restart
    async def _come_back(self) -> None:
        """Until a worker has spoken for this call its events only bring the machine up to date."""
        live = self._live
        while not live.call.over:
            letter = await live.mailbox.next(live.deadlines.first())
            if letter is None:
                await self._deadline_over()
                continue
            self._receipt = letter.settle
            if isinstance(letter.content, Adopted):
                await self._resume(letter.content)
                return
            await self._replayed(letter.content)
            if not live.call.over:
                self._board.journal.append([], self._take_receipt())

    async def _replayed(self, content: object) -> None:
        live = self._live
        match content:
            case LegEnded(leg_id=leg_id) if leg_id == live.customer_leg:
                await self._ended(content)
            case DtmfReceived(leg_id=leg_id) if leg_id == live.customer_leg:
                self._opted_out(content)
            case PlaybackStarted():
                await self._began(content)
            case PlaybackFinished(completed=True) if content.playback_id == self._name(Use.MESSAGE):
                live.message_over = True
            case LegScreened() | GreetingOver() | PlaybackFinished():
                self._heard_meanwhile(content)
            case LegPlaced() | LegRinging() | LegAnswered() if content.leg_id == live.customer_leg:
                self._apply(content)
            case LegsBridged(leg_id=leg_id, other_leg_id=other) if leg_id == live.customer_leg and agent_of(other):
                self._apply(AgentJoined(at=content.at, agent_id=agent_of(other) or ""))
            case WorkerIsGone() | Unknown() | EngineStops() | HangUpAsked():
                await _NOTES[type(content)](self, content)

    async def _resume(self, found: Adopted) -> None:
        """What the replay did not tell, by what the worker holds; then on from there."""
        live, board, at = self._live, self._board, found.at
        live.found = False
        await self._listen()
        if found.state == "answered":
            self._apply(LegAnswered(worker=live.line.worker, at=at, leg_id=live.customer_leg))
        elif found.state == "ringing":
            self._apply(LegRinging(worker=live.line.worker, at=at, leg_id=live.customer_leg, sip_status=180))
        if live.agent_id is not None:
            self._apply(AgentJoined(at=at, agent_id=live.agent_id))
        if live.state is CallState.CONNECTED:
            self._limit_length(live.call.connected_at or at)
        elif live.state in DIALLING:
            live.deadlines.set(Deadline.RING_OVER, board.clock.monotonic() + live.limits.ring_time_s + RING_REPORT_S)
            await self._check_cover()
        elif live.state is CallState.MACHINE:
            await self._go_on_alone()
        elif live.call.safe_harbour_at is not None:
            await self._hear_out()
        else:
            await self._serve(live.call.answered_at or at)
        await self._catch_up()

    async def _hear_out(self) -> None:
        """The message went on without us."""
        live, board = self._live, self._board
        live.message_asked = True
        if live.message_over:
            await self._time_for_key()
        else:
            live.deadlines.set(Deadline.GOODBYE, board.clock.monotonic() + LONGEST_MESSAGE_S)

    # the end
    async def _ended(self, event: LegEnded) -> None:
        live = self._live
        if live.deadlines.at(Deadline.BRIDGED) is not None:
            await self._confirm_bridge(event.at)
        self._board.trunks.ended(live.line.trunk, event)
        self._finish(event)

    async def _end_unreported(self) -> None:
        live = self._live
        log.warning("leg_end_unreported", attempt_id=live.attempt_id)
        self._board.trunks.abandoned(live.line.trunk)
        if live.state is CallState.CONNECTED:
            outcome = AttemptOutcome.HUMAN
        else:
            outcome = AttemptOutcome.CANCELLED if live.state in DIALLING else AttemptOutcome.ABANDONED
        self._give_up(outcome, "end_unreported")

    async def _worker_gone(self, note: WorkerIsGone) -> None:
        self._board.trunks.abandoned(self._live.line.trunk)
        self._live.agent_leg = None
        self._give_up(AttemptOutcome.LOST, note.reason or "worker_lost")

    async def _known(self, _: Adopted) -> None:
        """A worker that came back speaks for a call that was never in doubt."""
        self._live.call.noise += 1

    async def _unknown(self, note: Unknown) -> None:
        self._give_up(AttemptOutcome.LOST, note.reason)

    async def _engine_stops(self, _: EngineStops) -> None:
        await self._hang_up_customer(HangupReason.SHUTDOWN)

    async def _stray_agent(self, event: LegEvent) -> None:
        """A phone that was given up and answers late."""
        self._live.call.noise += 1
        if isinstance(event, LegAnswered):
            await self._board.tell(self._board.telephony.hang_up(event.leg_id, HangupReason.CANCELLED))


Handler = Callable[[CallTask, Any], Awaitable[None]]
_CUSTOMER: Final[Mapping[type[LegEvent], Handler]] = {
    LegPlaced: CallTask._placed,
    LegRinging: CallTask._ringing,
    LegAnswered: CallTask._answered,
    LegEnded: CallTask._ended,
    LegsBridged: CallTask._bridged,
    PlaybackStarted: CallTask._began,
    PlaybackFinished: CallTask._played,
    DtmfReceived: CallTask._pressed,
    LegScreened: CallTask._screened,
    GreetingOver: CallTask._greeted,
}
_AGENT: Final[Mapping[type[LegEvent], Handler]] = {
    LegAnswered: CallTask._agent_answered,
    LegEnded: CallTask._agent_ended,
}
_NOTES: Final[Mapping[type[object], Handler]] = {
    AgentsChanged: CallTask._agents_changed,
    WorkerIsGone: CallTask._worker_gone,
    HangUpAsked: CallTask._hang_up_asked,
    NotWanted: CallTask._not_wanted,
    PersonMarked: CallTask._person_marked,
    Unknown: CallTask._unknown,
    EngineStops: CallTask._engine_stops,
    Adopted: CallTask._known,
}
_DEADLINES: Final[Mapping[Deadline, Callable[[CallTask], Awaitable[None]]]] = {
    Deadline.RING_OVER: CallTask._ring_unreported,
    Deadline.RING_CHECK: CallTask._check_cover,
    Deadline.AGENT_ANSWER: CallTask._agent_silent,
    Deadline.MESSAGE: CallTask._safe_harbour,
    Deadline.VERDICT: CallTask._let_through,
    Deadline.GREETING: CallTask._no_message,
    Deadline.VOICEMAIL: CallTask._no_message,
    Deadline.GOODBYE: CallTask._goodbye,
    Deadline.BRIDGED: CallTask._confirm_bridge,
    Deadline.NEARS_LONGEST: CallTask._nears_longest,
    Deadline.LONGEST: CallTask._longest,
    Deadline.END: CallTask._end_unreported,
}
