"""What pacing hears: every answer, end and conversation of the engine's own calls, once each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from campaigns.attempt import AttemptOutcome
from campaigns.pacing import AttemptSeen, ConversationSeen
from campaigns.screening import ALONE, MACHINE
from campaigns.screening_errors import is_person, said
from campaigns.windows import zone
from dialer.clock import Clock
from dialer.domain.agent import AgentState
from dialer.domain.events import (
    AgentStateChanged,
    CallAnswered,
    CallConnected,
    CallDisposed,
    CallEnded,
    CallEvent,
    CallMarkedPerson,
    CallScreened,
    DispositionCorrected,
    DomainEvent,
    LeadClosed,
    LeadRescheduled,
    SafeHarbourStarted,
)
from dialer.engine.live_call import LiveCall
from dialer.engine.pacer import Pacer

_NOT_CALLED: Final = frozenset({AttemptOutcome.FAILED, AttemptOutcome.LOST})  # tells nothing of those who were called
_PERSON: Final = frozenset({AttemptOutcome.HUMAN, AttemptOutcome.ABANDONED})


@dataclass(slots=True)
class _Heard:
    answered: bool = False  # learned from
    counted: bool = False
    abandoned: bool = False


@dataclass(slots=True)
class _Conversation:
    campaign_id: int
    since: datetime
    talk_s: float = 0.0


class PacingEar:
    """`pacer` finds a campaign's, None where it has none yet; `busy` is called when a customer has answered."""

    def __init__(
        self, *, clock: Clock, find: Callable[[str], LiveCall | None], pacer: Callable[[int], Pacer | None],
        staying: Callable[[int], int], busy: Callable[[int], None],
    ) -> None:  # fmt: skip
        self._clock, self._find, self._pacer, self._staying, self._busy = clock, find, pacer, staying, busy
        self._heard: dict[str, _Heard] = {}
        self._talks: dict[str, _Conversation] = {}
        # An agent has said of a call that is over what it was.
        self.said_later: Callable[[CallDisposed | DispositionCorrected], None] = lambda _: None

    def hear(self, events: Sequence[DomainEvent]) -> None:
        for event in events:
            take = _TAKES.get(type(event))
            if take is not None:
                take(self, event)

    def counted_before(self, live: LiveCall) -> None:
        """Its row was counted when the tally was made."""
        person, abandoned = _of_row(live)
        learned = live.call.connected_at is not None and (bool(live.call.verdict) or not _listened_to(live))
        self._heard[live.attempt_id] = _Heard(answered=learned, counted=person, abandoned=abandoned)

    def _answered(self, event: CallAnswered) -> None:
        """Where a detector listens, the ring model learns with its verdict. Where none does, a machine needs an agent
        like a person, and without one counts as abandoned."""
        live, pacer = self._of(event)
        if live is None or pacer is None:
            return
        if not _listened_to(live):
            self._learn(live, pacer, event.occurred_at, person=True)
            self._note(event).answered = True
        self._busy(event.campaign_id)

    def _told(self, event: CallConnected | SafeHarbourStarted | CallMarkedPerson) -> None:
        live, pacer = self._of(event)
        if live is not None and pacer is not None:
            self._settle(event, live, pacer)

    def _screened(self, event: CallScreened) -> None:
        live, pacer = self._of(event)
        if live is None or pacer is None or live.call.answered_at is None:
            return
        if not self._note(event).answered:
            person = event.verdict != MACHINE or live.call.person_marked
            self._learn(live, pacer, live.call.answered_at, person=person)
            self._note(event).answered = True
        self._settle(event, live, pacer)

    def _disposed(self, event: CallDisposed | DispositionCorrected) -> None:
        """Said while they talk; of a call that is over its row is asked."""
        live, pacer = self._find(event.attempt_id), self._pacer(event.campaign_id)
        if pacer is None:
            return
        if live is None:
            self.said_later(event)
            return
        live.disposition = event.code
        self._settle(event, live, pacer)

    def _ended(self, event: CallEnded) -> None:
        live, pacer = self._of(event)
        if live is None or pacer is None:
            self._heard.pop(event.attempt_id, None)
            return
        self._settle(event, live, pacer, event.outcome)
        heard = self._heard.pop(event.attempt_id)
        if not heard.answered and event.outcome not in _NOT_CALLED:
            person, cut = event.outcome in _PERSON, event.outcome is AttemptOutcome.CANCELLED
            at = live.call.answered_at if person and live.call.answered_at else event.occurred_at
            self._learn(live, pacer, at, person=person, cut=cut)

    def _settle(
        self, event: CallEvent | DispositionCorrected, live: LiveCall, pacer: Pacer,
        outcome: AttemptOutcome | None = None,
    ) -> None:  # fmt: skip
        """The tally has this call as what is known of it now."""
        person, abandoned = _standing(live, outcome)
        heard, at = self._note(event), live.call.answered_at or event.occurred_at
        now, agents = self._clock.now(), self._staying(event.campaign_id)
        if person and not heard.counted:
            pacer.answered(at, now, abandoned=abandoned, agents=agents)
        elif heard.counted and not person:
            pacer.taken_back(at, abandoned=heard.abandoned)
        elif abandoned and not heard.abandoned:
            pacer.abandoned(at, now, agents=agents)
        heard.counted, heard.abandoned = person, person and (abandoned or heard.abandoned)

    def _learn(self, live: LiveCall, pacer: Pacer, at: datetime, *, person: bool, cut: bool = False) -> None:
        pacer.learn(
            AttemptSeen(
                at_s=self._clock.monotonic(),
                age_s=max((at - live.call.placed_at).total_seconds(), 0.0),
                person=person,
                cut=cut,
                hour=_hour(live.call.placed_at, live.dossier.lead.time_zone),
                source=live.dossier.lead.source,
            )
        )

    def _agent(self, event: AgentStateChanged) -> None:
        if event.state is AgentState.ON_CALL:
            live = self._find(event.attempt_id or "")
            if live is not None:
                self._talks[event.agent_id] = _Conversation(live.call.campaign_id, event.occurred_at)
        elif event.state is AgentState.WRAP_UP and event.agent_id in self._talks:
            talk = self._talks[event.agent_id]
            talk.talk_s, talk.since = (event.occurred_at - talk.since).total_seconds(), event.occurred_at
        elif event.previous is AgentState.WRAP_UP and event.agent_id in self._talks:
            talk = self._talks.pop(event.agent_id)
            if (pacer := self._pacer(talk.campaign_id)) is not None:
                wrap_s = (event.occurred_at - talk.since).total_seconds()
                pacer.learn(ConversationSeen(talk_s=talk.talk_s, wrap_s=wrap_s))
        else:
            self._talks.pop(event.agent_id, None)

    def _rescheduled(self, event: LeadRescheduled) -> None:
        pacer = self._pacer(event.campaign_id)
        if pacer is None:
            return
        if event.agent_guaranteed:
            pacer.guaranteed[event.lead_id] = event.due_at
        else:
            pacer.guaranteed.pop(event.lead_id, None)

    def _closed(self, event: LeadClosed) -> None:
        if (pacer := self._pacer(event.campaign_id)) is not None:
            pacer.guaranteed.pop(event.lead_id, None)

    def _of(self, event: CallEvent) -> tuple[LiveCall | None, Pacer | None]:
        return self._find(event.attempt_id), self._pacer(event.campaign_id)

    def _note(self, event: CallEvent | DispositionCorrected) -> _Heard:
        return self._heard.setdefault(event.attempt_id, _Heard())


def _listened_to(live: LiveCall) -> bool:
    return live.campaign.settings.screening.on and not live.deaf


def _standing(live: LiveCall, outcome: AttemptOutcome | None) -> tuple[bool, bool]:
    """Whether the call counts as a person's, and as abandoned."""
    call = live.call
    if outcome is None and call.treatment in ALONE:
        return False, False
    if outcome is None and call.safe_harbour_at is not None:
        return True, True
    if outcome is None and _listened_to(live) and not call.verdict:
        return _late(live), _late(live)  # it may yet be a machine
    return _of_row(live, outcome)


def _of_row(live: LiveCall, outcome: AttemptOutcome | None = None) -> tuple[bool, bool]:
    """As its row is counted."""
    call = live.call
    chosen = next((d for d in live.campaign.settings.dispositions if d.code == live.disposition), None)
    person = is_person(
        outcome, connected=call.connected_at is not None, verdict=call.verdict,
        told=said(chosen, marked=call.person_marked),
    )  # fmt: skip
    return person, person and (_late(live) or outcome is AttemptOutcome.ABANDONED)


def _late(live: LiveCall) -> bool:
    call = live.call
    if call.connected_at is None or call.answered_at is None:
        return False
    return (call.connected_at - call.answered_at).total_seconds() > call.abandon_limit_s


def _hour(at: datetime, tz: str) -> int | None:
    found = zone(tz)
    return None if found is None else at.astimezone(found).hour


_TAKES: Final[Mapping[type[DomainEvent], Callable[[PacingEar, Any], None]]] = {
    CallAnswered: PacingEar._answered,
    CallConnected: PacingEar._told,
    CallScreened: PacingEar._screened,
    CallMarkedPerson: PacingEar._told,
    SafeHarbourStarted: PacingEar._told,
    CallDisposed: PacingEar._disposed,
    DispositionCorrected: PacingEar._disposed,
    CallEnded: PacingEar._ended,
    AgentStateChanged: PacingEar._agent,
    LeadRescheduled: PacingEar._rescheduled,
    LeadClosed: PacingEar._closed,
}
