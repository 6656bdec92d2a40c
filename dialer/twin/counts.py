"""A campaign's counts in memory: every attempt is looked at."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from campaigns.attempt import AttemptOutcome
from campaigns.disposition import Disposition
from campaigns.statistics import ScriptCounts
from dialer.ports import AttemptCounts, AttemptRow
from dialer.twin.attempts import MemoryAttempts


class MemoryCounts(MemoryAttempts):
    async def counts(
        self, campaign_id: int, *, since: datetime | None = None, until: datetime | None = None
    ) -> AttemptCounts:
        rows = [
            row
            for row in self._attempts()
            if row.campaign_id == campaign_id
            and (since is None or row.placed_at >= since)
            and (until is None or row.placed_at < until)
        ]
        talks = [row for row in rows if row.connected_at is not None]
        persons = sorted(filter(_person, rows), key=lambda row: row.answered_at or row.placed_at)
        leads = self._listed(campaign_id)
        recordings = [
            rec
            for rec in self.rows.recordings.values()
            if rec.attempt_id in {row.attempt_id for row in rows} and rec.state == "FINALIZED"
        ]
        decided = {row.attempt_id: self._decided(row) for row in rows}
        agents: dict[str, Counter[str]] = defaultdict(Counter)
        for row in rows:
            if row.agent_id is not None:
                agents[row.agent_id].update(_figures(row, decided[row.attempt_id]))
        return AttemptCounts(
            leads=len(leads),
            leads_by_state=dict(Counter(str(lead.state) for lead in leads)),
            attempts=len(rows),
            outcomes=dict(Counter(str(row.outcome) for row in rows if row.outcome is not None)),
            dispositions=dict(Counter(row.disposition for row in rows if row.disposition is not None)),
            connected=len(talks),
            answered_by_person=sum(row.outcome in (AttemptOutcome.HUMAN, AttemptOutcome.ABANDONED) for row in rows),
            contacts=sum(d is not None and d.contact for d in decided.values()),
            successes=sum(d is not None and d.success for d in decided.values()),
            effective_calls=sum(_effective(row, decided[row.attempt_id]) for row in rows),
            talk_s=sum(_talk(row) for row in rows),
            recordings=len(recordings),
            recording_s=sum(rec.duration_s or 0.0 for rec in recordings),
            answer_to_agent_ms=tuple(
                (row.connected_at - row.answered_at).total_seconds() * 1000
                for row in sorted(talks, key=lambda row: row.connected_at or row.placed_at)
                if row.connected_at and row.answered_at
            ),
            customer_waits_ms=tuple(_waited(row) * 1000 for row in persons),
            connected_in_time=sum(row.connected_at is not None and not _late(row) for row in persons),
            connected_late=sum(_late(row) for row in persons),
            by_agent={agent: dict(figures) for agent, figures in agents.items()},
            by_hour=self._by_hour(campaign_id, rows, decided),
            by_script={label: _by_script(rows, decided, label) for label in {row.script_version for row in rows}},
        )

    def _decided(self, row: AttemptRow) -> Disposition | None:
        settings = self.rows.versions[row.campaign_id, self.rows.made_under[row.attempt_id]]
        return next((d for d in settings.dispositions if d.code == row.disposition), None)

    def _by_hour(
        self, campaign_id: int, rows: Sequence[AttemptRow], decided: Mapping[str, Disposition | None]
    ) -> dict[str, dict[str, int]]:
        zones = Counter(lead.time_zone for lead in self.rows.leads.values() if lead.campaign_id == campaign_id)
        own = self.rows.campaigns[campaign_id].settings.time_zone
        zone = ZoneInfo(own or next((name for name, _ in zones.most_common(1)), "") or "UTC")
        hours: dict[str, dict[str, int]] = {}
        for row in sorted(rows, key=lambda row: row.placed_at):
            hour = hours.setdefault(
                f"{row.placed_at.astimezone(zone):%Y-%m-%dT%H}", {"attempts": 0, "humans": 0, "successes": 0}
            )
            found = decided[row.attempt_id]
            hour["attempts"] += 1
            hour["humans"] += row.outcome is AttemptOutcome.HUMAN
            hour["successes"] += found is not None and found.success
        return hours


def _person(row: AttemptRow) -> bool:
    if row.answered_at is None:
        return False
    there = row.outcome is None and row.connected_at is not None
    return there or row.outcome in (AttemptOutcome.HUMAN, AttemptOutcome.ABANDONED)


def _waited(row: AttemptRow) -> float:
    over = row.connected_at or row.message_at or row.ended_at
    return (over - row.answered_at).total_seconds() if over and row.answered_at else 0.0


def _late(row: AttemptRow) -> bool:
    return row.connected_at is not None and row.abandon_limit_s is not None and _waited(row) > row.abandon_limit_s


def _talk(row: AttemptRow) -> float:
    return (row.ended_at - row.connected_at).total_seconds() if row.ended_at and row.connected_at else 0.0


def _effective(row: AttemptRow, decided: Disposition | None) -> bool:
    return decided is not None and decided.contact and _talk(row) > 30


def _figures(row: AttemptRow, decided: Disposition | None) -> dict[str, float]:
    contact = decided is not None and decided.contact
    return {
        "calls": row.connected_at is not None,
        "contacts": contact,
        "successes": decided is not None and decided.success,
        "effective_calls": _effective(row, decided),
        "talk_s": _talk(row),
    }


def _by_script(rows: list[AttemptRow], decided: Mapping[str, Disposition | None], label: str) -> ScriptCounts:
    own = [row for row in rows if row.script_version == label]
    found = [d for row in own if (d := decided[row.attempt_id]) is not None]
    return ScriptCounts(
        attempts=len(own),
        contacts=sum(d.contact for d in found),
        successes=sum(d.success for d in found),
        dispositions=dict(Counter(row.disposition for row in own if row.disposition is not None)),
    )
