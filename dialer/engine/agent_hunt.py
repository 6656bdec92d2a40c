"""An answered customer is joined with an agent: the reserved one, else the one who has waited longest; a phone that
does not answer in time costs that agent his turn and not the customer his call."""

from __future__ import annotations

from dialer.domain.call import CallState
from dialer.domain.ids import agent_leg
from dialer.engine.deadlines import Deadline
from dialer.engine.live_call import LiveCall
from dialer.engine.open_legs import phone_order
from dialer.engine.sounds import beep
from dialer.engine.switchboard import Switchboard
from sip.causes import Origin
from sip.commands import HangupReason
from sip.errors import BadDestination, UnknownTrunk
from sip.events import LegEnded

BRIDGE_GRACE_S = 0.25


class AgentHunt:
    def __init__(self, live: LiveCall, board: Switchboard) -> None:
        self._live, self._board = live, board
        self._called_at = 0.0  # loop time at which the agent's phone was called

    async def seek(self) -> bool:
        """True when an agent is being joined; False when nobody can take the customer now."""
        live = self._live
        while live.state is not CallState.ENDED:
            live.offered = False
            if live.agent_id is not None and not self._board.agents.holds(live.agent_id, live.attempt_id):
                live.agent_id = None  # he left, or his phone failed, while the customer's rang
            agent_id = live.agent_id or self._board.find_agent(live)
            if agent_id is None:
                return False
            if live.agent_id is None:
                live.agent_id = agent_id  # first: a reservation is a change that others hear of
                self._board.agents.reserve(agent_id, live.attempt_id)
            if await self._reach(agent_id):
                return True
        return False

    async def answered(self) -> bool:
        """The agent's phone is up."""
        return await self._bridge() or await self.seek()

    async def phone_ended(self, event: LegEnded) -> bool:
        """The agent's leg ended before the bridge."""
        live, cause = self._live, event.cause
        live.agent_leg = None
        if cause.origin is Origin.US:
            self._let_go()
        else:
            self._blame(f"phone: {cause.text or cause.sip_status or 'no answer'}")
        return await self.seek()

    async def phone_silent(self) -> bool:
        """The agent's phone had its time."""
        await self._give_up_phone()
        return await self.seek()

    async def withdraw(self) -> None:
        """The customer is lost to the message: the agent, if one was being called, is not needed any more."""
        if self._live.agent_id is not None:
            await self._give_up_phone()

    async def stand_down(self) -> None:
        """The agent was kept for a call that needs none; his phone did nothing wrong."""
        await self._hang_up_phone()
        if self._live.agent_id is not None:
            self._let_go()

    async def joined(self) -> None:
        """Both hear each other."""
        if self._live.always_open and self._live.agent_leg is not None:
            sound = f"{self._live.attempt_id}.beep"
            await self._board.tell(self._board.telephony.play(sound, self._live.agent_leg, beep(self._board.settings)))

    async def _reach(self, agent_id: str) -> bool:
        """His open leg, or his phone is called. False when that failed at once."""
        live, board = self._live, self._board
        leg = board.open_legs.leg(agent_id)
        if leg is not None and board.open_legs.worker(agent_id) == live.line.worker:
            live.agent_leg, live.always_open = leg, True
            return await self._bridge()
        return await self._call_phone(agent_id)

    async def _call_phone(self, agent_id: str) -> bool:
        live, board = self._live, self._board
        agent = board.agents.agent(agent_id)
        leg = agent_leg(live.attempt_id, agent_id)
        live.agent_leg, live.always_open = leg, False
        self._called_at = board.clock.monotonic()
        patience = self._patience()
        order = phone_order(agent, leg, leg, patience + 1.0, live.number)
        error = await board.tell(board.telephony.place(live.line.worker, order))
        if error is None:
            live.deadlines.set(Deadline.AGENT_ANSWER, self._called_at + patience)
            return True
        live.agent_leg = None
        if isinstance(error, BadDestination | UnknownTrunk):
            self._blame(f"phone: {error}")
        else:
            self._let_go()
        return False

    async def _bridge(self) -> bool:
        live, board = self._live, self._board
        assert live.agent_leg is not None
        live.deadlines.clear(Deadline.AGENT_ANSWER)
        if live.held:
            live.phone_up = live.agent_leg
            return True
        error = await board.tell(board.telephony.bridge(live.customer_leg, live.agent_leg))
        if error is None:
            live.deadlines.clear(Deadline.MESSAGE)
            live.deadlines.set(Deadline.BRIDGED, board.clock.monotonic() + BRIDGE_GRACE_S)
            return True
        await self._hang_up_phone()
        self._let_go()
        return False

    async def _give_up_phone(self) -> None:
        """A phone that had the time to answer has failed; one that was called too late has not."""
        called = self._live.agent_leg is not None and not self._live.always_open
        patience = self._board.clock.monotonic() - self._called_at
        await self._hang_up_phone()
        if called and patience >= self._board.settings.agent_answer_s - 0.01:
            self._blame("phone did not answer")
        else:
            self._let_go()

    async def _hang_up_phone(self) -> None:
        """An open leg stays."""
        live = self._live
        live.deadlines.clear(Deadline.AGENT_ANSWER)
        leg, live.agent_leg = live.agent_leg, None
        if leg is not None and not live.always_open:
            await self._board.tell(self._board.telephony.hang_up(leg, HangupReason.CANCELLED))

    def _patience(self) -> float:
        """Until the message; where somebody else could be tried, half of that, but never less than a phone needs."""
        live, board = self._live, self._board
        message_at = live.deadlines.at(Deadline.MESSAGE)
        left = max((message_at or 0.0) - board.clock.monotonic(), 0.0)
        if board.find_agent(live) is None:
            return left
        return min(left, max(left / 2, board.settings.agent_answer_s))

    def _blame(self, reason: str) -> None:
        agent_id = self._part()
        if agent_id is not None:
            self._board.agents.phone_failed(agent_id, reason)

    def _let_go(self) -> None:
        agent_id = self._part()
        if agent_id is not None:
            self._board.agents.free(agent_id, self._live.attempt_id)

    def _part(self) -> str | None:
        live = self._live
        agent_id, live.agent_id, live.offered = live.agent_id, None, False
        if agent_id is not None:
            live.tried |= {agent_id}
        return agent_id
