"""The machine of a call from a customer, from its first ring to its single outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from campaigns.inbound import InboundOutcome, rings
from dialer.domain.call import AgentJoined, NobodyFree
from dialer.domain.events import InboundAnswered, InboundEnded, InboundEvent
from sip.causes import Origin
from sip.events import LegAnswered, LegEnded


class InboundState(StrEnum):
    RINGING = "RINGING"
    QUEUED = "QUEUED"  # rings still, and nobody is free
    ANSWERED = "ANSWERED"  # we took it; the agent is being joined
    CONNECTED = "CONNECTED"
    REGRETTED = "REGRETTED"  # told that nobody is free
    ENDED = "ENDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Regretted:
    """Our decision: nobody will be free in time."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundGivenUp:
    """We end it whatever the network says later: refused, worker lost, our own bug."""

    at: datetime
    outcome: InboundOutcome
    reason: str


InboundSignal = LegAnswered | LegEnded | NobodyFree | AgentJoined | Regretted | InboundGivenUp

_S = InboundState
NEXT: Final[Mapping[tuple[InboundState, type[InboundSignal]], InboundState]] = {
    (_S.RINGING, NobodyFree): _S.QUEUED,
    (_S.RINGING, LegAnswered): _S.ANSWERED,
    (_S.QUEUED, LegAnswered): _S.ANSWERED,
    (_S.ANSWERED, AgentJoined): _S.CONNECTED,
    (_S.RINGING, Regretted): _S.REGRETTED,
    (_S.QUEUED, Regretted): _S.REGRETTED,
    (_S.ANSWERED, Regretted): _S.REGRETTED,
    (_S.REGRETTED, LegAnswered): _S.REGRETTED,  # to hear the message
    **{(state, LegEnded): _S.ENDED for state in _S if state is not _S.ENDED},
    **{(state, InboundGivenUp): _S.ENDED for state in _S if state is not _S.ENDED},
}
UNSERVED: Final = frozenset({_S.RINGING, _S.QUEUED, _S.ANSWERED})


@dataclass(slots=True, kw_only=True)
class InboundCall:
    """`country` decides how long a ring is."""

    inbound_id: str
    arrived_at: datetime
    country: str
    state: InboundState = InboundState.RINGING
    picked_up_at: datetime | None = None  # our 200; `answered_at` is when an agent spoke
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    agent_id: str | None = None
    outcome: InboundOutcome | None = None
    noise: int = 0

    def apply(self, signal: InboundSignal) -> list[InboundEvent]:
        """Late network noise changes nothing and is counted."""
        following = NEXT.get((self.state, type(signal)))
        if following is None:
            self.noise += 1
            return []
        previous, self.state = self.state, following
        match signal:
            case LegAnswered(at=at):
                self.picked_up_at = at
            case AgentJoined():
                return [self._join(signal)]
            case LegEnded():
                outcome, reason = self._verdict(signal, previous)
                return [self._end(signal.at, outcome, reason, signal.statistics.mos if signal.statistics else None)]
            case InboundGivenUp():
                return [self._end(signal.at, signal.outcome, signal.reason, None)]
            case _:
                pass
        return []

    @property
    def over(self) -> bool:
        return self.state is InboundState.ENDED

    def _join(self, signal: AgentJoined) -> InboundAnswered:
        self.answered_at, self.agent_id = signal.at, signal.agent_id
        ring_s = max(((self.picked_up_at or signal.at) - self.arrived_at).total_seconds(), 0.0)
        return InboundAnswered(
            occurred_at=signal.at,
            inbound_id=self.inbound_id,
            agent_id=signal.agent_id,
            ring_s=round(ring_s, 3),
            rings=rings(ring_s, self.country),
        )

    def _verdict(self, signal: LegEnded, previous: InboundState) -> tuple[InboundOutcome, str]:
        if previous is InboundState.CONNECTED:
            return InboundOutcome.ANSWERED, ""
        if previous is InboundState.REGRETTED:
            return InboundOutcome.MISSED, "nobody_free"
        if signal.cause.origin is Origin.REMOTE:
            return InboundOutcome.ABANDONED, "hung_up_before_agent"
        return InboundOutcome.MISSED, "ended_by_us"

    def _end(self, at: datetime, outcome: InboundOutcome, reason: str, mos: float | None) -> InboundEnded:
        self.ended_at, self.outcome = at, outcome
        return InboundEnded(occurred_at=at, inbound_id=self.inbound_id, outcome=outcome, reason=reason, mos=mos)
