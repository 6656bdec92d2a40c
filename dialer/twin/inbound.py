"""Calls from customers in memory: the rules of `dialer.ports.inbound`, written a second time and simply."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from campaigns.campaign import dials
from campaigns.inbound import Acquaintance, InboundCounts, InboundOutcome
from campaigns.lead import DueKind, Lead, LeadNumber, LeadState
from dialer.domain import events as e
from dialer.ports import RecordingRow
from dialer.ports.inbound import InboundRow, NewCaller

if TYPE_CHECKING:
    from dialer.twin.ledger import Ledger


def apply(rows: Ledger, event: e.InboundEvent) -> None:
    if isinstance(event, e.InboundArrived):
        rows.inbound.setdefault(event.inbound_id, _arrived(rows, event))
        return
    row = rows.inbound[event.inbound_id]
    match event:
        case e.InboundAnswered() if row.answered_at is None:
            row = replace(
                row, answered_at=event.occurred_at, agent_id=event.agent_id, ring_s=event.ring_s, rings=event.rings
            )
        case e.InboundEnded() if row.ended_at is None:
            row = replace(row, ended_at=event.occurred_at, outcome=event.outcome, reason=event.reason, mos=event.mos)
        case e.InboundDisposed() if row.disposed_at is None:
            row = replace(
                row, disposed_at=event.occurred_at, disposition=event.code, note=event.note,
                callback_at=event.callback_at, agent_id=row.agent_id or event.agent_id,
            )  # fmt: skip
        case e.InboundCorrected() if row.disposed_at is not None:
            row = replace(row, disposition=event.code, note=event.note, callback_at=event.callback_at)
        case e.InboundAdopted() if row.lead_id is None:
            row = _of_lead(rows, replace(row, lead_id=event.lead_id, campaign_id=event.campaign_id))
    rows.inbound[event.inbound_id] = row


def reserved(rows: Ledger, event: e.RecordingReserved) -> None:
    row = rows.inbound.get(event.attempt_id)
    if row is None or row.campaign_id is None or event.recording_id in rows.recordings:
        return
    rows.inbound[event.attempt_id] = replace(row, recording_id=event.recording_id, recording_path=event.path)
    rows.recordings[event.recording_id] = RecordingRow(
        recording_id=event.recording_id, attempt_id=event.attempt_id, campaign_id=row.campaign_id,
        agent_id=row.agent_id, state="RESERVED", path=event.path, started_at=None, inbound=True,
    )  # fmt: skip


def _arrived(rows: Ledger, event: e.InboundArrived) -> InboundRow:
    return _of_lead(rows, InboundRow(
        inbound_id=event.inbound_id, trunk=event.trunk, worker=event.worker, sip_call_id=event.sip_call_id,
        caller=event.caller, called=event.called, campaign_id=event.campaign_id, campaign_code=None,
        lead_id=event.lead_id, lead_name=None, known=event.lead_id is not None, arrived_at=event.occurred_at,
    ))  # fmt: skip


def _of_lead(rows: Ledger, row: InboundRow) -> InboundRow:
    campaign = rows.campaigns[row.campaign_id] if row.campaign_id is not None else None
    lead = rows.leads.get(row.lead_id or 0)
    return replace(
        row, campaign_code=campaign.settings.code if campaign else None, lead_name=lead.name if lead else None
    )


class MemoryInbound:
    def __init__(self, rows: Callable[[], Ledger], new_id: Callable[[], int]) -> None:
        self._now, self._new_id = rows, new_id

    @property
    def _rows(self) -> Ledger:
        return self._now()

    async def acquaintances(self, caller: str) -> list[Acquaintance]:
        leads = [lead for lead in self._rows.leads.values() if caller and any(n.e164 == caller for n in lead.numbers)]
        return [self._acquaintance(lead) for lead in leads]

    def _acquaintance(self, lead: Lead) -> Acquaintance:
        rows = self._rows
        attempts = [row for row in rows.attempts.values() if row.lead_id == lead.lead_id]
        talks = [(row.connected_at, row.agent_id) for row in attempts if row.connected_at and row.agent_id]
        talks += [
            (row.answered_at, row.agent_id)
            for row in rows.inbound.values()
            if row.lead_id == lead.lead_id and row.answered_at and row.agent_id
        ]
        last = [agent for _, agent in sorted(talks, reverse=True)[:1]]
        return Acquaintance(
            lead_id=lead.lead_id,
            campaign_id=lead.campaign_id,
            running=dials(rows.campaigns[lead.campaign_id].state),
            open=lead.state is LeadState.OPEN,
            last_attempt_at=max((row.placed_at for row in attempts), default=None),
            agents=tuple(dict.fromkeys(agent for agent in (lead.owner, *last) if agent)),
        )

    async def active(self) -> list[InboundRow]:
        return [row for row in self._calls() if row.ended_at is None]

    async def find(self, inbound_id: str) -> InboundRow | None:
        return self._rows.inbound.get(inbound_id)

    async def page(
        self, *, campaign_id: int | None = None, lead_id: int | None = None, agent_id: str | None = None,
        outcome: InboundOutcome | None = None, to_adopt: bool = False, since: datetime | None = None,
        after: str = "", limit: int = 1000,
    ) -> list[InboundRow]:  # fmt: skip
        wanted: dict[str, Any] = {
            "campaign_id": campaign_id, "lead_id": lead_id, "agent_id": agent_id, "outcome": outcome,
        }  # fmt: skip
        found = [
            row
            for row in self._calls()
            if row.inbound_id > after
            and all(value is None or getattr(row, name) == value for name, value in wanted.items())
            and (not to_adopt or (row.ended_at is not None and row.lead_id is None and row.caller))
            and (since is None or row.arrived_at >= since)
        ]
        return found[:limit]

    async def counts(
        self, *, since: datetime | None, until: datetime | None, campaign_id: int | None, within_rings: int
    ) -> InboundCounts:
        over = [
            row
            for row in await self.page(campaign_id=campaign_id, since=since, limit=10**9)
            if row.ended_at is not None and (until is None or row.arrived_at < until)
        ]
        answered = [row for row in over if row.outcome is InboundOutcome.ANSWERED]
        return InboundCounts(
            by_outcome=dict(Counter(str(row.outcome) for row in over)),
            within_rings=sum(row.rings is not None and row.rings <= within_rings for row in answered),
            unknown_callers=sum(not row.known for row in over),
            to_adopt=sum(row.lead_id is None and row.caller != "" for row in over),
            ring_s=sum(row.ring_s or 0.0 for row in answered),
            talk_s=sum(
                (row.ended_at - row.answered_at).total_seconds() for row in answered if row.ended_at and row.answered_at
            ),
            by_agent=dict(Counter(row.agent_id for row in answered if row.agent_id)),
        )

    async def enter(self, caller: NewCaller, *, due_at: datetime, at: datetime) -> int:
        for lead in self._rows.leads.values():
            if lead.campaign_id == caller.campaign_id and any(n.e164 == caller.number for n in lead.numbers):
                return lead.lead_id
        lead_id = self._new_id()
        self._rows.leads[lead_id] = Lead(
            lead_id=lead_id, campaign_id=caller.campaign_id, name=caller.name,
            numbers=(LeadNumber(number_id=self._new_id(), e164=caller.number),), country=caller.country,
            time_zone=caller.time_zone, due_at=due_at, due_kind=DueKind.CALLBACK, owner=caller.owner,
            source=caller.source, created_at=at,
        )  # fmt: skip
        return lead_id

    def _calls(self) -> list[InboundRow]:
        return sorted(self._rows.inbound.values(), key=lambda row: row.inbound_id)
