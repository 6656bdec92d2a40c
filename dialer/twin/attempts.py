"""Attempts and their recordings in memory."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from dialer.ports import AttemptConflict, AttemptDraft, AttemptRow, RecordingRow, Suppressed
from dialer.ports.pilots import PilotUnderWay
from dialer.twin import pilots
from dialer.twin.base import fits
from dialer.twin.do_not_call import holds
from dialer.twin.leads import MemoryLeads


class MemoryAttempts(MemoryLeads):
    async def open_attempt(self, draft: AttemptDraft) -> None:
        self._reach()
        if holds(self.rows, draft.number, draft.placed_at, draft.campaign_id):
            raise Suppressed("the number is on the do-not-call list")
        if self.rows.under_way[draft.lead_id] or self.rows.under_way[draft.number]:
            raise AttemptConflict("an attempt is under way")
        if draft.lead_id in self.rows.leads and self._called_now(self._numbers(draft.lead_id)):
            raise AttemptConflict("the person is being called, on this or another number")
        for inbound_id in self.rows.calling_in[True]:
            call = self.rows.inbound[inbound_id]
            if call.lead_id == draft.lead_id or call.caller == draft.number:
                raise AttemptConflict("the customer calls us")
        if draft.lead_id not in self.rows.leads:
            raise AttemptConflict("the lead is gone")
        self.rows.attempts[draft.attempt_id] = AttemptRow(
            attempt_id=draft.attempt_id,
            campaign_id=draft.campaign_id,
            campaign_code=self.rows.campaigns[draft.campaign_id].settings.code,
            lead_id=draft.lead_id,
            lead_name=self.rows.leads[draft.lead_id].name,
            number=draft.number,
            trunk=draft.trunk,
            worker=draft.worker,
            sip_call_id=draft.sip_call_id,
            caller_id=draft.caller_id,
            placed_at=draft.placed_at,
            script_version=draft.script_version,
            abandon_limit_s=draft.abandon_limit_s,
        )
        self.rows.made_under[draft.attempt_id] = draft.campaign_version

    async def active_attempts(self) -> list[AttemptRow]:
        return [row for row in self._attempts() if row.ended_at is None]

    async def attempts(
        self, *, campaign_id: int | None = None, lead_id: int | None = None, agent_id: str | None = None,
        since: datetime | None = None, after: str = "", limit: int = 1000,
    ) -> list[AttemptRow]:  # fmt: skip
        wanted = {"campaign_id": campaign_id, "lead_id": lead_id, "agent_id": agent_id}
        found = [
            row
            for row in self._attempts()
            if row.attempt_id > after and fits(row, wanted) and (since is None or row.placed_at >= since)
        ]
        return found[:limit]

    async def attempt(self, attempt_id: str) -> AttemptRow | None:
        self._reach()
        return self.rows.attempts.get(attempt_id)

    async def pilots_under_way(self) -> list[PilotUnderWay]:
        self._reach()
        return [pilots.under_way(self.rows, row) for row in self.rows.pilots.values() if row.decision is None]

    # recordings
    async def recording(self, recording_id: str) -> RecordingRow | None:
        row = self.rows.recordings.get(recording_id)
        return row and replace(row, agent_id=self._agent_of(row))

    async def recordings(
        self, *, campaign_id: int | None = None, agent_id: str | None = None, states: Collection[str] | None = None,
        since: datetime | None = None, until: datetime | None = None, after: str = "", limit: int = 1000,
    ) -> list[RecordingRow]:  # fmt: skip
        rows = [
            replace(row, agent_id=self._agent_of(row))
            for row in sorted(self.rows.recordings.values(), key=lambda row: row.recording_id)
        ]
        wanted = {"campaign_id": campaign_id, "agent_id": agent_id}
        found = [
            row
            for row in rows
            if row.recording_id > after
            and fits(row, wanted)
            and (states is None or row.state in states)
            and (since is None or (row.started_at is not None and row.started_at >= since))
            and (until is None or (row.started_at is not None and row.started_at < until))
        ]
        return found[:limit]

    # inside
    def _agent_of(self, row: RecordingRow) -> str | None:
        calls = self.rows.inbound if row.inbound else self.rows.attempts
        return calls[row.attempt_id].agent_id

    def _attempts(self) -> list[AttemptRow]:
        return sorted(self.rows.attempts.values(), key=lambda row: row.attempt_id)
