"""The call machine: one attempt from INVITE to its single outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypedDict

from campaigns.attempt import AttemptOutcome
from dialer.domain.events import (
    CallAnswered,
    CallConnected,
    CallEnded,
    CallEvent,
    CallMarkedPerson,
    CallOptedOut,
    CallPlaced,
    CallRinging,
    CallScreened,
    CallWaiting,
    MachineAnswered,
    MessageLeft,
    SafeHarbourStarted,
)
from sip.causes import LegOutcome, Origin
from sip.events import LegAnswered, LegEnded, LegPlaced, LegRinging


class CallState(StrEnum):
    PLACING = "PLACING"
    RINGING = "RINGING"
    ANSWERED = "ANSWERED"
    WAITING = "WAITING"
    CONNECTED = "CONNECTED"
    MACHINE = "MACHINE"  # a machine answered, and nobody hears the call any more
    ENDED = "ENDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class NobodyFree:
    """Our decision: answered, and no agent can take it now."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeHarbourBegan:
    """The worker plays the message."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OptedOut:
    """He pressed the key that the message names."""

    at: datetime
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentJoined:
    """Customer and agent hear each other."""

    at: datetime
    agent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WasScreened:
    """The detector's verdict, and what it leads to."""

    at: datetime
    mode: str
    verdict: str
    reason: str
    delay_ms: int
    treatment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineMet:
    """Our decision upon the verdict: no agent hears it any more."""

    at: datetime
    treatment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLeftBehind:
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedPerson:
    at: datetime
    agent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallGivenUp:
    """We end the call whatever the network says later: worker lost, leg never placed, our own bug."""

    at: datetime
    outcome: AttemptOutcome
    reason: str


Signal = (
    LegPlaced | LegRinging | LegAnswered | LegEnded | NobodyFree | SafeHarbourBegan | OptedOut | AgentJoined
    | WasScreened | MachineMet | MessageLeftBehind | MarkedPerson | CallGivenUp
)  # fmt: skip

_S = CallState
NEXT: Final[Mapping[tuple[CallState, type[Signal]], CallState]] = {
    (_S.PLACING, LegPlaced): _S.PLACING,
    (_S.PLACING, LegRinging): _S.RINGING,
    (_S.PLACING, LegAnswered): _S.ANSWERED,  # some carriers skip 180
    (_S.RINGING, LegAnswered): _S.ANSWERED,
    (_S.ANSWERED, NobodyFree): _S.WAITING,
    (_S.ANSWERED, AgentJoined): _S.CONNECTED,
    (_S.ANSWERED, SafeHarbourBegan): _S.WAITING,
    (_S.WAITING, AgentJoined): _S.CONNECTED,
    (_S.WAITING, SafeHarbourBegan): _S.WAITING,
    (_S.WAITING, OptedOut): _S.WAITING,
    **{(state, WasScreened): state for state in (_S.ANSWERED, _S.WAITING, _S.CONNECTED)},
    **{(state, MachineMet): _S.MACHINE for state in (_S.ANSWERED, _S.WAITING, _S.CONNECTED)},
    (_S.MACHINE, MessageLeftBehind): _S.MACHINE,
    (_S.CONNECTED, MarkedPerson): _S.CONNECTED,
    **{(state, LegEnded): _S.ENDED for state in _S if state is not _S.ENDED},
    **{(state, CallGivenUp): _S.ENDED for state in _S if state is not _S.ENDED},
}
DIALLING: Final = frozenset({_S.PLACING, _S.RINGING})
UNANSWERED_BY_US: Final = frozenset({_S.ANSWERED, _S.WAITING})  # a person is there, an agent is not


class _Who(TypedDict):
    occurred_at: datetime
    attempt_id: str
    campaign_id: int
    lead_id: int


@dataclass(slots=True, kw_only=True)
class Call:
    """`abandon_limit_s` from the answer: a customer who leaves earlier left by his own will, later we abandoned him."""

    attempt_id: str
    campaign_id: int
    lead_id: int
    placed_at: datetime
    abandon_limit_s: float = 2.0
    state: CallState = CallState.PLACING
    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    connected_at: datetime | None = None
    safe_harbour_at: datetime | None = None
    opted_out_at: datetime | None = None
    ended_at: datetime | None = None
    agent_id: str | None = None
    verdict: str = ""  # of the screening; "" while there is none
    screening_reason: str = ""
    treatment: str = ""
    message_left_at: datetime | None = None
    person_marked: bool = False
    outcome: AttemptOutcome | None = None
    sip_call_id: str = ""
    placed: bool = False  # the INVITE left
    noise: int = 0  # signals that came too late or twice

    def apply(self, signal: Signal) -> list[CallEvent]:
        """Late network noise changes nothing and is counted."""
        following = NEXT.get((self.state, type(signal)))
        if following is None or self._too_late(signal):
            self.noise += 1
            return []
        previous, self.state = self.state, following
        return [_EFFECTS[type(signal)](self, signal, previous)]

    def _too_late(self, signal: Signal) -> bool:
        """Said before, or out of its time: nobody opts out of a message he has not heard."""
        if isinstance(signal, OptedOut):
            return self.safe_harbour_at is None or self.opted_out_at is not None
        if isinstance(signal, SafeHarbourBegan):
            return self.safe_harbour_at is not None
        if isinstance(signal, WasScreened):
            return bool(self.verdict)
        if isinstance(signal, MessageLeftBehind):
            return self.message_left_at is not None
        if isinstance(signal, MarkedPerson):
            return self.person_marked
        return isinstance(signal, LegPlaced) and self.placed

    @property
    def over(self) -> bool:
        return self.state is CallState.ENDED

    @property
    def rang(self) -> bool:
        return self.ringing_at is not None or self.answered_at is not None

    def _place(self, signal: LegPlaced, _: CallState) -> CallEvent:
        self.placed, self.sip_call_id = True, signal.sip_call_id
        return CallPlaced(
            **self._who(signal.at), sip_call_id=signal.sip_call_id, trunk=signal.trunk, worker=signal.worker
        )

    def _ring(self, signal: LegRinging, _: CallState) -> CallEvent:
        self.ringing_at = signal.at
        return CallRinging(**self._who(signal.at), early_media=signal.early_media)

    def _answer(self, signal: LegAnswered, _: CallState) -> CallEvent:
        self.answered_at = signal.at
        return CallAnswered(**self._who(signal.at))

    def _wait(self, signal: NobodyFree, _: CallState) -> CallEvent:
        return CallWaiting(**self._who(signal.at))

    def _harbour(self, signal: SafeHarbourBegan, _: CallState) -> CallEvent:
        self.safe_harbour_at = signal.at
        return SafeHarbourStarted(**self._who(signal.at))

    def _opt_out(self, signal: OptedOut, _: CallState) -> CallEvent:
        self.opted_out_at = signal.at
        return CallOptedOut(**self._who(signal.at), key=signal.key)

    def _join(self, signal: AgentJoined, _: CallState) -> CallEvent:
        self.connected_at, self.agent_id = signal.at, signal.agent_id
        return CallConnected(**self._who(signal.at), agent_id=signal.agent_id)

    def _screen(self, signal: WasScreened, _: CallState) -> CallEvent:
        self.verdict, self.screening_reason, self.treatment = signal.verdict, signal.reason, signal.treatment
        return CallScreened(
            **self._who(signal.at), mode=signal.mode, verdict=signal.verdict, reason=signal.reason,
            delay_ms=signal.delay_ms, treatment=signal.treatment,
        )  # fmt: skip

    def _meet_machine(self, signal: MachineMet, previous: CallState) -> CallEvent:
        agent_id = self.agent_id if previous is CallState.CONNECTED else None
        return MachineAnswered(**self._who(signal.at), treatment=signal.treatment, agent_id=agent_id)

    def _leave_message(self, signal: MessageLeftBehind, _: CallState) -> CallEvent:
        self.message_left_at = signal.at
        return MessageLeft(**self._who(signal.at))

    def _mark_person(self, signal: MarkedPerson, _: CallState) -> CallEvent:
        self.person_marked = True
        return CallMarkedPerson(**self._who(signal.at), agent_id=signal.agent_id)

    def _give_up(self, signal: CallGivenUp, _: CallState) -> CallEvent:
        self.ended_at, self.outcome = signal.at, signal.outcome
        return CallEnded(**self._who(signal.at), outcome=signal.outcome, reason=signal.reason, agent_id=self.agent_id)

    def _end(self, signal: LegEnded, previous: CallState) -> CallEvent:
        outcome, reason = self._verdict(signal, previous)
        self.ended_at, self.outcome = signal.at, outcome
        return CallEnded(
            **self._who(signal.at),
            outcome=outcome,
            sip_status=signal.cause.sip_status,
            q850=signal.cause.q850,
            reason=reason or signal.cause.text,
            mos=signal.statistics.mos if signal.statistics else None,
            agent_id=self.agent_id,
        )

    def _verdict(self, signal: LegEnded, previous: CallState) -> tuple[AttemptOutcome, str]:
        if previous is CallState.CONNECTED:
            return AttemptOutcome.HUMAN, ""
        if previous is CallState.MACHINE:
            return AttemptOutcome.MACHINE, "message_left" if self.message_left_at else self.screening_reason
        if previous in UNANSWERED_BY_US:
            return self._unserved(signal)
        if signal.outcome is LegOutcome.ANSWERED:
            return AttemptOutcome.ABANDONED, "answered_unseen"
        return AttemptOutcome(signal.outcome.value), ""

    def _unserved(self, signal: LegEnded) -> tuple[AttemptOutcome, str]:
        waited = (signal.at - self.answered_at).total_seconds() if self.answered_at else self.abandon_limit_s
        by_customer = signal.cause.origin is Origin.REMOTE
        if by_customer and self.safe_harbour_at is None and waited < self.abandon_limit_s:
            return AttemptOutcome.HUMAN, "hung_up_before_agent"
        return AttemptOutcome.ABANDONED, "no_agent"

    def _who(self, at: datetime) -> _Who:
        return _Who(occurred_at=at, attempt_id=self.attempt_id, campaign_id=self.campaign_id, lead_id=self.lead_id)


_EFFECTS: Final[Mapping[type[Signal], Callable[[Call, Any, CallState], CallEvent]]] = {
    LegPlaced: Call._place,
    LegRinging: Call._ring,
    LegAnswered: Call._answer,
    NobodyFree: Call._wait,
    SafeHarbourBegan: Call._harbour,
    OptedOut: Call._opt_out,
    AgentJoined: Call._join,
    WasScreened: Call._screen,
    MachineMet: Call._meet_machine,
    MessageLeftBehind: Call._leave_message,
    MarkedPerson: Call._mark_person,
    LegEnded: Call._end,
    CallGivenUp: Call._give_up,
}
