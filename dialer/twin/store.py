"""The store in memory: passes the contract suite of the real ones, and can be told to be away."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from campaigns import order
from campaigns.attempt import AttemptOutcome, PastAttempt
from campaigns.campaign import Campaign, CampaignSettings, CampaignState
from campaigns.disposition import Disposition
from campaigns.hold import Hold
from campaigns.lead import CloseReason, Dossier, DueKind, Lead, LeadNumber, LeadState
from campaigns.order import NO_TURNS, Turns
from campaigns.script_version import Released
from campaigns.statistics import ScriptCounts
from dialer.domain import events as e
from dialer.domain.ids import new_id
from dialer.domain.topics import subject
from dialer.errors import AlreadyExists, NotFound, NotReachable, WrongState
from dialer.ports import (
    Agent,
    AttemptConflict,
    AttemptCounts,
    AttemptDraft,
    AttemptRow,
    ImportRow,
    NewLead,
    OutboxEntry,
    RecordingRow,
    Suppressed,
)
from dialer.ports.pilots import PilotUnderWay
from dialer.twin import pilots
from dialer.twin.callbacks import MemoryCallbacks, of_lead
from dialer.twin.inbound import MemoryInbound
from dialer.twin.ledger import Ledger, entry
from dialer.twin.standing import MemoryStandings
from dialer.twin.suppression import MemorySuppressionLists
from dialer.twin.web_leads import MemoryWebLeads

_ONCE = e.RecordingReserved | e.RecordingBegun | e.RecordingFinalized | e.RecordingLost
_PERIOD = timedelta(days=60)


class MemoryStore:
    """`away` makes every write fail as an unreachable database does; `events` is the journal in order."""

    def __init__(self) -> None:
        self.rows = Ledger()
        self.away = False
        self.events: list[e.DomainEvent] = []
        self.before_record: Callable[[Sequence[e.DomainEvent]], None] = lambda _: None
        self.released: list[Released] = []
        self._agents: dict[str, Agent] = {}
        self._imports: dict[int, ImportRow] = {}
        self._journal: dict[str, OutboxEntry] = {}
        self._seq = self._position = 0
        self._ids = iter(range(1, 10**9))
        self.callbacks = MemoryCallbacks(lambda: self.rows)
        self.standings = MemoryStandings(self)
        self.suppressions = MemorySuppressionLists(lambda: self.rows)
        self.inbound = MemoryInbound(lambda: self.rows, lambda: next(self._ids))
        self.web_leads = MemoryWebLeads(lambda: self.rows, lambda: next(self._ids))

    async def close(self) -> None:
        return None

    # campaigns
    async def add_campaign(self, settings: CampaignSettings, *, at: datetime, by: str = "", note: str = "") -> Campaign:
        if await self.campaign(settings.code) is not None:
            raise AlreadyExists(f"there is a campaign {settings.code} already", field="code")
        campaign = Campaign(campaign_id=next(self._ids), settings=settings, state=CampaignState.DRAFT, created_at=at)
        self.rows.campaigns[campaign.campaign_id] = campaign
        self.rows.versions[campaign.campaign_id, 1] = settings
        return campaign

    async def update_campaign(
        self, campaign_id: int, settings: CampaignSettings, *, at: datetime, by: str, note: str = "",
        expected: int | None = None,
    ) -> Campaign:  # fmt: skip
        if campaign_id not in self.rows.campaigns:
            raise NotFound(f"there is no campaign {campaign_id}")
        known = self.rows.campaigns[campaign_id]
        if expected not in (None, known.version):
            raise WrongState("the campaign was changed meanwhile", field="version")
        changed = replace(known, settings=settings, version=known.version + 1)
        self.rows.campaigns[campaign_id] = changed
        self.rows.versions[campaign_id, changed.version] = settings
        return changed

    async def campaigns(self) -> list[Campaign]:
        return list(self.rows.campaigns.values())

    async def campaign(self, code: str) -> Campaign | None:
        return next((c for c in self.rows.campaigns.values() if c.settings.code == code), None)

    # agents
    async def save_agent(self, agent: Agent) -> None:
        self._agents[agent.agent_id] = agent

    async def agents(self) -> list[Agent]:
        return list(self._agents.values())

    async def agent(self, agent_id: str) -> Agent | None:
        return self._agents.get(agent_id)

    # leads
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
        found = [lead for lead in self._listed(campaign_id) if lead.lead_id > after and _fits(lead, wanted)]
        return found[:limit]

    async def dossiers(self, campaign_id: int, *, now: datetime) -> AsyncIterator[Dossier]:
        async def stream() -> AsyncIterator[Dossier]:
            for lead in self._listed(campaign_id):
                yield await self.dossier(lead.lead_id, now=now)

        return stream()

    # attempts
    async def open_attempt(self, draft: AttemptDraft) -> None:
        self._reach()
        if self.rows.holds(draft.number, draft.placed_at, draft.campaign_id):
            raise Suppressed("the number is on the do-not-call list")
        for row in self.rows.attempts.values():
            if row.ended_at is None and (row.lead_id == draft.lead_id or row.number == draft.number):
                raise AttemptConflict("an attempt is under way")
        if draft.lead_id in self.rows.leads and self._called_now(self._numbers(draft.lead_id)):
            raise AttemptConflict("the person is being called, on this or another number")
        for call in self.rows.inbound.values():
            if call.ended_at is None and (call.lead_id == draft.lead_id or call.caller == draft.number):
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
        )
        self.rows.made_under[draft.attempt_id] = draft.campaign_version

    async def record(self, events: Sequence[e.DomainEvent]) -> None:
        self._reach()
        self.before_record(events)
        before, journaled = self.rows.copy(), dict(self._journal)
        try:
            for event in sorted(events, key=lambda event: isinstance(event, e.NumberSuppressed)):
                self.rows.apply(event)
            for event in events:
                self._append(event)
        except BaseException:
            self.rows, self._journal = before, journaled
            raise
        self.events.extend(events)

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
            if row.attempt_id > after and _fits(row, wanted) and (since is None or row.placed_at >= since)
        ]
        return found[:limit]

    async def attempt(self, attempt_id: str) -> AttemptRow | None:
        self._reach()
        return self.rows.attempts.get(attempt_id)

    async def pilots_under_way(self) -> list[PilotUnderWay]:
        self._reach()
        return [pilots.under_way(self.rows, row) for row in self.rows.pilots.values() if row.decision is None]

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
            by_agent={agent: dict(figures) for agent, figures in agents.items()},
            by_hour=self._by_hour(campaign_id, rows, decided),
            by_script={label: _by_script(rows, decided, label) for label in {row.script_version for row in rows}},
        )

    # scripts
    async def released_scripts(self) -> list[Released]:
        return sorted(self.released, key=lambda one: (one.name, one.version))

    # imports
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
                self.rows.close_if_suppressed(lead.lead_id)

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

    # do not call
    async def suppress(self, e164: str, *, reason: str, source: str, at: datetime) -> None:
        self.rows.suppress(entry(len(self.rows.suppressions) + 1, e164, reason, source, at))

    async def suppressed(
        self, numbers: Collection[str], *, now: datetime | None = None, campaign_id: int | None = None
    ) -> dict[str, str]:
        return {n: Hold.both(met).reason for n in numbers if (met := self.rows.holds(n, now, campaign_id))}

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
            and _fits(row, wanted)
            and (states is None or row.state in states)
            and (since is None or (row.started_at is not None and row.started_at >= since))
            and (until is None or (row.started_at is not None and row.started_at < until))
        ]
        return found[:limit]

    def _agent_of(self, row: RecordingRow) -> str | None:
        calls = self.rows.inbound if row.inbound else self.rows.attempts
        return calls[row.attempt_id].agent_id

    # feed and upkeep
    async def outbox(self, *, limit: int) -> list[OutboxEntry]:
        return [entry for entry in self._journal.values() if entry.seq > self._position][:limit]

    async def last_heard(self) -> datetime | None:
        return max(self._journal.values(), key=lambda entry: entry.seq).occurred_at if self._journal else None

    async def published(self, up_to_seq: int) -> None:
        self._position = max(self._position, min(up_to_seq, self._seq))

    async def purge(self, *, before: datetime) -> int:
        old = [
            key for key, entry in self._journal.items() if entry.seq <= self._position and entry.occurred_at < before
        ]
        for key in old:
            del self._journal[key]
        return len(old)

    # inside
    def _reach(self) -> None:
        if self.away:
            raise NotReachable("the store is away")

    def _numbers(self, lead_id: int) -> set[str]:
        lead = self.rows.leads.get(lead_id)
        return {n.e164 for n in lead.numbers} if lead else set()

    def _called_now(self, numbers: set[str]) -> frozenset[str]:
        """Numbers on which the person with these numbers is being called."""
        active = [row for row in self.rows.attempts.values() if row.ended_at is None]
        return frozenset(row.number for row in active if numbers & (self._numbers(row.lead_id) | {row.number}))

    def _listed(self, campaign_id: int) -> list[Lead]:
        def complete(lead: Lead) -> bool:
            return lead.import_id is None or self._imports[lead.import_id].finished_at is not None

        return [lead for lead in self.rows.leads.values() if lead.campaign_id == campaign_id and complete(lead)]

    def _free(self, lead_id: int, now: datetime) -> bool:
        lease = self.rows.leases.get(lead_id)
        return lease is None or lease[1] <= now

    def _attempts(self) -> list[AttemptRow]:
        return sorted(self.rows.attempts.values(), key=lambda row: row.attempt_id)

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

    def _append(self, event: e.DomainEvent) -> None:
        topic, retained = subject(event)
        name = e.NAMES[type(event)]
        event_id = new_id(event.occurred_at)
        if isinstance(event, e.CallEvent):
            event_id = f"{event.attempt_id}-{name}"
        elif isinstance(event, e.InboundEvent):
            event_id = f"{event.inbound_id}-{name}"
        elif isinstance(event, e.PilotEvent):
            event_id = f"{event.pilot_id}-{name}"
        elif isinstance(event, _ONCE):
            event_id = f"{event.recording_id}-{name}"
        if event_id in self._journal:
            return
        self._seq += 1
        head: dict[str, Any] = {"event_id": event_id, "seq": self._seq, "schema": 1, "name": name}
        payload = msgspec.json.encode(head | msgspec.json.decode(msgspec.json.encode(event)))
        self._journal[event_id] = OutboxEntry(
            seq=self._seq, event_id=event_id, name=name, topic_subject=topic, occurred_at=event.occurred_at,
            payload=payload, retained=retained,
        )  # fmt: skip

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


def _fits(row: Any, wanted: Mapping[str, Any]) -> bool:
    return all(value is None or getattr(row, name) == value for name, value in wanted.items())


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


def _by_script(rows: list[AttemptRow], decided: Mapping[str, Disposition | None], label: str) -> ScriptCounts:
    own = [row for row in rows if row.script_version == label]
    found = [d for row in own if (d := decided[row.attempt_id]) is not None]
    return ScriptCounts(
        attempts=len(own),
        contacts=sum(d.contact for d in found),
        successes=sum(d.success for d in found),
        dispositions=dict(Counter(row.disposition for row in own if row.disposition is not None)),
    )
