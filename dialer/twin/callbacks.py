"""Promised calls in memory: the same rules as in SQL, written a second time and simply."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from campaigns.callback import Callback, CallbackState
from campaigns.lead import CloseReason, DueKind, LeadState
from campaigns.tickler import Item
from dialer.domain import events as e
from dialer.ports.callbacks import CallbackRow

if TYPE_CHECKING:
    from dialer.twin.ledger import Ledger

_OPEN = CallbackState.OPEN


def apply(rows: Ledger, event: e.DomainEvent) -> None:
    match event:
        case e.CallbackPromised():
            _promise(rows, event)
        case e.CallbackMoved():
            _change(rows, event, _OPEN, due_at=event.due_at, agent_id=event.agent_id, reason=event.reason)
        case e.CallbackSettled():
            _change(
                rows, event, _OPEN, state=event.state, settled_at=event.occurred_at, settled_by=event.by,
                settled_attempt=event.attempt_id, reason=event.reason,
            )  # fmt: skip
            _end_undone(rows, event.lead_id)
        case e.CallbackReopened() if of_lead(rows, event.lead_id) is None:
            _change(
                rows, event, CallbackState.KEPT, state=_OPEN, settled_at=None, settled_by="", settled_attempt=None,
                reason="",
            )  # fmt: skip
        case e.CallbackEscalated():
            lead = rows.leads[event.lead_id]
            if lead.for_agent == event.agent_id:
                rows.leads[event.lead_id] = replace(lead, escalates_at=event.occurred_at)


def lead_closed(rows: Ledger, event: e.LeadClosed) -> None:
    callback = of_lead(rows, event.lead_id)
    if callback is not None and rows.leads[event.lead_id].state is LeadState.CLOSED:
        missed = f"the lead was closed: {event.reason}"
        rows.callbacks[callback.callback_id] = replace(
            callback, state=CallbackState.MISSED, settled_at=event.occurred_at, reason=missed
        )


def of_lead(rows: Ledger, lead_id: int) -> Callback | None:
    return next((rows.callbacks[found] for found in rows.promised[lead_id]), None)


def _promise(rows: Ledger, event: e.CallbackPromised) -> None:
    if event.callback_id in rows.callbacks:
        return
    if older := of_lead(rows, event.lead_id):
        rows.callbacks[older.callback_id] = replace(
            older, state=CallbackState.CANCELLED, settled_at=event.occurred_at, settled_by=event.by,
            reason="another time was promised",
        )  # fmt: skip
    rows.callbacks[event.callback_id] = Callback(
        callback_id=event.callback_id, campaign_id=event.campaign_id, lead_id=event.lead_id, due_at=event.due_at,
        made_at=event.occurred_at, made_by=event.by, attempt_id=event.attempt_id, agent_id=event.agent_id,
        note=event.note,
    )  # fmt: skip


def _change(rows: Ledger, event: e.CallbackEvent, when: CallbackState, **values: object) -> None:
    callback = rows.callbacks.get(event.callback_id)
    if callback is not None and callback.state is when:
        rows.callbacks[event.callback_id] = replace(callback, **values)  # type: ignore[arg-type]


def _end_undone(rows: Ledger, lead_id: int) -> None:
    lead = rows.leads[lead_id]
    if lead.state is LeadState.OPEN and lead.import_id in rows.undone and of_lead(rows, lead_id) is None:
        rows.leads[lead_id] = replace(
            lead, state=LeadState.CLOSED, due_at=None, closed_reason=CloseReason.IMPORT_UNDONE
        )


class MemoryCallbacks:
    def __init__(self, rows: Callable[[], Ledger]) -> None:
        self._rows = rows

    async def find(self, callback_id: str) -> CallbackRow | None:
        found = self._rows().callbacks.get(callback_id)
        return None if found is None else self._row(found)

    async def settled_by(self, attempt_id: str) -> Callback | None:
        return next(
            (
                c
                for c in self._rows().callbacks.values()
                if c.settled_attempt == attempt_id and c.state is CallbackState.KEPT
            ),
            None,
        )

    async def page(
        self, *, states: Collection[CallbackState] | None = None, campaign_id: int | None = None,
        lead_id: int | None = None, agents: Collection[str] | None = None, due_from: datetime | None = None,
        due_until: datetime | None = None, after: str = "", limit: int = 1000,
    ) -> list[CallbackRow]:  # fmt: skip
        found = [
            row
            for row in self._every()
            if (states is None or row.callback.state in states)
            and campaign_id in (None, row.callback.campaign_id)
            and lead_id in (None, row.callback.lead_id)
            and (agents is None or _whose(row) in agents)
            and (due_from is None or row.callback.due_at >= due_from)
            and (due_until is None or row.callback.due_at < due_until)
            and row.callback.callback_id > after
        ]
        return found[:limit]

    async def waiting(self, *, now: datetime, limit: int) -> list[CallbackRow]:
        leads = self._rows().leads
        found = [
            row
            for row in self._every()
            if row.callback.state is _OPEN
            and row.callback.agent_id is not None
            and row.lead_state is LeadState.OPEN
            and leads[row.callback.lead_id].for_agent is not None
            and row.escalates_at is not None
            and row.escalates_at > now
        ]
        return sorted(found, key=lambda row: (row.callback.due_at, row.callback.callback_id))[:limit]

    async def counts(
        self, *, due_from: datetime, due_until: datetime, campaign_id: int | None = None,
        agents: Collection[str] | None = None,
    ) -> Mapping[CallbackState, int]:  # fmt: skip
        found = await self.page(
            campaign_id=campaign_id, agents=agents, due_from=due_from, due_until=due_until, limit=10**9
        )
        return Counter(row.callback.state for row in found)

    async def follow_ups(
        self, *, agents: Collection[str] | None, until: datetime, days: Sequence[datetime], limit: int
    ) -> tuple[list[Item], list[int]]:
        every = [item for item in self._items() if item.due_at < until and (agents is None or item.agent_id in agents)]
        every.sort(key=lambda item: (item.due_at, item.lead_id))
        counts = Counter(sum(bound <= item.due_at for bound in days) for item in every)
        return every[:limit], [counts[n] for n in range(len(days))]

    def _items(self) -> list[Item]:
        rows = self._rows()
        found = [
            Item(
                kind=DueKind.CALLBACK, due_at=row.callback.due_at, campaign_code=row.campaign_code,
                lead_id=row.callback.lead_id, lead_name=row.lead_name, time_zone=row.time_zone, agent_id=_whose(row),
                callback_id=row.callback.callback_id, note=row.callback.note, next_at=row.next_at,
            )
            for row in self._every()
            if row.callback.state is _OPEN
        ]  # fmt: skip
        for lead in rows.leads.values():
            planned = lead.due_kind in (DueKind.CADENCE, DueKind.REMINDER)
            if lead.due_at is not None and (planned or (lead.due_kind is DueKind.RETRY and lead.owner)):
                found.append(
                    Item(
                        kind=lead.due_kind, due_at=lead.due_at, lead_id=lead.lead_id, lead_name=lead.name,
                        campaign_code=rows.campaigns[lead.campaign_id].settings.code, time_zone=lead.time_zone,
                        agent_id=lead.owner, next_at=lead.due_at,
                    )
                )  # fmt: skip
        return found

    def _every(self) -> list[CallbackRow]:
        return [self._row(c) for _, c in sorted(self._rows().callbacks.items())]

    def _row(self, callback: Callback) -> CallbackRow:
        lead = self._rows().leads[callback.lead_id]
        return CallbackRow(
            callback=callback, campaign_code=self._rows().campaigns[callback.campaign_id].settings.code,
            lead_name=lead.name, lead_state=lead.state, time_zone=lead.time_zone, owner=lead.owner,
            next_at=lead.due_at, for_agent=lead.for_agent, escalates_at=lead.escalates_at,
        )  # fmt: skip


def _whose(row: CallbackRow) -> str:
    return row.callback.agent_id or row.owner
