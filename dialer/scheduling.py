"""What the clock brings: edges of calling windows, the nightly upkeep and a look at the disk every hour.

Nothing is remembered in the jobs: what is due follows from rows and files, so a run too many does no harm and a run
that was missed (the machine was off) is made up for after the next start.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import PurePosixPath
from typing import Any, Final, Protocol, Self
from zoneinfo import ZoneInfo

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from campaigns.campaign import Campaign, CampaignState
from campaigns.places import next_edge_of, zones_of
from campaigns.policy import Policy
from campaigns.windows import last_day_over
from dialer.clock import Clock
from dialer.custody import Custody
from dialer.engine.settings import Policies
from dialer.engine.tasks import Tasks
from dialer.errors import Invalid
from dialer.ports import RecordingRow, Store
from recordings.recording import RecordingState
from recordings.retention import KeptRecording, RetentionRules, RetentionVerdict, decide

EDGE: Final = "window edge"
PLAN: Final = "plan window edges"
PURGE: Final = "purge journal"
RETENTION: Final = "delete old recordings"
SWEEP: Final = "sweep leftovers"
DISK: Final = "check disk"
DIALLING: Final = frozenset({CampaignState.PILOT, CampaignState.RUNNING})
PAGE: Final = 500

log = structlog.get_logger(__name__)


class Shelf(Protocol):
    """`recordings.library.RecordingLibrary`, as far as upkeep needs it. Blocks: called in threads."""

    def delete(self, path: str | PurePosixPath) -> bool: ...
    def sweep(self, before: datetime) -> int: ...
    def free_bytes(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class UpkeepSettings:
    time_zone: str = "Asia/Shanghai"  # of the site
    at: time = time(3, 30)
    after_start: timedelta = timedelta(minutes=10)  # for machines that are off at night
    retention_days: int = 180
    journal_days: int = 30
    feed: bool = False  # whether a broker takes the events; without one they are passed over when they are old
    leftover_days: int = 30  # raw files nobody finished; long enough for a full disk to be dealt with
    low_disk_bytes: int = 1_000_000_000  # the log warns below; dialling stops at the engine's own, lower limit


class Upkeep:
    """The work itself, without its times."""

    def __init__(
        self, *, store: Store, library: Shelf, policies: Policies, clock: Clock, settings: UpkeepSettings,
        custody: Custody,
    ) -> None:  # fmt: skip
        self._store, self._library, self._policies = store, library, policies
        self._clock, self._settings, self._custody = clock, settings, custody

    async def purge_journal(self) -> None:
        before = self._clock.now() - timedelta(days=self._settings.journal_days)
        if not self._settings.feed:
            await self._pass_over(before)
        log.info("journal_purged", rows=await self._store.purge(before=before))

    async def _pass_over(self, before: datetime) -> None:
        """Only what the feed has taken is purged, and here nobody takes anything."""
        while old := [entry for entry in await self._store.outbox(limit=PAGE) if entry.occurred_at < before]:
            await self._store.published(old[-1].seq)

    async def delete_old_recordings(self) -> None:
        rules = await self._rules()
        deleted = 0
        async for row in self._finalized():
            kept = KeptRecording(
                recording_id=row.recording_id, path=row.path, state=RecordingState(row.state),
                started_at=row.started_at, legal_hold=row.legal_hold,
            )  # fmt: skip
            allowed = rules.get(row.campaign_id)  # without rules nothing is deleted
            if allowed and (verdict := decide(kept, allowed, self._clock.now())).delete:
                deleted += await self._delete(verdict)
        log.info("old_recordings_deleted", recordings=deleted)

    async def sweep_leftovers(self) -> None:
        before = self._clock.now() - timedelta(days=self._settings.leftover_days)
        log.info("leftovers_swept", files=await asyncio.to_thread(self._library.sweep, before))

    async def check_disk(self) -> None:
        free = await asyncio.to_thread(self._library.free_bytes)
        report = log.warning if free < self._settings.low_disk_bytes else log.info
        report("disk_checked", free_bytes=free, low_bytes=self._settings.low_disk_bytes)

    async def _delete(self, verdict: RetentionVerdict) -> bool:
        recording = verdict.recording
        remove = partial(asyncio.to_thread, self._library.delete, recording.path)
        return await self._custody.delete(recording.recording_id, verdict.reason, remove)

    async def _finalized(self) -> AsyncIterator[RecordingRow]:
        after = ""
        states = (RecordingState.FINALIZED.value,)
        while rows := await self._store.recordings(states=states, after=after, limit=PAGE):
            for row in rows:
                yield row
            after = rows[-1].recording_id

    async def _rules(self) -> dict[int, RetentionRules]:
        known = [(c.campaign_id, policy_of(self._policies, c)) for c in await self._store.campaigns()]
        return {campaign_id: self._rules_under(policy) for campaign_id, policy in known if policy}

    def _rules_under(self, policy: Policy) -> RetentionRules:
        return RetentionRules(
            days=self._settings.retention_days,
            policy_min_days=policy.recording_days_min,
            policy_max_days=policy.recording_days_max,
        )


def policy_of(policies: Policies, campaign: Campaign) -> Policy | None:
    """None, with a warning, when its pack is no longer there: one such campaign must not stop the others' upkeep."""
    try:
        return policies.of(campaign.settings)
    except Invalid as refusal:
        log.warning("campaign_without_policy", campaign=campaign.settings.code, reason=refusal.message)
        return None


class Timetable:
    """`async with` runs it. `replan` it whenever campaigns, their windows or their leads' time zones change."""

    def __init__(
        self, *, wake: Callable[[], None], store: Store, policies: Policies, clock: Clock, upkeep: Upkeep,
        settings: UpkeepSettings,
    ) -> None:  # fmt: skip
        """`wake` is the engine's."""
        self._wake, self._store, self._policies, self._clock = wake, store, policies, clock
        self._upkeep, self._settings = upkeep, settings
        self._tasks = Tasks()
        self._running: set[str] = set()
        self._stale = False  # the planned edge may be wrong
        self._scheduler = AsyncIOScheduler(
            timezone=ZoneInfo(settings.time_zone),
            # Late is better than never: after a pause (a sleeping laptop) one run makes up for all that were missed.
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        self._add_upkeep()
        self._scheduler.start()
        self.replan()
        return self

    async def __aexit__(self, *error: Any) -> None:
        self._scheduler.shutdown(wait=False)
        await asyncio.sleep(0)  # the scheduler shuts down on the loop's next turn, before its loop may close
        await self._tasks.__aexit__(*error)

    def replan(self) -> None:
        """Look again for the next window edge, soon."""
        self._stale = True
        if PLAN not in self._running:
            self._start(PLAN, self._plan)

    def next_runs(self) -> dict[str, datetime]:
        """When each job runs next, by name."""
        return {job.name: job.next_run_time for job in self._scheduler.get_jobs() if job.next_run_time is not None}

    def _add_upkeep(self) -> None:
        at, zone = self._settings.at, self._scheduler.timezone
        nightly = CronTrigger(hour=at.hour, minute=at.minute, second=at.second, timezone=zone)
        first = self._clock.now() + self._settings.after_start
        for name, work in (
            (PURGE, self._upkeep.purge_journal),
            (RETENTION, self._upkeep.delete_old_recordings),
            (SWEEP, self._upkeep.sweep_leftovers),
        ):
            self._add(name, nightly, work)
            self._add(f"{name} after start", DateTrigger(first), work)
        self._add(DISK, IntervalTrigger(hours=1, timezone=zone), self._hourly)

    def _add(self, name: str, trigger: Any, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._scheduler.add_job(self._due, trigger, args=(name, work), id=name, name=name, replace_existing=True)

    async def _due(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """On the loop, at once over: the work is a task of ours, which ends with us and not with the scheduler."""
        self._start(name, work)

    def _start(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        if name in self._running:
            log.warning("job_still_running", job=name)
            return
        self._running.add(name)
        self._tasks.start(name, self._tracked(name, work))

    async def _tracked(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        finally:
            self._running.discard(name)

    async def _hourly(self) -> None:
        self.replan()  # lists imported meanwhile may have brought other time zones
        await self._upkeep.check_disk()

    async def _edge(self) -> None:
        self._wake()
        self.replan()

    async def _plan(self) -> None:
        while self._stale:
            self._stale = False
            self._set_edge(await self._next_edge())

    def _set_edge(self, edge: datetime | None) -> None:
        if edge is not None:
            self._add(EDGE, DateTrigger(edge), self._edge)
        elif self._scheduler.get_job(EDGE):
            self._scheduler.remove_job(EDGE)
        log.debug("window_edge_planned", at=edge and edge.isoformat())

    async def _next_edge(self) -> datetime | None:
        now = self._clock.now()
        edges = [await self._edge_of(c, now) for c in await self._store.campaigns() if c.state in DIALLING]
        return min((edge for edge in edges if edge is not None), default=None)

    async def _edge_of(self, campaign: Campaign, now: datetime) -> datetime | None:
        if policy_of(self._policies, campaign) is None:
            return None
        places = await self._store.places(campaign.campaign_id)
        policy_of_country = partial(self._policies.of, campaign.settings)
        edges = [next_edge_of(campaign.settings.schedule, places, now, policy_of_country)]
        if campaign.settings.deadline is not None:
            edges.append(last_day_over(campaign.settings.deadline, zones_of(places), now))
        return min((edge for edge in edges if edge is not None), default=None)
