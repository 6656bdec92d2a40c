"""What agents decide about customers' calls, and how an unknown caller becomes a lead."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from campaigns.attempt import AttemptOutcome, PastAttempt
from campaigns.campaign import Campaign
from campaigns.disposition import Disposition
from campaigns.lead import Dossier
from campaigns.promise import aftermath
from campaigns.retry import next_step
from dialer.clock import Clock
from dialer.domain.events import DomainEvent, InboundAdopted, InboundCorrected, InboundDisposed
from dialer.engine.agent_desk import AgentDesk
from dialer.engine.call_end import lead_events, with_attempt
from dialer.engine.campaign_desk import CampaignDesk
from dialer.engine.corrections import Saved, may_correct, withdraw
from dialer.engine.disposition_desk import Decision
from dialer.engine.inbound_adoption import SERVED, adopt, new_caller
from dialer.engine.inbound_close import conversation
from dialer.engine.inbound_desk import InboundDesk
from dialer.engine.journal import Journal
from dialer.engine.live_inbound import LiveInbound
from dialer.engine.promises import Made, check_promise, known_agent, with_promises
from dialer.engine.settings import Policies
from dialer.errors import Invalid, NotFound, WrongState
from dialer.ports import Store
from dialer.ports.inbound import InboundRow


@dataclass(frozen=True, slots=True, kw_only=True)
class _Talk:
    inbound_id: str
    agent_id: str
    caller: str
    campaign: Campaign
    attempt: PastAttempt  # its lead is not known before `dossier` is
    dossier: Dossier | None
    disposition: str | None
    disposed_at: datetime | None = None


class InboundDispositions:
    def __init__(
        self, *, store: Store, journal: Journal, clock: Clock, policies: Policies, campaigns: CampaignDesk,
        desk: InboundDesk, agents: AgentDesk,
    ) -> None:  # fmt: skip
        self._store, self._journal, self._clock, self._policies = store, journal, clock, policies
        self._campaigns, self._desk, self._agents = campaigns, desk, agents

    async def owns(self, call_id: str) -> bool:
        """Whether that is a customer's call."""
        return self._desk.get(call_id) is not None or await self._row(call_id) is not None

    async def dispose(self, inbound_id: str, decision: Decision, *, agent_id: str | None) -> None:
        """Durable when it returns; an unknown caller is a lead from then on. Another disposition is refused."""
        live = self._desk.get(inbound_id)
        talk = await self._talk(inbound_id, live)
        chosen = _chosen(talk.campaign, decision)
        if talk.disposition == decision.code:
            return
        if talk.disposition is not None or (live is not None and live.settled):
            raise WrongState(
                f"call {inbound_id} has the disposition {talk.disposition or 'of its agent'} already", field="code"
            )
        by = agent_id or talk.agent_id
        keeper = await self._keeper(decision, by)
        events, dossier = await self._acquainted(talk, by)
        self._check_time(talk, dossier, decision)
        now = self._clock.now()
        events.append(
            InboundDisposed(
                occurred_at=now,
                inbound_id=inbound_id,
                campaign_id=dossier.lead.campaign_id,
                lead_id=dossier.lead.lead_id,
                agent_id=by,
                code=chosen.code,
                note=decision.note,
                callback_at=decision.callback_at,
            )
        )
        if live is not None:
            live.settled, live.dossier = True, dossier
        await self._journal.commit([*events, *self._decided(talk, dossier, chosen, decision, keeper, by=by, now=now)])
        self._agents.wrapped_up(talk.agent_id, inbound_id)

    async def correct(self, inbound_id: str, decision: Decision, *, by: str) -> None:
        """As `DispositionDesk.correct`; a later call in either direction leaves only the record to be corrected."""
        talk = await self._talk(inbound_id, None)
        chosen, dossier, now = _chosen(talk.campaign, decision), talk.dossier, self._clock.now()
        saved = Saved(call_id=inbound_id, agent_id=talk.agent_id, code=talk.disposition, at=talk.disposed_at)
        await may_correct(self._store, talk.campaign.settings, saved, decision.code, by=by, now=now)
        assert dossier is not None  # whoever has a disposition is a lead
        keeper = await self._keeper(decision, talk.agent_id)
        self._check_time(talk, dossier, decision)
        corrected = InboundCorrected(
            occurred_at=now, inbound_id=inbound_id, campaign_id=dossier.lead.campaign_id, lead_id=dossier.lead.lead_id,
            agent_id=talk.agent_id, previous=talk.disposition or "", code=chosen.code, by=by, note=decision.note,
            callback_at=decision.callback_at,
        )  # fmt: skip
        if await self._spoken_since(talk, dossier):
            await self._journal.commit([corrected])
            return
        withdrawn = withdraw(dossier.callback, inbound_id, by=by, now=now)
        as_before = replace(dossier, lead=replace(dossier.lead, closed_reason=None))  # what closed it was the mistake
        again = self._decided(talk, as_before, chosen, decision, keeper, by=by, now=now)
        await self._journal.commit([corrected, *withdrawn, *again])

    async def _spoken_since(self, talk: _Talk, dossier: Dossier) -> bool:
        own = (a for a in dossier.history if a.lead_id == dossier.lead.lead_id)
        if dossier.active_numbers or any(a.placed_at > talk.attempt.placed_at for a in own):
            return True
        return bool(await self._store.inbound.page(lead_id=dossier.lead.lead_id, after=talk.inbound_id, limit=1))

    async def adopt(self, inbound_id: str, *, name: str, owner: str, code: str, by: str) -> int:
        """See `inbound_adoption.adopt`."""
        await self._journal.commit([])
        lead_id = await adopt(
            self._store, self._clock, self._journal.commit, inbound_id, name=name, owner=owner, code=code, by=by
        )
        live = self._desk.get(inbound_id)
        if live is not None and live.dossier is None:
            live.dossier = await self._store.dossier(lead_id, now=self._clock.now())
        return lead_id

    async def _acquainted(self, talk: _Talk, by: str) -> tuple[list[DomainEvent], Dossier]:
        if talk.dossier is not None:
            return [], talk.dossier
        now = self._clock.now()
        lead_id = await self._store.inbound.enter(
            new_caller(talk.caller, talk.campaign, owner=talk.agent_id), due_at=now + SERVED, at=now
        )
        adopted = InboundAdopted(
            occurred_at=now, inbound_id=talk.inbound_id, campaign_id=talk.campaign.campaign_id, lead_id=lead_id, by=by
        )
        return [adopted], await self._store.dossier(lead_id, now=now)

    def _decided(
        self, talk: _Talk, dossier: Dossier, chosen: Disposition, decision: Decision, keeper: str | None, *, by: str,
        now: datetime,
    ) -> list[DomainEvent]:  # fmt: skip
        """By the same rules as a conversation that we began. The callback it kept is settled already."""
        settings, lead = talk.campaign.settings, dossier.lead
        policy = self._policies.of(settings, lead.country)
        attempt = replace(talk.attempt, lead_id=lead.lead_id, disposition=chosen.code)
        seen = with_attempt(replace(dossier, callback=None), attempt)
        step = next_step(
            settings, policy, seen, number=talk.caller, outcome=AttemptOutcome.HUMAN, disposition=chosen,
            callback_at=decision.callback_at, appointment_at=decision.appointment_at, now=now,
        )  # fmt: skip
        found = aftermath(
            settings, policy, seen, step, outcome=AttemptOutcome.MACHINE if chosen.machine else AttemptOutcome.HUMAN,
            disposition=chosen, callback_at=decision.callback_at, callback_for=keeper, now=now,
        )  # fmt: skip
        meaning = lead_events(found.step, dossier, now=now, source=chosen.label)
        return with_promises(
            found, seen, meaning, made=Made(by=by, attempt_id=talk.inbound_id, note=decision.note), now=now
        )

    async def _keeper(self, decision: Decision, by: str) -> str | None:
        match decision.callback_for:
            case "" | "anyone":
                return None
            case "me":
                return by
            case other:
                return await known_agent(self._store, other, field="callback_for")

    def _check_time(self, talk: _Talk, dossier: Dossier, decision: Decision) -> None:
        if decision.callback_at is None:
            return
        settings = talk.campaign.settings
        policy = self._policies.of(settings, dossier.lead.country)
        check_promise(settings, policy, dossier.lead, decision.callback_at, self._clock.now())

    async def _talk(self, inbound_id: str, live: LiveInbound | None) -> _Talk:
        if live is not None and live.call.answered_at is not None:
            attempt = conversation(live, live.dossier.lead.lead_id if live.dossier else 0)
            return _Talk(
                inbound_id=inbound_id, agent_id=live.agent_id or live.call.agent_id or "", caller=live.caller,
                campaign=live.campaign, attempt=attempt, dossier=live.dossier, disposition=None,
            )  # fmt: skip
        row = await self._row(inbound_id)
        if row is None:
            raise NotFound(f"there is no call {inbound_id!r}", field="attempt_id")
        if row.answered_at is None or row.agent_id is None:
            raise WrongState(
                f"no agent talked in call {inbound_id}: there is nothing to decide about", field="attempt_id"
            )
        campaign = self._campaigns.by_id(row.campaign_id) if row.campaign_id is not None else None
        if campaign is None:
            raise NotFound(f"the campaign of call {inbound_id} is not known any more", field="attempt_id")
        dossier = await self._store.dossier(row.lead_id, now=self._clock.now()) if row.lead_id is not None else None
        attempt = PastAttempt(
            attempt_id=inbound_id, campaign_id=campaign.campaign_id, lead_id=row.lead_id or 0, number=row.caller,
            placed_at=row.arrived_at, answered_at=row.answered_at, ended_at=row.ended_at, outcome=AttemptOutcome.HUMAN,
        )  # fmt: skip
        return _Talk(
            inbound_id=inbound_id, agent_id=row.agent_id, caller=row.caller, campaign=campaign, attempt=attempt,
            dossier=dossier, disposition=row.disposition, disposed_at=row.disposed_at,
        )  # fmt: skip

    async def _row(self, inbound_id: str) -> InboundRow | None:
        """With everything that has happened up to now."""
        await self._journal.commit([])
        return await self._store.inbound.find(inbound_id)


def _chosen(campaign: Campaign, decision: Decision) -> Disposition:
    known = campaign.settings.dispositions
    found = next((one for one in known if one.code == decision.code), None)
    if found is None:
        codes = ", ".join(one.code for one in known)
        raise Invalid(
            f"disposition {decision.code!r} is not one of campaign {campaign.settings.code}'s ({codes})", field="code"
        )
    if (decision.callback_at is not None or decision.callback_for) and not found.callback:
        raise Invalid(f"disposition {found.code} promises no callback; leave callback_at out", field="callback_at")
    if decision.appointment_at is not None and not found.appointment:
        raise Invalid(
            f"disposition {found.code} books no appointment; leave appointment_at out", field="appointment_at"
        )
    return found
