"""A small telemarketing shop around a store, so that the tests can tell stories."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from campaigns.attempt import AttemptOutcome
from campaigns.campaign import Campaign, CampaignSettings
from campaigns.lead import Lead
from dialer.domain import events as e
from dialer.domain.ids import new_id
from dialer.ports import AttemptDraft, NewLead, Store

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
E = TypeVar("E", bound=e.CallEvent)


def settings(code: str = "autumn", **changes: Any) -> CampaignSettings:
    return CampaignSettings(code=code, name=code.title(), trunks=("carrier",), **changes)


def number(n: int) -> str:
    return f"+86138{n:08d}"


def row(n: int, *numbers: str, **changes: Any) -> NewLead:
    wanted = {"country": "CN", "time_zone": "Asia/Shanghai", "name": f"Customer {n}"} | changes
    return NewLead(row=n, numbers=tuple(("main", e164) for e164 in numbers or (number(n),)), **wanted)


@dataclass(slots=True)
class Shop:
    store: Store
    campaign: Campaign
    now: datetime = NOON
    _calls: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def campaign_id(self) -> int:
        return self.campaign.campaign_id

    def passes(self, **period: float) -> datetime:
        self.now += timedelta(**period)
        return self.now

    async def imports(self, *rows: NewLead, due_at: datetime | None = None) -> int:
        import_id = await self.store.begin_import(self.campaign_id, file_name="list.csv", sha256="00", at=self.now)
        refused = await self.store.add_leads(import_id, rows, due_at=due_at or self.now)
        await self.store.finish_import(
            import_id,
            at=self.now,
            rows=len(rows),
            accepted=len(rows) - len(refused),
            duplicates=len(refused),
            refused=0,
            refused_file="",
        )
        return import_id

    async def has(self, leads: int, **changes: Any) -> list[Lead]:
        await self.imports(*(row(n, **changes) for n in range(1, leads + 1)))
        return await self.store.leads(self.campaign_id)

    async def leases(
        self, limit: int = 100, *, owner: str = "engine", minutes: float = 10, **filters: Any
    ) -> list[Lead]:
        until = self.now + timedelta(minutes=minutes)
        return await self.store.lease(self.campaign_id, limit, owner=owner, now=self.now, until=until, **filters)

    async def lead(self, lead_id: int) -> Lead:
        return (await self.store.dossier(lead_id, now=self.now)).lead

    def draft(self, lead: Lead, **changes: Any) -> AttemptDraft:
        at = self.now + timedelta(milliseconds=next(self._calls))
        wanted = {
            "attempt_id": new_id(at),
            "campaign_id": lead.campaign_id,
            "campaign_version": 1,
            "lead_id": lead.lead_id,
            "number": lead.numbers[0].e164,
            "trunk": "carrier",
            "worker": "w1",
            "sip_call_id": f"call-{at.timestamp()}",
            "caller_id": "+862112345678",
            "placed_at": self.now,
        } | changes
        return AttemptDraft(**wanted)

    async def dials(self, lead: Lead, **changes: Any) -> AttemptDraft:
        draft = self.draft(lead, **changes)
        await self.store.open_attempt(draft)
        return draft

    def event(self, kind: type[E], call: AttemptDraft, *, after_s: float = 0, **fields: Any) -> E:
        return kind(
            occurred_at=call.placed_at + timedelta(seconds=after_s),
            attempt_id=call.attempt_id,
            campaign_id=call.campaign_id,
            lead_id=call.lead_id,
            **fields,
        )

    def conversation(
        self, call: AttemptDraft, *, agent: str = "mei", talk_s: float = 60, disposition: str = "SALE"
    ) -> list[e.DomainEvent]:
        """Rings after 2 s, answered after 10, connected 0.25 s later."""
        end = 10.25 + talk_s
        placed: Sequence[e.DomainEvent] = (
            self.event(e.CallPlaced, call, sip_call_id=call.sip_call_id, trunk=call.trunk, worker=call.worker),
            self.event(e.CallRinging, call, after_s=2),
            self.event(e.CallAnswered, call, after_s=10),
            self.event(e.CallConnected, call, after_s=10.25, agent_id=agent),
            self.ended(call, AttemptOutcome.HUMAN, after_s=end, sip_status=200, agent_id=agent, mos=4.2),
            self.event(e.CallDisposed, call, after_s=end + 5, agent_id=agent, code=disposition, note="wants a ride"),
        )
        return list(placed)

    def ended(self, call: AttemptDraft, outcome: AttemptOutcome, *, after_s: float = 20, **fields: Any) -> e.CallEnded:
        return self.event(e.CallEnded, call, after_s=after_s, outcome=outcome, **fields)

    async def fails(self, lead: Lead, outcome: AttemptOutcome = AttemptOutcome.BUSY, **changes: Any) -> AttemptDraft:
        """Dialled and over, without a conversation."""
        call = await self.dials(lead, **changes)
        await self.store.record([self.ended(call, outcome)])
        return call


async def open_shop(store: Store, code: str = "autumn", **changes: Any) -> Shop:
    return Shop(store, await store.add_campaign(settings(code, **changes), at=NOON))
