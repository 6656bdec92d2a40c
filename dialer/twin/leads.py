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
from campaigns.places import Place
from dialer.errors import NotFound
from dialer.ports import AttemptRow
from dialer.twin.base import MemoryBase, fits
from dialer.twin.callbacks import of_lead
from dialer.twin.do_not_call import holds

_PERIOD = timedelta(days=60)


class MemoryLeads(MemoryBase):
    async def lease(
        self, campaign_id: int, limit: int, *, owner: str, now: datetime, until: datetime,
        time_zones: Collection[str] | None = None, agent_guaranteed: bool | None = None,
        agents_ready: Collection[str] | None = None, skills: Collection[str] | None = None,
        turns: Turns[str] = NO_TURNS, own_only: bool = False,
    ) -> list[Lead]:  # fmt: skip
        self._reach()

        own_lanes = [f"a:{agent}" for agent in agents_ready or ()]

        def fits(lead: Lead) -> bool:
            return (
                self._leasable(lead, now)
                and (not own_only or order.lane(lead, now) in own_lanes)
                and (agent_guaranteed is None or lead.agent_guaranteed is agent_guaranteed)
                and order.is_open(order.lane(lead, now), agents_ready, skills)
            )

        leased: list[Lead] = []
        while len(leased) < limit:
            first = self.rows.due[campaign_id].first(now, time_zones, turns, fits)
            if first is None:
                break
            leased.append(first)
            turns = turns.after([first.source])
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
        due, leads = self.rows.due[campaign_id], self.rows.leads

        def free(lead: Lead) -> bool:
            known = time_zones is None or lead.time_zone in time_zones
            return known and self._complete(lead.import_id) and self._free(lead.lead_id, now)

        first = next(filter(free, due.due(now)), None) or next(filter(free, due.later(now)), None)
        if first is not None:
            return first.due_at
        leased = ((leads[lead_id], until) for lead_id, (_, until) in self.rows.leases.items() if lead_id in leads)
        return min((until for lead, until in leased if _open(lead, campaign_id, time_zones)), default=None)

    async def falls_due(
        self, campaign_id: int, *, now: datetime, time_zones: Collection[str] | None = None
    ) -> datetime | None:
        due, leads = self.rows.due[campaign_id], self.rows.leads
        later = next(
            (
                lead.due_at
                for lead in due.later(now)
                if (time_zones is None or lead.time_zone in time_zones)
                and self._complete(lead.import_id)
                and self._free(lead.lead_id, now)
            ),
            None,
        )
        waits = [lead.escalates_at for lead in due.escalating() if lead.due_at and lead.due_at <= now]
        leased = ((leads[lead_id], until) for lead_id, (_, until) in self.rows.leases.items() if lead_id in leads)
        ends = [until for lead, until in leased if _open(lead, campaign_id, None)]
        return min((at for at in (later, *waits, *ends) if at is not None and at > now), default=None)

    async def places(self, campaign_id: int) -> set[Place]:
        self._reach()
        return self.rows.due[campaign_id].places(self._complete)

    async def dossier(self, lead_id: int, *, now: datetime) -> Dossier:
        self._reach()
        lead = self.rows.leads.get(lead_id)
        if lead is None:
            raise NotFound(f"there is no lead {lead_id}")
        numbers = {n.e164 for n in lead.numbers}
        rows = sorted(self._known(lead_id, numbers, now - _PERIOD), key=lambda row: (row.placed_at, row.attempt_id))
        return Dossier(
            lead=lead,
            history=tuple(_past(row) for row in rows),
            suppressed={n: Hold.both(met) for n in numbers if (met := holds(self.rows, n, now, lead.campaign_id))},
            active_numbers=self._called_now(numbers)
            | frozenset(
                number
                for row in (self.rows.inbound[found] for found in self.rows.calling_in[True])
                for number in numbers
                if row.lead_id == lead_id or row.caller == number
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
        groups: set[int | str] = {lead_id for number in numbers for lead_id in self.rows.reached_on[number]}
        active = {attempt_id for group in groups | numbers for attempt_id in self.rows.under_way[group]}
        return frozenset(self.rows.attempts[attempt_id].number for attempt_id in active)

    def _known(self, lead_id: int, numbers: set[str], since: datetime) -> list[AttemptRow]:
        """Attempts on the lead, and those since then on its numbers."""
        found = set(self.rows.made_to[lead_id])
        for number in numbers:
            found.update(a for a in self.rows.made_on[number] if self.rows.attempts[a].placed_at >= since)
        return [self.rows.attempts[attempt_id] for attempt_id in found]

    def _leasable(self, lead: Lead, now: datetime) -> bool:
        talking = bool(self.rows.under_way[lead.lead_id])
        return not talking and self._complete(lead.import_id) and self._free(lead.lead_id, now)

    def _free(self, lead_id: int, now: datetime) -> bool:
        lease = self.rows.leases.get(lead_id)
        return lease is None or lease[1] <= now


def _open(lead: Lead, campaign_id: int, zones: Collection[str] | None) -> bool:
    listed = lead.campaign_id == campaign_id and lead.state is LeadState.OPEN
    return listed and (zones is None or lead.time_zone in zones)


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
        talked=row.connected_at is not None,
    )
