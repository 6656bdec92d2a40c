"""A caller is joined with an agent: the one who knows him, else the one who has waited longest. The agent's phone is
called while the caller still hears it ring; he is answered when somebody is there."""

from __future__ import annotations

from collections.abc import Callable

from dialer.domain.ids import agent_leg
from dialer.engine.deadlines import Deadline
from dialer.engine.live_inbound import LiveInbound
from dialer.engine.open_legs import phone_order
from dialer.engine.sounds import beep
from dialer.engine.switchboard import Switchboard
from sip.causes import Origin
from sip.commands import HangupReason
from sip.errors import BadDestination, UnknownTrunk
from sip.events import LegEnded

BRIDGE_GRACE_S = 0.25


class InboundHunt:
    def __init__(
        self, live: LiveInbound, board: Switchboard, choose: Callable[[LiveInbound], str | None], answer_s: float
    ) -> None:
        self._live, self._board, self._choose, self._answer_s = live, board, choose, answer_s

    async def seek(self) -> bool:
        """True when an agent is being joined; False when nobody can take the caller now."""
        live = self._live
        while not live.call.over and not live.leaving:
            agent_id = self._choose(live)
            if agent_id is None:
                return False
            self._board.agents.reserve(agent_id, live.attempt_id)
            live.agent_id = agent_id
            if await self._reach(agent_id):
                return True
        return False

    async def ready(self) -> bool:
        """The agent is on his phone: the caller is answered, and joined once that is settled."""
        self._live.deadlines.clear(Deadline.AGENT_ANSWER)
        if self._live.call.picked_up_at is not None:
            return await self.bridge()
        error = await self._board.tell(self._board.telephony.answer(self._live.customer_leg))
        if error is None:
            return True
        await self.drop_phone()
        self.let_go()
        return False

    async def bridge(self) -> bool:
        live, board = self._live, self._board
        assert live.agent_leg is not None
        error = await board.tell(board.telephony.bridge(live.customer_leg, live.agent_leg))
        if error is None:
            live.deadlines.set(Deadline.BRIDGED, board.clock.monotonic() + BRIDGE_GRACE_S)
            return True
        await self.drop_phone()
        self.let_go()
        return await self.seek()

    async def phone_ended(self, event: LegEnded) -> bool:
        """The agent's leg ended before the two were joined."""
        live, cause = self._live, event.cause
        live.agent_leg = None
        live.deadlines.clear(Deadline.AGENT_ANSWER)
        if cause.origin is Origin.US:
            self.let_go()
        else:
            self.blame(f"phone: {cause.text or cause.sip_status or 'no answer'}")
        return await self.seek()

    async def phone_silent(self) -> bool:
        await self.drop_phone()
        self.blame("phone did not answer")
        return await self.seek()

    async def joined(self) -> None:
        if self._live.always_open and self._live.agent_leg is not None:
            sound = f"{self._live.attempt_id}.beep"
            await self._board.tell(self._board.telephony.play(sound, self._live.agent_leg, beep(self._board.settings)))

    async def drop_phone(self) -> None:
        """An open leg stays."""
        live = self._live
        live.deadlines.clear(Deadline.AGENT_ANSWER)
        leg, live.agent_leg = live.agent_leg, None
        if leg is not None and not live.always_open:
            await self._board.tell(self._board.telephony.hang_up(leg, HangupReason.CANCELLED))

    def blame(self, reason: str) -> None:
        """He is paused by it: once he is ready again he may be tried again."""
        agent_id, self._live.agent_id = self._live.agent_id, None
        if agent_id is not None:
            self._board.agents.phone_failed(agent_id, reason)

    def let_go(self) -> None:
        agent_id, self._live.agent_id = self._live.agent_id, None
        if agent_id is not None:
            self._live.tried |= {agent_id}
            self._board.agents.free(agent_id, self._live.attempt_id)

    async def _reach(self, agent_id: str) -> bool:
        live, board = self._live, self._board
        leg = board.open_legs.leg(agent_id)
        if leg is not None and board.open_legs.worker(agent_id) == live.line.worker:
            live.agent_leg, live.always_open = leg, True
            return await self.ready()
        return await self._call_phone(agent_id)

    async def _call_phone(self, agent_id: str) -> bool:
        live, board = self._live, self._board
        leg = agent_leg(live.attempt_id, agent_id)
        live.agent_leg, live.always_open = leg, False
        order = phone_order(board.agents.agent(agent_id), leg, leg, self._answer_s + 1.0, live.caller)
        error = await board.tell(board.telephony.place(live.line.worker, order))
        if error is None:
            live.deadlines.set(Deadline.AGENT_ANSWER, board.clock.monotonic() + self._answer_s)
            return True
        live.agent_leg = None
        if isinstance(error, BadDestination | UnknownTrunk):
            self.blame(f"phone: {error}")
        else:
            self.let_go()
        return False
