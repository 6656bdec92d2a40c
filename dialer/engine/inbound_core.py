"""What every phase of a customer's call does with its machine, its leg and its journal."""

from __future__ import annotations

from collections.abc import Callable

from campaigns.inbound import InboundOutcome
from dialer.domain.events import InboundEvent
from dialer.domain.inbound import InboundGivenUp, InboundSignal
from dialer.engine.deadlines import Deadline
from dialer.engine.inbound_hunt import InboundHunt
from dialer.engine.inbound_settings import InboundSettings
from dialer.engine.live_inbound import LiveInbound
from dialer.engine.mailbox import Settle
from dialer.engine.switchboard import Switchboard
from sip.commands import HangupReason
from sip.events import LegEnded, LegEvent


class InboundCore:
    def __init__(
        self, live: LiveInbound, board: Switchboard, settings: InboundSettings,
        choose: Callable[[LiveInbound], str | None], *, found: bool = False,
    ) -> None:  # fmt: skip
        """`found`: the call outlived an earlier engine."""
        self._live, self._board, self._settings, self._found = live, board, settings, found
        self._hunt = InboundHunt(live, board, choose, settings.agent_answer_s)
        self._receipt: Settle | None = None
        self._end: list[InboundEvent] = []
        self.bug = False

    async def _hang_up(self, reason: HangupReason) -> None:
        self._leave()
        await self._board.tell(self._board.telephony.hang_up(self._live.customer_leg, reason))

    async def _reject(self, status: int, q850: int) -> None:
        self._leave()
        await self._board.tell(self._board.telephony.reject(self._live.customer_leg, status, q850=q850))

    def _leave(self) -> None:
        live, board = self._live, self._board
        live.leaving = True
        live.deadlines.clear_all()
        live.deadlines.set(Deadline.END, board.clock.monotonic() + board.settings.end_confirmation_s)

    async def _noise(self, _: LegEvent) -> None:
        self._live.call.noise += 1

    def _apply(self, signal: InboundSignal) -> bool:
        """Whether it moved anything that is to be told."""
        before = self._live.call.state
        events = self._live.call.apply(signal)
        self._board.journal.append(events)
        return self._live.call.state is not before

    def _give_up(self, outcome: InboundOutcome, reason: str) -> None:
        self._finish(InboundGivenUp(at=self._board.clock.now(), outcome=outcome, reason=reason))

    def _finish(self, signal: LegEnded | InboundGivenUp) -> None:
        """The last event waits for what it means for the lead: both are written in one transaction."""
        self._end.extend(self._live.call.apply(signal))
