"""Leads in memory: leased, given back, looked up."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import replace
from datetime import datetime, timedelta

from campaigns import order
from campaigns.attempt import AttemptOutcome, PastAttempt
from campaigns.hold import Hold
from campaigns.lead import Dossier, DueKind, Lead, LeadState
from campaigns.order import NO_TURNS, Turns
from dialer.errors import NotFound
from dialer.ports import AttemptRow
from dialer.twin.base import MemoryBase, fits
from dialer.twin.callbacks import of_lead

_PERIOD = timedelta(days=60)


class MemoryLeads(MemoryBase):
    async def lease(
        self, campaign_id: int, limit: int, *, owner: str, now: datetime, until: datetime,
        time_zones: Collection[str] | None = None, agent_guaranteed: bool | None = None,
        agents_ready: Collection[str] | None = None, skills: Collection[str] | None = None,
        turns: Turns[str] = NO_TURNS,
    ) -> list[Lead]:  # fmt: skip
        self._reach()
        talking = {row.lead_id for row in self.rows.attempts.values() if row.ended_at is None}
        due = [
            lead
            for lead in self._listed(campaign_id)
            if lead.state is LeadState.OPEN
            and lead.due_at is not None
            and lead.due_at <= now
            and self._free(lead.lead_id, now)
            and lead.lead_id not in talking
            and (time_zones is None or lead.time_zone in time_zones)
            and (agent_guaranteed is None or lead.agent_guaranteed is agent_guaranteed)
            and order.is_open(order.lane(lead, now), agents_ready, skills)
        ]
        leased: list[Lead] = []
        while due and len(leased) < limit:
            best = min(order.rank(lead.due_kind, lead.priority) for lead in due)
            equals = [lead for lead in due if order.rank(lead.due_kind, lead.priority) == best]
            [source] = turns.order({lead.source for lead in equals}, 1)
            first = min((lead for lead in equals if lead.source == source), key=order.key)
            due.remove(first)
            leased.append(first)
            turns = turns.after([source])
            self.rows.leases[first.lead_id] = (owner, until)
        return leased

    async def release(self, lead_id: int, *, owner: str) -> None:
        if self.rows.leases.get(lead_id, ("",))[0] == owner:
            del self.rows.leases[lead_id]

    async def postpone(self, lead_id: int, *, owner: str, until: datetime) -> None:
        if self.rows.leases.get(lead_id, ("",))[0] != owner:
            return
        del self.rows.leases[lead_id]
        lead = self.rows.leads[lead_id]
        if lead.state is LeadState.OPEN:
            self.rows.leads[lead_id] = replace(lead, due_at=until)

    async def next_due(
        self, campaign_id: int, *, now: datetime, time_zones: Collection[str] | None = None
    ) -> datetime | None:
        opened = [
            lead
            for lead in self._listed(campaign_id)
            if lead.state is LeadState.OPEN and (time_zones is None or lead.time_zone in time_zones)
        ]
        free = [lead.due_at for lead in opened if lead.due_at and self._free(lead.lead_id, now)]
        leased = [self.rows.leases[lead.lead_id][1] for lead in opened if lead.lead_id in self.rows.leases]
        return min(free, default=None) or min(leased, default=None)

    async def falls_due(
        self, campaign_id: int, *, now: datetime, time_zones: Collection[str] | None = None
    ) -> datetime | None:
        opened = [lead for lead in self._listed(campaign_id) if lead.state is LeadState.OPEN]
        known = [lead for lead in opened if time_zones is None or lead.time_zone in time_zones]
        due = [lead.due_at for lead in known if self._free(lead.lead_id, now)]
        waits = [lead.escalates_at for lead in opened if lead.due_at and lead.due_at <= now]
        ends = [self.rows.leases[lead.lead_id][1] for lead in opened if lead.lead_id in self.rows.leases]
        return min((at for at in (*due, *waits, *ends) if at is not None and at > now), default=None)

    async def time_zones(self, campaign_id: int) -> set[str]:
        self._reach()
        return {lead.time_zone for lead in self._listed(campaign_id) if lead.state is LeadState.OPEN}

    async def dossier(self, lead_id: int, *, now: datetime) -> Dossier:
        self._reach()
        lead = self.rows.leads.get(lead_id)
        if lead is None:
            raise NotFound(f"there is no lead {lead_id}")
        numbers = {n.e164 for n in lead.numbers}
        rows = [
            row
            for row in self.rows.attempts.values()
            if row.lead_id == lead_id or (row.number in numbers and row.placed_at >= now - _PERIOD)
        ]
        rows.sort(key=lambda row: (row.placed_at, row.attempt_id))
        return Dossier(
            lead=lead,
            history=tuple(_past(row) for row in rows),
            suppressed={n: Hold.both(met) for n in numbers if (met := self.rows.holds(n, now, lead.campaign_id))},
            active_numbers=self._called_now(numbers)
            | frozenset(
                number
                for row in self.rows.inbound.values()
                for number in numbers
                if row.ended_at is None and (row.lead_id == lead_id or row.caller == number)
            ),
            callback=of_lead(self.rows, lead_id),
        )

    async def leads(
        self, campaign_id: int, *, state: LeadState | None = None, kind: DueKind | None = None,
        source: str | None = None, owner: str | None = None, after: int = 0, limit: int = 100,
    ) -> list[Lead]:  # fmt: skip
        wanted = {"state": state, "due_kind": kind, "source": source, "owner": owner}
        found = [lead for lead in self._listed(campaign_id) if lead.lead_id > after and fits(lead, wanted)]
        return found[:limit]

    async def dossiers(self, campaign_id: int, *, now: datetime) -> AsyncIterator[Dossier]:
        async def stream() -> AsyncIterator[Dossier]:
            for lead in self._listed(campaign_id):
                yield await self.dossier(lead.lead_id, now=now)

        return stream()

    # inside
    def _numbers(self, lead_id: int) -> set[str]:
        lead = self.rows.leads.get(lead_id)
        return {n.e164 for n in lead.numbers} if lead else set()

    def _called_now(self, numbers: set[str]) -> frozenset[str]:
        """Numbers on which the person with these numbers is being called."""
        active = [row for row in self.rows.attempts.values() if row.ended_at is None]
        return frozenset(row.number for row in active if numbers & (self._numbers(row.lead_id) | {row.number}))

    def _free(self, lead_id: int, now: datetime) -> bool:
        lease = self.rows.leases.get(lead_id)
        return lease is None or lease[1] <= now


def _past(row: AttemptRow) -> PastAttempt:
    rang = row.ringing_at is not None or row.answered_at is not None or row.outcome in (None, AttemptOutcome.LOST)
    return PastAttempt(
        attempt_id=row.attempt_id,
        campaign_id=row.campaign_id,
        lead_id=row.lead_id,
        number=row.number,
        placed_at=row.placed_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        outcome=row.outcome,
        disposition=row.disposition,
        rang=rang,
    )
