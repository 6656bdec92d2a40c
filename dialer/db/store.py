"""The store: the port's methods, each one unit of work on the database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from campaigns.campaign import Campaign, CampaignSettings
from campaigns.lead import Dossier, DueKind, Lead, LeadState
from campaigns.order import NO_TURNS, Turns
from campaigns.places import Place
from campaigns.script_version import Released
from dialer.db import (
    agents,
    attempts,
    campaigns,
    changes,
    counts,
    dossiers,
    due,
    imports,
    journal,
    leads,
    lease,
    pilots,
    places,
    projection,
    recordings,
    scripts,
    suppression,
)
from dialer.db.callback_store import SqlCallbacks
from dialer.db.database import Database
from dialer.db.groups import SqlGroups
from dialer.db.inbound_store import SqlInbound
from dialer.db.list_store import SqlLists
from dialer.db.migrate import migrate
from dialer.db.pacing import SqlPacing
from dialer.db.pilots import SqlPilots
from dialer.db.plans import SqlPlans
from dialer.db.postgresql import PostgresqlDatabase
from dialer.db.requirements import SqlRequirements
from dialer.db.screening import SqlScreening
from dialer.db.scripts import SqlScripts
from dialer.db.sqlite import SqliteDatabase
from dialer.db.stage_store import SqlStages
from dialer.db.standing import SqlStandings
from dialer.db.suppression_lists import SqlSuppressionLists
from dialer.db.web_leads import SqlWebLeads
from dialer.domain.events import DomainEvent
from dialer.errors import Invalid, NotFound
from dialer.ports import (
    Agent,
    AttemptCounts,
    AttemptDraft,
    AttemptRow,
    ImportRow,
    NewLead,
    OutboxEntry,
    RecordingRow,
)
from dialer.ports.archive import Archive
from dialer.ports.groups import Groups
from dialer.ports.imports import Lists
from dialer.ports.pilots import Pilots, PilotUnderWay
from dialer.ports.plans import Plans
from dialer.ports.requirements import Requirements
from dialer.ports.scripts import Scripts
from dialer.ports.stages import Stages
from dialer.ports.standing import Standings
from dialer.ports.suppression import SuppressionLists
from dialer.ports.web_leads import WebLeads

_DOSSIERS: Final = 500  # in one query
_PURGED: Final = 5000  # in one transaction


async def open_store(url: str) -> Archive:
    """Migrate the database at `url` and open it: `sqlite:///PATH` or `postgresql://USER@HOST/DATABASE`.

    Raises `Invalid` for an address or file that cannot be right, `NotReachable` and its kin where the database
    refuses, `DatabaseNewer` where it belongs to a newer version.
    """
    database = connect(url)
    try:
        await database.durably(migrate)
    except BaseException:
        await database.close()
        raise
    return SqlStore(database)


def connect(url: str) -> Database:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise _bad_url() from error
    match parsed.get_backend_name():
        case "sqlite":
            return SqliteDatabase(_file(parsed))
        case "postgresql":
            return PostgresqlDatabase(parsed)
        case _:
            raise _bad_url()


def _file(url: URL) -> Path:
    if url.database in (None, "", ":memory:"):
        raise Invalid("The database address names no file; write sqlite:///PATH.", field="database.url")
    return Path(str(url.database))


def _bad_url() -> Invalid:
    return Invalid(
        "The database address must be sqlite:///PATH or postgresql://USER@HOST/DATABASE.", field="database.url"
    )


class SqlStore:
    """The `Archive` of a site. Owns its database; `close` it."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self.lists: Lists = SqlLists(database)
        self.web_leads: WebLeads = SqlWebLeads(database)
        self.scripts: Scripts = SqlScripts(database)
        self.stages: Stages = SqlStages(database)
        self.pilots: Pilots = SqlPilots(database)
        self.groups: Groups = SqlGroups(database)
        self.plans: Plans = SqlPlans(database)
        self.requirements: Requirements = SqlRequirements(database)
        self.callbacks = SqlCallbacks(database)
        self.inbound = SqlInbound(database)
        self.pacing = SqlPacing(database)
        self.screening = SqlScreening(database)
        self.standings: Standings = SqlStandings(database)
        self.suppressions: SuppressionLists = SqlSuppressionLists(database)

    async def close(self) -> None:
        await self._db.close()

    async def add_campaign(self, settings: CampaignSettings, *, at: datetime, by: str = "", note: str = "") -> Campaign:
        return await self._db.durably(campaigns.add, settings, at=at, by=by, note=note)

    async def update_campaign(
        self, campaign_id: int, settings: CampaignSettings, *, at: datetime, by: str, note: str = "",
        expected: int | None = None,
    ) -> Campaign:  # fmt: skip
        return await self._db.durably(
            campaigns.change, campaign_id, settings, at=at, by=by, note=note, expected=expected
        )

    async def campaigns(self) -> list[Campaign]:
        return await self._db.read(campaigns.every)

    async def campaign(self, code: str) -> Campaign | None:
        return await self._db.read(campaigns.by_code, code)

    async def save_agent(self, agent: Agent) -> None:
        await self._db.durably(agents.save, agent)

    async def agents(self) -> list[Agent]:
        return await self._db.read(agents.every)

    async def agent(self, agent_id: str) -> Agent | None:
        return await self._db.read(agents.by_id, agent_id)

    async def lease(
        self,
        campaign_id: int,
        limit: int,
        *,
        owner: str,
        now: datetime,
        until: datetime,
        time_zones: Collection[str] | None = None,
        agent_guaranteed: bool | None = None,
        agents_ready: Collection[str] | None = None,
        skills: Collection[str] | None = None,
        turns: Turns[str] = NO_TURNS,
        own_only: bool = False,
    ) -> list[Lead]:
        if limit <= 0:
            return []
        wish = lease.Wish(
            campaign_id=campaign_id, limit=limit, owner=owner, now=now, until=until, time_zones=time_zones,
            agent_guaranteed=agent_guaranteed, agents_ready=agents_ready, skills=skills, turns=turns,
            own_only=own_only,
        )  # fmt: skip
        return await self._db.write(lease.lease, wish)

    async def release(self, lead_id: int, *, owner: str) -> None:
        await self._db.write(leads.give_back, lead_id, owner=owner, due_at=None)

    async def postpone(self, lead_id: int, *, owner: str, until: datetime) -> None:
        await self._db.write(leads.give_back, lead_id, owner=owner, due_at=until)

    async def next_due(
        self, campaign_id: int, *, now: datetime, time_zones: Collection[str] | None = None
    ) -> datetime | None:
        return await self._db.read(due.next_due, campaign_id, now=now, time_zones=time_zones)

    async def falls_due(
        self, campaign_id: int, *, now: datetime, time_zones: Collection[str] | None = None
    ) -> datetime | None:
        return await self._db.read(due.falls_due, campaign_id, now=now, time_zones=time_zones)

    async def places(self, campaign_id: int) -> set[Place]:
        return await self._db.read(places.of_open, campaign_id)

    async def dossier(self, lead_id: int, *, now: datetime) -> Dossier:
        found = await self._db.read(dossiers.one, lead_id, now=now)
        if found is None:
            raise NotFound(f"There is no lead {lead_id}.")
        return found

    async def leads(
        self,
        campaign_id: int,
        *,
        state: LeadState | None = None,
        kind: DueKind | None = None,
        source: str | None = None,
        owner: str | None = None,
        after: int = 0,
        limit: int = 100,
    ) -> list[Lead]:
        sieve = leads.Sieve(state=state, kind=kind, source=source, owner=owner)
        return await self._db.read(leads.page, campaign_id, after=after, limit=limit, sieve=sieve)

    async def dossiers(self, campaign_id: int, *, now: datetime) -> AsyncIterator[Dossier]:
        return self._stream(campaign_id, now)

    async def _stream(self, campaign_id: int, now: datetime) -> AsyncIterator[Dossier]:
        after = 0
        while batch := await self._db.read(dossiers.batch, campaign_id, now=now, after=after, limit=_DOSSIERS):
            for dossier in batch:
                yield dossier
            after = batch[-1].lead.lead_id

    async def open_attempt(self, draft: AttemptDraft) -> None:
        await self._db.durably(attempts.open_attempt, draft)

    async def record(self, events: Sequence[DomainEvent]) -> None:
        run = self._db.durably if projection.needs_the_disk(events) else self._db.write
        await run(changes.record, events)

    async def active_attempts(self) -> list[AttemptRow]:
        return await self._db.read(attempts.active)

    async def attempts(
        self,
        *,
        campaign_id: int | None = None,
        lead_id: int | None = None,
        agent_id: str | None = None,
        since: datetime | None = None,
        after: str = "",
        limit: int = 1000,
    ) -> list[AttemptRow]:
        return await self._db.read(
            attempts.page,
            campaign_id=campaign_id,
            lead_id=lead_id,
            agent_id=agent_id,
            since=since,
            after=after,
            limit=limit,
        )

    async def attempt(self, attempt_id: str) -> AttemptRow | None:
        return await self._db.read(attempts.by_id, attempt_id)

    async def counts(
        self, campaign_id: int, *, since: datetime | None = None, until: datetime | None = None
    ) -> AttemptCounts:
        return await self._db.read(counts.counts, campaign_id, since=since, until=until)

    async def pilots_under_way(self) -> list[PilotUnderWay]:
        return await self._db.read(pilots.under_way)

    async def released_scripts(self) -> list[Released]:
        return await self._db.read(scripts.released)

    async def begin_import(self, campaign_id: int, *, file_name: str, sha256: str, at: datetime) -> int:
        return await self._db.durably(imports.begin, campaign_id, file_name=file_name, sha256=sha256, at=at)

    async def add_leads(self, import_id: int, rows: Sequence[NewLead], *, due_at: datetime) -> list[tuple[int, str]]:
        return await self._db.write(imports.add, import_id, rows, due_at=due_at)

    async def finish_import(
        self,
        import_id: int,
        *,
        at: datetime,
        rows: int,
        accepted: int,
        duplicates: int,
        refused: int,
        refused_file: str,
    ) -> None:
        await self._db.durably(
            imports.finish,
            import_id,
            at=at,
            figures={
                "rows": rows,
                "accepted": accepted,
                "duplicates": duplicates,
                "refused": refused,
                "refused_file": refused_file,
            },
        )

    async def undo_import(self, import_id: int, *, at: datetime) -> tuple[int, int]:
        return await self._db.durably(imports.undo, import_id, at=at)

    async def imports(self, campaign_id: int) -> list[ImportRow]:
        return await self._db.read(imports.every, campaign_id)

    async def suppress(self, e164: str, *, reason: str, source: str, at: datetime) -> None:
        await self._db.durably(suppression.suppress, [suppression.entry(e164, reason=reason, source=source, at=at)])

    async def suppressed(
        self, numbers: Collection[str], *, now: datetime | None = None, campaign_id: int | None = None
    ) -> dict[str, str]:
        return await self._db.read(suppression.among, numbers, now=now, campaign_id=campaign_id)

    async def recording(self, recording_id: str) -> RecordingRow | None:
        return await self._db.read(recordings.by_id, recording_id)

    async def recordings(
        self,
        *,
        campaign_id: int | None = None,
        agent_id: str | None = None,
        states: Collection[str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after: str = "",
        limit: int = 1000,
    ) -> list[RecordingRow]:
        return await self._db.read(
            recordings.page,
            campaign_id=campaign_id,
            agent_id=agent_id,
            states=states,
            since=since,
            until=until,
            after=after,
            limit=limit,
        )

    async def outbox(self, *, limit: int) -> list[OutboxEntry]:
        return await self._db.read(journal.outbox, limit)

    async def last_heard(self) -> datetime | None:
        return await self._db.read(journal.last_heard)

    async def published(self, up_to_seq: int) -> None:
        await self._db.write(journal.published, up_to_seq)

    async def purge(self, *, before: datetime) -> int:
        total = 0
        while removed := await self._db.write(journal.purge, before=before, limit=_PURGED):
            total += removed
        return total
