"""One customer's call: takes its letters and deadlines in order, moves the machine, carries out what follows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import structlog

from campaigns.inbound import InboundOutcome
from dialer.domain.call import AgentJoined, NobodyFree
from dialer.domain.ids import agent_of
from dialer.domain.inbound import UNSERVED, InboundState
from dialer.engine.deadlines import Deadline
from dialer.engine.inbound_close import attached, conclude
from dialer.engine.inbound_regret import NOBODY_RESPONDS, InboundRegret
from dialer.engine.mailbox import (
    Adopted,
    AgentsChanged,
    EngineStops,
    HangUpAsked,
    Letter,
    Unknown,
    WorkerIsGone,
)
from sip.commands import HangupReason
from sip.events import LegAnswered, LegEnded, LegEvent, LegsBridged, PlaybackFinished

log = structlog.get_logger(__name__)


class InboundTask(InboundRegret):
    async def run(self) -> None:
        """To the call's end, whatever happens. Cancelled (the engine leaves), the call stays as it is."""
        try:
            if self._found:
                await self._come_back()
            else:
                await self._serve()
            while not self._live.call.over:
                letter = await self._live.mailbox.next(self._live.deadlines.first())
                if letter is not None:
                    await self._read(letter)
                else:
                    await self._deadline_over()
        except Exception:
            log.exception("inbound_task_failed", inbound_id=self._live.attempt_id)
            self.bug = True
            self._give_up(InboundOutcome.LOST, "internal_error")
        receipt, self._receipt = self._receipt, None
        sound = await conclude(self._live, self._board, self._settings, self._end, receipt, hang_up=self.bug)
        self.bug = self.bug or not sound

    async def _serve(self) -> None:
        live, board = self._live, self._board
        live.deadlines.set(Deadline.QUEUE, board.loop_time(live.call.arrived_at) + self._settings.wait_s)
        await self._seek()

    async def _seek(self) -> None:
        if not await self._hunt.seek() and self._live.state is InboundState.RINGING:
            self._apply(NobodyFree(at=self._board.clock.now()))

    # what arrives
    async def _read(self, letter: Letter) -> None:
        self._receipt = letter.settle
        content = letter.content
        if isinstance(content, LegEvent):
            await self._leg_event(content)
        else:
            await _NOTES[type(content)](self, content)
        if not self._live.call.over:
            receipt, self._receipt = self._receipt, None
            self._board.journal.append([], receipt)

    async def _leg_event(self, event: LegEvent) -> None:
        if event.leg_id == self._live.customer_leg:
            await _CALLER.get(type(event), InboundTask._noise)(self, event)
        elif event.leg_id == self._live.agent_leg:
            await _AGENT.get(type(event), InboundTask._noise)(self, event)
        else:
            await self._stray_agent(event)

    async def _deadline_over(self) -> None:
        deadline = self._live.deadlines.due(self._board.clock.monotonic())
        if deadline is not None:
            await _DEADLINES[deadline](self)

    async def _picked_up(self, event: LegAnswered) -> None:
        """Our answer has reached the caller."""
        live = self._live
        self._apply(event)
        if live.state is InboundState.REGRETTED:
            await self._say_sorry()
        elif live.agent_leg is not None and not live.leaving and not await self._hunt.bridge():
            await self._nobody_any_more()

    async def _agent_answered(self, _: LegAnswered) -> None:
        if self._live.state in UNSERVED and not self._live.leaving and not await self._hunt.ready():
            await self._nobody_any_more()

    async def _agent_ended(self, event: LegEnded) -> None:
        live = self._live
        if live.leaving:
            live.agent_leg = None
        elif live.call.answered_at is None and live.deadlines.at(Deadline.BRIDGED) is None:
            if not await self._hunt.phone_ended(event):
                await self._nobody_any_more()
        else:
            await self._confirm_bridge()
            live.agent_leg = None
            await self._hang_up(HangupReason.NORMAL)

    async def _agent_silent(self) -> None:
        if not await self._hunt.phone_silent():
            await self._nobody_any_more()

    async def _nobody_any_more(self) -> None:
        """He waits on; where he was answered already, he waits in silence and not for long."""
        if self._live.state is InboundState.RINGING:
            self._apply(NobodyFree(at=self._board.clock.now()))

    async def _agents_changed(self, _: AgentsChanged) -> None:
        if self._live.wants_agent:
            await self._seek()

    # joined
    async def _bridged(self, event: LegsBridged) -> None:
        if event.other_leg_id == self._live.agent_leg:
            await self._join(event)

    async def _confirm_bridge(self) -> None:
        if self._live.call.answered_at is None:
            await self._join(None)

    async def _join(self, event: LegsBridged | None) -> None:
        live, board = self._live, self._board
        now = event.at if event is not None else board.clock.now()
        live.deadlines.clear(Deadline.BRIDGED, Deadline.QUEUE, Deadline.AGENT_ANSWER)
        if live.agent_id is None or not self._apply(AgentJoined(at=now, agent_id=live.agent_id)):
            return
        board.agents.connect(live.agent_id, live.attempt_id)
        board.journal.append(attached(live, now))
        live.deadlines.set(Deadline.LONGEST, board.loop_time(now) + live.campaign.settings.longest_call_s)
        await self._hunt.joined()
        await board.recordings.start(live)

    # the end
    async def _ended(self, event: LegEnded) -> None:
        if self._live.deadlines.at(Deadline.BRIDGED) is not None:
            await self._confirm_bridge()
        self._finish(event)

    async def _end_unreported(self) -> None:
        log.warning("leg_end_unreported", inbound_id=self._live.attempt_id)
        talked = self._live.call.answered_at is not None
        self._give_up(InboundOutcome.ANSWERED if talked else InboundOutcome.MISSED, "end_unreported")

    async def _longest(self) -> None:
        await self._hang_up(HangupReason.LONGEST_CALL)

    async def _hang_up_asked(self, _: HangUpAsked) -> None:
        await self._part()

    async def _engine_stops(self, _: EngineStops) -> None:
        await self._part()

    async def _part(self) -> None:
        if self._live.call.picked_up_at is None:
            await self._reject(*NOBODY_RESPONDS)
        else:
            await self._hang_up(HangupReason.NORMAL)

    async def _worker_gone(self, note: WorkerIsGone) -> None:
        self._live.agent_leg = None
        self._give_up(InboundOutcome.LOST, note.reason or "worker_lost")

    async def _unknown(self, note: Unknown) -> None:
        self._give_up(InboundOutcome.LOST, note.reason)

    async def _known(self, _: Adopted) -> None:
        self._live.call.noise += 1

    async def _stray_agent(self, event: LegEvent) -> None:
        """A phone that was given up and answers late."""
        self._live.call.noise += 1
        if isinstance(event, LegAnswered):
            await self._board.tell(self._board.telephony.hang_up(event.leg_id, HangupReason.CANCELLED))

    # after a restart
    async def _come_back(self) -> None:
        """Until a worker has spoken for this call its events only bring the machine up to date."""
        live = self._live
        while not live.call.over:
            letter = await live.mailbox.next(None)
            assert letter is not None
            self._receipt = letter.settle
            if isinstance(letter.content, Adopted):
                await self._resume(letter.content)
                return
            await self._replayed(letter.content)
            if not live.call.over:
                receipt, self._receipt = self._receipt, None
                self._board.journal.append([], receipt)

    async def _replayed(self, content: object) -> None:
        live = self._live
        match content:
            case LegEnded(leg_id=leg_id) if leg_id == live.customer_leg:
                self._finish(content)
            case LegAnswered(leg_id=leg_id) if leg_id == live.customer_leg:
                self._apply(content)
            case LegsBridged(leg_id=leg_id, other_leg_id=other) if leg_id == live.customer_leg and agent_of(other):
                live.agent_id = live.agent_id or agent_of(other)
                self._apply(AgentJoined(at=content.at, agent_id=agent_of(other) or ""))
            case WorkerIsGone() | Unknown() | EngineStops() | HangUpAsked():
                await _NOTES[type(content)](self, content)

    async def _resume(self, found: Adopted) -> None:
        live, board = self._live, self._board
        if found.state == "answered" and live.call.picked_up_at is None:
            self._apply(LegAnswered(worker=live.line.worker, at=found.at, leg_id=live.customer_leg))
        if live.agent_id is not None:
            self._apply(AgentJoined(at=found.at, agent_id=live.agent_id))
        if live.state is InboundState.CONNECTED:
            since = board.loop_time(live.call.answered_at or found.at)
            live.deadlines.set(Deadline.LONGEST, since + live.campaign.settings.longest_call_s)
        else:
            await self._serve()


Handler = Callable[[InboundTask, Any], Awaitable[None]]
_CALLER: Final[Mapping[type[LegEvent], Handler]] = {
    LegAnswered: InboundTask._picked_up,
    LegEnded: InboundTask._ended,
    LegsBridged: InboundTask._bridged,
    PlaybackFinished: InboundTask._played,
}
_AGENT: Final[Mapping[type[LegEvent], Handler]] = {
    LegAnswered: InboundTask._agent_answered,
    LegEnded: InboundTask._agent_ended,
}
_NOTES: Final[Mapping[type[object], Handler]] = {
    AgentsChanged: InboundTask._agents_changed,
    WorkerIsGone: InboundTask._worker_gone,
    HangUpAsked: InboundTask._hang_up_asked,
    Unknown: InboundTask._unknown,
    EngineStops: InboundTask._engine_stops,
    Adopted: InboundTask._known,
}
_DEADLINES: Final[Mapping[Deadline, Callable[[InboundTask], Awaitable[None]]]] = {
    Deadline.AGENT_ANSWER: InboundTask._agent_silent,
    Deadline.QUEUE: InboundTask._waited_enough,
    Deadline.GOODBYE: InboundTask._goodbye,
    Deadline.BRIDGED: InboundTask._confirm_bridge,
    Deadline.LONGEST: InboundTask._longest,
    Deadline.END: InboundTask._end_unreported,
}
