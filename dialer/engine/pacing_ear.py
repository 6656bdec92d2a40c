"""What pacing hears: every answer, end and conversation of the engine's own calls, once each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from campaigns.attempt import AttemptOutcome
from campaigns.pacing import AttemptSeen, ConversationSeen
from campaigns.pacing.budget import is_abandoned
from campaigns.screening import ALONE
from campaigns.windows import zone
from dialer.clock import Clock
from dialer.domain.agent import AgentState
from dialer.domain.events import (
    AgentStateChanged,
    CallAnswered,
    CallConnected,
    CallEnded,
    CallEvent,
    CallScreened,
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

    def hear(self, events: Sequence[DomainEvent]) -> None:
        for event in events:
            take = _TAKES.get(type(event))
            if take is not None:
                take(self, event)

    def counted_before(self, attempt_id: str) -> None:
        """A person of this attempt is in the tally already, from its row."""
        self._heard[attempt_id] = _Heard(answered=True, counted=True)

    def _answered(self, event: CallAnswered) -> None:
        live, pacer = self._of(event)
        if live is None or pacer is None:
            return
        if not live.campaign.settings.screening.holds_back:
            self._learn(live, pacer, event.occurred_at, person=True)
            self._note(event).answered = True
        self._busy(event.campaign_id)

    def _connected(self, event: CallConnected) -> None:
        live, pacer = self._of(event)
        if live is None or pacer is None or live.call.answered_at is None:
            return
        waited = (event.occurred_at - live.call.answered_at).total_seconds()
        late = is_abandoned(by_person=True, waited_s=waited, limit_s=live.limits.abandon_limit_s, hung_up=True)
        if live.campaign.settings.screening.on and not live.call.verdict and not late:
            return  # it may yet be a machine
        self._count(event, pacer, live.call.answered_at, abandoned=late)

    def _screened(self, event: CallScreened) -> None:
        """A machine is no person; whoever is joined with an agent and is none is counted from here on."""
        live, pacer = self._of(event)
        if live is None or pacer is None or live.call.answered_at is None:
            return
        person = event.treatment not in ALONE
        if live.campaign.settings.screening.holds_back and not self._note(event).answered:
            self._learn(live, pacer, live.call.answered_at, person=person)
            self._note(event).answered = True
        if person and live.call.connected_at is not None:
            self._count(event, pacer, live.call.answered_at, abandoned=False)

    def _message(self, event: SafeHarbourStarted) -> None:
        live, pacer = self._of(event)
        if live is not None and pacer is not None:
            self._count(event, pacer, live.call.answered_at or event.occurred_at, abandoned=True)

    def _ended(self, event: CallEnded) -> None:
        live, pacer = self._of(event)
        heard = self._heard.pop(event.attempt_id, _Heard())
        if live is None or pacer is None:
            return
        if event.outcome in _PERSON:
            self._heard[event.attempt_id] = heard
            gone = event.outcome is AttemptOutcome.ABANDONED
            self._count(event, pacer, live.call.answered_at or event.occurred_at, abandoned=gone)
            del self._heard[event.attempt_id]
        if not heard.answered and event.outcome not in _NOT_CALLED:
            cut = event.outcome is AttemptOutcome.CANCELLED
            self._learn(live, pacer, event.occurred_at, person=event.outcome in _PERSON, cut=cut)

    def _count(self, event: CallEvent, pacer: Pacer, answered_at: datetime, *, abandoned: bool) -> None:
        heard, now, agents = self._note(event), self._clock.now(), self._staying(event.campaign_id)
        if not heard.counted:
            pacer.answered(answered_at, now, abandoned=abandoned, agents=agents)
        elif abandoned and not heard.abandoned:
            pacer.abandoned(answered_at, now, agents=agents)
        heard.counted, heard.abandoned = True, heard.abandoned or abandoned

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

    def _note(self, event: CallEvent) -> _Heard:
        return self._heard.setdefault(event.attempt_id, _Heard())


def _hour(at: datetime, tz: str) -> int | None:
    found = zone(tz)
    return None if found is None else at.astimezone(found).hour


_TAKES: Final[Mapping[type[DomainEvent], Callable[[PacingEar, Any], None]]] = {
    CallAnswered: PacingEar._answered,
    CallConnected: PacingEar._connected,
    CallScreened: PacingEar._screened,
    SafeHarbourStarted: PacingEar._message,
    CallEnded: PacingEar._ended,
    AgentStateChanged: PacingEar._agent,
    LeadRescheduled: PacingEar._rescheduled,
    LeadClosed: PacingEar._closed,
}
