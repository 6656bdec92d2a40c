"""Lists from files into campaigns: rehearsed, imported, carried on after an interruption, taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final
from weakref import WeakKeyDictionary

import structlog

from campaigns.campaign import Campaign
from campaigns.importing import ListError
from dialer.clock import Clock
from dialer.errors import Invalid, NotFound, WrongState
from dialer.planning.import_values import ImportOptions, ImportReport, Mode, Progress, UndoReport, Unnamed, parse_scope
from dialer.planning.list_run import ListRun, allocator
from dialer.planning.list_source import asked, opened
from dialer.planning.own_copies import forget, is_there
from dialer.ports import ImportRow
from dialer.ports.archive import Archive
from dialer.ports.imports import Phase, Undone

__all__ = [
    "ImportOptions",
    "ImportReport",
    "Mode",
    "Progress",
    "UndoReport",
    "Unnamed",
    "check_list",
    "finish_pending",
    "import_list",
    "parse_scope",
    "resume_import",
    "undo_import",
]
log = structlog.get_logger(__name__)
_OVER: Final = (Phase.DONE, Phase.UNDONE)
_running: WeakKeyDictionary[Archive, set[int]] = WeakKeyDictionary()  # campaigns with an import under way
Begun = Callable[[int, Progress], None]


def _nobody(_import_id: int, _progress: Progress) -> None:
    pass


async def check_list(
    store: Archive,
    clock: Clock,
    campaign: Campaign,
    path: Path,
    mapping: Sequence[str] = (),
    *,
    options: ImportOptions | None = None,
    refused_directory: Path | None = None,
    file_name: str = "",
) -> ImportReport:
    """The dry run: every check of an import, including duplicates against the campaign, and no lead stored.

    Raises `Invalid` for a file, mapping or rule that cannot be used.
    """
    wanted = _with_mapping(options, mapping)
    ask = asked(
        path, file_name or path.name, wanted, country=campaign.settings.country,
        time_zone=campaign.settings.time_zone, refused_directory=refused_directory or path.parent,
    )  # fmt: skip
    with _explained(ask.name):
        async with opened(ask) as source:
            return await ListRun(store, clock, campaign, wanted, None).rehearse(source)


async def import_list(
    store: Archive,
    clock: Clock,
    campaign: Campaign,
    path: Path,
    mapping: Sequence[str] = (),
    *,
    options: ImportOptions | None = None,
    refused_directory: Path | None = None,
    file_name: str = "",
    begun: Begun = _nobody,
) -> ImportReport:
    """`mapping` items are "number=手机". Refused rows go to a file in `refused_directory`, or beside `path`.
    `file_name` is the name to show where `path` is our own copy. `begun` learns the import's number and its progress.

    Raises `Invalid` for a file, mapping or rule that cannot be used, and then nothing is left; `WrongState` during
    another import into the campaign, or while an interrupted one waits. Whatever else interrupts it, what is stored
    stays, is not dialled, and can be carried on or taken back.
    """
    wanted = _with_mapping(options, mapping)
    directory = refused_directory or path.parent
    ask = asked(
        path, file_name or path.name, wanted, country=campaign.settings.country,
        time_zone=campaign.settings.time_zone, refused_directory=directory,
    )  # fmt: skip
    with _alone(store, campaign), _explained(ask.name):
        await _none_waiting(store, campaign)
        if wanted.allocation:
            await allocator(store, campaign, wanted.allocation)
        async with opened(ask) as source:
            if source.empty:
                raise ListError("there is no row below the header; add the people to be called and load it again")
            import_id = await store.lists.begin(
                campaign.campaign_id,
                file_name=ask.name,
                sha256=source.sha256,
                stored_file=str(path),
                size_bytes=source.size_bytes,
                options=wanted.plain() | {"refused_directory": str(directory)},
                at=clock.now(),
            )
            row = await _row(store, import_id)
            run = ListRun(store, clock, campaign, wanted, row)
            begun(import_id, run.progress)
            try:
                return await run.store(source)
            except (ListError, OSError, Invalid) as error:
                await store.lists.note(import_id, error=str(error))
                await _take_back(store, clock, row)  # there is nothing to go on with
                raise


async def resume_import(
    store: Archive, clock: Clock, campaign: Campaign, import_id: int, *, begun: Begun = _nobody
) -> ImportReport | None:
    """Carry an interrupted import on from what it has stored; None where only its leads were still to be let go.

    Raises `NotFound`, `WrongState` where there is nothing to carry on, `Invalid` where our copy of the list is gone or
    is not what it was.
    """
    with _alone(store, campaign):
        row = await _of(store, campaign, import_id)
        if row.phase in (*_OVER, Phase.UNDOING):
            raise WrongState(f"import {import_id} is over; there is nothing to carry on", field="import")
        options = ImportOptions.of(row.options)
        run = ListRun(store, clock, campaign, options, row)
        begun(import_id, run.progress)
        if row.phase == Phase.RELEASING:
            await run.release()
            return None
        path = Path(row.stored_file)
        if not is_there(row.stored_file):
            raise Invalid(f"{row.file_name}: the list is gone; take the import back and load it again", field="import")
        ask = asked(
            path, row.file_name, options, country=campaign.settings.country,
            time_zone=campaign.settings.time_zone, refused_directory=Path(row.options["refused_directory"]),
        )  # fmt: skip
        with _explained(row.file_name):
            async with opened(ask) as source:
                if source.sha256 != row.sha256:
                    raise Invalid(f"{row.file_name}: the list has changed since; take the import back", field="import")
                return await run.store(source)


async def undo_import(store: Archive, clock: Clock, campaign: Campaign, import_id: int) -> UndoReport:
    """Take back a whole import, or what there is of it. Raises `NotFound`, and `WrongState` when it was before."""
    with _alone(store, campaign):
        row = await _of(store, campaign, import_id)
        if row.undone_at is not None:
            raise WrongState(f"import {import_id} was taken back already", field="import")
        return await _take_back(store, clock, row)


async def finish_pending(store: Archive, clock: Clock, campaigns: Iterable[Campaign]) -> None:
    """At the start: what was decided before the program ended is carried through, and nothing more. A list that is not
    whole waits for somebody to decide."""
    by_id = {campaign.campaign_id: campaign for campaign in campaigns}
    for row in await store.lists.pending():
        if row.phase == Phase.UNDOING:
            await _take_back(store, clock, row)
            forget(row.stored_file)
        elif row.phase == Phase.RELEASING:
            await ListRun(store, clock, by_id[row.campaign_id], ImportOptions(), row).release()
            forget(row.stored_file)
        else:
            log.warning("import was interrupted", import_id=row.import_id, last_line=row.last_line)


async def _take_back(store: Archive, clock: Clock, row: ImportRow) -> UndoReport:
    await store.lists.note(row.import_id, phase=Phase.UNDOING)
    total, after, now = Undone(), 0, clock.now()
    while True:
        last, part = await store.lists.take_back(row.import_id, after=after, at=now)
        if last is None:
            break
        total, after = replace(total, removed=total.removed + part.removed, closed=total.closed + part.closed), last
    restored = 0
    while part_restored := await store.lists.restore(row.import_id):
        restored += part_restored
    await store.lists.note(row.import_id, phase=Phase.UNDONE, undone_at=now, stored_file="")
    return UndoReport(import_id=row.import_id, removed=total.removed, closed=total.closed, restored=restored)


async def _of(store: Archive, campaign: Campaign, import_id: int) -> ImportRow:
    row = await store.lists.one(import_id)
    if row is None or row.campaign_id != campaign.campaign_id:
        raise NotFound(f"campaign {campaign.settings.code} has no import {import_id}", field="import")
    return row


async def _row(store: Archive, import_id: int) -> ImportRow:
    row = await store.lists.one(import_id)
    assert row is not None
    return row


async def _none_waiting(store: Archive, campaign: Campaign) -> None:
    for row in await store.lists.pending():
        if row.campaign_id == campaign.campaign_id:
            raise WrongState(
                f"import {row.import_id} of {row.file_name} was interrupted; carry it on (--resume {row.import_id}) or "
                f"take it back (--undo {row.import_id}) first",
                field="import",
                details={"import": row.import_id},
            )


def _with_mapping(options: ImportOptions | None, mapping: Sequence[str]) -> ImportOptions:
    wanted = options or ImportOptions()
    return replace(wanted, mapping=tuple(mapping)) if mapping else wanted


@contextmanager
def _explained(name: str) -> Iterator[None]:
    try:
        yield
    except ListError as error:
        raise Invalid(f"{name}: {error}", field=error.field) from error
    except OSError as error:
        raise Invalid(f"{name}: cannot be read: {error.strerror or error}", field="file") from error


@contextmanager
def _alone(store: Archive, campaign: Campaign) -> Iterator[None]:
    """One import at a time into a campaign."""
    running = _running.setdefault(store, set())
    if campaign.campaign_id in running:
        raise WrongState(f"an import into campaign {campaign.settings.code} is under way; wait for its end")
    running.add(campaign.campaign_id)
    try:
        yield
    finally:
        running.discard(campaign.campaign_id)
