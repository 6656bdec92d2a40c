"""What is known about numbers before they are stored: whose they are already, and who must not be called."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, bindparam, exists, func, literal, or_, select

from campaigns.campaign import CampaignState
from dialer.db import tables as t
from dialer.db.bulk import among
from dialer.db.suppression import in_force
from dialer.db.types import UtcDateTime
from dialer.ports.imports import Standing

_RUNNING = (CampaignState.PILOT, CampaignState.RUNNING, CampaignState.PAUSED, CampaignState.DRAINING)
Flags = dict[str, dict[str, bool]]


def standing(
    connection: Connection,
    import_id: int | None,
    campaign_id: int,
    numbers: Collection[str],
    *,
    now: datetime,
    since: datetime | None,
    registers: bool,
) -> dict[str, Standing]:
    flags: Flags = defaultdict(dict)
    _find_holders(connection, flags, import_id, campaign_id, numbers, since)
    _find_suppressed(connection, flags, campaign_id, numbers, now)
    if registers:
        _find_registered(connection, flags, campaign_id, numbers, now)
    return {e164: Standing(**known) for e164, known in flags.items() if known}


def _find_holders(
    connection: Connection,
    flags: Flags,
    import_id: int | None,
    campaign_id: int,
    numbers: Collection[str],
    since: datetime | None,
) -> None:
    found = (
        select(t.lead_numbers.c.e164, t.lead_numbers.c.campaign_id, t.lead_numbers.c.lead_id)
        .where(among(connection, t.lead_numbers.c.e164, numbers))
        .cte("found")
        .prefix_with("MATERIALIZED")  # the numbers first; whoever begins with the leads reads all of them
    )
    statement = (
        select(found.c.e164, found.c.campaign_id, t.campaigns.c.state, _recent(found.c.e164, since).label("recent"))
        .join(t.leads, t.leads.c.lead_id == found.c.lead_id)
        .join(t.campaigns, t.campaigns.c.campaign_id == found.c.campaign_id)
        .where(or_(t.leads.c.import_id.is_(None), t.leads.c.import_id != (import_id or 0)))
    )
    for row in connection.execute(statement):
        if row.campaign_id == campaign_id:
            flags[row.e164]["in_campaign"] = True
        elif row.state in _RUNNING:
            flags[row.e164]["in_running"] = True
        if row.recent:
            flags[row.e164]["recent"] = True


def _recent(e164: ColumnElement[str], since: datetime | None) -> ColumnElement[bool]:
    """Brought or dialled since then, whatever has become of it."""
    if since is None:
        return literal(False)
    at = bindparam("since", since, UtcDateTime())
    dialled = exists().where(t.attempts.c.number == e164, t.attempts.c.placed_at >= at)
    return or_(and_(t.leads.c.created_at.is_not(None), t.leads.c.created_at >= at), dialled)


def _find_suppressed(
    connection: Connection, flags: Flags, campaign_id: int, numbers: Collection[str], now: datetime
) -> None:
    own, valid = t.suppressions.c, in_force(t.suppressions, literal(campaign_id), bindparam("now", now, UtcDateTime()))
    single = select(own.e164, own.campaign_id, own.expires_at).where(
        among(connection, own.e164, numbers), ~own.prefix, valid
    )
    for row in connection.execute(single):
        flags[row.e164]["suppressed"] = True
        if row.campaign_id is None and row.expires_at is None:
            flags[row.e164]["for_good"] = True
    if begins := tuple(connection.execute(select(own.e164).where(own.prefix, valid)).scalars()):
        for number in numbers:
            if number.startswith(begins):
                flags[number]["suppressed"] = True


def _find_registered(
    connection: Connection, flags: Flags, campaign_id: int, numbers: Collection[str], now: datetime
) -> None:
    for register_id in _registers(connection, campaign_id, now):
        registered = select(t.register_numbers.c.e164).where(
            t.register_numbers.c.register_id == register_id, among(connection, t.register_numbers.c.e164, numbers)
        )
        for found in connection.execute(registered).scalars():
            flags[found]["suppressed"] = True


def _registers(connection: Connection, campaign_id: int, now: datetime) -> dict[int, int]:
    """Those in force: number -> entries."""
    valid = in_force(t.registers, literal(campaign_id), bindparam("now", now, UtcDateTime()))
    found = connection.execute(select(t.registers.c.register_id, t.registers.c.entries).where(valid))
    return {row.register_id: row.entries for row in found}


def registers(connection: Connection, campaign_id: int, *, now: datetime, most: int) -> list[int] | None:
    """Those in force; None where they have more than `most` entries together."""
    found = _registers(connection, campaign_id, now)
    return None if sum(found.values()) > most else list(found)


def registered(connection: Connection, register_id: int, *, after: str, limit: int) -> list[str]:
    """In order; fetched as one text, for rows by the million cost more than what is in them."""
    own = t.register_numbers.c
    following = select(own.e164).where(own.register_id == register_id, own.e164 > after)
    page = following.order_by(own.e164).limit(limit).subquery()
    found: str | None = connection.execute(select(func.aggregate_strings(page.c.e164, ","))).scalar_one()
    return sorted(found.split(",")) if found else []
