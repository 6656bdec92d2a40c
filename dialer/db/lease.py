"""Leases: the next leads in the order of `campaigns.order`, each to one owner.

Whatever the size of the list, a lease looks at one entry of the index for each time zone and lane, one for each list
among the leads of the best rank, and then at the leads it takes: three statements, a fourth when leads have fallen due,
two more for each further rank. On PostgreSQL concurrent leases step over each other's rows; SQLite has one writer.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, TextClause, TextualSelect, bindparam, text

from campaigns.lead import Lead
from campaigns.order import ANYBODY, NO_TURNS, Turns, is_open
from dialer.db import tables as t
from dialer.db.due import READY, ripen, those
from dialer.db.mapping import AnyRow, lead_of, numbers_of
from dialer.db.several import given, several
from dialer.db.types import UtcDateTime

# Of each time zone and kind so many leads become ready at once, or so many times as many as are asked for, and in one
# lease at most so many altogether.
FEWEST: Final = 50
AHEAD: Final = 5
MOST: Final = 2000

# Where others take leads at the same time, so many times as many as are wanted are looked at in each place; then more.
_WIDER: Final = (2, 16)
_WIDEST: Final = 4096
_BEFORE_ALL: Final = -1

_COLUMNS: Final = ", ".join(f'leads."{column.name}"' for column in t.leads.c)
_AT: Final = f"{READY} AND leads.time_zone = zones.value AND leads.lane"
_OF: Final = f"{READY} AND leads.time_zone = lists.time_zone AND leads.lane = lists.lane AND leads.rank = lists.rank"


class Place(NamedTuple):
    """Where ready leads stand."""

    time_zone: str
    lane: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which leads, to whom, for how long. None: whichever."""

    campaign_id: int
    limit: int
    owner: str
    now: datetime
    until: datetime
    time_zones: Collection[str] | None = None
    agent_guaranteed: bool | None = None
    agents_ready: Collection[str] | None = None
    skills: Collection[str] | None = None
    turns: Turns[str] = NO_TURNS
    own_only: bool = False


@dataclass(frozen=True, slots=True)
class Ranked:
    """The ready leads of one rank: where they stand, and their lists."""

    rank: int
    places: Sequence[Place]
    sources: Collection[str]


def lease(connection: Connection, wish: Wish) -> list[Lead]:
    """In the order in which they are to be dialled."""
    zones = those(connection, wish.campaign_id, wish.time_zones)
    at_once = max(FEWEST, AHEAD * wish.limit)
    taken: list[AnyRow] = []
    for _ in range(max(MOST // at_once, 1)):
        ripe = ripen(connection, wish.campaign_id, wish.now, zones, at_once)
        taken += _ready(connection, wish, zones, wish.turns.after(row.source for row in taken), wish.limit - len(taken))
        if len(taken) >= wish.limit or ripe < at_once:
            break
    return [lead_of(row, numbers_of(row.numbers)) for row in taken]


def _ready(connection: Connection, wish: Wish, zones: Collection[str], turns: Turns[str], most: int) -> list[AnyRow]:
    """Of those that are ready."""
    taken: list[AnyRow] = []
    if most > 0 and zones:
        for ranked in _by_rank(connection, wish, zones):
            more = _of_rank(connection, wish, ranked, turns, most - len(taken))
            turns = turns.after(row.source for row in more)
            taken += more
            if len(taken) >= most:
                break
    return taken


def _by_rank(connection: Connection, wish: Wish, zones: Collection[str]) -> Iterator[Ranked]:
    """The leads of the best rank, then those of the next best; each as it is when it is asked for."""
    postgresql = connection.dialect.name == "postgresql"
    wanted = {
        "campaign": wish.campaign_id,
        "zones": several(zones, postgresql),
        "lanes": several(_lanes(connection, wish, zones), postgresql),
        "above": _BEFORE_ALL,
    }
    while found := connection.execute(_choosing(postgresql), wanted).all():
        wanted["above"] = rank = found[0].rank
        yield Ranked(rank, list({Place(row.time_zone, row.lane) for row in found}), {row.source for row in found})


@lru_cache
def _choosing(postgresql: bool) -> TextClause:
    """The best rank above `:above`, and the places and lists that have it."""
    return text(
        f"""
        WITH RECURSIVE places(time_zone, lane, rank) AS (
            SELECT zones.value, lanes.value, (SELECT MIN(rank) FROM leads WHERE {_AT} = lanes.value AND rank > :above)
            FROM {given("zones", postgresql)} CROSS JOIN {given("lanes", postgresql)}
        ), best(rank) AS (
            SELECT MIN(rank) FROM places
        ), lists(time_zone, lane, rank, source) AS (
            SELECT time_zone, lane, rank, (SELECT MIN(source) FROM leads WHERE {_OF})
            FROM (SELECT places.* FROM places JOIN best ON best.rank = places.rank) AS lists
            UNION ALL
            SELECT time_zone, lane, rank, (SELECT MIN(source) FROM leads WHERE {_OF} AND leads.source > lists.source)
            FROM lists WHERE source IS NOT NULL
        )
        SELECT time_zone, lane, rank, source FROM lists WHERE source IS NOT NULL
        """  # noqa: S608 - constants
    )


def _lanes(connection: Connection, wish: Wish, zones: Collection[str]) -> list[str]:
    """Those that are open. Only who does not say which agents and skills are there makes us look for lanes."""
    if wish.own_only:
        return [f"a:{agent}" for agent in wish.agents_ready or ()]
    if wish.agents_ready is not None and wish.skills is not None:
        return [ANYBODY, *(f"a:{agent}" for agent in wish.agents_ready), *(f"s:{skill}" for skill in wish.skills)]
    postgresql = connection.dialect.name == "postgresql"
    wanted = {"campaign": wish.campaign_id, "zones": several(zones, postgresql)}
    there = connection.execute(_existing(postgresql), wanted).scalars()
    return [lane for lane in there if is_open(lane, wish.agents_ready, wish.skills)]


@lru_cache
def _existing(postgresql: bool) -> TextClause:
    next_lane = f"SELECT MIN(lane) FROM leads WHERE {READY} AND leads.time_zone"  # noqa: S608 - constants
    return text(
        f"""
        WITH RECURSIVE lanes(time_zone, lane) AS (
            SELECT zones.value, ({next_lane} = zones.value) FROM {given("zones", postgresql)}
            UNION ALL
            SELECT time_zone, ({next_lane} = lanes.time_zone AND leads.lane > lanes.lane)
            FROM lanes WHERE lane IS NOT NULL
        )
        SELECT DISTINCT lane FROM lanes WHERE lane IS NOT NULL
        """  # noqa: S608 - constants
    )


def _of_rank(connection: Connection, wish: Wish, ranked: Ranked, turns: Turns[str], most: int) -> list[AnyRow]:
    """At most so many, the lists in turn, each with its best ones."""
    lists = set(ranked.sources)
    taken: list[AnyRow] = []
    while lists and len(taken) < most:
        order = turns.order(lists, most - len(taken))
        wanted = Counter(order)
        found = _take(connection, wish, ranked, wanted)
        lists -= {source for source in wanted if len(found[source]) < wanted[source]}
        rows = [found[source].popleft() for source in order if found[source]]
        turns = turns.after(row.source for row in rows)
        taken += rows
    return taken


def _take(connection: Connection, wish: Wish, ranked: Ranked, wanted: Counter[str]) -> dict[str, deque[AnyRow]]:
    """The best of each list, leased."""
    postgresql = connection.dialect.name == "postgresql"
    taken: list[AnyRow] = []
    most = max(wanted.values())
    for width in (*(most * wider for wider in _WIDER), _WIDEST) if postgresql else (most,):
        missing = wanted - Counter(row.source for row in taken)
        if missing:
            statement = _leasing(wish.agent_guaranteed is not None, postgresql)
            taken += connection.execute(statement, _named(wish, ranked, missing, width, postgresql)).all()
    found: dict[str, deque[AnyRow]] = defaultdict(deque)
    for row in sorted(taken, key=_place_in_list):
        found[row.source].append(row)
    return found


def _named(wish: Wish, ranked: Ranked, wanted: Counter[str], width: int, postgresql: bool) -> dict[str, Any]:
    return {
        "campaign": wish.campaign_id, "rank": ranked.rank, "now": wish.now, "width": width,
        "lease_owner": wish.owner, "until": wish.until, "guaranteed": wish.agent_guaranteed,
        "zones": several((place.time_zone for place in ranked.places), postgresql),
        "lanes": several((place.lane for place in ranked.places), postgresql),
        "sources": several(wanted, postgresql), "counts": several(wanted.values(), postgresql),
    }  # fmt: skip


def _place_in_list(row: AnyRow) -> tuple[float, bool, datetime, int]:
    """The second part of `campaigns.order.key`."""
    return -row.value, row.due_kind == "FRESH", row.due_at, row.lead_id


@lru_cache
def _leasing(by_guarantee: bool, postgresql: bool) -> TextualSelect:
    """One statement: of each list the first few of each place, of them the first that are free, leased."""
    guaranteed = "AND agent_guaranteed = :guaranteed" if by_guarantee else ""
    head = f"""
        SELECT lead_id FROM leads WHERE {READY} AND rank = :rank AND time_zone = zones.value AND lane = lanes.value
            AND source = sources.value AND state = 'OPEN' AND due_at <= :now {guaranteed}
            AND NOT EXISTS (SELECT 1 FROM attempts WHERE attempts.lead_id = leads.lead_id AND ended_at IS NULL)
        ORDER BY value DESC, due_kind DESC, due_at, lead_id LIMIT :width
        """  # noqa: S608 - constants
    leasing = text(
        f"""
        {(_STEPPING_OVER if postgresql else _ALONE).format(head=head)}
        UPDATE leads SET leased_by = :lease_owner, leased_until = :until, rank = NULL
        WHERE lead_id IN (SELECT lead_id FROM chosen)
        RETURNING {_COLUMNS}, {_NUMBERS_OF[postgresql]} AS numbers
        """  # noqa: S608 - constants
    )
    times = (bindparam("now", type_=UtcDateTime()), bindparam("until", type_=UtcDateTime()))
    return leasing.bindparams(*times).columns(*t.leads.c, numbers=t.leads.c.fields.type)


_PLACES: Final = {
    postgresql: f"{given('zones', postgresql)} JOIN {given('lanes', postgresql)} ON lanes.key = zones.key"
    for postgresql in (False, True)
}
_LISTS: Final = {
    postgresql: f"{given('sources', postgresql)} JOIN {given('counts', postgresql, 'int')} ON counts.key = sources.key"
    for postgresql in (False, True)
}
_ALONE: Final = f"""
    WITH chosen AS (
        SELECT lead_id FROM (
            SELECT leads.lead_id, counts.value AS wanted, ROW_NUMBER() OVER (
                PARTITION BY leads.source ORDER BY leads.value DESC, leads.due_kind DESC, leads.due_at, leads.lead_id
            ) AS place
            FROM {_LISTS[False]} CROSS JOIN {_PLACES[False]} CROSS JOIN leads WHERE leads.lead_id IN ({{head}})
        ) WHERE place <= wanted
    )
    """  # noqa: S608 - constants
_STEPPING_OVER: Final = f"""
    WITH chosen AS (
        SELECT best.lead_id FROM {_LISTS[True]} CROSS JOIN LATERAL (
            SELECT leads.lead_id FROM {_PLACES[True]} CROSS JOIN LATERAL ({{head}}) AS head
            JOIN leads ON leads.lead_id = head.lead_id
            WHERE leads.rank = :rank AND leads.leased_until IS NULL
            ORDER BY leads.value DESC, leads.due_kind DESC, leads.due_at, leads.lead_id LIMIT counts.value
            FOR UPDATE OF leads SKIP LOCKED
        ) AS best
    )
    """  # noqa: S608 - constants
_NUMBER_OF: Final = "lead_numbers WHERE lead_numbers.lead_id = leads.lead_id ORDER BY position, number_id"
_NUMBERS_OF: Final = {
    False: f"""(
        SELECT json_group_array(json_array(number_id, e164, kind, position, usable)) FROM (SELECT * FROM {_NUMBER_OF})
    )""",  # noqa: S608 - constants
    True: f"""(
        SELECT jsonb_agg(jsonb_build_array(number_id, e164, kind, position, usable))
        FROM (SELECT * FROM {_NUMBER_OF}) AS own
    )""",  # noqa: S608 - constants
}
