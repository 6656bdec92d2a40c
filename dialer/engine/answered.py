"""The phases from the answer on: an agent is found or the message is played, they talk, and not for ever."""

from __future__ import annotations

from datetime import datetime, timedelta

from dialer.domain.call import DIALLING, AgentJoined
from dialer.domain.events import CallNearsLimit
from dialer.engine.deadlines import Deadline
from dialer.engine.mailbox import HangUpAsked
from dialer.engine.unserved import Unserved
from sip.commands import HangupReason
from sip.events import LegAnswered, LegEnded, LegsBridged


class Answered(Unserved):
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
        live.deadlines.set(Deadline.MESSAGE, board.loop_time(answered_at) + live.limits.message_at_s)
        if not await self._hunt.seek():
            await self._nobody_free()

    async def _agent_answered(self, _: LegAnswered) -> None:
        live = self._live
        if live.call.connected_at is None and not live.leaving and not await self._hunt.answered():
            await self._nobody_free()

    async def _agent_silent(self) -> None:
        if not await self._hunt.phone_silent():
            await self._nobody_free()

    async def _agent_ended(self, event: LegEnded) -> None:
        """Before the conversation the phone failed; in it the agent hung up."""
        live = self._live
        if live.leaving:
            live.agent_leg = None
        elif live.call.connected_at is None and live.deadlines.at(Deadline.BRIDGED) is None:
            if not await self._hunt.phone_ended(event):
                await self._nobody_free()
        else:
            await self._confirm_bridge(event.at)
            live.agent_leg = None
            await self._hang_up_customer(HangupReason.NORMAL)

    async def _bridged(self, event: LegsBridged) -> None:
        if event.other_leg_id == self._live.agent_leg:
            await self._join(event.at)

    async def _confirm_bridge(self, at: datetime | None = None) -> None:
        """The worker took the bridge and has not said so yet: it holds. `at` is what the worker has said since."""
        if self._live.call.connected_at is None:
            await self._join(at or self._board.clock.now())

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
