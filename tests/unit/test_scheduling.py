"""What the clock brings, with the real scheduler on a clock that is moved by hand."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine

from campaigns.campaign import Campaign, CampaignSettings, CampaignState
from campaigns.places import Place
from dialer.clock import SystemClock
from dialer.custody import Custody
from dialer.db.store import open_store
from dialer.domain.events import DomainEvent, RecordingBegun, RecordingDeleted, RecordingFinalized, RecordingReserved
from dialer.errors import WrongState
from dialer.policies import PolicyBook
from dialer.ports import OutboxEntry, RecordingRow
from dialer.scheduling import DISK, EDGE, PURGE, RETENTION, SWEEP, Timetable, Upkeep, UpkeepSettings
from recordings.library import RecordingLibrary
from recordings.naming import relative_path
from tests.contract.store.shop import NOON, Shop, open_shop

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY_EIGHT = datetime(2026, 11, 23, 8, 0, tzinfo=SHANGHAI)
WINDOWS = ({"days": ("mon", "tue", "wed", "thu", "fri"), "from": "09:00", "to": "12:00"},)


class Rows:
    """The few methods of the store that the timetable asks."""

    def __init__(self) -> None:
        self.all: list[Campaign] = []
        self.zones: dict[int, set[str]] = {}
        self.kept: list[RecordingRow] = []
        self.events: list[DomainEvent] = []
        self.purges: list[datetime] = []
        self.waiting: list[OutboxEntry] = []
        self.fault: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def campaigns(self) -> list[Campaign]:
        found = list(self.all)
        await self.gate.wait()
        return found

    async def places(self, campaign_id: int) -> set[Place]:
        return {Place("CN", zone) for zone in self.zones.get(campaign_id, {"Asia/Shanghai"})}

    async def recordings(self, *, states, after: str = "", limit: int) -> list[RecordingRow]:
        rows = sorted((r for r in self.kept if r.state in states), key=lambda r: r.recording_id)
        return [r for r in rows if r.recording_id > after][:limit]

    async def recording(self, recording_id: str) -> RecordingRow | None:
        return next((r for r in self.kept if r.recording_id == recording_id), None)

    async def record(self, events) -> None:
        self.events += events
        gone = {e.recording_id for e in events}
        self.kept = [replace(r, state="DELETED") if r.recording_id in gone else r for r in self.kept]

    async def purge(self, *, before: datetime) -> int:
        if self.fault:
            raise self.fault
        self.purges.append(before)
        return 0

    async def outbox(self, *, limit: int) -> list[OutboxEntry]:
        return self.waiting[:limit]

    async def published(self, up_to_seq: int) -> None:
        self.waiting = [entry for entry in self.waiting if entry.seq > up_to_seq]

    def campaign(self, code: str, state: CampaignState = CampaignState.RUNNING, **settings: object) -> Campaign:
        made = CampaignSettings.model_validate(
            {"code": code, "name": code, "trunks": ("t",), "windows": WINDOWS, **settings}
        )
        new = Campaign(campaign_id=len(self.all) + 1, settings=made, state=state, created_at=MONDAY_EIGHT)
        self.all.append(new)
        return new

    def set_state(self, campaign: Campaign, state: CampaignState) -> None:
        self.all = [replace(c, state=state) if c.campaign_id == campaign.campaign_id else c for c in self.all]


class Site:
    """A timetable over rows and a real library; `woken` is when the engine was woken."""

    def __init__(self, directory: Path, traveller: time_machine.Traveller, *, feed: bool = False) -> None:
        self.rows, self.traveller = Rows(), traveller
        self.library = RecordingLibrary(directory)
        self.woken: list[datetime] = []
        self.announced: list[DomainEvent] = []
        self.settings = UpkeepSettings(feed=feed)
        shared = {
            "store": self.rows, "policies": PolicyBook.load(), "clock": SystemClock(), "settings": self.settings,
        }  # fmt: skip
        custody = Custody(self.rows, SystemClock(), self.announced.extend)  # type: ignore[arg-type]
        upkeep = Upkeep(library=self.library, custody=custody, **shared)  # type: ignore[arg-type]
        self.timetable = Timetable(wake=self._wake, upkeep=upkeep, **shared)  # type: ignore[arg-type]

    def _wake(self) -> None:
        self.woken.append(datetime.now(SHANGHAI))

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        async with self.timetable:
            await self.settles()
            yield

    async def until(self, condition: Callable[[], bool]) -> None:
        """Let what is due happen; time itself stands still."""
        for _ in range(200_000):
            if condition():
                return
            await asyncio.sleep(0)
        raise AssertionError("it did not happen")

    async def clock_strikes(self, moment: datetime) -> None:
        """Move on to `moment`, and let all that is due then be done."""
        self.traveller.move_to(moment)
        self.timetable._scheduler.wakeup()  # what its timer does; the loop's own time is not the one we move
        await self.settles()

    async def settles(self) -> None:
        for _ in range(50):
            await asyncio.sleep(0)
        await self.until(lambda: not self.timetable._running)

    def edge(self) -> datetime | None:
        return self.timetable.next_runs().get(EDGE)

    def recording(self, recording_id: str, age: timedelta, *, campaign: Campaign, hold: bool = False) -> Path:
        at = datetime.now(UTC) - age
        path = relative_path(recording_id, campaign.campaign_id, at)
        self.rows.kept.append(
            RecordingRow(
                recording_id=recording_id, attempt_id="a", campaign_id=campaign.campaign_id, agent_id=None,
                state="FINALIZED", path=str(path), started_at=at, legal_hold=hold,
            )
        )  # fmt: skip
        file = self.library.locate(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"sound")
        return file


@pytest.fixture
def traveller() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MONDAY_EIGHT, tick=False) as traveller:
        yield traveller


@pytest.fixture
async def site(tmp_path: Path, traveller: time_machine.Traveller) -> Site:
    return Site(tmp_path / "recordings", traveller)


def at(hour: int, minute: int = 0, *, day: int = 23) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


async def test_the_engine_is_woken_when_a_window_opens_and_when_it_closes(site: Site) -> None:
    site.rows.campaign("spring")
    async with site.open():
        assert site.edge() == at(9)
        await site.clock_strikes(at(9) - timedelta(seconds=1))
        assert site.woken == []
        await site.clock_strikes(at(9))
        assert site.woken == [at(9)]
        assert site.edge() == at(12)
        await site.clock_strikes(at(12))
        assert site.woken == [at(9), at(12)]
        assert site.edge() == at(9, day=24)


async def test_the_nearest_edge_of_all_campaigns_and_time_zones_counts(site: Site) -> None:
    here, west = site.rows.campaign("here"), site.rows.campaign("west")
    site.rows.zones = {here.campaign_id: {"Asia/Shanghai"}, west.campaign_id: {"Asia/Tokyo", "Asia/Urumqi"}}
    site.traveller.move_to(at(7, 30))
    async with site.open():
        assert site.edge() == at(8)  # 09:00 in Tokyo


async def test_only_campaigns_that_dial_have_edges(site: Site) -> None:
    campaign = site.rows.campaign("spring", CampaignState.PAUSED)
    async with site.open():
        assert site.edge() is None
        site.rows.set_state(campaign, CampaignState.RUNNING)
        site.timetable.replan()
        await site.clock_strikes(MONDAY_EIGHT)
        assert site.edge() == at(9)
        site.rows.set_state(campaign, CampaignState.FINISHED)
        site.timetable.replan()
        await site.clock_strikes(MONDAY_EIGHT)
        assert site.edge() is None


async def test_a_campaign_started_while_edges_are_being_planned_is_not_forgotten(site: Site) -> None:
    async with site.open():
        site.rows.gate.clear()
        site.timetable.replan()
        for _ in range(10):
            await asyncio.sleep(0)
        site.rows.campaign("late")
        site.timetable.replan()
        site.rows.gate.set()
        await site.clock_strikes(MONDAY_EIGHT)
        assert site.edge() == at(9)


async def test_edges_slept_through_wake_the_engine_once_when_the_machine_is_back(site: Site) -> None:
    site.rows.campaign("spring")
    async with site.open():
        await site.clock_strikes(at(14, day=25))
        assert site.woken == [at(14, day=25)]
        assert site.edge() == at(9, day=26)


async def test_a_campaign_whose_policy_pack_is_gone_does_not_stop_the_others(site: Site) -> None:
    site.rows.campaign("orphan", policy="gone")
    site.rows.campaign("spring")
    async with site.open():
        assert site.edge() == at(9)


async def test_upkeep_runs_at_half_past_three_on_the_sites_clock(site: Site) -> None:
    async with site.open():
        due = site.timetable.next_runs()
        assert {due[name] for name in (PURGE, RETENTION, SWEEP)} == {at(3, 30, day=24)}
        await site.clock_strikes(at(8, 10))  # after the start, for machines that are off at night
        assert len(site.rows.purges) == 1
        await site.clock_strikes(at(3, 30, day=24))
        assert site.rows.purges[1] == at(3, 30, day=24) - timedelta(days=30)
        assert site.timetable.next_runs()[PURGE] == at(3, 30, day=25)


async def test_nights_missed_are_made_up_for_once(site: Site) -> None:
    async with site.open():
        await site.clock_strikes(at(8, 10))
        await site.clock_strikes(at(10, day=27))
        assert len(site.rows.purges) == 2


@pytest.mark.parametrize(("feed", "waiting"), [(False, 3), (True, 10)])
async def test_old_events_wait_for_a_broker_only_where_there_is_one(
    tmp_path: Path, traveller: time_machine.Traveller, feed: bool, waiting: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dialer.scheduling.PAGE", 3)
    site = Site(tmp_path, traveller, feed=feed)
    site.rows.waiting = [
        OutboxEntry(
            seq=day, event_id=str(day), name="alarm.raised", topic_subject="x", payload=b"",
            occurred_at=MONDAY_EIGHT - timedelta(days=37 - day),
        )
        for day in range(1, 11)
    ]  # fmt: skip
    async with site.open():
        await site.clock_strikes(at(8, 10))
    assert len(site.rows.waiting) == waiting


async def test_old_recordings_go_and_held_or_young_ones_stay(site: Site) -> None:
    campaign = site.rows.campaign("spring", country="CN")
    old = site.recording("r1", timedelta(days=181), campaign=campaign)
    held = site.recording("r2", timedelta(days=900), campaign=campaign, hold=True)
    young = site.recording("r3", timedelta(days=179), campaign=campaign)
    async with site.open():
        await site.clock_strikes(at(8, 10))
    assert (old.exists(), held.exists(), young.exists()) == (False, True, True)
    assert site.rows.events == site.announced
    assert [(type(e), e.recording_id, e.reason) for e in site.announced] == [  # type: ignore[attr-defined]
        (RecordingDeleted, "r1", "older than 180 days")
    ]


class Archive:
    """Half a year of recordings in a real store, and the upkeep that thins them out."""

    def __init__(self, shop: Shop, directory: Path) -> None:
        self.shop, self.library = shop, RecordingLibrary(directory)
        self.announced: list[DomainEvent] = []
        self.custody = Custody(shop.store, SystemClock(), self.announced.extend)
        self.upkeep = Upkeep(
            store=shop.store, library=self.library, policies=PolicyBook.load(), clock=SystemClock(),
            settings=UpkeepSettings(), custody=self.custody,
        )  # fmt: skip

    async def keeps(self, *recording_ids: str) -> None:
        leads = await self.shop.has(len(recording_ids))
        for lead, recording_id in zip(leads, recording_ids, strict=True):
            call, path = await self.shop.dials(lead), f"{recording_id}.opus"
            (self.library.locate(path)).write_bytes(b"sound")
            names = {"occurred_at": NOON, "recording_id": recording_id}
            final = RecordingFinalized(**names, path=path, duration_s=9.0, size_bytes=5, sha256="ab")  # type: ignore[arg-type]
            reserved = RecordingReserved(**names, attempt_id=call.attempt_id, path=path)  # type: ignore[arg-type]
            await self.shop.store.record([reserved, RecordingBegun(**names), final])  # type: ignore[arg-type]

    async def has(self) -> dict[str, tuple[str, bool]]:
        """State of the row, and whether there is sound."""
        rows = await self.shop.store.recordings()
        return {row.recording_id: (row.state, self.library.locate(row.path).exists()) for row in rows}


@pytest.fixture
async def archive(tmp_path: Path) -> AsyncIterator[Archive]:
    """Opened 300 days after its recordings were made."""
    (tmp_path / "recordings").mkdir()
    with time_machine.travel(NOON + timedelta(days=300), tick=True):
        store = await open_store(f"sqlite:///{tmp_path / 'site.db'}")
        yield Archive(await open_shop(store), tmp_path / "recordings")
        await store.close()


async def test_a_recording_on_legal_hold_outlasts_upkeep_until_it_is_released(archive: Archive) -> None:
    await archive.keeps("r1", "r2")
    await archive.custody.hold("r1", by="bo", reason="case 7")
    await archive.upkeep.delete_old_recordings()
    assert await archive.has() == {"r1": ("FINALIZED", True), "r2": ("DELETED", False)}
    with pytest.raises(WrongState, match="by bo: case 7"):
        await archive.custody.hold("r1", by="li", reason="case 8")
    await archive.custody.release("r1", by="bo", reason="case closed")
    await archive.upkeep.delete_old_recordings()
    assert await archive.has() == {"r1": ("DELETED", False), "r2": ("DELETED", False)}
    with pytest.raises(WrongState, match="no sound to hold"):
        await archive.custody.hold("r2", by="bo", reason="too late")
    stored = [entry.name for entry in await archive.shop.store.outbox(limit=100) if "recording/" in entry.topic_subject]
    assert stored[-4:] == ["recording.held", "recording.deleted", "recording.released", "recording.deleted"]
    assert len(archive.announced) == 4


async def test_a_hold_ordered_while_upkeep_is_at_work_still_counts(archive: Archive) -> None:
    """Upkeep has read its page of rows; the hold comes before it gets to the second one."""
    await archive.keeps("r1", "r2")
    orders: list[asyncio.Task[RecordingRow]] = []
    delete, loop = archive.library.delete, asyncio.get_running_loop()

    def order() -> None:
        orders.append(asyncio.create_task(archive.custody.hold("r2", by="bo", reason="case 7"), name="hold"))

    def slow(path: object) -> bool:
        loop.call_soon_threadsafe(order)
        return delete(path)  # type: ignore[arg-type]

    archive.library.delete = slow  # type: ignore[method-assign]
    await archive.upkeep.delete_old_recordings()
    assert (await orders[0]).legal_hold
    assert len(orders) == 1
    assert await archive.has() == {"r1": ("DELETED", False), "r2": ("FINALIZED", True)}


async def test_a_hold_that_comes_too_late_is_refused_and_not_granted_for_nothing(archive: Archive) -> None:
    await archive.keeps("r1")
    orders: list[asyncio.Task[RecordingRow]] = []

    async def remove() -> None:
        orders.append(asyncio.create_task(archive.custody.hold("r1", by="bo", reason="case 7"), name="hold"))
        done, _ = await asyncio.wait(orders, timeout=0.2)
        assert not done, "it waits for the deletion that is under way"

    assert await archive.custody.delete("r1", "old", remove)
    with pytest.raises(WrongState, match="DELETED"):
        await orders[0]


async def test_a_row_whose_file_is_gone_already_is_put_right(site: Site) -> None:
    site.recording("r1", timedelta(days=181), campaign=site.rows.campaign("spring")).unlink()
    async with site.open():
        await site.clock_strikes(at(8, 10))
    assert [r.state for r in site.rows.kept] == ["DELETED"]


async def test_recordings_are_gone_through_page_by_page(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dialer.scheduling.PAGE", 3)
    campaign = site.rows.campaign("spring")
    for number in range(10):
        site.recording(f"r{number}", timedelta(days=300 if number % 2 else 10), campaign=campaign)
    async with site.open():
        await site.clock_strikes(at(8, 10))
    assert sorted(r.recording_id for r in site.rows.kept if r.state == "DELETED") == ["r1", "r3", "r5", "r7", "r9"]


async def test_without_its_policy_nothing_of_a_campaign_is_deleted(site: Site) -> None:
    file = site.recording("r1", timedelta(days=900), campaign=site.rows.campaign("orphan", policy="gone"))
    async with site.open():
        await site.clock_strikes(at(8, 10))
    assert file.exists()


async def test_a_fault_in_one_job_leaves_the_others_and_its_next_run(site: Site) -> None:
    site.rows.fault = RuntimeError("the database is locked")
    file = site.recording("r1", timedelta(days=181), campaign=site.rows.campaign("spring"))
    async with site.open():
        await site.clock_strikes(at(8, 10))
        assert not file.exists()
        site.rows.fault = None
        await site.clock_strikes(at(3, 30, day=24))
        assert len(site.rows.purges) == 1


async def test_the_disk_is_looked_at_every_hour_and_edges_are_planned_anew(site: Site) -> None:
    looks: list[datetime] = []
    site.library.free_bytes = lambda: looks.append(datetime.now(SHANGHAI)) or 10**12  # type: ignore[method-assign]
    async with site.open():
        looks.clear()
        site.rows.campaign("silent")  # nobody said so
        await site.clock_strikes(at(9))
        assert looks == [at(9)]
        assert site.timetable.next_runs()[DISK] == at(10)
        assert site.edge() == at(12)


async def test_a_job_that_takes_long_is_not_started_twice_and_ends_with_the_site(site: Site) -> None:
    site.rows.campaign("spring")
    async with site.timetable:
        await site.settles()
        site.rows.gate.clear()
        site.traveller.move_to(at(8, 10))
        site.timetable._scheduler.wakeup()
        await site.until(lambda: RETENTION + " after start" in site.timetable._running)
        assert [t.get_name() for t in asyncio.all_tasks()].count(RETENTION + " after start") == 1
    assert site.timetable._running == set()
    assert {t for t in asyncio.all_tasks() if t is not asyncio.current_task()} == set()


async def test_the_hours_of_a_date_open_and_close_it(site: Site) -> None:
    dates = [{"date": "2026-11-23", "ranges": [["08:30", "08:45"], ["15:00", "15:30"]]}]
    site.rows.campaign("spring", date_windows=dates)
    async with site.open():
        assert site.edge() == at(8, 30)
        await site.clock_strikes(at(8, 30))
        assert (site.edge(), site.woken) == (at(8, 45), [at(8, 30)])
        await site.clock_strikes(at(8, 45))
        assert site.edge() == at(15)


async def test_a_public_holiday_opens_nothing_until_it_is_over(site: Site) -> None:
    site.traveller.move_to(datetime(2026, 9, 30, 12, 30, tzinfo=SHANGHAI))
    site.rows.campaign("autumn")
    async with site.open():
        assert site.edge() == datetime(2026, 10, 8, 9, 0, tzinfo=SHANGHAI)


async def test_at_midnight_after_the_deadline_the_engine_looks_again(site: Site) -> None:
    site.rows.campaign("short", deadline="2026-11-23", windows=({**WINDOWS[0], "days": ("fri",)},))
    async with site.open():
        midnight = at(0, day=24)
        assert site.edge() == midnight
        await site.clock_strikes(midnight)
        assert site.woken == [midnight]
        assert site.edge() == at(9, day=27)


async def test_the_schedulers_own_timer_brings_the_edge(tmp_path: Path) -> None:
    with time_machine.travel(at(9) - timedelta(milliseconds=200), tick=True) as traveller:
        site = Site(tmp_path, traveller)
        site.rows.campaign("spring")
        async with site.timetable, asyncio.timeout(20):
            while site.edge() != at(12):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert len(site.woken) == 1
        assert site.woken[0] >= at(9)
