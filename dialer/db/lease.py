"""Leases: the next leads in the order of `campaigns.order`, each to one owner.

Whatever the size of the list, a lease looks at one entry of the index for each time zone and lane, one for each list
among the leads of the best rank, and then at the leads it takes. On PostgreSQL concurrent leases step over each other's
rows; SQLite has one writer.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple

from sqlalchemy import Connection, TextClause, TextualSelect, bindparam, text

from campaigns.lead import Lead
from campaigns.order import NO_TURNS, Turns, is_open
from dialer.db import tables as t
from dialer.db.due import READY, chores, ripen, waiting, zones_of
from dialer.db.leads import with_numbers
from dialer.db.mapping import AnyRow
from dialer.db.types import UtcDateTime

_MOST_PLACES: Final = 400  # looked at together; SQLite joins at most 500 selects
_WIDER: Final = 4  # claimers at once that each find as many leads as they ask for at the first try
_WIDEST: Final = 4096

_COLUMNS: Final = ", ".join(f'"{column.name}"' for column in t.leads.c)
_ORDER: Final = "source, value DESC, due_kind DESC, due_at, lead_id"
_AT: Final = f"{READY} AND leads.time_zone = lanes.time_zone"
_PLACES: Final = text(
    f"""{zones_of(READY)}, lanes(time_zone, lane) AS (
        SELECT name, (SELECT MIN(lane) FROM leads WHERE {READY} AND time_zone = zones.name) FROM zones
        UNION ALL
        SELECT time_zone, (SELECT MIN(leads.lane) FROM leads WHERE {_AT} AND leads.lane > lanes.lane)
        FROM lanes WHERE lane IS NOT NULL
    )
    SELECT time_zone, lane, (SELECT MIN(rank) FROM leads WHERE {_AT} AND leads.lane = lanes.lane) AS rank
    FROM lanes WHERE lane IS NOT NULL
    """  # noqa: S608 - constants
)
_HEAD: Final = text(
    f"""
    SELECT due_at FROM leads WHERE {READY} AND time_zone = :zone AND lane = :lane AND rank = :rank
    ORDER BY {_ORDER} LIMIT 1
    """  # noqa: S608 - constants
).columns(t.leads.c.due_at)
_NEXT_RANK: Final = text(
    f"SELECT MIN(rank) FROM leads WHERE {READY} AND time_zone = :zone AND lane = :lane AND rank > :rank"  # noqa: S608
)


class Place(NamedTuple):
    """Where ready leads stand."""

    time_zone: str
    lane: str
    rank: int


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

    def takes(self, time_zone: str, lane: str) -> bool:
        known = self.time_zones is None or time_zone in self.time_zones
        return known and is_open(lane, self.agents_ready, self.skills)


def lease(connection: Connection, wish: Wish) -> list[Lead]:
    """In the order in which they are to be dialled."""
    chores(connection, wish.campaign_id, wish.now)
    ripen(connection, wish.campaign_id, wish.now, wish.time_zones)
    taken: list[AnyRow] = []
    turns = wish.turns
    for places in _by_rank(connection, wish):
        more = _of_rank(connection, wish, places, turns, wish.limit - len(taken))
        turns = turns.after(row.source for row in more)
        taken += more
        if len(taken) >= wish.limit:
            break
    return with_numbers(connection, taken)


def _by_rank(connection: Connection, wish: Wish) -> Iterator[list[Place]]:
    """The places of the best rank, then those of the next best; each as it is when it is asked for."""
    open_now = [
        Place(*row)
        for row in connection.execute(_PLACES, {"campaign": wish.campaign_id})
        if wish.takes(row.time_zone, row.lane)
    ]
    while open_now:
        best = min(place.rank for place in open_now)
        places = [place for place in open_now if place.rank == best]
        yield places[:_MOST_PLACES]
        open_now = [place for place in open_now if place.rank > best] + list(_following(connection, wish, places))


def _following(connection: Connection, wish: Wish, places: Sequence[Place]) -> Iterator[Place]:
    for zone, lane, rank in places:
        wanted = {"campaign": wish.campaign_id, "zone": zone, "lane": lane, "rank": rank}
        following = connection.execute(_NEXT_RANK, wanted).scalar_one()
        if following is not None:
            yield Place(zone, lane, following)


def _of_rank(connection: Connection, wish: Wish, places: Sequence[Place], turns: Turns[str], most: int) -> list[AnyRow]:
    """At most so many, the lists in turn, each with its best ones."""
    lists = _lists(connection, wish, places)
    taken: list[AnyRow] = []
    while lists and len(taken) < most:
        order = turns.order(list(lists), most - len(taken))
        found: dict[str, deque[AnyRow]] = {}
        for source, wanted in Counter(order).items():
            found[source] = deque(_take(connection, wish, lists[source], source, wanted))
            if len(found[source]) < wanted:
                del lists[source]
        rows = [found[source].popleft() for source in order if found[source]]
        turns = turns.after(row.source for row in rows)
        taken += rows
    return taken


def _lists(connection: Connection, wish: Wish, places: Sequence[Place]) -> dict[str, list[Place]]:
    """The lists among the leads of these places, which are of one rank."""
    found: dict[str, list[Place]] = defaultdict(list)
    wanted = {"campaign": wish.campaign_id, "rank": places[0].rank, **_named(places)}
    for row in connection.execute(_sources(len(places)), wanted):
        found[row.source].append(Place(row.time_zone, row.lane, places[0].rank))
    return dict(found)


def _named(places: Sequence[Place]) -> dict[str, str]:
    named: dict[str, str] = {}
    for n, place in enumerate(places):
        named |= {f"zone{n}": place.time_zone, f"lane{n}": place.lane}
    return named


@lru_cache(maxsize=512)
def _sources(places: int) -> TextClause:
    among = f"{READY} AND rank = :rank"
    begin = " UNION ALL ".join(
        f"SELECT CAST(:zone{n} AS VARCHAR), CAST(:lane{n} AS VARCHAR), (SELECT MIN(source) FROM leads WHERE {among} "  # noqa: S608 - constants
        f"AND time_zone = :zone{n} AND lane = :lane{n})"
        for n in range(places)
    )
    return text(
        f"""
        WITH RECURSIVE lists(time_zone, lane, source) AS (
            SELECT * FROM ({begin}) AS begin
            UNION ALL
            SELECT time_zone, lane, (SELECT MIN(leads.source) FROM leads WHERE {among}
                AND leads.time_zone = lists.time_zone AND leads.lane = lists.lane AND leads.source > lists.source)
            FROM lists WHERE source IS NOT NULL
        )
        SELECT time_zone, lane, source FROM lists WHERE source IS NOT NULL
        """  # noqa: S608 - constants
    )


def _take(connection: Connection, wish: Wish, places: Sequence[Place], source: str, wanted: int) -> list[AnyRow]:
    """The best of one list, leased. Where others take leads at the same time, a wider choice is looked at."""
    postgresql = connection.dialect.name == "postgresql"
    taken: list[AnyRow] = []
    width = wanted * _WIDER if postgresql else wanted
    while True:
        parameters = {
            "campaign": wish.campaign_id, "rank": places[0].rank, "source": source, "now": wish.now, "width": width,
            "most": wanted - len(taken), "lease_owner": wish.owner, "until": wish.until,
            "guaranteed": wish.agent_guaranteed, **_named(places),
        }  # fmt: skip
        statement = _leasing(len(places), wish.agent_guaranteed is not None, postgresql)
        taken += connection.execute(statement, parameters).all()
        width *= _WIDER
        if len(taken) >= wanted or not postgresql or width > _WIDEST:
            return sorted(taken, key=_place_in_list)


def _place_in_list(row: AnyRow) -> tuple[float, bool, datetime, int]:
    """The second part of `campaigns.order.key`."""
    return -row.value, row.due_kind == "FRESH", row.due_at, row.lead_id


@lru_cache(maxsize=512)
def _leasing(places: int, by_guarantee: bool, postgresql: bool) -> TextualSelect:
    """One statement: the first few of each place, of them the first that are free, leased."""
    guaranteed = "AND agent_guaranteed = :guaranteed" if by_guarantee else ""
    choice = " UNION ALL ".join(
        f"""
        SELECT lead_id FROM (
            SELECT lead_id FROM leads WHERE {READY} AND time_zone = :zone{n} AND lane = :lane{n} AND rank = :rank
                AND source = :source AND state = 'OPEN' AND due_at <= :now {guaranteed}
                AND NOT EXISTS (SELECT 1 FROM attempts WHERE attempts.lead_id = leads.lead_id AND ended_at IS NULL)
            ORDER BY {_ORDER} LIMIT :width
        ) AS place{n}
        """  # noqa: S608 - constants
        for n in range(places)
    )
    leasing = text(
        f"""
        WITH choice AS ({choice}), chosen AS (
            SELECT leads.lead_id FROM leads JOIN choice ON choice.lead_id = leads.lead_id
            WHERE leads.rank = :rank AND leads.leased_until IS NULL
            ORDER BY value DESC, due_kind DESC, due_at, leads.lead_id LIMIT :most
            {"FOR UPDATE OF leads SKIP LOCKED" if postgresql else ""}
        )
        UPDATE leads SET leased_by = :lease_owner, leased_until = :until, rank = NULL
        WHERE lead_id IN (SELECT lead_id FROM chosen)
        RETURNING {_COLUMNS}
        """  # noqa: S608 - constants
    )
    times = (bindparam("now", type_=UtcDateTime()), bindparam("until", type_=UtcDateTime()))
    return leasing.bindparams(*times).columns(*t.leads.c)


_LEASED: Final = text(
    "SELECT time_zone, due_at, leased_until FROM leads "
    "WHERE campaign_id = :campaign AND leased_until IS NOT NULL AND state = 'OPEN'"
).columns(t.leads.c.time_zone, t.leads.c.due_at, t.leads.c.leased_until)


def next_due(
    connection: Connection, campaign_id: int, *, now: datetime, time_zones: Collection[str] | None
) -> datetime | None:
    """Where leads are ready already, the due time of one of them; where all are leased, the end of the first lease."""
    campaign = {"campaign": campaign_id}
    zones = set(time_zones) if time_zones is not None else None
    leased = [row for row in connection.execute(_LEASED, campaign) if zones is None or row.time_zone in zones]
    first = [(pair.time_zone, pair.first_at) for pair in waiting(connection, campaign_id)]
    for place in connection.execute(_PLACES, campaign).all():
        head = {**campaign, "zone": place.time_zone, "lane": place.lane, "rank": place.rank}
        first += [(place.time_zone, at) for at in connection.execute(_HEAD, head).scalars()]
    due = [at for zone, at in first if zones is None or zone in zones]
    due += [row.due_at for row in leased if row.leased_until <= now]
    return min(due, default=None) or min((row.leased_until for row in leased), default=None)
