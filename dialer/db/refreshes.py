"""What the refresh of a list does to leads that were there before, recorded so that it can be undone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, or_, select, text, union, update

from dialer.db import imports, places
from dialer.db import tables as t
from dialer.db.bulk import among
from dialer.ports.imports import Change, Match, NewNumber

COLUMNS: Final = (
    "name", "fields", "source", "segment", "priority", "owner", "value", "skill", "time_zone", "external_id",
)  # fmt: skip
# {"values": {column: [before, after]}, "added": [e164], "unusable": [e164], "usable": [e164]}
Recorded = dict[str, Any]


def matches(
    connection: Connection,
    campaign_id: int,
    external_ids: Collection[str],
    numbers: Collection[str],
    *,
    but: int | None,
) -> list[Match]:
    who = _who(connection, campaign_id, external_ids, numbers)
    others = or_(t.leads.c.import_id.is_(None), t.leads.c.import_id != (but or 0))
    found = connection.execute(select(t.leads).where(t.leads.c.lead_id.in_(who), others))
    leads = {row.lead_id: row for row in found}
    held: dict[int, dict[str, tuple[int, bool]]] = defaultdict(dict)
    own = select(t.lead_numbers).where(t.lead_numbers.c.lead_id.in_(list(leads)))
    for row in connection.execute(own):
        held[row.lead_id][row.e164] = (row.position, row.usable)
    aside = {lead_id: [e164 for e164, (_, usable) in its.items() if not usable] for lead_id, its in held.items()}
    unnamed = _unnamed(connection, {lead_id: numbers for lead_id, numbers in aside.items() if numbers})
    return [
        Match(
            lead_id=row.lead_id,
            external_id=row.external_id,
            values={name: getattr(row, name) for name in COLUMNS},
            numbers=held[row.lead_id],
            unnamed=tuple(unnamed[row.lead_id]),
        )
        for row in leads.values()
    ]


def _unnamed(connection: Connection, unusable: Mapping[int, Collection[str]]) -> dict[int, list[str]]:
    """Those of unusable numbers that are so by a refresh: it was the last to say anything about them."""
    said: dict[tuple[int, str], bool] = {}
    own = t.import_changes.c
    of_leads = select(own.lead_id, own.changes).where(own.lead_id.in_(list(unusable))).order_by(own.import_id)
    for row in connection.execute(of_leads) if unusable else ():
        said |= {(row.lead_id, e164): True for e164 in row.changes.get("usable", ())}
        said |= {(row.lead_id, e164): False for e164 in row.changes["unusable"]}
    unnamed: dict[int, list[str]] = defaultdict(list)
    for lead_id, numbers in unusable.items():
        unnamed[lead_id] = [e164 for e164 in numbers if said.get((lead_id, e164)) is False]
    return unnamed


def _who(connection: Connection, campaign_id: int, external_ids: Collection[str], numbers: Collection[str]) -> Any:
    by_number = select(t.lead_numbers.c.lead_id).where(
        among(connection, t.lead_numbers.c.e164, numbers), t.lead_numbers.c.campaign_id == campaign_id
    )
    if not external_ids:
        return by_number
    by_id = select(t.leads.c.lead_id).where(
        t.leads.c.campaign_id == campaign_id,
        among(connection, t.leads.c.external_id, external_ids, name="named"),
        text("external_id <> ''"),  # as the index says it
    )
    return union(by_number, by_id)


def change(connection: Connection, import_id: int, changes: Sequence[Change]) -> None:
    campaign_id = imports.under_way(connection, import_id).campaign_id
    _update(connection, ((each.lead_id, {name: after for name, (_, after) in each.values.items()}) for each in changes))
    _add_numbers(connection, campaign_id, [number for each in changes for number in each.added])
    for each in changes:
        if each.unusable:
            _set_usable(connection, each.lead_id, each.unusable, False)
        if each.usable:
            _set_usable(connection, each.lead_id, each.usable, True)
    _remember(connection, import_id, changes)


def _update(connection: Connection, values: Iterable[tuple[int, Mapping[str, Any]]]) -> None:
    """Leads in which the same columns change go in one statement."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for lead_id, new in values:
        if new:
            alike[tuple(sorted(new))].append({"the_lead": lead_id, **{f"new_{name}": new[name] for name in new}})
    for names, rows in alike.items():
        statement = update(t.leads).where(t.leads.c.lead_id == bindparam("the_lead"))
        statement = statement.values({name: bindparam(f"new_{name}", type_=t.leads.c[name].type) for name in names})
        connection.execute(statement, rows)
        if "time_zone" in names:
            places.note_of(connection, [row["the_lead"] for row in rows])


def _add_numbers(connection: Connection, campaign_id: int, numbers: Sequence[NewNumber]) -> None:
    rows = [
        {
            "lead_id": number.lead_id,
            "campaign_id": campaign_id,
            "e164": number.e164,
            "kind": number.kind,
            "position": number.position,
            "usable": True,
        }
        for number in numbers
    ]
    if rows:
        connection.execute(insert(t.lead_numbers), rows)


def _set_usable(connection: Connection, lead_id: int, numbers: Collection[str], usable: bool) -> None:
    own = t.lead_numbers.c.lead_id == lead_id
    connection.execute(
        update(t.lead_numbers).where(own, t.lead_numbers.c.e164.in_(list(numbers))).values(usable=usable)
    )


def _remember(connection: Connection, import_id: int, changes: Sequence[Change]) -> None:
    """Two rows of a file may mean the same lead: the first one's before stays."""
    own = t.import_changes.c.import_id == import_id
    lead_ids = [each.lead_id for each in changes]
    earlier = {
        row.lead_id: row.changes
        for row in connection.execute(select(t.import_changes).where(own, t.import_changes.c.lead_id.in_(lead_ids)))
    }
    if earlier:
        connection.execute(delete(t.import_changes).where(own, t.import_changes.c.lead_id.in_(list(earlier))))
    together: dict[int, Recorded] = dict(earlier)
    for each in changes:
        together[each.lead_id] = _merged(together.get(each.lead_id), each)
    rows = [{"import_id": import_id, "lead_id": lead_id, "changes": what} for lead_id, what in together.items()]
    if rows:
        connection.execute(insert(t.import_changes), rows)


def _merged(earlier: Recorded | None, each: Change) -> Recorded:
    before = (earlier or {}).get("values", {})
    values = before | {
        name: [before[name][0] if name in before else old, new] for name, (old, new) in each.values.items()
    }
    added = [*(earlier or {}).get("added", ()), *(number.e164 for number in each.added)]
    unusable = [*(earlier or {}).get("unusable", ()), *each.unusable]
    usable = [*(earlier or {}).get("usable", ()), *each.usable]
    return {"values": values, "added": added, "unusable": unusable, "usable": usable}


def changed(connection: Connection, import_id: int) -> int:
    own = t.import_changes.c.import_id == import_id
    return int(connection.execute(select(func.count()).select_from(t.import_changes).where(own)).scalar_one())


def restore(connection: Connection, import_id: int, *, limit: int) -> int:
    """What somebody changed again since the refresh stays as it is now."""
    own = t.import_changes.c.import_id == import_id
    rows = connection.execute(
        select(t.import_changes).where(own).order_by(t.import_changes.c.lead_id).limit(limit)
    ).all()
    lead_ids = [row.lead_id for row in rows]
    now = {row.lead_id: row for row in connection.execute(select(t.leads).where(t.leads.c.lead_id.in_(lead_ids)))}
    _update(
        connection, ((row.lead_id, _as_before(row.changes, now[row.lead_id])) for row in rows if row.lead_id in now)
    )
    for row in rows:
        _remove_numbers(connection, row.lead_id, row.changes["added"])
        if row.changes["unusable"]:
            _set_usable(connection, row.lead_id, row.changes["unusable"], True)
        if again := row.changes.get("usable"):
            _set_usable(connection, row.lead_id, again, False)
    connection.execute(delete(t.import_changes).where(own, t.import_changes.c.lead_id.in_(lead_ids)))
    return len(rows)


def _as_before(recorded: Recorded, now: Any) -> dict[str, Any]:
    return {name: before for name, (before, after) in recorded["values"].items() if getattr(now, name) == after}


def _remove_numbers(connection: Connection, lead_id: int, numbers: Collection[str]) -> None:
    """A number that has been dialled stays with its history, and is not dialled again."""
    if not numbers:
        return
    own = (t.lead_numbers.c.lead_id == lead_id) & t.lead_numbers.c.e164.in_(list(numbers))
    dialled = exists().where(t.attempts.c.lead_id == lead_id, t.attempts.c.number == t.lead_numbers.c.e164)
    connection.execute(delete(t.lead_numbers).where(own, ~dialled))
    connection.execute(update(t.lead_numbers).where(own).values(usable=False))
