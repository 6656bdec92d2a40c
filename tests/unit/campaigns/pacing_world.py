"""A small floor in virtual time: the same fate for the k-th attempt and the same n-th conversation of each agent under
every policy. Post-dial delay 1-3 s, ring to an answer log-normal 9 s, ring limit 25 s, talk log-normal 90 s, wrap-up
gamma 15 s, patience 2 s."""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from campaigns.pacing import (
    AttemptSeen,
    CallSeen,
    ConversationSeen,
    Counted,
    PacingDecision,
    PacingPolicy,
    PacingView,
    Window,
)

PATIENCE_S = 2.0


@dataclass(slots=True)
class Ringing:
    dialled_s: float
    rings_s: float
    ends_s: float
    person: bool


@dataclass(slots=True)
class Agent:
    state: str = "ready"
    since_s: float = 0.0
    talked_s: float = 0.0
    conversations: int = 0
    busy_s: float = 0.0


@dataclass(slots=True)
class World:
    policy: PacingPolicy
    agents_n: int
    hours: float
    seed: int = 1
    answer_rate: float = 0.3
    tick_s: float = 1.0
    shift: Callable[[float], float] | None = None
    now: float = 0.0
    answered: int = 0
    abandoned: int = 0
    placed: int = 0
    worst_rate: float = 0.0  # once 200 persons have answered
    early_cancels: int = 0
    cancelled: int = 0
    decisions: list[PacingDecision] = field(default_factory=list)
    agents: list[Agent] = field(default_factory=list)
    calls: dict[int, Ringing] = field(default_factory=dict)
    waiting: list[float] = field(default_factory=list)
    events: list[tuple[float, int, str, int]] = field(default_factory=list)
    order: int = 0

    def run(self) -> World:
        self.agents = [Agent() for _ in range(self.agents_n)]
        self.later(0.0, "tick", 0)
        while self.events and self.events[0][0] < self.hours * 3600:
            self.now, _, what, who = heapq.heappop(self.events)
            if getattr(self, f"on_{what}")(who) is not False:
                self.match()
                self.decide()
        for agent in self.agents:
            if agent.state != "ready":
                agent.busy_s += self.hours * 3600 - agent.since_s
        return self

    @property
    def utilisation(self) -> float:
        return sum(agent.busy_s for agent in self.agents) / (self.agents_n * self.hours * 3600)

    @property
    def abandonment(self) -> float:
        return self.abandoned / max(self.answered, 1)

    def left(self) -> float:
        """Calls that may still be abandoned under a cap of 3 %, without any credit."""
        return 0.03 * self.answered + 4 * max(0.0, 1 - self.answered / 150) - self.abandoned

    def later(self, at: float, what: str, who: int) -> None:
        self.order += 1
        heapq.heappush(self.events, (at, self.order, what, who))

    def on_tick(self, _: int) -> None:
        self.later(self.now + self.tick_s, "tick", 0)

    def on_call_ends(self, call_id: int) -> bool | None:
        call = self.calls.pop(call_id, None)
        if call is None:
            return False
        self.policy.learn(AttemptSeen(at_s=self.now, age_s=self.now - call.dialled_s, person=call.person))
        if call.person:
            self.answered += 1
            self.waiting.append(self.now)
            self.later(self.now + PATIENCE_S, "gives_up", self.answered)
            self.count()
        return None

    def on_gives_up(self, _: int) -> bool | None:
        if not self.waiting or self.waiting[0] > self.now - PATIENCE_S + 1e-9:
            return False
        self.waiting.pop(0)
        self.abandoned += 1
        if self.answered >= 200:
            self.worst_rate = max(self.worst_rate, self.abandonment)
        self.count()
        return None

    def on_talk_ends(self, number: int) -> None:
        agent = self.agents[number]
        agent.talked_s = self.now - agent.since_s
        agent.busy_s += agent.talked_s
        agent.state, agent.since_s = "wrapping", self.now
        self.later(self.now + self.fate(2, number, agent.conversations).gammavariate(4, 15 / 4), "free", number)

    def on_free(self, number: int) -> None:
        agent = self.agents[number]
        wrapped = self.now - agent.since_s
        agent.busy_s += wrapped
        agent.state, agent.since_s = "ready", self.now
        self.policy.learn(ConversationSeen(talk_s=agent.talked_s, wrap_s=wrapped))

    def match(self) -> None:
        while self.waiting:
            ready = [(agent.since_s, number) for number, agent in enumerate(self.agents) if agent.state == "ready"]
            if not ready:
                return
            self.waiting.pop(0)
            number = min(ready)[1]
            agent = self.agents[number]
            agent.conversations += 1
            agent.state, agent.since_s = "talking", self.now
            talk = self.fate(1, number, agent.conversations).lognormvariate(
                math.log(90) - math.log(2) / 2, math.log(2) ** 0.5
            )
            self.later(self.now + talk, "talk_ends", number)

    def decide(self) -> None:
        found = self.policy.decide(self.view())
        self.decisions.append(found)
        for call_id in found.cancel:
            call = self.calls.pop(call_id)
            self.cancelled += 1
            self.early_cancels += self.now - call.rings_s < 15
            self.policy.learn(AttemptSeen(at_s=self.now, age_s=self.now - call.dialled_s, person=False, cut=True))
        for _ in range(found.place):
            self.place()

    def place(self) -> None:
        self.placed += 1
        fate = self.fate(3, self.placed, 0)
        delay, ring = fate.uniform(1, 3), fate.lognormvariate(math.log(9) - math.log(1.36) / 2, math.log(1.36) ** 0.5)
        rate = self.answer_rate if self.shift is None else self.shift(self.now)
        luck, kind = fate.random(), fate.random()
        person = luck < rate and ring <= 25
        if person:
            lasts = delay + ring
        elif luck < rate or kind >= 0.3:
            lasts = delay + 25
        else:
            lasts = fate.uniform(0.5, 2.5) if kind < 0.1 else fate.uniform(18, 24)
        self.calls[self.placed] = Ringing(self.now, self.now + delay, self.now + lasts, person)
        self.later(self.now + lasts, "call_ends", self.placed)

    def view(self) -> PacingView:
        return PacingView(
            ready_agents=sum(agent.state == "ready" for agent in self.agents),
            covered=len(self.calls) + len(self.waiting),
            lines_free=4 * self.agents_n + 50 - len(self.calls),
            rate_tokens_s=1000.0,
            at_s=self.now,
            talking_s=tuple(self.now - a.since_s for a in self.agents if a.state == "talking"),
            wrapping_s=tuple(self.now - a.since_s for a in self.agents if a.state == "wrapping"),
            calls=tuple(
                CallSeen(number, self.now - c.dialled_s, self.now - c.rings_s if self.now >= c.rings_s else None)
                for number, c in self.calls.items()
            ),
            waiting_s=tuple(self.now - since for since in self.waiting),
            windows=self.windows(),
        )

    def windows(self) -> tuple[Window, ...]:
        return (Window(name="24h", answered=self.answered, abandoned=self.abandoned),)

    def count(self) -> None:
        self.policy.learn(Counted(windows=self.windows(), agents=self.agents_n))

    def fate(self, kind: int, who: int, number: int) -> random.Random:
        return random.Random(((self.seed * 7 + kind) * 100_003 + who) * 100_003 + number)
