"""What every phase of a call's task does with its machine, its customer and its journal."""

from __future__ import annotations

from campaigns.attempt import AttemptOutcome
from dialer.domain.call import CallGivenUp, Signal
from dialer.domain.events import CallConnected, DomainEvent
from dialer.engine.agent_hunt import AgentHunt
from dialer.engine.deadlines import Deadline
from dialer.engine.live_call import LiveCall
from dialer.engine.mailbox import Settle
from dialer.engine.switchboard import Switchboard
from sip.commands import HangupReason, PlaceLeg
from sip.events import LegEnded, LegEvent


class CallCore:
    def __init__(self, live: LiveCall, board: Switchboard, order: PlaceLeg | None = None) -> None:
        """Without an `order` the call was found alive."""
        self._live, self._board, self._order = live, board, order
        self._hunt = AgentHunt(live, board)
        self._receipt: Settle | None = None
        self._end: list[DomainEvent] = []
        self.bug = False

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
        for event in events:
            if isinstance(event, CallConnected):
                self._board.connected(event)
        return bool(events)

    def _take_receipt(self) -> Settle | None:
        receipt, self._receipt = self._receipt, None
        return receipt

    async def _noise(self, _: LegEvent) -> None:
        self._live.call.noise += 1
