"""One import from its first row to its last lead.

Rows are stored as they are read, and held. Their numbers follow in the order of the index, once all of them are known.
Then the list is whole, and its leads are let go slice by slice. Whatever interrupts it, nothing of an unfinished list
is dialled; what has been stored is not stored again when the import is carried on.
"""

from __future__ import annotations

import time
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import Any, Final

from campaigns.allocation import AllocationError, Allocator, Candidate, parse_allocation
from campaigns.campaign import Campaign
from campaigns.importing import AcceptedRow, CleaningReport, Reason
from dialer.clock import Clock
from dialer.errors import Invalid
from dialer.planning.import_values import ImportOptions, ImportReport, Mode, Progress
from dialer.planning.list_refresh import Refresh
from dialer.planning.number_sheet import NumberSheet
from dialer.planning.open_list import Duplicate, ListSource, SourceBatch
from dialer.planning.own_copies import remove_report
from dialer.planning.register_sheet import RegisterSheet, register_sheet
from dialer.planning.storing import Storing
from dialer.ports import ImportRow
from dialer.ports.archive import Archive
from dialer.ports.imports import Phase, Scope, Standing

_NOTHING: Final = Standing()
LARGE_BYTES: Final = 2_000_000  # of a list that is worth some preparation


class ListRun:
    """Carries one list into a campaign; `row` is the import as it stands in the store, None for a rehearsal."""

    def __init__(
        self, store: Archive, clock: Clock, campaign: Campaign, options: ImportOptions, row: ImportRow | None
    ) -> None:
        self.progress = Progress(size_bytes=row.size_bytes if row else 0)
        self._store, self._lists, self._clock = store, store.lists, clock
        self._campaign, self._options, self._row = campaign, options, row
        self._id = row.import_id if row else None
        self._since = clock.now() - timedelta(days=options.days) if options.scope is Scope.DAYS else None
        self._sheet = NumberSheet()
        self._allocator: Allocator | None = None
        self._allocated: Counter[str] = Counter()
        self._counts: Counter[str] = Counter()
        self._lines, self._leads = array("Q"), array("Q")  # what an interrupted import had stored
        self._refresh: Refresh | None = None
        self._registered: RegisterSheet | None = None  # None: each batch is asked about in the store
        self._started = time.monotonic()

    async def rehearse(self, source: ListSource) -> ImportReport:
        """Every check of an import; nothing is stored."""
        self.progress.size_bytes = source.size_bytes
        return await self._read(source)

    async def store(self, source: ListSource) -> ImportReport:
        """From the first row, or from where an interrupted import has stopped."""
        assert self._row is not None
        remove_report(self._row.refused_file)
        async for line, lead_id in await self._lists.held(self._row.import_id):
            self._lines.append(line)
            self._leads.append(lead_id)
        report = await self._read(source)
        await self._lists.note(
            self._row.import_id, phase=Phase.NUMBERS, report=report.plain(), refused_file=report.refused_file
        )
        report = await self._store_numbers(report)
        await self._conclude(report)
        await self.release()
        return report

    async def release(self) -> None:
        """Let the leads of a whole list go. Also for one whose release was interrupted."""
        assert self._row is not None
        self.progress.phase, after, released = Phase.RELEASING, 0, 0
        while (last := await self._lists.release(self._row.import_id, after=after)) is not None:
            released += self._lists.at_once
            after = last
            self._passes(released * 5000 / max(self._counts["new"], 1))
        await self._lists.note(self._row.import_id, phase=Phase.DONE, stored_file="")
        self.progress.phase = Phase.DONE

    async def _read(self, source: ListSource) -> ImportReport:
        await self._prepare(source)
        storing = Storing()
        async with storing:
            while (batch := await source.next_batch()) is not None:
                kept, known, duplicates = await self._take(batch)
                await storing.then(self._keep(kept, known, batch, len(duplicates)))
                await source.settle(batch, duplicates)
        if self._refresh is not None and self._id is not None:
            self._counts["missing"] = await self._refresh.missing(self._id)
        return self._report(await source.finish())

    async def _prepare(self, source: ListSource) -> None:
        if self._options.allocation:
            self._allocator = await allocator(self._store, self._campaign, self._options.allocation)
        if self._options.mode is Mode.REFRESH:
            roles = frozenset(source.roles.values())
            self._refresh = Refresh(self._lists, self._campaign.campaign_id, self._options, roles)
        if source.size_bytes > LARGE_BYTES:
            self._registered = await register_sheet(self._lists, self._campaign.campaign_id, self._clock.now())

    async def _take(self, batch: SourceBatch) -> tuple[list[AcceptedRow], Mapping[str, Standing], list[Duplicate]]:
        """The rows that go in, what is known about their numbers, and the rows that are there already."""
        rows = batch.accepted
        if self._refresh is not None:
            rows = await self._refresh.take(self._id, batch)
            self._counts.update(self._refresh.counts())
        numbers = [e164 for row in rows for _, e164 in row.numbers]
        known: dict[str, Standing] = {}
        if numbers:
            known = await self._standing(numbers)
        kept, duplicates = self._sorted_out(rows, known) if known else (rows, [])
        return self._placed(kept), known, duplicates

    async def _standing(self, numbers: list[str]) -> dict[str, Standing]:
        known = await self._lists.standing(
            self._id, self._campaign.campaign_id, numbers, now=self._clock.now(), since=self._since,
            registers=self._registered is None,
        )  # fmt: skip
        for e164 in self._registered.among(numbers) if self._registered else ():
            known[e164] = known.get(e164, _NOTHING)._replace(suppressed=True)
        return known

    def _sorted_out(
        self, rows: list[AcceptedRow], known: Mapping[str, Standing]
    ) -> tuple[list[AcceptedRow], list[Duplicate]]:
        """A lead keeps those of its numbers that nobody in the scope has; one that has none is a duplicate."""
        kept, duplicates = [], []
        for row in rows:
            reasons = [self._reason(known.get(e164, _NOTHING)) for _, e164 in row.numbers]
            if all(reasons):
                first = next(filter(None, reasons))
                duplicates.append((row.line, row.numbers[0][1], first))
            elif any(reasons):
                free = (number for number, reason in zip(row.numbers, reasons, strict=True) if reason is None)
                kept.append(row._replace(numbers=tuple(free)))
            else:
                kept.append(row)
        return kept, duplicates

    def _reason(self, standing: Standing) -> Reason | None:
        scope = self._options.scope
        if scope is Scope.FILE:
            return None
        if standing.in_campaign:
            return Reason.DUPLICATE_IN_CAMPAIGN
        if scope is not Scope.CAMPAIGN and standing.in_running:
            return Reason.DUPLICATE_IN_RUNNING
        return Reason.DUPLICATE_RECENT if scope is Scope.DAYS and standing.recent else None

    def _placed(self, rows: list[AcceptedRow]) -> list[AcceptedRow]:
        if self._allocator is None:
            return rows
        placed = []
        for row in rows:
            place = self._allocator.place(
                Candidate(owner=row.owner, skill=row.skill, segment=row.segment, fields=row.fields)
            )
            self._allocated[place.owner] += 1
            self._counts["not_allocated"] += not place.placed
            placed.append(row._replace(owner=place.owner, skill=place.skill))
        return placed

    async def _keep(
        self, rows: list[AcceptedRow], known: Mapping[str, Standing], batch: SourceBatch, duplicates: int
    ) -> None:
        await self._hold(rows, known, batch)
        self._note_progress(batch, duplicates)

    async def _hold(self, rows: list[AcceptedRow], known: Mapping[str, Standing], batch: SourceBatch) -> None:
        self._counts["new"] += len(rows)
        never = self._count_standings(rows, known) if known else set()
        if self._row is None:
            return
        stored, fresh = self._stored_before(rows)
        again = self._again(known)
        if stored:
            self._sheet.add([lead_id for lead_id, _ in stored], [row for _, row in stored], again)
        if batch.last_line <= self._row.last_line:
            return
        lead_ids = await self._lists.hold(
            self._row.import_id,
            fresh,
            suppressed=never,
            at=self._row.started_at,
            last_line=batch.last_line,
            bytes_read=batch.bytes_read,
        )
        self._sheet.add(lead_ids, fresh, again)

    def _count_standings(self, rows: list[AcceptedRow], known: Mapping[str, Standing]) -> set[int]:
        """The lines of rows that must not be called at all."""
        never = set()
        for row in rows:
            standings = [found for _, e164 in row.numbers if (found := known.get(e164)) is not None]
            if not standings:
                continue
            self._counts["suppressed"] += any(standing.suppressed for standing in standings)
            self._counts["also_in_running"] += any(standing.in_running for standing in standings)
            if len(standings) == len(row.numbers) and all(standing.for_good for standing in standings):
                never.add(row.line)
        return never

    def _again(self, known: Mapping[str, Standing]) -> set[str]:
        return {e164 for e164, standing in known.items() if standing.in_campaign}

    def _stored_before(self, rows: list[AcceptedRow]) -> tuple[list[tuple[int, AcceptedRow]], list[AcceptedRow]]:
        if not self._lines:
            return [], rows
        stored, fresh = [], []
        for row in rows:
            place = bisect_left(self._lines, row.line)
            if place < len(self._lines) and self._lines[place] == row.line:
                stored.append((self._leads[place], row))
            else:
                fresh.append(row)
        return stored, fresh

    async def _store_numbers(self, report: ImportReport) -> ImportReport:
        assert self._row is not None
        self.progress.phase, stored, taken = Phase.NUMBERS, 0, 0
        slices = self._sheet.slices(after=self._row.numbers_upto)
        while some := list(islice(slices, self._lists.at_once)):
            stored += await self._lists.store_numbers(self._row.import_id, some)
            taken += sum(len(numbers.numbers) for numbers in some)
            self._passes(taken / len(self._sheet))
        if stored == taken and not self._row.numbers_upto:
            return report
        dropped = await self._lists.drop_numberless(self._row.import_id)
        return replace(report, new=report.new - dropped)

    async def _conclude(self, report: ImportReport) -> None:
        """The list is whole from here on."""
        assert self._row is not None
        quality = report.cleaning.quality
        await self._lists.note(
            self._row.import_id,
            phase=Phase.RELEASING,
            finished_at=self._clock.now(),
            rows=quality.rows,
            accepted=report.new,
            duplicates=quality.duplicates + quality.usable - report.new - report.updated - report.unchanged,
            refused=quality.refused,
            updated=report.updated,
            unchanged=report.unchanged,
            missing=report.missing,
            report=report.plain(),
        )

    def _report(self, cleaning: CleaningReport) -> ImportReport:
        return ImportReport(
            campaign=self._campaign.settings.code,
            import_id=self._id,
            dry_run=self._row is None,
            cleaning=cleaning,
            allocated={agent: count for agent, count in sorted(self._allocated.items()) if agent},
            **{name: self._counts[name] for name in _COUNTED},
        )

    def _note_progress(self, batch: SourceBatch, duplicates: int) -> None:
        progress, usable = self.progress, len(batch.accepted) - duplicates
        progress.rows += len(batch.accepted) + batch.refused
        progress.accepted += usable
        progress.duplicates += duplicates + batch.duplicates
        progress.refused += batch.refused - batch.duplicates
        progress.bytes_read = batch.bytes_read
        progress.seconds = time.monotonic() - self._started

    def _passes(self, share: float) -> None:
        self.progress.share = min(share, 1.0)


_COUNTED: Final = ("new", "updated", "unchanged", "missing", "suppressed", "also_in_running", "not_allocated")


async def allocator(store: Archive, campaign: Campaign, rule: str) -> Allocator:
    """Raises `Invalid` for a rule that cannot be understood or names an agent who is not there."""
    agents = {agent.agent_id: agent.active for agent in await store.agents()}
    try:
        parsed = parse_allocation(rule)
        parsed.check(agents)
    except AllocationError as error:
        raise Invalid(str(error), field="allocate") from error
    load: Mapping[str, Any] = await store.lists.load(campaign.campaign_id)
    return Allocator(parsed, load=load, agents=[name for name, active in agents.items() if active])
