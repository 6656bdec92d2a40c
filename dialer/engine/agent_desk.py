"""The agents at work: their machines, their commands, their wrap-up deadlines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from dialer.clock import Clock
from dialer.domain.agent import AgentState, LegMode
from dialer.domain.seat import (
    Connect,
    Extend,
    Finish,
    Free,
    GoReady,
    LogIn,
    LogOut,
    Order,
    Pause,
    PhoneFailed,
    Rebook,
    Reserve,
    Resume,
    Seat,
    Stay,
    Wish,
    WrapUpOver,
)  # fmt: skip
from dialer.engine.journal import Journal
from dialer.errors import Invalid, NotFound, WrongState
from dialer.ports import Agent, Store


class AgentDesk:
    """`changed` is called after every change of a state, with the agent's id."""

    def __init__(self, store: Store, journal: Journal, clock: Clock, changed: Callable[[str], None]) -> None:
        self._store, self._journal, self._clock, self._changed = store, journal, clock, changed
        self._seats: dict[str, Seat] = {}
        self._agents: dict[str, Agent] = {}
        self._deadlines_moved = asyncio.Event()
        # Whether a call that was placed for an agent would find none without this one.
        self.needed: Callable[[str], bool] = lambda agent_id: False
        self.talked: Callable[[str, float], None] = lambda agent_id, seconds: None  # told of every conversation

    async def load(self) -> list[Agent]:
        """Also again, once agents, their groups or skills were changed."""
        agents = await self._store.agents()
        for agent in agents:
            self._enter(agent)
        return agents

    async def run(self) -> None:
        """Ends wrap-ups at their deadlines."""
        while True:
            self._deadlines_moved.clear()
            self._end_wrap_ups()
            try:
                async with asyncio.timeout(self._until_next()):
                    await self._deadlines_moved.wait()
            except TimeoutError:
                continue

    # commands
    async def log_in(self, agent_id: str, may_log_in: Callable[[str], None]) -> None:
        """`may_log_in` refuses by raising; who is logged in already is not asked about. Nothing happens in between."""
        await self._known(agent_id)
        if self.seat(agent_id).state is AgentState.LOGGED_OUT:
            may_log_in(agent_id)
            self.apply(agent_id, LogIn(at=self._clock.now()))

    def ready(self, agent_id: str) -> None:
        self.apply(agent_id, GoReady(at=self._clock.now()))

    def pause(self, agent_id: str, reason: str) -> None:
        self._goes(agent_id, Wish(AgentState.PAUSED, reason))

    def log_out(self, agent_id: str) -> None:
        self._goes(agent_id, Wish(AgentState.LOGGED_OUT))

    def let_go(self) -> None:
        """Those who would go and stayed for a call that rings, once they are not needed."""
        for agent_id, seat in tuple(self._seats.items()):
            if seat.state is AgentState.READY and seat.wish is not None and not self.needed(agent_id):
                self._leaves(agent_id, seat.wish)

    def _goes(self, agent_id: str, wish: Wish) -> None:
        seat = self.seat(agent_id)
        if seat.state is not AgentState.READY or not self.needed(agent_id):
            self._leaves(agent_id, wish)
        elif seat.wish is None or seat.wish.state is not AgentState.LOGGED_OUT:
            self.apply(agent_id, Stay(at=self._clock.now(), then=wish))

    def _leaves(self, agent_id: str, wish: Wish) -> None:
        now, goes_home = self._clock.now(), wish.state is AgentState.LOGGED_OUT
        self.apply(agent_id, LogOut(at=now) if goes_home else Pause(at=now, reason=wish.reason))

    def extend(self, agent_id: str, by: timedelta) -> datetime:
        seat = self.seat(agent_id)
        until = max(seat.wrap_up_until or self._clock.now(), self._clock.now()) + by
        self.apply(agent_id, Extend(at=self._clock.now(), until=until))
        return until

    # calls
    def reserve(self, agent_id: str, attempt_id: str) -> None:
        self.apply(agent_id, Reserve(at=self._clock.now(), attempt_id=attempt_id))

    def rebook(self, agent_id: str, former: str, attempt_id: str) -> None:
        """Who is reserved for one thing is reserved for another, without a moment in which he is free."""
        if self.holds(agent_id, former):
            self.apply(agent_id, Rebook(at=self._clock.now(), attempt_id=attempt_id))

    def holds(self, agent_id: str, attempt_id: str) -> bool:
        """Reserved for, or talking in, that call."""
        seat = self.seat(agent_id)
        return seat.attempt_id == attempt_id and seat.state in (AgentState.RESERVED, AgentState.ON_CALL)

    def free(self, agent_id: str, attempt_id: str) -> None:
        if self.holds(agent_id, attempt_id):
            self.apply(agent_id, Free(at=self._clock.now()))

    def connect(self, agent_id: str, attempt_id: str) -> None:
        """Also when the reservation was lost on the way: he talks, whatever was thought of his phone."""
        now = self._clock.now()
        if self.holds(agent_id, attempt_id):
            self.apply(agent_id, Connect(at=now))
        else:
            self.apply(agent_id, Resume(at=now, attempt_id=attempt_id))

    def resume(self, agent_id: str, attempt_id: str) -> None:
        self.apply(agent_id, Resume(at=self._clock.now(), attempt_id=attempt_id))

    def finish(self, agent_id: str, attempt_id: str, *, wrap_up_s: float, conversation: bool = True) -> None:
        if not self.holds(agent_id, attempt_id):
            return
        now, seat = self._clock.now(), self.seat(agent_id)
        if seat.state is AgentState.ON_CALL and conversation:
            self.talked(agent_id, (now - seat.since).total_seconds())
        self.apply(agent_id, Finish(at=now, until=now + timedelta(seconds=wrap_up_s)))
        if wrap_up_s <= 0:
            self.apply(agent_id, WrapUpOver(at=now))

    def phone_failed(self, agent_id: str, reason: str) -> None:
        """Of no matter once he has gone."""
        if self.seat(agent_id).state is AgentState.LOGGED_OUT:
            return
        self.apply(agent_id, PhoneFailed(at=self._clock.now(), reason=reason))

    def wrapped_up(self, agent_id: str, attempt_id: str) -> None:
        """The disposition is in: the wrap-up it was for is over."""
        seat = self._seats.get(agent_id)
        if seat is not None and seat.state is AgentState.WRAP_UP and seat.attempt_id == attempt_id:
            self.apply(agent_id, WrapUpOver(at=self._clock.now()))

    # questions
    def seat(self, agent_id: str) -> Seat:
        seat = self._seats.get(agent_id)
        if seat is None:
            raise NotFound(f"there is no agent {agent_id!r}; add the agent first", field="agent_id")
        return seat

    def knows(self, agent_id: str) -> bool:
        return agent_id in self._seats

    def find(self, agent_id: str) -> Agent | None:
        return self._agents.get(agent_id)

    def agent(self, agent_id: str) -> Agent:
        return self._agents[agent_id]

    def seats(self) -> Iterable[tuple[Agent, Seat]]:
        return tuple((self._agents[agent_id], seat) for agent_id, seat in self._seats.items())

    def ready_seats(self) -> list[tuple[Agent, Seat]]:
        return [(a, s) for a, s in self.seats() if s.state is AgentState.READY]

    def logged_in(self) -> list[str]:
        return [agent_id for agent_id, seat in self._seats.items() if seat.state is not AgentState.LOGGED_OUT]

    def apply(self, agent_id: str, order: Order) -> None:
        events = self.seat(agent_id).apply(order)
        self._deadlines_moved.set()
        if events:
            self._journal.append(events)
            self._changed(agent_id)

    async def _known(self, agent_id: str) -> None:
        """Agents may have been added or changed since the start."""
        agent = await self._store.agent(agent_id)
        if agent is None:
            raise NotFound(f"there is no agent {agent_id!r}; add the agent first", field="agent_id")
        if not agent.active:
            raise WrongState(f"agent {agent_id} is no longer active; activate the agent first", field="agent_id")
        if not agent.phone:
            raise Invalid(f"agent {agent_id} has no phone; set a sip: address or an extension", field="phone")
        self._enter(agent)

    def _enter(self, agent: Agent) -> None:
        self._agents[agent.agent_id] = agent
        self._seats.setdefault(agent.agent_id, Seat(agent_id=agent.agent_id, since=self._clock.now()))

    def _end_wrap_ups(self) -> None:
        now = self._clock.now()
        for agent_id, seat in tuple(self._seats.items()):
            if seat.wrap_up_until is not None and seat.wrap_up_until <= now:
                self.apply(agent_id, WrapUpOver(at=now))

    def _until_next(self) -> float | None:
        deadlines = [seat.wrap_up_until for seat in self._seats.values() if seat.wrap_up_until is not None]
        return max((min(deadlines) - self._clock.now()).total_seconds(), 0.0) if deadlines else None


def leg_mode(agent: Agent, site: LegMode, *, fits: bool) -> LegMode:
    """The agent's own wish, else the site's; AUTO is always open where the workers have the room."""
    wish = agent.leg_mode if agent.leg_mode is not LegMode.AUTO else site
    if wish is LegMode.AUTO:
        return LegMode.ALWAYS_OPEN if fits else LegMode.ON_CONNECT
    return wish
