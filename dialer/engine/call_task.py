"""One call's task: takes its letters and deadlines in order, moves the machine, carries out what follows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from campaigns.attempt import AttemptOutcome
from dialer.domain.call import (
    DIALLING,
    AgentJoined,
    CallGivenUp,
    CallState,
    NobodyFree,
    SafeHarbourBegan,
    Signal,
)  # fmt: skip
from dialer.domain.events import CallNearsLimit, DomainEvent
from dialer.domain.ids import agent_of
from dialer.engine.agent_hunt import AgentHunt
from dialer.engine.call_close import conclude
from dialer.engine.deadlines import Deadline
from dialer.engine.live_call import LiveCall
from dialer.engine.mailbox import (
    Adopted,
    AgentsChanged,
    EngineStops,
    HangUpAsked,
    Letter,
    Settle,
    Unknown,
    WorkerIsGone,
)
from dialer.engine.sounds import safe_harbour
from dialer.engine.switchboard import Switchboard
from sip.commands import HangupReason, PlaceLeg
from sip.errors import LineBusy, RateLimited, TelephonyError, UnknownTrunk, WorkerGone
from sip.events import LegAnswered, LegEnded, LegEvent, LegPlaced, LegRinging, LegsBridged, PlaybackFinished

log = structlog.get_logger(__name__)

RING_REPORT_S: Final = 10.0  # after the ring time the worker should long have ended the leg
LONGEST_MESSAGE_S: Final = 30.0
_NO_ROOM: Final = (LineBusy, RateLimited, UnknownTrunk)


class CallTask:
    def __init__(self, live: LiveCall, board: Switchboard, order: PlaceLeg | None = None) -> None:
        """Without an `order` the call was found alive."""
        self._live, self._board, self._order = live, board, order
        self._hunt = AgentHunt(live, board)
        self._receipt: Settle | None = None
        self._end: list[DomainEvent] = []
        self.bug = False

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
            case LegPlaced() | LegRinging() | LegAnswered() if content.leg_id == live.customer_leg:
                self._apply(content)
            case LegsBridged(leg_id=leg_id, other_leg_id=other) if leg_id == live.customer_leg and agent_of(other):
                self._apply(AgentJoined(at=content.at, agent_id=agent_of(other) or ""))
            case WorkerIsGone() | Unknown() | EngineStops() | HangUpAsked():
                await _NOTES[type(content)](self, content)

    async def _resume(self, found: Adopted) -> None:
        """What the replay did not tell, by what the worker holds; then on from there."""
        live, board, at = self._live, self._board, found.at
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
        else:
            await self._serve(live.call.answered_at or at)

    # dialling
    async def _dial(self, order: PlaceLeg) -> None:
        live, board = self._live, self._board
        if board.uncovered(live):
            board.trunks.abandoned(live.line.trunk)
            self._give_up(AttemptOutcome.CANCELLED, "agent_left")
            return
        ring_over = board.clock.monotonic() + order.ring_time_s + RING_REPORT_S
        live.deadlines.set(Deadline.RING_OVER, ring_over)
        error = await board.tell(board.telephony.place(live.line.worker, order))
        if error is None or isinstance(error, WorkerGone):
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
        elif live.state is CallState.WAITING and live.wants_agent:
            await self._hunt.seek()

    async def _check_cover(self) -> None:
        """Too many calls for the agents left: this one is cancelled, but nobody's phone rings shorter than it must."""
        live, board = self._live, self._board
        live.deadlines.clear(Deadline.RING_CHECK)
        if live.state not in DIALLING or live.leaving or not (live.stopped or board.uncovered(live)):
            return
        since = live.call.ringing_at or live.call.placed_at
        rung_enough = board.loop_time(since) + live.limits.min_ring_s
        if rung_enough > board.clock.monotonic():
            live.deadlines.set(Deadline.RING_CHECK, rung_enough)
            return
        await self._hang_up_customer(HangupReason.CANCELLED)

    async def _ring_unreported(self) -> None:
        log.warning("ring_end_unreported", attempt_id=self._live.attempt_id)
        await self._hang_up_customer(HangupReason.RING_TIMEOUT)

    # answered
    async def _answered(self, event: LegAnswered) -> None:
        live, board = self._live, self._board
        if not self._apply(event) or live.leaving:
            return
        board.trunks.rang(live.line.trunk)
        live.deadlines.clear(Deadline.RING_OVER, Deadline.RING_CHECK)
        await self._serve(event.at)

    async def _serve(self, answered_at: datetime) -> None:
        """The abandon clock runs from the answer."""
        live, board = self._live, self._board
        limit = live.limits.abandon_limit_s - board.settings.message_before_limit_s
        live.deadlines.set(Deadline.MESSAGE, board.loop_time(answered_at) + limit)
        if not await self._hunt.seek():
            self._nobody_free()

    def _nobody_free(self) -> None:
        if self._live.state is CallState.ANSWERED:
            self._apply(NobodyFree(at=self._board.clock.now()))

    async def _agent_answered(self, _: LegAnswered) -> None:
        live = self._live
        if live.call.connected_at is None and not live.leaving and not await self._hunt.answered():
            self._nobody_free()

    async def _agent_silent(self) -> None:
        if not await self._hunt.phone_silent():
            self._nobody_free()

    async def _agent_ended(self, event: LegEnded) -> None:
        """Before the conversation the phone failed; in it the agent hung up."""
        live = self._live
        if live.leaving:
            live.agent_leg = None
        elif live.call.connected_at is None and live.deadlines.at(Deadline.BRIDGED) is None:
            if not await self._hunt.phone_ended(event):
                self._nobody_free()
        else:
            await self._confirm_bridge()
            live.agent_leg = None
            await self._hang_up_customer(HangupReason.NORMAL)

    async def _safe_harbour(self) -> None:
        live, board = self._live, self._board
        await self._hunt.withdraw()
        now, limit = board.clock.monotonic(), board.settings.message_before_limit_s
        self._apply(SafeHarbourBegan(at=board.clock.now()))
        message = safe_harbour(live.campaign.settings, board.settings)
        error = await board.tell(board.telephony.play(f"{live.attempt_id}.message", live.customer_leg, message))
        live.deadlines.set(Deadline.GOODBYE, now + (limit if error else LONGEST_MESSAGE_S))

    async def _played(self, event: PlaybackFinished) -> None:
        if event.playback_id == f"{self._live.attempt_id}.message":
            await self._goodbye()

    async def _goodbye(self) -> None:
        self._live.deadlines.clear(Deadline.GOODBYE)
        await self._hang_up_customer(HangupReason.ABANDONED)

    # connected
    async def _bridged(self, event: LegsBridged) -> None:
        if event.other_leg_id == self._live.agent_leg:
            await self._join(event.at)

    async def _confirm_bridge(self) -> None:
        """The worker took the bridge and has not said so yet: it holds."""
        if self._live.call.connected_at is None:
            await self._join(self._board.clock.now())

    async def _join(self, at: datetime) -> None:
        live, board = self._live, self._board
        live.deadlines.clear(Deadline.BRIDGED, Deadline.MESSAGE)
        if live.agent_id is None or not self._apply(AgentJoined(at=at, agent_id=live.agent_id)):
            return
        board.agents.connect(live.agent_id, live.attempt_id)
        self._limit_length(at)
        await self._hunt.joined()
        await board.recordings.start(live)

    def _limit_length(self, since: datetime) -> None:
        live, board = self._live, self._board
        longest = board.loop_time(since) + live.campaign.settings.longest_call_s
        live.deadlines.set(Deadline.LONGEST, longest)
        if live.campaign.settings.longest_call_s > board.settings.longest_warning_s:
            live.deadlines.set(Deadline.NEARS_LONGEST, longest - board.settings.longest_warning_s)

    async def _nears_longest(self) -> None:
        call, now = self._live.call, self._board.clock.now()
        self._board.journal.append(
            [
                CallNearsLimit(
                    occurred_at=now,
                    attempt_id=call.attempt_id,
                    campaign_id=call.campaign_id,
                    lead_id=call.lead_id,
                    ends_at=now + timedelta(seconds=self._board.settings.longest_warning_s),
                )
            ]
        )

    async def _longest(self) -> None:
        await self._hang_up_customer(HangupReason.LONGEST_CALL)

    async def _hang_up_asked(self, _: HangUpAsked) -> None:
        reason = HangupReason.CANCELLED if self._live.state in DIALLING else HangupReason.NORMAL
        await self._hang_up_customer(reason)

    # the end
    async def _ended(self, event: LegEnded) -> None:
        live = self._live
        if live.deadlines.at(Deadline.BRIDGED) is not None:
            await self._confirm_bridge()
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

    async def _hang_up_customer(self, reason: HangupReason) -> None:
        live, board = self._live, self._board
        live.leaving = True
        live.deadlines.clear_all()
        live.deadlines.set(Deadline.END, board.clock.monotonic() + board.settings.end_confirmation_s)
        await board.tell(board.telephony.hang_up(live.customer_leg, reason))

    def _give_up(self, outcome: AttemptOutcome, reason: str) -> None:
        self._finish(CallGivenUp(at=self._board.clock.now(), outcome=outcome, reason=reason))

    def _finish(self, signal: LegEnded | CallGivenUp) -> None:
        """The last event waits for what it means for the lead: both are written in one transaction."""
        self._end.extend(self._live.call.apply(signal))

    def _apply(self, signal: Signal) -> bool:
        """Whether it changed anything."""
        events = self._live.call.apply(signal)
        self._board.journal.append(events)
        return bool(events)

    def _take_receipt(self) -> Settle | None:
        receipt, self._receipt = self._receipt, None
        return receipt

    async def _noise(self, _: LegEvent) -> None:
        self._live.call.noise += 1

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
    PlaybackFinished: CallTask._played,
}
_AGENT: Final[Mapping[type[LegEvent], Handler]] = {
    LegAnswered: CallTask._agent_answered,
    LegEnded: CallTask._agent_ended,
}
_NOTES: Final[Mapping[type[object], Handler]] = {
    AgentsChanged: CallTask._agents_changed,
    WorkerIsGone: CallTask._worker_gone,
    HangUpAsked: CallTask._hang_up_asked,
    Unknown: CallTask._unknown,
    EngineStops: CallTask._engine_stops,
    Adopted: CallTask._known,
}
_DEADLINES: Final[Mapping[Deadline, Callable[[CallTask], Awaitable[None]]]] = {
    Deadline.RING_OVER: CallTask._ring_unreported,
    Deadline.RING_CHECK: CallTask._check_cover,
    Deadline.AGENT_ANSWER: CallTask._agent_silent,
    Deadline.MESSAGE: CallTask._safe_harbour,
    Deadline.GOODBYE: CallTask._goodbye,
    Deadline.BRIDGED: CallTask._confirm_bridge,
    Deadline.NEARS_LONGEST: CallTask._nears_longest,
    Deadline.LONGEST: CallTask._longest,
    Deadline.END: CallTask._end_unreported,
}
