"""People of a simulated town with compressed times: what an hour holds on a real floor passes here in ten minutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dialer.domain.agent import AgentState
from dialer.domain.events import AgentStateChanged, CallAnswered, CallEnded, DomainEvent
from sip.simulator.behaviour import Behaviour, Kind, NumberingPlan, Seconds, Share

PERSONS: Final = 0.30
RING: Final = Seconds(mean=3.0, cv=0.6, least=0.5, most=12.0)
TALK: Final = Seconds(mean=15.0, cv=1.0, least=1.0, most=150.0)
WRAP_UP: Final = Seconds(mean=2.5, cv=0.5, least=0.5, most=10.0)
RING_TIME_S: Final = 15
_OTHERS: Final = {Kind.BUSY: 0.10, Kind.DECLINES: 0.20, Kind.NO_ANSWER: 0.40}
AT_WORK: Final = frozenset({AgentState.ON_CALL, AgentState.WRAP_UP})


def people(seed: int = 1) -> NumberingPlan:
    """Three of ten answer; the others are busy, decline after ringing or let it ring."""
    shares = [Share(weight=PERSONS, behaviour=Behaviour(kind=Kind.TALKS, ring=RING, talk=TALK))]
    shares += [Share(weight=weight, behaviour=Behaviour(kind=kind, ring=RING)) for kind, weight in _OTHERS.items()]
    return NumberingPlan(seed=seed, mix=tuple(shares))


@dataclass(slots=True)
class Observed:
    """Adds up what agents do between `began` and `ended`; a bus subscriber."""

    agents: int
    began: datetime
    answered: int = 0
    abandoned: int = 0
    work_s: float = 0.0

    def __post_init__(self) -> None:
        self._since: dict[str, datetime] = {}

    def __call__(self, event: DomainEvent) -> None:
        if isinstance(event, CallAnswered):
            self.answered += 1
        elif isinstance(event, CallEnded):
            self.abandoned += event.outcome == "ABANDONED"
        elif isinstance(event, AgentStateChanged):
            self._turn(event)

    def utilisation(self, at: datetime) -> float:
        """Share of the agents' time since the beginning that was talk or wrap-up."""
        under_way = sum((at - since).total_seconds() for since in self._since.values())
        return (self.work_s + under_way) / (self.agents * (at - self.began).total_seconds())

    def _turn(self, event: AgentStateChanged) -> None:
        if event.state in AT_WORK:
            self._since.setdefault(event.agent_id, event.occurred_at)
        elif (since := self._since.pop(event.agent_id, None)) is not None:
            self.work_s += (event.occurred_at - since).total_seconds()
