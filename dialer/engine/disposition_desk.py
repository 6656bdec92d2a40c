"""What agents decide about their conversations, whenever they decide it: during the call, in wrap-up or later."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from campaigns.attempt import AttemptOutcome, PastAttempt
from campaigns.callback import Callback, CallbackState
from campaigns.campaign import Campaign
from campaigns.disposition import Disposition
from campaigns.lead import Dossier
from campaigns.promise import aftermath, conversation
from campaigns.retry import next_step
from dialer.clock import Clock
from dialer.domain.events import CallDisposed, DispositionCorrected, DomainEvent
from dialer.engine.agent_desk import AgentDesk
from dialer.engine.call_desk import CallDesk
from dialer.engine.call_end import lead_events, past, stage_moved, with_attempt
from dialer.engine.campaign_desk import CampaignDesk
from dialer.engine.corrections import Saved, may_correct, withdraw
from dialer.engine.journal import Journal
from dialer.engine.live_call import LiveCall
from dialer.engine.promises import Made, check_promise, known_agent, reopen, with_promises
from dialer.engine.settings import Policies
from dialer.errors import Invalid, NotFound, WrongState
from dialer.ports import AttemptRow, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What an agent decides about a conversation. `callback_for`: "me", "anyone" or an agent's id; "" is anyone."""

    code: str
    note: str = ""
    callback_at: datetime | None = None
    callback_for: str = ""
    appointment_at: datetime | None = None


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

    async def dispose(self, attempt_id: str, decision: Decision, *, agent_id: str | None) -> None:
        """Durable when it returns. The same disposition once more is no fault; another one is refused."""
        live = self._calls.get(attempt_id)
        row = await self._row(attempt_id) if live is None else None
        talk = await self._conversation(attempt_id, live, row)
        previous = row.disposition if row is not None else None
        chosen = self._chosen(talk, decision, again=previous == decision.code)
        if previous == decision.code:
            return
        if previous is not None or (live is not None and live.settled):
            raise WrongState(
                f"call {attempt_id} has the disposition {previous or 'of its agent'} already; correct that one",
                field="code",
            )
        keeper = await self._keeper(talk, decision, agent_id)
        opened = await self._taken_back(talk, chosen) if live is None else None
        await self._write(talk, chosen, decision, keeper, opened, agent_id=agent_id, live=live)
        self._agents.wrapped_up(talk.agent_id, attempt_id)

    async def correct(self, attempt_id: str, decision: Decision, *, by: str) -> None:
        """Another disposition than the one saved, within a day, by the agent himself or by somebody who is no agent.

        Where the lead has been called since, only the record is corrected. Durable when it returns.
        """
        row = await self._row(attempt_id)
        talk = await self._conversation(attempt_id, None, row)
        assert row is not None  # else there is no such conversation
        chosen = self._chosen(talk, decision, again=False)
        saved = Saved(call_id=attempt_id, agent_id=talk.agent_id, code=row.disposition, at=row.disposed_at)
        await may_correct(self._store, talk.campaign.settings, saved, decision.code, by=by, now=self._clock.now())
        keeper = await self._keeper(talk, decision, talk.agent_id)
        await self._journal.commit(await self._corrected(talk, row, chosen, decision, keeper, by=by))

    async def _corrected(
        self, talk: _Conversation, row: AttemptRow, chosen: Disposition, decision: Decision, keeper: str | None, *,
        by: str,
    ) -> list[DomainEvent]:  # fmt: skip
        now, lead = self._clock.now(), talk.dossier.lead
        corrected = DispositionCorrected(
            occurred_at=now,
            attempt_id=row.attempt_id,
            campaign_id=row.campaign_id,
            lead_id=lead.lead_id,
            agent_id=talk.agent_id,
            previous=row.disposition or "",
            code=chosen.code,
            by=by,
            note=decision.note or row.note,
            callback_at=decision.callback_at,
        )
        if self._calls.of_lead(lead.lead_id) is not None or _called_since(talk):
            return [corrected]
        withdrawn = withdraw(talk.dossier.callback, row.attempt_id, by=by, now=now)
        if withdrawn:
            talk = replace(talk, dossier=replace(talk.dossier, callback=None))
        reopened = await self._taken_back(talk, chosen)
        as_before = replace(talk.dossier, lead=replace(lead, closed_reason=None))  # what closed it was the mistake
        found = replace(talk, dossier=as_before)
        return [corrected, *withdrawn, *self._decided(found, chosen, decision, keeper, reopened, by=by, now=now)]

    async def _write(
        self, talk: _Conversation, chosen: Disposition, decision: Decision, keeper: str | None,
        opened: Callback | None, *, agent_id: str | None, live: LiveCall | None,
    ) -> None:  # fmt: skip
        now, lead, by = self._clock.now(), talk.dossier.lead, agent_id or talk.agent_id
        disposed = CallDisposed(
            occurred_at=now,
            attempt_id=talk.attempt.attempt_id,
            campaign_id=talk.campaign.campaign_id,
            lead_id=lead.lead_id,
            agent_id=by,
            code=chosen.code,
            note=decision.note,
            callback_at=decision.callback_at,
            appointment_at=decision.appointment_at,
        )
        later = self._calls.of_lead(lead.lead_id)
        if live is not None:
            live.settled = True
        elif later is not None:
            later.promised = True
        await self._journal.commit([disposed, *self._decided(talk, chosen, decision, keeper, opened, by=by, now=now)])
        if later is not None and live is None:
            later.dossier = await self._store.dossier(lead.lead_id, now=self._clock.now())

    def _decided(
        self, talk: _Conversation, chosen: Disposition, decision: Decision, keeper: str | None,
        opened: Callback | None, *, by: str, now: datetime,
    ) -> list[DomainEvent]:  # fmt: skip
        """`opened`: a callback that this very conversation seemed to keep, and did not."""
        settings, lead = talk.campaign.settings, talk.dossier.lead
        policy = self._policies.of(settings, lead.country)
        dossier = with_attempt(talk.dossier, talk.attempt)
        if opened is not None:
            dossier = replace(dossier, callback=replace(opened, state=CallbackState.OPEN))
        outcome = talk.attempt.outcome or AttemptOutcome.HUMAN
        step = next_step(
            settings, policy, dossier, number=talk.number, outcome=outcome, disposition=chosen,
            callback_at=decision.callback_at, appointment_at=decision.appointment_at, now=now,
        )  # fmt: skip
        found = aftermath(
            settings, policy, dossier, step, outcome=AttemptOutcome.MACHINE if chosen.machine else outcome,
            disposition=chosen, callback_at=decision.callback_at, callback_for=keeper, now=now,
        )  # fmt: skip
        meaning = lead_events(found.step, talk.dossier, now=now, source=chosen.label)
        made = Made(by=by, attempt_id=talk.attempt.attempt_id, note=decision.note)
        again = [reopen(opened, talk.attempt.attempt_id, now)] if opened is not None else []
        moved = stage_moved(talk.dossier.lead, chosen, settings, by=by, attempt_id=talk.attempt.attempt_id, now=now)
        return [*again, *with_promises(found, dossier, meaning, made=made, now=now), *moved]

    async def _taken_back(self, talk: _Conversation, chosen: Disposition) -> Callback | None:
        """The callback that the end of this call settled as kept, where its agent says there was no conversation."""
        if talk.dossier.callback is not None or conversation(AttemptOutcome.HUMAN, chosen):
            return None
        return await self._store.callbacks.settled_by(talk.attempt.attempt_id)

    async def _keeper(self, talk: _Conversation, decision: Decision, agent_id: str | None) -> str | None:
        """Who is to keep the promise; None: anyone."""
        match decision.callback_for:
            case "" | "anyone":
                return None
            case "me":
                return agent_id or talk.agent_id
            case other:
                return await known_agent(self._store, other, field="callback_for")

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

    def _chosen(self, talk: _Conversation, decision: Decision, *, again: bool) -> Disposition:
        campaign, code = talk.campaign, decision.code
        found = next((d for d in campaign.settings.dispositions if d.code == code), None)
        if found is None:
            known = ", ".join(d.code for d in campaign.settings.dispositions)
            raise Invalid(
                f"disposition {code!r} is not one of campaign {campaign.settings.code}'s ({known})", field="code"
            )
        if decision.callback_at is not None or decision.callback_for:
            self._check_callback(talk, found, decision.callback_at, again=again)
        if decision.appointment_at is not None:
            self._check_appointment(found, decision.appointment_at)
        return found

    def _check_callback(
        self, talk: _Conversation, chosen: Disposition, callback_at: datetime | None, *, again: bool
    ) -> None:
        if not chosen.callback:
            raise Invalid(f"disposition {chosen.code} promises no callback; leave callback_at out", field="callback_at")
        if callback_at is None or again:
            return
        settings, lead = talk.campaign.settings, talk.dossier.lead
        check_promise(settings, self._policies.of(settings, lead.country), lead, callback_at, self._clock.now())

    def _check_appointment(self, chosen: Disposition, appointment_at: datetime) -> None:
        if not chosen.appointment:
            raise Invalid(
                f"disposition {chosen.code} books no appointment; leave appointment_at out", field="appointment_at"
            )
        if appointment_at.tzinfo is None:
            raise Invalid(
                "appointment_at needs a UTC offset, such as 2026-11-23T15:00:00+08:00", field="appointment_at"
            )
        if appointment_at <= self._clock.now():
            raise Invalid("appointment_at lies in the past; choose a time to come", field="appointment_at")


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


def _called_since(talk: _Conversation) -> bool:
    own = (a for a in talk.dossier.history if a.lead_id == talk.dossier.lead.lead_id)
    return any(a.placed_at > talk.attempt.placed_at for a in own)


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
        talked=row.connected_at is not None,
    )
