"""From a leased lead to a call: the rules once more, a line, the row, and only then the call's task."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from campaigns.attempt import AttemptOutcome
from campaigns.campaign import Campaign
from campaigns.guarantee import guarantee
from campaigns.idle import IdleReason
from campaigns.lead import CloseReason, Dossier, Lead
from campaigns.policy import Policy, limits
from campaigns.promise import kept_for
from campaigns.retry import lapsed
from campaigns.step import Again
from campaigns.verdict import Verdict, verdict
from dialer.domain.call import Call, CallGivenUp
from dialer.domain.events import LeadClosed
from dialer.domain.ids import new_id
from dialer.domain.line import HeldLine
from dialer.domain.matching import Candidate
from dialer.engine.attempt_draft import draft_of, order_of
from dialer.engine.call_desk import CallDesk
from dialer.engine.call_end import blocked_until, lead_events
from dialer.engine.live_call import LiveCall
from dialer.engine.promises import rescheduled
from dialer.engine.staffing import Staffing
from dialer.engine.switchboard import Switchboard
from dialer.ports import AttemptConflict, Store, Suppressed
from sip.errors import RateLimited, TelephonyError, UnknownTrunk

_CLOSES: Final = {"number_usable": CloseReason.INVALID_NUMBER}
_NOT_NOW: Final = frozenset({"lead_open", "not_in_flight"})  # its state is somebody else's to change
_CONFLICT: Final = timedelta(minutes=1)


class Tried(StrEnum):
    PLACED = "placed"
    BLOCKED = "blocked"  # the lead was put back with a later time, or closed
    HALTED = "halted"  # no agent or line: the lead is due as before
    NOT_FREE = "not_free"  # whoever may take it has just got another call: due as before, others go on


@dataclass(frozen=True, slots=True)
class Result:
    tried: Tried
    idle: IdleReason | None = None


_PLACED, _BLOCKED, _NOT_FREE = Result(Tried.PLACED), Result(Tried.BLOCKED), Result(Tried.NOT_FREE)


class Attempts:
    """`owner` holds the leases."""

    def __init__(self, store: Store, board: Switchboard, calls: CallDesk, staffing: Staffing, owner: str) -> None:
        self._store, self._board, self._calls, self._staffing = store, board, calls, staffing
        self.owner = owner
        self._doubtful: list[Call] = []
        self.over_dials: Callable[[int], bool] = lambda _: False  # places calls that no agent is ready for

    async def make(self, campaign: Campaign, leads: Sequence[Lead], *, covered: bool = True) -> list[Result]:
        """One result for each lead. What waits for the store waits together; who gets which line is decided in order.

        `covered`: each with a ready agent who is not needed for another attempt; else ahead of agents who are not free
        yet, and then nobody is called who may be called only with an agent reserved for him.

        A store that is away leaves the leads to the end of their leases, and raises.
        """
        now = self._board.clock.now()
        dossiers = await asyncio.gather(*(self._store.dossier(lead.lead_id, now=now) for lead in leads))
        steps = (self._step(campaign, dossier, now, covered=covered) for dossier in dossiers)
        results = await asyncio.gather(*steps, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return [result for result in results if isinstance(result, Result)]

    async def _step(self, campaign: Campaign, dossier: Dossier, now: datetime, *, covered: bool) -> Result:
        """Everything is decided before the first wait, so that one lead after another finds what the last one left."""
        policy = self._board.settings.policies.of(campaign.settings, dossier.lead.country)
        found = verdict(dossier, campaign.settings, policy, now)
        if found.number is None or not found.dialable:
            return await self._set_aside(campaign, policy, dossier, found, now)
        own = guarantee(dossier.lead, dossier.history, found.number.e164, policy, now) is not None
        if own and not covered and not dossier.lead.agent_guaranteed:
            return await self._keep_agent(dossier.lead, now)
        own = own or (self.over_dials(campaign.campaign_id) and limits(campaign.settings, policy).abandon_rate_max <= 0)
        line, agent_id = self._room(campaign, dossier.lead, own=own) if covered else self._ahead(campaign, dossier, own)
        if isinstance(line, Result):
            return await self._give_back(dossier.lead, line)
        live = self._prepare(campaign, policy, dossier, found.number.e164, line=line, agent_id=agent_id)
        live.guaranteed = own
        self._calls.expect(live)
        return await self._commit(live, found, dossier.lead)

    async def examine(self, campaign: Campaign, lead: Lead) -> tuple[Dossier, str] | None:
        """A leased lead and the number that would be called; one that a rule blocks is set aside."""
        now = self._board.clock.now()
        dossier = await self._store.dossier(lead.lead_id, now=now)
        policy = self._board.settings.policies.of(campaign.settings, dossier.lead.country)
        found = verdict(dossier, campaign.settings, policy, now)
        if found.number is not None and found.dialable:
            return dossier, found.number.e164
        await self._set_aside(campaign, policy, dossier, found, now)
        return None

    async def make_shown(self, campaign: Campaign, lead: Lead, agent_id: str, preview_id: str) -> Result:
        """The call to a lead that this agent was shown and accepted. HALTED: it stays leased, and waits for a line."""
        now = self._board.clock.now()
        dossier = await self._store.dossier(lead.lead_id, now=now)
        policy = self._board.settings.policies.of(campaign.settings, dossier.lead.country)
        found = verdict(dossier, campaign.settings, policy, now)
        if found.number is None or not found.dialable:
            return await self._set_aside(campaign, policy, dossier, found, now)
        if not self._board.agents.holds(agent_id, preview_id):
            return await self._give_back(lead, _NOT_FREE)
        line = self._line(campaign, beside=self._board.open_legs.leg(agent_id))
        if isinstance(line, Result):
            return line
        self._board.agents.rebook(agent_id, preview_id, line.line_id)
        live = self._prepare(campaign, policy, dossier, found.number.e164, line=line, agent_id=agent_id)
        live.guaranteed = True
        self._calls.expect(live)
        return await self._commit(live, found, lead)

    def agents_idle(self, campaign_id: int) -> list[str]:
        """Ready agents on whom no attempt counts, the longest waiting first."""
        free = self._staffing.expendable(campaign_id, self._calls.demands())
        return [c.agent_id for c in sorted(free, key=lambda c: (c.waiting_since, c.agent_id))]

    async def _keep_agent(self, lead: Lead, now: datetime) -> Result:
        """Its number was abandoned under another lead: it waits for an agent as that one does, and others go on."""
        again = Again(
            due_at=lead.due_at or now, agent_guaranteed=True, reason="its number was abandoned before",
            kind=lead.due_kind, for_agent=lead.for_agent, escalates_at=lead.escalates_at,
        )  # fmt: skip
        await self._board.journal.commit([rescheduled(lead, again, now)])
        return _BLOCKED

    async def _give_back(self, lead: Lead, halted: Result) -> Result:
        await self._store.release(lead.lead_id, owner=self.owner)
        return halted

    async def settle_doubts(self) -> None:
        """Rows of which the store did not say whether they were written: nobody was called for them."""
        while self._doubtful:
            call = self._doubtful[-1]
            row = await self._store.attempt(call.attempt_id)
            if row is not None and row.ended_at is None:
                given_up = CallGivenUp(at=self._board.clock.now(), outcome=AttemptOutcome.FAILED, reason="not_placed")
                await self._board.journal.commit(call.apply(given_up))
            self._doubtful.pop()

    def _room(self, campaign: Campaign, lead: Lead, *, own: bool) -> tuple[HeldLine | Result, str | None]:
        """A line for it, and the agent kept free where one must be."""
        only = kept_for(lead, self._board.clock.now())
        kept = own or only is not None or bool(lead.skill)
        team = self._team(campaign.campaign_id, only, lead.skill, kept=kept)
        if not team:
            return _NOT_FREE if kept else Result(Tried.HALTED, IdleReason.AGENTS_COVERED), None
        line = self._line(campaign, beside=self._board.open_legs.leg(team[0].agent_id))
        return line, team[0].agent_id if kept else None

    def _ahead(self, campaign: Campaign, dossier: Dossier, own: bool) -> tuple[HeldLine | Result, str | None]:
        """A line for it; its agent will be whoever is free when it is answered."""
        lead = dossier.lead
        if own or lead.skill or kept_for(lead, self._board.clock.now()) is not None:
            return _NOT_FREE, None
        carried = Counter(live.line.worker for live in self._calls.wanting(campaign.campaign_id) if live.line.legs == 1)
        team = self._staffing.coming(campaign.campaign_id, carried)
        if not team:
            return Result(Tried.HALTED, IdleReason.NO_READY_AGENT), None
        return self._line(campaign, beside=self._board.open_legs.leg(team[0].agent_id)), None

    def _line(self, campaign: Campaign, *, beside: str | None) -> HeldLine | Result:
        line_id = new_id(self._board.clock.now())
        try:
            trunks = self._board.trunks.usable(campaign.settings.trunks)
            line = self._board.lines.take(line_id, trunks, beside=beside)
        except RateLimited:
            return Result(Tried.HALTED, IdleReason.RATE_LIMIT)
        except UnknownTrunk:
            return Result(Tried.HALTED, IdleReason.TRUNK_DOWN)
        except TelephonyError:  # busy, or the agent's open leg has just gone
            return Result(Tried.HALTED, IdleReason.NO_FREE_LINE)
        self._board.trunks.sent(line.trunk)
        return line

    def agents_free(self, campaign_id: int) -> list[str]:
        """Who may be kept for a customer that only he is to talk to."""
        return [c.agent_id for c in self._staffing.expendable(campaign_id, self._calls.demands())]

    def skills_of(self, agents: Collection[str]) -> set[str]:
        """What at least one of them can do."""
        return self._staffing.skills_of(agents)

    def _team(self, campaign_id: int, only: str | None, skill: str, *, kept: bool) -> list[Candidate]:
        """Who is kept for one customer must be able to talk to him; the agent he was promised is in any case."""
        demands = self._calls.demands()
        if not kept:
            return self._staffing.next_team(campaign_id, demands)
        free = self._staffing.expendable(campaign_id, demands)
        if only is None:
            able = [c for c in free if not skill or self._staffing.has_skill(c.agent_id, skill)]
            return sorted(able, key=lambda c: (c.waiting_since, c.agent_id))
        return [c for c in free if c.agent_id == only]

    def _prepare(
        self,
        campaign: Campaign,
        policy: Policy,
        dossier: Dossier,
        number: str,
        *,
        line: HeldLine,
        agent_id: str | None,
    ) -> LiveCall:
        """The line's id is the attempt's."""
        bounds, now = limits(campaign.settings, policy), self._board.clock.now()
        call = Call(
            attempt_id=line.line_id,
            campaign_id=campaign.campaign_id,
            lead_id=dossier.lead.lead_id,
            placed_at=now,
            abandon_limit_s=bounds.abandon_limit_s,
        )
        caller_id = campaign.settings.caller_id or self._board.trunks.trunks[line.trunk].caller_id
        if agent_id is not None and not self._board.agents.holds(agent_id, call.attempt_id):
            self._board.agents.reserve(agent_id, call.attempt_id)
        return LiveCall(
            call=call,
            campaign=campaign,
            policy=policy,
            limits=bounds,
            dossier=dossier,
            number=number,
            caller_id=caller_id,
            line=line,
            agent_id=agent_id,
        )

    async def _commit(self, live: LiveCall, found: Verdict, lead: Lead) -> Result:
        """The row before the INVITE. What the store refuses is undone."""
        sip_call_id = f"{live.attempt_id}@goldenhour"
        try:
            await self._store.open_attempt(
                draft_of(live, found, sip_call_id, self._staffing.script_of(live.campaign.settings))
            )
        except (AttemptConflict, Suppressed) as refusal:
            self._undo(live)
            wait = timedelta(days=1) if isinstance(refusal, Suppressed) else _CONFLICT
            await self._store.postpone(lead.lead_id, owner=self.owner, until=self._board.clock.now() + wait)
            return _BLOCKED
        except BaseException:
            self._undo(live)
            self._doubtful.append(live.call)
            raise
        self._calls.open(live, self._board, order_of(live, sip_call_id, self._board.settings.no_progress_s))
        return _PLACED

    def _undo(self, live: LiveCall) -> None:
        self._calls.discard(live)
        self._board.trunks.abandoned(live.line.trunk)
        self._board.lines.release(live.line, unused=True)
        if live.agent_id is not None:
            self._board.agents.free(live.agent_id, live.attempt_id)

    async def _set_aside(
        self, campaign: Campaign, policy: Policy, dossier: Dossier, found: Verdict, now: datetime
    ) -> Result:
        """A rule blocks it: due again when the rule clears; closed when nothing will clear it."""
        failed = {result.rule for result in found.rules if not result.passed}
        lead, step = dossier.lead, lapsed(campaign.settings, policy, dossier, now)
        if step is not None and not failed & _NOT_NOW:
            await self._board.journal.commit(lead_events(step, dossier, now=now, source="lapsed"))
            return _BLOCKED
        closing = next((reason for rule, reason in _CLOSES.items() if rule in failed), None)
        if closing is not None:
            closed = LeadClosed(occurred_at=now, campaign_id=lead.campaign_id, lead_id=lead.lead_id, reason=closing)
            await self._board.journal.commit([closed])
        else:
            until = blocked_until(found.clears_at, now, rules=failed)
            await self._store.postpone(lead.lead_id, owner=self.owner, until=until)
        return _BLOCKED
