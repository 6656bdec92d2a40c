"""Lists coming in, in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from campaigns.lead import CloseReason, Lead, LeadNumber, LeadState
from dialer.errors import NotFound, WrongState
from dialer.ports import ImportRow, NewLead
from dialer.twin.callbacks import of_lead
from dialer.twin.do_not_call import close_if_suppressed
from dialer.twin.leads import MemoryLeads


class MemoryImports(MemoryLeads):
    async def begin_import(self, campaign_id: int, *, file_name: str, sha256: str, at: datetime) -> int:
        import_id = next(self._ids)
        self._imports[import_id] = ImportRow(
            import_id=import_id, campaign_id=campaign_id, file_name=file_name, sha256=sha256, started_at=at,
            finished_at=None, undone_at=None, rows=0, accepted=0, duplicates=0, refused=0, refused_file="",
        )  # fmt: skip
        return import_id

    async def add_leads(self, import_id: int, rows: Sequence[NewLead], *, due_at: datetime) -> list[tuple[int, str]]:
        campaign_id = self._imports[import_id].campaign_id
        taken = {n.e164 for lead in self.rows.leads.values() if lead.campaign_id == campaign_id for n in lead.numbers}
        refused: list[tuple[int, str]] = []
        for row in rows:
            fresh = {e164: kind for kind, e164 in row.numbers if e164 not in taken}
            if not fresh:
                refused.append((row.row, row.numbers[0][1]))
                continue
            taken.update(fresh)
            self._add(campaign_id, import_id, row, fresh, due_at)
        return refused

    async def finish_import(
        self, import_id: int, *, at: datetime, rows: int, accepted: int, duplicates: int, refused: int,
        refused_file: str,
    ) -> None:  # fmt: skip
        self._imports[import_id] = replace(
            self._imports[import_id], finished_at=at, rows=rows, accepted=accepted, duplicates=duplicates,
            refused=refused, refused_file=refused_file,
        )  # fmt: skip
        for lead in tuple(self.rows.leads.values()):
            if lead.import_id == import_id:
                close_if_suppressed(self.rows, lead.lead_id)

    async def undo_import(self, import_id: int, *, at: datetime) -> tuple[int, int]:
        if import_id not in self._imports:
            raise NotFound(f"there is no import {import_id}")
        if self._imports[import_id].undone_at is not None:
            raise WrongState(f"import {import_id} was undone already")
        self._imports[import_id] = replace(self._imports[import_id], undone_at=at)
        dialled = {row.lead_id for row in self.rows.attempts.values()}
        removed = closed = 0
        self.rows.undone[import_id] = at
        for lead in [lead for lead in self.rows.leads.values() if lead.import_id == import_id]:
            if of_lead(self.rows, lead.lead_id) is not None:
                continue
            if lead.lead_id not in dialled and self._free(lead.lead_id, at):
                del self.rows.leads[lead.lead_id]
                removed += 1
            elif lead.state is LeadState.OPEN:
                self.rows.leads[lead.lead_id] = replace(
                    lead, state=LeadState.CLOSED, due_at=None, closed_reason=CloseReason.IMPORT_UNDONE
                )
                self.rows.leases.pop(lead.lead_id, None)
                closed += 1
        return removed, closed

    async def imports(self, campaign_id: int) -> list[ImportRow]:
        return [row for row in self._imports.values() if row.campaign_id == campaign_id]

    def _add(self, campaign_id: int, import_id: int, row: NewLead, fresh: Mapping[str, str], due_at: datetime) -> None:
        lead_id = next(self._ids)
        self.rows.leads[lead_id] = Lead(
            lead_id=lead_id,
            campaign_id=campaign_id,
            name=row.name,
            numbers=tuple(
                LeadNumber(number_id=next(self._ids), e164=e164, kind=kind, position=position)
                for position, (e164, kind) in enumerate(fresh.items())
            ),
            country=row.country,
            time_zone=row.time_zone,
            due_at=due_at,
            priority=row.priority,
            import_id=import_id,
            row=row.row,
            fields=dict(row.fields),
            owner=row.owner,
            source=row.source,
            segment=row.segment,
            skill=row.skill,
            value=row.value,
            created_at=due_at,
            external_id=row.external_id,
        )
