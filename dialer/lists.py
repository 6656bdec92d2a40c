"""Lists from files into campaigns: dry run, import, undo. File work runs in a thread, rows travel in batches."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar
from weakref import WeakKeyDictionary

import structlog

from campaigns.campaign import Campaign
from campaigns.importing import AcceptedRow, ListError, Reason, RefusedRow
from campaigns.importing.duplicates import NumberIndex
from dialer.clock import Clock
from dialer.errors import Invalid, NotFound, WrongState
from dialer.list_file import Batch, ListFile
from dialer.ports import NewLead, Store

log = structlog.get_logger(__name__)
T = TypeVar("T")
_PAGE: Final = 1000
_DUPLICATES: Final = (Reason.DUPLICATE_IN_FILE, Reason.DUPLICATE_IN_CAMPAIGN)
_running: WeakKeyDictionary[Store, set[int]] = WeakKeyDictionary()  # campaigns with an import under way


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of a list. rows = accepted + duplicates + refused; `refusals` counts reasons of the refused ones.

    A dry run reports what an import would do now; it stores nothing and has no `import_id`.
    """

    campaign: str
    import_id: int | None
    dry_run: bool
    file_name: str
    sha256: str
    encoding: str
    delimiter: str
    columns: Mapping[str, str]  # header -> number, name, time_zone, priority or field
    rows: int
    accepted: int
    duplicates_in_file: int
    duplicates_in_campaign: int
    refused: int
    refusals: Mapping[str, int]
    spare_numbers_left_out: int  # of rows accepted on another number; the text is kept as a custom field
    suppressed: int  # accepted rows with a number on the do-not-call list; it will not be dialled
    refused_file: str  # "" when every row was accepted
    examples: tuple[RefusedRow, ...] = ()  # the first refused rows

    @property
    def duplicates(self) -> int:
        return self.duplicates_in_file + self.duplicates_in_campaign

    @property
    def data_qualified_rate(self) -> float:
        """Usable rows of all rows, 0 to 1; 0 for a list without rows."""
        return self.accepted / self.rows if self.rows else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoReport:
    import_id: int
    removed: int
    closed: int  # had been dialled already, so they stay as closed leads


async def check_list(
    store: Store,
    clock: Clock,
    campaign: Campaign,
    path: Path,
    mapping: Sequence[str] = (),
    *,
    country: str = "",
    encoding: str = "",
    refused_directory: Path | None = None,
) -> ImportReport:
    """The dry run: every check of an import, including duplicates against the campaign, and no lead stored."""
    return await import_list(
        store,
        clock,
        campaign,
        path,
        mapping,
        country=country,
        dry_run=True,
        encoding=encoding,
        refused_directory=refused_directory,
    )


async def import_list(
    store: Store,
    clock: Clock,
    campaign: Campaign,
    path: Path,
    mapping: Sequence[str] = (),
    *,
    country: str = "",
    dry_run: bool = False,
    encoding: str = "",
    refused_directory: Path | None = None,
    file_name: str = "",
) -> ImportReport:
    """`mapping` items are "number=手机"; `country` "" is the campaign's; `encoding` "" finds out. Refused rows go to a
    file in `refused_directory`, or beside `path`. `file_name` is the name to show where `path` is a temporary one.

    Raises `Invalid` for a file or mapping that cannot be used, `WrongState` during another import into the campaign.
    Whatever interrupts it, no half list stays: what was stored is taken back, at the latest by the next import or by
    `undo_unfinished` at the start.
    """
    async with _file_thread() as in_thread:
        file = await in_thread(
            partial(
                _opened,
                path,
                file_name or path.name,
                mapping=mapping,
                country=country or campaign.settings.country,
                time_zone=campaign.settings.time_zone,
                encoding=encoding,
                refused_directory=refused_directory or path.parent,
            )
        )
        try:
            if dry_run:
                return await _rehearse(store, campaign, file, in_thread)
            with _alone(store, campaign):
                await undo_unfinished(store, clock, [campaign])
                return await _stored(store, clock, campaign, file, in_thread)
        except ListError as error:
            raise Invalid(f"{file.name}: {error}", field=error.field) from error
        except OSError as error:
            raise Invalid(f"{file.name}: {error.strerror or error}", field="file") from error
        finally:
            await in_thread(file.close)


async def undo_import(store: Store, clock: Clock, campaign: Campaign, import_id: int) -> UndoReport:
    """Take back a whole import. Raises `NotFound`, and `WrongState` when it was taken back before."""
    found = next((row for row in await store.imports(campaign.campaign_id) if row.import_id == import_id), None)
    if found is None:
        raise NotFound(f"campaign {campaign.settings.code} has no import {import_id}", field="import")
    if found.undone_at is not None:
        raise WrongState(f"import {import_id} was taken back already", field="import")
    with _alone(store, campaign):
        removed, closed = await store.undo_import(import_id, at=clock.now())
    return UndoReport(import_id=import_id, removed=removed, closed=closed)


async def undo_unfinished(store: Store, clock: Clock, campaigns: Iterable[Campaign]) -> list[UndoReport]:
    """Take back what a crash left half imported. At the start of the program, and before every import."""
    undone = []
    for campaign in campaigns:
        for row in await store.imports(campaign.campaign_id):
            if row.finished_at is None and row.undone_at is None:
                removed, closed = await store.undo_import(row.import_id, at=clock.now())
                undone.append(UndoReport(import_id=row.import_id, removed=removed, closed=closed))
                log.warning("half import taken back", import_id=row.import_id, removed=removed, closed=closed)
    return undone


async def _stored(store: Store, clock: Clock, campaign: Campaign, file: ListFile, in_thread: InThread) -> ImportReport:
    import_id = await store.begin_import(campaign.campaign_id, file_name=file.name, sha256=file.sha256, at=clock.now())
    try:
        suppressed = 0
        while (batch := await in_thread(file.next_batch)) is not None:
            rows = [_new_lead(row) for row in batch.accepted]
            duplicates = await store.add_leads(import_id, rows, due_at=clock.now()) if rows else []
            await in_thread(partial(file.settle, batch, duplicates))
            suppressed += await _suppressed(store, batch, duplicates)
        report = _report(campaign, file, import_id, suppressed, await in_thread(file.finish))
        await store.finish_import(
            import_id,
            at=clock.now(),
            rows=report.rows,
            accepted=report.accepted,
            duplicates=report.duplicates,
            refused=report.refused,
            refused_file=report.refused_file,
        )
    except BaseException:
        # Also on cancellation. Should this fail as well, the row without finished_at tells the next start.
        await asyncio.shield(store.undo_import(import_id, at=clock.now()))
        raise
    return report


async def _rehearse(store: Store, campaign: Campaign, file: ListFile, in_thread: InThread) -> ImportReport:
    known = await _known_numbers(store, campaign)
    suppressed = 0
    while (batch := await in_thread(file.next_batch)) is not None:
        duplicates = [
            (row.line, row.numbers[0][1])
            for row in batch.accepted
            if all(known.find(e164) is not None for _, e164 in row.numbers)
        ]
        await in_thread(partial(file.settle, batch, duplicates))
        suppressed += await _suppressed(store, batch, duplicates)
    return _report(campaign, file, None, suppressed, await in_thread(file.finish))


async def _known_numbers(store: Store, campaign: Campaign) -> NumberIndex:
    known, after = NumberIndex(), 0
    while leads := await store.leads(campaign.campaign_id, after=after, limit=_PAGE):
        for lead in leads:
            for number in lead.numbers:
                known.add(number.e164, 1)
        after = leads[-1].lead_id
    return known


async def _suppressed(store: Store, batch: Batch, duplicates: Collection[tuple[int, str]]) -> int:
    """Rows of the batch with a number on the do-not-call list."""
    left_out = {line for line, _ in duplicates}
    rows = [[e164 for _, e164 in row.numbers] for row in batch.accepted if row.line not in left_out]
    listed = await store.suppressed([e164 for numbers in rows for e164 in numbers]) if rows else {}
    return sum(any(e164 in listed for e164 in numbers) for numbers in rows)


def _new_lead(row: AcceptedRow) -> NewLead:
    return NewLead(
        row=row.line,
        name=row.name,
        numbers=row.numbers,
        country=row.country,
        time_zone=row.time_zone,
        priority=row.priority,
        fields=row.fields,
    )


def _report(
    campaign: Campaign, file: ListFile, import_id: int | None, suppressed: int, refused_file: str
) -> ImportReport:
    tally, reader = file.tally, file.reader
    in_file, in_campaign = tally.reasons[Reason.DUPLICATE_IN_FILE], tally.reasons[Reason.DUPLICATE_IN_CAMPAIGN]
    refusals = {code.value: number for code, number in tally.reasons.most_common() if code not in _DUPLICATES}
    return ImportReport(
        campaign=campaign.settings.code,
        import_id=import_id,
        dry_run=import_id is None,
        file_name=file.name,
        sha256=file.sha256,
        encoding=reader.encoding,
        delimiter=reader.delimiter,
        columns=reader.columns.roles(),
        rows=tally.rows,
        accepted=tally.accepted,
        duplicates_in_file=in_file,
        duplicates_in_campaign=in_campaign,
        refused=sum(refusals.values()),
        refusals=refusals,
        spare_numbers_left_out=tally.remarks,
        suppressed=suppressed,
        refused_file=refused_file,
        examples=tuple(tally.examples),
    )


def _opened(path: Path, name: str, **options: Any) -> ListFile:
    try:
        file = ListFile(path, name, **options)
        try:
            file.open()
        except BaseException:
            file.close()
            raise
    except ListError as error:
        raise Invalid(f"{name}: {error}", field=error.field) from error
    except OSError as error:
        raise Invalid(f"{name}: cannot be read: {error.strerror or error}", field="file") from error
    return file


@contextmanager
def _alone(store: Store, campaign: Campaign) -> Iterator[None]:
    """One import at a time into a campaign."""
    running = _running.setdefault(store, set())
    if campaign.campaign_id in running:
        raise WrongState(f"an import into campaign {campaign.settings.code} is under way; wait for its end")
    running.add(campaign.campaign_id)
    try:
        yield
    finally:
        running.discard(campaign.campaign_id)


class InThread(Protocol):
    async def __call__(self, work: Callable[[], T]) -> T: ...


@asynccontextmanager
async def _file_thread() -> AsyncIterator[InThread]:
    """One thread, so that closing the file waits for the work that a cancellation left behind in it."""
    executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="list")
    loop = asyncio.get_running_loop()

    async def in_thread(work: Callable[[], T]) -> T:
        return await loop.run_in_executor(executor, work)

    try:
        yield in_thread
    finally:
        executor.shutdown(wait=False)
