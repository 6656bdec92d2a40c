"""A campaign of ten million leads, made by set-based SQL: most not due yet, five time zones, mixed kinds, priorities,
values and lists, with callbacks for agents who are there and for agents who are not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, text

from campaigns.campaign import CampaignSettings
from dialer.db import places
from dialer.db import tables as t
from dialer.db.due import LANE, RANK
from dialer.ports import Store

ROWS: Final = 10_000_000
NOW: Final = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ZONES: Final = ("Asia/Shanghai", "Asia/Urumqi", "Asia/Tokyo", "Europe/London", "America/New_York")
OPEN: Final = ZONES[:3]  # at 10:00 in Shanghai
AGENTS: Final = tuple(f"agent{n}" for n in range(20))
READY: Final = AGENTS[:3]

_BACKLOG: Final = 20_000  # second tries that fell due in the same second, when the window opened

# Tables that are new in this transaction need no journal where `wal_level` is minimal; and nothing has to be looked up
# for rows that are right by themselves.
_QUICKLY: Final = (
    "TRUNCATE leads, lead_numbers CASCADE",
    "SET LOCAL session_replication_role = replica",
    "SET LOCAL maintenance_work_mem = '512MB'",
    "SET LOCAL jit = off",
)

# Of every hundred rows 8 are fresh, 2 are closed, 1 is a callback, 3 planned follow-ups, 86 second tries to come.
_KIND: Final = "CASE WHEN n % 100 < 8 THEN 'FRESH' WHEN n % 100 = 10 THEN 'CALLBACK' WHEN n % 100 IN (11, 12, 13) " \
    "THEN 'CADENCE' ELSE 'RETRY' END"  # fmt: skip
_STATE: Final = "CASE WHEN n % 100 IN (8, 9) THEN 'CLOSED' ELSE 'OPEN' END"
_ZONE: Final = "CASE n % 7 " + " ".join(f"WHEN {i} THEN '{zone}'" for i, zone in enumerate(ZONES[1:])) \
    + f" ELSE '{ZONES[0]}' END"  # fmt: skip
_AGENT: Final = "CASE WHEN n % 100 = 10 THEN 'agent' || (n % 20) END"
_MIXED: Final = "(n * 7919) % 1000003"  # spreads evenly, the same on every machine


async def make(store: Store, rows: int = ROWS) -> int:
    settings = CampaignSettings(code="bench", name="Bench", trunks=("carrier",))
    campaign_id = (await store.add_campaign(settings, at=NOW)).campaign_id
    await store._db.write(_fill, campaign_id, rows)  # type: ignore[attr-defined]
    return campaign_id


def _fill(connection: Connection, campaign_id: int, rows: int) -> None:
    postgresql = connection.dialect.name == "postgresql"
    for statement in _QUICKLY if postgresql else ():
        connection.execute(text(statement))
    indexes = [*t.leads.indexes, *t.lead_numbers.indexes]
    for index in indexes:
        index.drop(connection)
    connection.execute(text(_leads(postgresql, rows)), {"campaign": campaign_id, **_instants(postgresql)})
    ready = t.leads.update().where(t.leads.c.state == "OPEN", t.leads.c.due_kind == "FRESH")
    connection.execute(ready.values(rank=RANK, lane=LANE), {"now": NOW})
    connection.execute(text(_numbers(postgresql, rows)), {"campaign": campaign_id})
    places.note(connection, campaign_id, [("CN", zone) for zone in ZONES])
    for index in indexes:
        index.create(connection)
    connection.execute(text("ANALYZE"))


def _series(postgresql: bool, rows: int) -> str:
    if postgresql:
        return f"(SELECT generate_series(1, {rows})::bigint AS n) AS series"
    return (
        f"(WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {rows}) "
        "SELECT n FROM counted) AS series"
    )


def _instants(postgresql: bool) -> dict[str, Any]:
    opened = NOW - timedelta(seconds=1)
    return {"opened": opened if postgresql else int(opened.timestamp() * 1e6)}


def _leads(postgresql: bool, rows: int) -> str:
    """Second tries and follow-ups fall due over the next 14 days, but for those that are due just now."""
    later = f"(1 + {_MIXED} * 1.2096)"  # seconds
    if postgresql:
        future = f"CAST(:opened AS timestamptz) + {later} * INTERVAL '1 second'"
        past = "CAST(:opened AS timestamptz)"
    else:
        future, past = f":opened + CAST({later} * 1000000 AS INTEGER)", ":opened"
    due_now = f"(n % 100 < 8 OR (n % 100 = 10 AND n < {rows // 500}) OR (n % 100 > 13 AND n <= {_BACKLOG}))"
    due = f"CASE WHEN {_STATE} = 'CLOSED' THEN NULL WHEN {due_now} THEN {past} ELSE {future} END"
    columns = (
        "lead_id, campaign_id, name, country, time_zone, state, due_at, closed_reason, priority, agent_guaranteed, "
        "fields, due_kind, for_agent, source, value"
    )
    false = "FALSE" if postgresql else "0"
    json = "'{}'::jsonb" if postgresql else "'{}'"
    return (
        f"INSERT INTO leads ({columns}) SELECT n, :campaign, 'Customer ' || n, 'CN', {_ZONE}, {_STATE}, {due}, "
        f"CASE WHEN {_STATE} = 'CLOSED' THEN 'disposition' END, ({_MIXED}) % 5, {false}, {json}, {_KIND}, {_AGENT}, "
        f"'list ' || (n % 6), ({_MIXED}) % 1000 FROM {_series(postgresql, rows)}"
    )


def _numbers(postgresql: bool, rows: int) -> str:
    true = "TRUE" if postgresql else "1"
    return (
        "INSERT INTO lead_numbers (number_id, lead_id, campaign_id, e164, kind, position, usable) "
        f"SELECT n, n, :campaign, '+86' || (13000000000 + n), 'main', 0, {true} FROM {_series(postgresql, rows)}"
    )
