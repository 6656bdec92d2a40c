"""Lists into a real store: what arrives, what is refused, and what is left when something goes wrong."""

from __future__ import annotations

import asyncio
import codecs
import csv
import shutil
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from campaigns.campaign import Campaign, CampaignSettings
from dialer.clock import SystemClock
from dialer.db.store import open_store
from dialer.errors import Invalid, NotFound, WrongState
from dialer.lists import check_list, import_list, undo_import, undo_unfinished
from dialer.ports import NewLead, Store

CLOCK = SystemClock()
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
HEADER = "姓名,手机,车型"


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its tables, to be copied: making them takes longer than most of these tests."""
    path = tmp_path_factory.mktemp("lists") / "empty.db"

    async def make() -> None:
        await (await open_store(f"sqlite:///{path}")).close()

    asyncio.run(make())
    return path


@pytest.fixture
async def store(tmp_path: Path, migrated: Path) -> AsyncIterator[Store]:
    shutil.copy(migrated, tmp_path / "lists.db")
    found = await open_store(f"sqlite:///{tmp_path / 'lists.db'}")
    yield found
    await found.close()


@pytest.fixture
async def campaign(store: Store) -> Campaign:
    return await store.add_campaign(CampaignSettings(code="spring", name="Spring", trunks=("carrier",)), at=NOW)


def write(path: Path, *rows: str, header: str = HEADER, encoding: str = "utf-8", ending: str = "\n") -> Path:
    path.write_bytes((ending.join((header, *rows)) + ending).encode(encoding))
    return path


def content(path: str | Path) -> bytes:
    return Path(path).read_bytes()


def files(directory: Path, pattern: str) -> list[Path]:
    return list(directory.glob(pattern))


class Halting:
    """The store in front of which an import waits with its first batch until told to go on."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.reached, self.go_on = asyncio.Event(), asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def add_leads(self, import_id: int, rows: Sequence[NewLead], *, due_at: datetime) -> list[tuple[int, str]]:
        stored = await self._store.add_leads(import_id, rows, due_at=due_at)
        self.reached.set()
        await self.go_on.wait()
        return stored


def number(index: int) -> str:
    return f"138{index:08}"


async def leads(store: Store, campaign: Campaign) -> list[Any]:
    return await store.leads(campaign.campaign_id, limit=10_000)


async def test_a_list_becomes_leads_and_the_report_adds_up(store: Store, campaign: Campaign, tmp_path: Path) -> None:
    path = write(
        tmp_path / "list.csv", f"王伟,{number(1)},SUV", "李娜,123,", f"张敏,{number(1)},", f"刘洋,{number(2)},"
    )
    report = await import_list(store, CLOCK, campaign, path)
    assert (report.rows, report.accepted, report.duplicates, report.refused) == (4, 2, 1, 1)
    assert report.data_qualified_rate == 0.5
    assert report.refusals == {"number_length": 1}
    assert report.columns == {"姓名": "name", "手机": "number", "车型": "field"}
    wang, liu = await leads(store, campaign)
    assert (wang.name, wang.row, wang.time_zone, dict(wang.fields)) == ("王伟", 2, "Asia/Shanghai", {"车型": "SUV"})
    assert liu.numbers[0].e164 == "+8613800000002"
    (row,) = await store.imports(campaign.campaign_id)
    assert (row.rows, row.accepted, row.duplicates, row.refused) == (4, 2, 1, 1)
    assert row.refused_file == report.refused_file


@pytest.mark.parametrize(("encoding", "delimiter", "ending"), [
    ("utf-8-sig", ";", "\r\n"), ("gb18030", "\t", "\n"), ("utf-8", ",", "\r\n"),
])  # fmt: skip
async def test_refused_rows_come_back_in_the_format_they_came_in(
    store: Store, campaign: Campaign, tmp_path: Path, encoding: str, delimiter: str, ending: str
) -> None:
    rows = [delimiter.join(row) for row in (("王伟", number(1), "x"), ("李娜", "123", "y"), ("张敏", number(3)))]
    path = write(tmp_path / "list.csv", *rows, header=HEADER.replace(",", delimiter), encoding=encoding, ending=ending)
    report = await import_list(store, CLOCK, campaign, path)
    raw = content(report.refused_file)
    assert raw.startswith(codecs.BOM_UTF8) == (encoding == "utf-8-sig")
    assert raw.count(ending.encode()) == raw.count(b"\n") == 3
    header, *refused = csv.reader(raw.decode(encoding).splitlines(), delimiter=delimiter)
    assert header == ["姓名", "手机", "车型", "line", "column", "reason"]
    assert refused == [
        ["李娜", "123", "y", "3", "手机", "too short"],
        ["张敏", number(3), "", "4", "", "2 columns, but the header has 3"],
    ]


async def test_a_corrected_file_of_refused_rows_can_be_imported_as_it_is(
    store: Store, campaign: Campaign, tmp_path: Path
) -> None:
    first = await import_list(store, CLOCK, campaign, write(tmp_path / "list.csv", "李娜,123,SUV"))
    mended = Path(first.refused_file)
    lines = content(mended).decode().replace(",123,", f",{number(5)},").splitlines()
    write(mended, *lines[1:], header=lines[0])
    second = await import_list(store, CLOCK, campaign, mended)
    assert (second.accepted, second.refused_file) == (1, "")
    (lead,) = await leads(store, campaign)
    assert dict(lead.fields) == {"车型": "SUV"}


async def test_damaged_bytes_come_back_unchanged(store: Store, campaign: Campaign, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(f"{HEADER}\n李,{number(1)},好\n王".encode() + b"\xff\xfe" + f",{number(2)},x\n".encode())
    report = await import_list(store, CLOCK, campaign, path)
    assert report.refusals == {"encoding": 1}
    assert "王".encode() + b"\xff\xfe" + f",{number(2)},x,3,".encode() in content(report.refused_file)


async def test_a_number_the_campaign_has_already_is_a_duplicate_in_dry_run_and_import_alike(
    store: Store, campaign: Campaign, tmp_path: Path
) -> None:
    await import_list(store, CLOCK, campaign, write(tmp_path / "old.csv", f"王伟,{number(1)},"))
    path = write(tmp_path / "new.csv", f"王伟,{number(1)},", f"李娜,{number(2)},", "张敏,5,")
    dry = await check_list(store, CLOCK, campaign, path)
    assert [lead.name for lead in await leads(store, campaign)] == ["王伟"]
    real = await import_list(store, CLOCK, campaign, path)
    for report in (dry, real):
        assert (report.rows, report.accepted, report.duplicates_in_campaign, report.refused) == (3, 1, 1, 1)
        _, *refused = csv.reader(content(report.refused_file).decode().splitlines())
        assert [(row[3], row[5]) for row in refused] == [
            ("2", "the campaign has a lead with this number"),
            ("4", "not a telephone number"),
        ]
    assert (dry.dry_run, dry.import_id, real.dry_run) == (True, None, False)
    assert dry.refused_file != real.refused_file


async def test_the_dry_run_of_a_perfect_list_leaves_nothing_behind(
    store: Store, campaign: Campaign, tmp_path: Path
) -> None:
    path = write(tmp_path / "list.csv", f"王伟,{number(1)},")
    report = await check_list(store, CLOCK, campaign, path)
    assert (report.accepted, report.refused_file) == (1, "")
    assert await store.imports(campaign.campaign_id) == []
    assert files(tmp_path, "*refused*") == []


async def test_numbers_on_the_do_not_call_list_are_counted(store: Store, campaign: Campaign, tmp_path: Path) -> None:
    await store.suppress("+8613800000001", reason="asked", source="letter", at=NOW)
    path = write(tmp_path / "list.csv", f"王伟,{number(1)},", f"李娜,{number(2)},")
    report = await import_list(store, CLOCK, campaign, path)
    assert (report.accepted, report.suppressed) == (2, 1)


async def test_a_whole_import_can_be_taken_back_once(store: Store, campaign: Campaign, tmp_path: Path) -> None:
    path = write(tmp_path / "list.csv", f"王伟,{number(1)},", f"李娜,{number(2)},")
    report = await import_list(store, CLOCK, campaign, path)
    assert report.import_id is not None
    undone = await undo_import(store, CLOCK, campaign, report.import_id)
    assert (undone.removed, undone.closed) == (2, 0)
    assert await leads(store, campaign) == []
    with pytest.raises(WrongState):
        await undo_import(store, CLOCK, campaign, report.import_id)
    with pytest.raises(NotFound):
        await undo_import(store, CLOCK, campaign, 4711)
    assert (await import_list(store, CLOCK, campaign, path)).accepted == 2


@pytest.mark.parametrize(("content", "mapping", "field", "words"), [
    (b"", (), "file", "empty"),
    (b"name,city\nAnn,Oslo\n", (), "mapping", "no column holds telephone numbers"),
    ("姓名,手机\n".encode(), ("number=电话",), "mapping", "no such column"),
    ("姓名,手机\n".encode(), ("phone=手机",), "mapping", "ROLE=COLUMN"),
])  # fmt: skip
async def test_a_list_that_cannot_be_used_is_refused_before_anything_is_stored(
    store: Store, campaign: Campaign, tmp_path: Path, content: bytes, mapping: tuple[str, ...], field: str, words: str
) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    with pytest.raises(Invalid, match=words) as refusal:
        await import_list(store, CLOCK, campaign, path, mapping)
    assert refusal.value.field == field
    assert await store.imports(campaign.campaign_id) == []


async def test_a_missing_file_or_a_directory_is_a_clear_refusal(
    store: Store, campaign: Campaign, tmp_path: Path
) -> None:
    for path in (tmp_path / "nowhere.csv", tmp_path):
        with pytest.raises(Invalid, match="cannot be read"):
            await import_list(store, CLOCK, campaign, path)


async def test_quoting_that_breaks_down_late_leaves_no_half_list(
    store: Store, campaign: Campaign, tmp_path: Path
) -> None:
    rows = [f"王,{number(i)}," for i in range(1200)] + [
        f'王,{number(5000 + i)},"' if i % 2 else '"a"b,1' for i in range(400)
    ]
    path = write(tmp_path / "list.csv", *rows, *(f'"x{i}' for i in range(9000)))
    with pytest.raises(Invalid, match="quot"):
        await import_list(store, CLOCK, campaign, path)
    assert await leads(store, campaign) == []
    (row,) = await store.imports(campaign.campaign_id)
    assert row.undone_at is not None
    assert files(tmp_path, ".refused*") == []


async def test_a_cancelled_import_leaves_no_half_list(store: Store, campaign: Campaign, tmp_path: Path) -> None:
    path = write(tmp_path / "list.csv", "王,1,", *(f"王,{number(i)}," for i in range(1100)))
    halting: Any = Halting(store)
    async with asyncio.TaskGroup() as group, asyncio.timeout(20):
        task = group.create_task(import_list(halting, CLOCK, campaign, path), name="import")
        await halting.reached.wait()
        task.cancel()
    (row,) = await store.imports(campaign.campaign_id)
    assert row.undone_at is not None
    assert files(tmp_path, "*refused*") == []
    assert (await import_list(store, CLOCK, campaign, path)).accepted == 1100


async def test_what_a_crash_left_half_is_taken_back_at_the_next_start(
    store: Store, campaign: Campaign, tmp_path: Path
) -> None:
    import_id = await store.begin_import(campaign.campaign_id, file_name="dead.csv", sha256="", at=NOW)
    row = NewLead(row=2, name="王", numbers=(("mobile", "+8613800000001"),), country="CN", time_zone="Asia/Shanghai")
    await store.add_leads(import_id, [row], due_at=NOW)
    (undone,) = await undo_unfinished(store, CLOCK, [campaign])
    assert (undone.import_id, undone.removed) == (import_id, 1)
    assert await undo_unfinished(store, CLOCK, [campaign]) == []


async def test_two_imports_into_a_campaign_take_turns(store: Store, campaign: Campaign, tmp_path: Path) -> None:
    big = write(tmp_path / "big.csv", *(f"王,{number(i)}," for i in range(600)))
    small = write(tmp_path / "small.csv", f"李,{number(99_999)},")
    halting: Any = Halting(store)
    async with asyncio.TaskGroup() as group, asyncio.timeout(20):
        first = group.create_task(import_list(halting, CLOCK, campaign, big), name="first")
        await halting.reached.wait()
        with pytest.raises(WrongState, match="under way"):
            await import_list(halting, CLOCK, campaign, small)
        halting.go_on.set()
    assert first.result().accepted == 600
    assert (await import_list(halting, CLOCK, campaign, small)).accepted == 1


async def test_the_event_loop_goes_on_during_an_import(store: Store, campaign: Campaign, tmp_path: Path) -> None:
    path = write(tmp_path / "list.csv", *(f"王,{number(i)}," for i in range(1500)))
    turns = 0

    async def other_work() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        other = group.create_task(other_work(), name="other work")
        await import_list(store, CLOCK, campaign, path)
        other.cancel()
    assert turns > 100
