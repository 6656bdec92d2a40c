"""Lists into a real store: what arrives, what is refused, and what is left when something goes wrong."""

from __future__ import annotations

import asyncio
import codecs
import csv
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from campaigns.campaign import Campaign, CampaignSettings, CampaignState
from campaigns.lead import LeadState
from dialer.clock import SystemClock
from dialer.db.store import open_store
from dialer.domain.events import CampaignStateChanged, NumberInvalidated
from dialer.errors import Invalid, NotFound, WrongState
from dialer.lists import (
    ImportOptions,
    Mode,
    Unnamed,
    check_list,
    finish_pending,
    import_list,
    parse_scope,
    resume_import,
    undo_import,
)
from dialer.planning.import_values import rows_of
from dialer.ports import Agent
from dialer.ports.archive import Archive

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
async def store(tmp_path: Path, migrated: Path) -> AsyncIterator[Archive]:
    shutil.copy(migrated, tmp_path / "lists.db")
    found = await open_store(f"sqlite:///{tmp_path / 'lists.db'}")
    yield found
    await found.close()


@pytest.fixture
async def campaign(store: Archive) -> Campaign:
    return await store.add_campaign(CampaignSettings(code="spring", name="Spring", trunks=("carrier",)), at=NOW)


def write(path: Path, *rows: str, header: str = HEADER, encoding: str = "utf-8", ending: str = "\n") -> Path:
    path.write_bytes((ending.join((header, *rows)) + ending).encode(encoding))
    return path


def content(path: str | Path) -> bytes:
    return Path(path).read_bytes()


def files(directory: Path, pattern: str) -> list[Path]:
    return list(directory.glob(pattern))


class Halting:
    """The store in front of which an import waits with its nth batch until told to go on."""

    def __init__(self, store: Archive, batch: int = 1) -> None:
        self._store, self._left = store, batch
        self.reached, self.go_on = asyncio.Event(), asyncio.Event()
        self.lists = self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store.lists, name, None) or getattr(self._store, name)

    async def hold(self, *args: Any, **options: Any) -> list[int]:
        stored = await self._store.lists.hold(*args, **options)
        self._left -= 1
        if self._left == 0:
            self.reached.set()
            await self.go_on.wait()
        return stored


def number(index: int) -> str:
    return f"138{index:08}"


async def leads(store: Archive, campaign: Campaign) -> list[Any]:
    return await store.leads(campaign.campaign_id, limit=10_000)


async def test_a_list_becomes_leads_and_the_report_adds_up(store: Archive, campaign: Campaign, tmp_path: Path) -> None:
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
    store: Archive, campaign: Campaign, tmp_path: Path, encoding: str, delimiter: str, ending: str
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
    store: Archive, campaign: Campaign, tmp_path: Path
) -> None:
    first = await import_list(store, CLOCK, campaign, write(tmp_path / "list.csv", "李娜,123,SUV"))
    mended = Path(first.refused_file)
    lines = content(mended).decode().replace(",123,", f",{number(5)},").splitlines()
    write(mended, *lines[1:], header=lines[0])
    second = await import_list(store, CLOCK, campaign, mended)
    assert (second.accepted, second.refused_file) == (1, "")
    (lead,) = await leads(store, campaign)
    assert dict(lead.fields) == {"车型": "SUV"}


async def test_damaged_bytes_come_back_unchanged(store: Archive, campaign: Campaign, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(f"{HEADER}\n李,{number(1)},好\n王".encode() + b"\xff\xfe" + f",{number(2)},x\n".encode())
    report = await import_list(store, CLOCK, campaign, path)
    assert report.refusals == {"encoding": 1}
    assert "王".encode() + b"\xff\xfe" + f",{number(2)},x,3,".encode() in content(report.refused_file)


async def test_a_number_the_campaign_has_already_is_a_duplicate_in_dry_run_and_import_alike(
    store: Archive, campaign: Campaign, tmp_path: Path
) -> None:
    await import_list(store, CLOCK, campaign, write(tmp_path / "old.csv", f"王伟,{number(1)},"))
    path = write(tmp_path / "new.csv", f"王伟,{number(1)},", f"李娜,{number(2)},", "张敏,5,")
    dry = await check_list(store, CLOCK, campaign, path)
    assert [lead.name for lead in await leads(store, campaign)] == ["王伟"]
    real = await import_list(store, CLOCK, campaign, path)
    for report in (dry, real):
        assert (report.rows, report.accepted, report.duplicates, report.refused) == (3, 1, 1, 1)
        _, *refused = csv.reader(content(report.refused_file).decode().splitlines())
        assert [(row[3], row[5]) for row in refused] == [
            ("2", "the campaign has a lead with this number"),
            ("4", "not a telephone number"),
        ]
    assert (dry.dry_run, dry.import_id, real.dry_run) == (True, None, False)
    assert dry.refused_file != real.refused_file


async def test_the_dry_run_of_a_perfect_list_leaves_nothing_behind(
    store: Archive, campaign: Campaign, tmp_path: Path
) -> None:
    path = write(tmp_path / "list.csv", f"王伟,{number(1)},")
    report = await check_list(store, CLOCK, campaign, path)
    assert (report.accepted, report.refused_file) == (1, "")
    assert await store.imports(campaign.campaign_id) == []
    assert files(tmp_path, "*refused*") == []


async def test_numbers_on_the_do_not_call_list_are_counted(store: Archive, campaign: Campaign, tmp_path: Path) -> None:
    await store.suppress("+8613800000001", reason="asked", source="letter", at=NOW)
    path = write(tmp_path / "list.csv", f"王伟,{number(1)},", f"李娜,{number(2)},")
    report = await import_list(store, CLOCK, campaign, path)
    assert (report.accepted, report.suppressed) == (2, 1)


async def test_a_whole_import_can_be_taken_back_once(store: Archive, campaign: Campaign, tmp_path: Path) -> None:
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
    ("姓名,手机\n\n ,\n".encode(), (), "file", "no row below the header"),
    ("姓名,手机\n".encode(), ("phone=手机",), "mapping", "ROLE=COLUMN"),
])  # fmt: skip
async def test_a_list_that_cannot_be_used_is_refused_before_anything_is_stored(
    store: Archive, campaign: Campaign, tmp_path: Path, content: bytes, mapping: tuple[str, ...], field: str, words: str
) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    with pytest.raises(Invalid, match=words) as refusal:
        await import_list(store, CLOCK, campaign, path, mapping)
    assert refusal.value.field == field
    assert await store.imports(campaign.campaign_id) == []


async def test_a_missing_file_or_a_directory_is_a_clear_refusal(
    store: Archive, campaign: Campaign, tmp_path: Path
) -> None:
    for path in (tmp_path / "nowhere.csv", tmp_path):
        with pytest.raises(Invalid, match="cannot be read"):
            await import_list(store, CLOCK, campaign, path)


async def test_quoting_that_breaks_down_late_leaves_no_half_list(
    store: Archive, campaign: Campaign, tmp_path: Path
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


async def interrupted(store: Archive, campaign: Campaign, path: Path, batch: int = 2) -> int:
    """The import, which has stored that many batches."""
    halting: Any = Halting(store, batch)
    async with asyncio.TaskGroup() as group, asyncio.timeout(20):
        task = group.create_task(import_list(halting, CLOCK, campaign, path), name="import")
        await halting.reached.wait()
        task.cancel()
    (row,) = await store.lists.pending()
    return row.import_id


def long_list(path: Path) -> Path:
    return write(path, "王,1,", *(f"王,{number(i)}," for i in range(4500)), f"王,{number(7)},")


async def test_nothing_of_an_interrupted_import_is_dialled_and_it_can_be_taken_back(
    store: Archive, campaign: Campaign, tmp_path: Path
) -> None:
    path = long_list(tmp_path / "list.csv")
    import_id = await interrupted(store, campaign, path)
    assert await leads(store, campaign) == []
    assert await store.next_due(campaign.campaign_id, now=CLOCK.now()) is None
    assert files(tmp_path, "*refused*") == []
    with pytest.raises(WrongState, match="interrupted"):
        await import_list(store, CLOCK, campaign, path)
    undone = await undo_import(store, CLOCK, campaign, import_id)
    assert (undone.removed, undone.closed) == (3999, 0)
    assert (await import_list(store, CLOCK, campaign, path)).new == 4500


async def test_an_interrupted_import_is_carried_on_from_what_it_has_stored(
    store: Archive, campaign: Campaign, tmp_path: Path
) -> None:
    import_id = await interrupted(store, campaign, long_list(tmp_path / "list.csv"))
    before = [lead_id async for _, lead_id in await store.lists.held(import_id)]
    assert len(before) == 3999
    report = await resume_import(store, CLOCK, campaign, import_id)
    assert report is not None
    assert (report.rows, report.new, report.duplicates, report.refused) == (4502, 4500, 1, 1)
    after = await leads(store, campaign)
    assert [lead.lead_id for lead in after[:3999]] == before
    assert [lead.numbers[0].e164 for lead in after] == [f"+86{number(i)}" for i in range(4500)]
    (row,) = await store.imports(campaign.campaign_id)
    assert (row.phase, row.rows, row.accepted, row.duplicates, row.refused) == ("DONE", 4502, 4500, 1, 1)
    with pytest.raises(WrongState, match="over"):
        await resume_import(store, CLOCK, campaign, import_id)


async def test_a_list_that_has_changed_meanwhile_is_not_carried_on(
    store: Archive, campaign: Campaign, tmp_path: Path
) -> None:
    path = long_list(tmp_path / "list.csv")
    import_id = await interrupted(store, campaign, path)
    write(path, f"王,{number(1)},")
    with pytest.raises(Invalid, match="has changed"):
        await resume_import(store, CLOCK, campaign, import_id)
    path.unlink()
    with pytest.raises(Invalid, match="is gone"):
        await resume_import(store, CLOCK, campaign, import_id)


async def test_at_the_next_start_a_whole_list_is_let_go_and_half_of_one_waits(
    store: Archive, campaign: Campaign, tmp_path: Path
) -> None:
    waiting = await interrupted(store, campaign, long_list(tmp_path / "list.csv"))
    await finish_pending(store, CLOCK, [campaign])
    assert [row.import_id for row in await store.lists.pending()] == [waiting]
    assert await leads(store, campaign) == []
    await undo_import(store, CLOCK, campaign, waiting)
    done = await import_list(store, CLOCK, campaign, write(tmp_path / "b.csv", f"王,{number(1)},"))
    assert done.import_id is not None
    await store.lists.note(done.import_id, phase="RELEASING")
    await finish_pending(store, CLOCK, [campaign])
    assert await store.lists.pending() == []
    assert len(await leads(store, campaign)) == 1


async def test_a_list_suppressed_for_good_is_never_open(store: Archive, campaign: Campaign, tmp_path: Path) -> None:
    await store.suppress("+8613800000001", reason="asked", source="letter", at=NOW)
    await import_list(store, CLOCK, campaign, write(tmp_path / "a.csv", f"王,{number(1)},", f"李,{number(2)},"))
    assert [lead.state for lead in await leads(store, campaign)] == [LeadState.DO_NOT_CALL, LeadState.OPEN]


@pytest.mark.parametrize(("scope", "new", "reasons"), [
    ("file", 3, {}),
    ("campaign", 2, {"duplicate_in_campaign": 1}),
    ("running", 1, {"duplicate_in_campaign": 1, "duplicate_in_running": 1}),
    ("days:30", 1, {"duplicate_in_campaign": 1, "duplicate_recent": 1}),
])  # fmt: skip
async def test_where_a_number_makes_a_duplicate_is_the_planners_choice(
    store: Archive, campaign: Campaign, tmp_path: Path, scope: str, new: int, reasons: dict[str, int]
) -> None:
    await import_list(store, CLOCK, campaign, write(tmp_path / "a.csv", f"王,{number(1)},"))
    settings = CampaignSettings(code="autumn", name="Autumn", trunks=("carrier",))
    other = await store.add_campaign(settings, at=NOW)
    await import_list(store, CLOCK, other, write(tmp_path / "b.csv", f"李,{number(2)},"))
    started = CampaignStateChanged(
        occurred_at=NOW, campaign_id=other.campaign_id, previous=CampaignState.DRAFT, state=CampaignState.RUNNING
    )
    await store.record([started] if scope != "days:30" else [])
    path = write(tmp_path / "c.csv", f"王,{number(1)},", f"李,{number(2)},", f"张,{number(3)},")
    kind, days = parse_scope(scope)
    options = ImportOptions(scope=kind, days=days)
    report = await import_list(store, CLOCK, campaign, path, options=options)
    assert (report.new, dict(report.cleaning.duplicates_by)) == (new, reasons)
    if scope == "campaign":
        assert report.also_in_running == 1
    assert len(await leads(store, campaign)) == 1 + new


REFRESH = ImportOptions(mode=Mode.REFRESH)


async def test_a_refresh_updates_who_is_there_adds_who_is_not_and_can_be_undone(
    store: Archive, campaign: Campaign, tmp_path: Path
) -> None:
    header = "姓名,手机,家庭电话,车型"
    old = write(tmp_path / "a.csv", f"王伟,{number(1)},,SUV", f"李娜,{number(2)},,", f"赵,{number(9)},,", header=header)
    await import_list(store, CLOCK, campaign, old)
    before = await leads(store, campaign)
    rows = (f"王伟,{number(1)},{number(7)},MPV", f"李娜,{number(2)},,", f"张敏,{number(3)},,")
    new = write(tmp_path / "b.csv", *rows, header=header)
    rehearsal = await check_list(store, CLOCK, campaign, new, options=REFRESH)
    assert await leads(store, campaign) == before
    report = await import_list(store, CLOCK, campaign, new, options=REFRESH)
    for counted in (rehearsal, report):
        assert (counted.new, counted.updated, counted.unchanged) == (1, 1, 1)
    assert report.missing == 1
    wang, li, zhao, zhang = await leads(store, campaign)
    assert (wang.lead_id, dict(wang.fields)) == (before[0].lead_id, {"车型": "MPV"})
    assert [n.e164 for n in wang.numbers] == ["+8613800000001", "+8613800000007"]
    assert (wang.due_at, li, zhao) == (before[0].due_at, before[1], before[2])
    assert zhang.name == "张敏"
    assert report.import_id is not None
    undone = await undo_import(store, CLOCK, campaign, report.import_id)
    assert (undone.removed, undone.restored) == (1, 1)
    assert await leads(store, campaign) == before


async def test_a_refresh_knows_people_by_the_planners_own_number(
    store: Archive, campaign: Campaign, tmp_path: Path
) -> None:
    header = "customer,name,phone"
    mapping = ("external_id=customer",)
    first = write(tmp_path / "a.csv", f"C1,Wang,{number(1)}", f"C2,Li,{number(2)}", header=header)
    await import_list(store, CLOCK, campaign, first, mapping)
    moved = write(tmp_path / "b.csv", f"C1,Wang,{number(5)}", f"C3,Zhou,{number(6)}", header=header)
    options = ImportOptions(mode=Mode.REFRESH, mapping=mapping, unnamed_numbers=Unnamed.MARK)
    report = await import_list(store, CLOCK, campaign, moved, options=options)
    assert (report.new, report.updated, report.missing) == (1, 1, 1)
    wang = (await leads(store, campaign))[0]
    assert [(n.e164, n.usable) for n in wang.numbers] == [("+8613800000001", False), ("+8613800000005", True)]


async def test_a_number_a_refresh_has_put_aside_comes_back_with_the_list_that_names_it_again(
    store: Archive, campaign: Campaign, tmp_path: Path
) -> None:
    header = "姓名,手机,家庭电话"
    both = write(tmp_path / "a.csv", f"王伟,{number(1)},{number(2)}", header=header)
    one = write(tmp_path / "b.csv", f"王伟,{number(1)},", header=header)
    options = ImportOptions(mode=Mode.REFRESH, unnamed_numbers=Unnamed.MARK)

    async def usable() -> list[bool]:
        return [each.usable for lead in await leads(store, campaign) for each in lead.numbers]

    await import_list(store, CLOCK, campaign, both)
    await import_list(store, CLOCK, campaign, one, options=options)
    assert await usable() == [True, False]
    again = await import_list(store, CLOCK, campaign, both, options=options)
    assert (again.updated, await usable()) == (1, [True, True])
    await undo_import(store, CLOCK, campaign, again.import_id or 0)
    assert await usable() == [True, False]
    await import_list(store, CLOCK, campaign, both, options=options)
    [lead] = await leads(store, campaign)
    await store.record([NumberInvalidated(occurred_at=NOW, lead_id=lead.lead_id, e164="+8613800000002")])
    third = await import_list(store, CLOCK, campaign, both, options=options)
    assert (third.unchanged, await usable()) == (1, [True, False])


async def test_a_list_brought_again_does_not_count_again_in_the_data_qualified_rate(
    store: Archive, campaign: Campaign, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.csv", f"王,{number(1)},", f"李,{number(2)},", "赵,12,")
    for options in (None, None, REFRESH):
        await import_list(store, CLOCK, campaign, path, options=options)
    loaded = await store.imports(campaign.campaign_id)
    assert [row.rows for row in loaded] == [3, 3, 3]
    assert rows_of(loaded) == (3, 2)
    more = write(tmp_path / "b.csv", f"王,{number(1)},MPV", f"张,{number(3)},")
    await import_list(store, CLOCK, campaign, more, options=REFRESH)
    assert rows_of(await store.imports(campaign.campaign_id)) == (4, 3)


async def test_new_leads_are_shared_out_by_a_rule(store: Archive, campaign: Campaign, tmp_path: Path) -> None:
    for name in ("li", "wang"):
        await store.save_agent(Agent(agent_id=name, name=name, phone=f"sip:{name}@desk"))
    path = write(tmp_path / "a.csv", *(f"客,{number(i)}," for i in range(5)))
    with pytest.raises(Invalid, match="no agent zhao"):
        await import_list(store, CLOCK, campaign, path, options=ImportOptions(allocation="evenly:li,zhao"))
    assert await store.lists.pending() == []
    report = await import_list(store, CLOCK, campaign, path, options=ImportOptions(allocation="evenly:li,wang"))
    assert dict(report.allocated) == {"li": 3, "wang": 2}
    assert [lead.owner for lead in await leads(store, campaign)] == ["li", "wang", "li", "wang", "li"]


async def test_a_large_list_is_read_in_a_process_of_its_own(
    store: Archive, campaign: Campaign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dialer.planning.list_source.LARGE_BYTES", 0)
    await import_list(store, CLOCK, campaign, write(tmp_path / "old.csv", f"王,{number(3)},"))
    path = write(tmp_path / "a.csv", *(f"客{i},{number(i)},x" for i in range(2500)), "客,12,")
    report = await import_list(store, CLOCK, campaign, path)
    assert (report.rows, report.new, report.duplicates, report.refused) == (2501, 2499, 1, 1)
    assert len(content(report.refused_file).splitlines()) == 3
    assert len(await leads(store, campaign)) == 2500
    with pytest.raises(Invalid, match="no such column"):
        await import_list(store, CLOCK, campaign, path, ("number=电话",))


async def test_two_imports_into_a_campaign_take_turns(store: Archive, campaign: Campaign, tmp_path: Path) -> None:
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


async def test_the_event_loop_goes_on_during_an_import(store: Archive, campaign: Campaign, tmp_path: Path) -> None:
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


async def test_a_rule_that_cannot_be_used_leaves_no_import_behind(
    store: Archive, campaign: Campaign, tmp_path: Path
) -> None:
    with pytest.raises(Invalid, match="zoe"):
        await import_list(
            store, CLOCK, campaign, long_list(tmp_path / "list.csv"),
            options=ImportOptions(allocation="evenly:zoe"),
        )  # fmt: skip
    assert await store.imports(campaign.campaign_id) == []
