"""What agents decide about their conversations, whenever they decide it: during the call, in wrap-up or later."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from campaigns.attempt import AttemptOutcome, PastAttempt
from campaigns.campaign import Campaign
from campaigns.disposition import Disposition
from campaigns.lead import Dossier
from campaigns.retry import next_step
from dialer.clock import Clock
from dialer.domain.events import CallDisposed, DomainEvent
from dialer.engine.agent_desk import AgentDesk
from dialer.engine.call_desk import CallDesk
from dialer.engine.call_end import lead_events, past, with_attempt
from dialer.engine.campaign_desk import CampaignDesk
from dialer.engine.journal import Journal
from dialer.engine.live_call import LiveCall
from dialer.engine.settings import Policies
from dialer.errors import Invalid, NotFound, WrongState
from dialer.ports import AttemptRow, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class _Conversation:
    """The same facts of a call under way and of one that ended."""

    attempt: PastAttempt
    number: str
    agent_id: str
    campaign: Campaign
    dossier: Dossier


class DispositionDesk:
    def __init__(
        self, *, store: Store, journal: Journal, clock: Clock, policies: Policies, campaigns: CampaignDesk,
        calls: CallDesk, agents: AgentDesk,
    ) -> None:  # fmt: skip
        self._store, self._journal, self._clock, self._policies = store, journal, clock, policies
        self._campaigns, self._calls, self._agents = campaigns, calls, agents

    async def dispose(
        self, attempt_id: str, code: str, *, note: str, callback_at: datetime | None, agent_id: str | None
    ) -> None:
        """Durable when it returns. The same disposition once more is no fault; another one is refused."""
        live = self._calls.get(attempt_id)
        row = await self._row(attempt_id) if live is None else None
        talk = await self._conversation(attempt_id, live, row)
        chosen = self._chosen(talk.campaign, code, callback_at)
        previous = row.disposition if row is not None else None
        if previous == code:
            return
        if previous is not None or (live is not None and live.settled):
            raise WrongState(
                f"call {attempt_id} has the disposition {previous or 'of its agent'} already", field="code"
            )
        await self._write(talk, chosen, note=note, callback_at=callback_at, agent_id=agent_id, live=live)
        self._agents.wrapped_up(talk.agent_id, attempt_id)

    async def _write(
        self, talk: _Conversation, chosen: Disposition, *, note: str, callback_at: datetime | None,
        agent_id: str | None, live: LiveCall | None,
    ) -> None:  # fmt: skip
        now, lead = self._clock.now(), talk.dossier.lead
        disposed = CallDisposed(
            occurred_at=now,
            attempt_id=talk.attempt.attempt_id,
            campaign_id=talk.campaign.campaign_id,
            lead_id=lead.lead_id,
            agent_id=agent_id or talk.agent_id,
            code=chosen.code,
            note=note,
            callback_at=callback_at,
        )
        later = self._calls.of_lead(lead.lead_id)
        if live is not None:
            live.settled = True
        elif later is not None:
            later.promised = True
        await self._journal.commit([disposed, *self._decided(talk, chosen, callback_at, now)])

    def _decided(
        self, talk: _Conversation, chosen: Disposition, callback_at: datetime | None, now: datetime
    ) -> list[DomainEvent]:
        settings = talk.campaign.settings
        step = next_step(
            settings,
            self._policies.of(settings, talk.dossier.lead.country),
            with_attempt(talk.dossier, talk.attempt),
            number=talk.number,
            outcome=talk.attempt.outcome or AttemptOutcome.HUMAN,
            disposition=chosen,
            callback_at=callback_at,
            now=now,
        )
        return lead_events(step, talk.dossier, now=now, source=chosen.label)

    async def _row(self, attempt_id: str) -> AttemptRow | None:
        """With everything that has happened up to now."""
        await self._journal.commit([])
        return await self._store.attempt(attempt_id)

    async def _conversation(self, attempt_id: str, live: LiveCall | None, row: AttemptRow | None) -> _Conversation:
        if live is not None:
            return _of_live(live)
        if row is None:
            raise NotFound(f"there is no call {attempt_id!r}", field="attempt_id")
        if row.connected_at is None or row.agent_id is None:
            raise WrongState(
                f"no agent talked in call {attempt_id}: there is nothing to decide about", field="attempt_id"
            )
        campaign = self._campaigns.by_id(row.campaign_id)
        if campaign is None:
            raise NotFound(f"the campaign of call {attempt_id} is not known any more", field="attempt_id")
        dossier = await self._store.dossier(row.lead_id, now=self._clock.now())
        return _Conversation(
            attempt=_past(row), number=row.number, agent_id=row.agent_id, campaign=campaign, dossier=dossier
        )

    def _chosen(self, campaign: Campaign, code: str, callback_at: datetime | None) -> Disposition:
        found = next((d for d in campaign.settings.dispositions if d.code == code), None)
        if found is None:
            known = ", ".join(d.code for d in campaign.settings.dispositions)
            raise Invalid(
                f"disposition {code!r} is not one of campaign {campaign.settings.code}'s ({known})", field="code"
            )
        if callback_at is not None:
            self._check_promise(found, callback_at)
        return found

    def _check_promise(self, chosen: Disposition, callback_at: datetime) -> None:
        if not chosen.callback:
            raise Invalid(f"disposition {chosen.code} promises no callback; leave callback_at out", field="callback_at")
        if callback_at.tzinfo is None:
            raise Invalid("callback_at needs a UTC offset, such as 2026-11-23T15:00:00+08:00", field="callback_at")
        if callback_at <= self._clock.now():
            raise Invalid("callback_at lies in the past; choose a time to come", field="callback_at")


def _of_live(live: LiveCall) -> _Conversation:
    call = live.call
    if call.connected_at is None:
        raise WrongState(
            f"no agent talks in call {call.attempt_id} yet: there is nothing to decide about", field="attempt_id"
        )
    attempt = replace(past(call, live.number), outcome=call.outcome or AttemptOutcome.HUMAN)
    return _Conversation(
        attempt=attempt, number=live.number, agent_id=call.agent_id or "", campaign=live.campaign, dossier=live.dossier
    )


def _past(row: AttemptRow) -> PastAttempt:
    return PastAttempt(
        attempt_id=row.attempt_id,
        campaign_id=row.campaign_id,
        lead_id=row.lead_id,
        number=row.number,
        placed_at=row.placed_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        outcome=row.outcome,
    )
