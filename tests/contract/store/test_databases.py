"""What only a real database can show: migrations, and what is still there after a crash."""

from __future__ import annotations

import asyncio
import itertools
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect, text

from dialer.db import changes
from dialer.db.errors import DatabaseNewer
from dialer.db.migrate import configuration, head
from dialer.db.store import open_store
from dialer.db.tables import metadata
from dialer.domain.agent import AgentState
from dialer.domain.events import AgentStateChanged, RecordingHeld, RecordingReserved, TrunkWentUp
from dialer.ports import AttemptConflict
from tests.contract.store.shop import NOON, Shop, open_shop, row, settings

# Opens attempts one after the other and says so; the parent kills it in the middle of its work.
_DIALER = """
import asyncio, sys
from dialer.db.store import open_store
from dialer.domain.agent import AgentState
from dialer.domain.events import AgentStateChanged, TrunkWentUp
from tests.contract.store.shop import Shop, open_shop, row

async def dial(url):
    shop = await open_shop(await open_store(url))
    await shop.imports(*(row(n) for n in range(1, 500)))
    for lead in await shop.store.leads(shop.campaign_id, limit=500):
        call = await shop.dials(lead)
        print(call.attempt_id, flush=True)

asyncio.run(dial(sys.argv[1]))
"""


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _dial_until_killed(url: str, calls: int) -> list[str]:
    """The attempts the dialer said it had opened, up to its sudden end."""
    with subprocess.Popen([sys.executable, "-c", _DIALER, url], stdout=subprocess.PIPE, text=True) as dialer:
        assert dialer.stdout is not None
        opened = [dialer.stdout.readline().strip() for _ in range(calls)]
        dialer.send_signal(signal.SIGKILL)
        return opened + [line.strip() for line in dialer.stdout]


@pytest.mark.chaos
async def test_an_opened_attempt_survives_kill_9(database_url: str) -> None:
    opened = await asyncio.to_thread(_dial_until_killed, database_url, 20)
    assert all(opened), "the dialer ended by itself"
    store = await open_store(database_url)
    try:
        active = {attempt.attempt_id for attempt in await store.active_attempts()}
        assert set(opened) <= active
        assert len(active) - len(opened) <= 1, "one may have been written but not yet told"
    finally:
        await store.close()


async def test_a_list_half_imported_before_a_crash_is_not_dialled_and_waits(database_url: str) -> None:
    crashed = await open_store(database_url)
    shop = await open_shop(crashed)
    import_id = await crashed.begin_import(shop.campaign_id, file_name="list.csv", sha256="", at=NOON)
    await crashed.add_leads(import_id, [row(1), row(2)], due_at=NOON)
    await crashed.close()
    store = await open_store(database_url)
    try:
        again = Shop(store, shop.campaign)
        await again.imports(row(3))
        assert [lead.row for lead in await again.leases()] == [3]
        assert [waiting.import_id for waiting in await store.lists.pending()] == [import_id]
        await store.finish_import(import_id, at=NOON, rows=2, accepted=2, duplicates=0, refused=0, refused_file="")
        assert [lead.row for lead in await again.leases()] == [1, 2]
    finally:
        await store.close()


async def test_a_lead_whose_import_was_undone_meanwhile_is_not_dialled(database_url: str) -> None:
    store = await open_store(database_url)
    try:
        shop = await open_shop(store)
        import_id = await shop.imports(row(1))
        [lead] = await store.leads(shop.campaign_id)
        await store.undo_import(import_id, at=NOON)
        with pytest.raises(AttemptConflict):
            await shop.dials(lead)
    finally:
        await store.close()


async def test_everything_is_still_there_after_a_restart(database_url: str) -> None:
    before = await open_store(database_url)
    shop = await open_shop(before)
    [lead] = await shop.has(1)
    call = await shop.dials(lead)
    await before.record(shop.conversation(call))
    attempt, outbox = await before.attempt(call.attempt_id), await before.outbox(limit=10)
    await before.close()
    after = await open_store(database_url)
    try:
        assert await after.attempt(call.attempt_id) == attempt
        assert await after.outbox(limit=10) == outbox
    finally:
        await after.close()


async def test_the_shift_log_keeps_every_change_of_an_agents_state(database_url: str) -> None:
    store = await open_store(database_url)
    states = [AgentState.LOGGED_OUT, AgentState.READY, AgentState.PAUSED, AgentState.READY]
    await store.record(
        [
            AgentStateChanged(occurred_at=NOON + timedelta(minutes=n), agent_id="mei", previous=old, state=new)
            for n, (old, new) in enumerate(itertools.pairwise(states))
        ]
    )
    await store.close()
    with connected(database_url) as connection:
        rows = connection.execute(text("SELECT previous, state FROM agent_states ORDER BY agent_id, at")).all()
    assert [tuple(row) for row in rows] == list(itertools.pairwise(states))


async def test_two_stores_on_one_database_lease_no_lead_twice(database_url: str) -> None:
    """Two processes: nobody's memory keeps them apart, only the database."""
    one, other = await open_store(database_url), await open_store(database_url)
    try:
        shop = await open_shop(one)
        await shop.has(80)
        both = [shop, Shop(other, shop.campaign)]
        leased = await asyncio.gather(*(both[n % 2].leases(9, owner=f"engine {n}") for n in range(14)))
        taken = [lead.lead_id for leads in leased for lead in leads]
        assert len(taken) == len(set(taken))
        assert all(len(leads) <= 9 for leads in leased)
        rest = await shop.leases()
        assert len(taken) + len(rest) == 80
    finally:
        await one.close()
        await other.close()


async def test_an_empty_database_is_migrated_to_the_tables_of_the_code(empty_url: str) -> None:
    await (await open_store(empty_url)).close()
    with connected(empty_url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert context.get_current_revision() == head()
        assert compare_metadata(context, metadata) == []


async def test_checks_and_partial_indexes_reach_the_database(empty_url: str) -> None:
    """Alembic does not compare them."""
    await (await open_store(empty_url)).close()
    with connected(empty_url) as connection:
        migrated = _fine_print(connection)
    assert {"uq_attempts_active_lead", "uq_attempts_active_number"} <= set(migrated["partial"])
    assert migrated["checks"] == {
        "ck_leads_open_is_due",
        "ck_leads_whole_lease",
        "ck_attempts_ended_with_outcome",
        "ck_inbound_calls_ended_with_outcome",
        "ck_recordings_one_call",
    }


def _fine_print(connection: Connection) -> dict[str, Any]:
    inspector = inspect(connection)
    tables = inspector.get_table_names()
    return {
        "checks": {check["name"] for table in tables for check in inspector.get_check_constraints(table)},
        "partial": [
            index["name"]
            for table in tables
            for index in inspector.get_indexes(table)
            if index["unique"] and any("where" in option for option in index.get("dialect_options", {}))
        ],
    }


async def test_opening_again_changes_nothing(empty_url: str) -> None:
    first = await open_store(empty_url)
    await first.add_campaign(settings(), at=NOON)
    await first.close()
    second = await open_store(empty_url)
    try:
        assert len(await second.campaigns()) == 1
    finally:
        await second.close()


async def test_two_servers_may_open_an_empty_database_at_once(empty_url: str) -> None:
    stores = await asyncio.gather(*(open_store(empty_url) for _ in range(3)))
    for store in stores:
        await store.close()


async def test_a_database_of_a_newer_version_is_refused(empty_url: str) -> None:
    await (await open_store(empty_url)).close()
    with connected(empty_url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseNewer, match="9999"):
        await open_store(empty_url)


async def test_a_migration_can_be_taken_back(empty_url: str) -> None:
    await (await open_store(empty_url)).close()
    with connected(empty_url) as connection:
        command.downgrade(configuration(connection), "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
    await (await open_store(empty_url)).close()


async def test_what_was_recorded_before_there_were_legal_holds_is_not_held(empty_url: str) -> None:
    before = await open_store(empty_url)
    shop = await open_shop(before)
    [lead] = await shop.has(1)
    call = await shop.dials(lead)
    await before.record([RecordingReserved(occurred_at=NOON, recording_id="r1", attempt_id=call.attempt_id, path="r1")])
    await before.close()
    with connected(empty_url) as connection:
        command.downgrade(configuration(connection), "0001")
        assert "legal_hold" not in {column["name"] for column in inspect(connection).get_columns("recordings")}
    after = await open_store(empty_url)
    try:
        held = RecordingHeld(occurred_at=NOON, recording_id="r1", by="bo", reason="case 7")
        for legal_hold in (False, True):
            [row] = await after.recordings()
            assert (row.recording_id, row.legal_hold) == ("r1", legal_hold)
            await after.record([held])
    finally:
        await after.close()


@pytest.mark.postgresql
async def test_the_journal_is_in_the_order_of_commits(postgresql_url: str) -> None:
    """Else the feed, having seen a later entry, would never ask for an earlier one that was committed after it."""
    store = await open_store(postgresql_url)
    engine = create_engine(postgresql_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as slow, engine.connect() as observer:
        changes.record(slow, [TrunkWentUp(occurred_at=NOON, trunk="slow")])
        fast = asyncio.create_task(store.record([TrunkWentUp(occurred_at=NOON, trunk="fast")]), name="fast")
        async with asyncio.timeout(10):
            while not observer.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one():
                assert not fast.done(), "it did not wait for its turn"
                observer.rollback()
                await asyncio.sleep(0.01)
        assert await store.outbox(limit=10) == []
        slow.commit()
        await fast
    assert [entry.topic_subject for entry in await store.outbox(limit=10)] == ["trunk/slow/state", "trunk/fast/state"]
    await store.close()
    engine.dispose()
