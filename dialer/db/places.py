"""In which countries and time zones a campaign's leads are. Only ever more: who is gone leaves his place behind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select

from campaigns.places import Place
from dialer.db import due
from dialer.db import tables as t
from dialer.db.database import insert_or_ignore


def note(connection: Connection, campaign_id: int, places: Iterable[tuple[str, str]]) -> None:
    """Belongs to every statement that stores leads or changes their time zone."""
    new = set(places) - of(connection, campaign_id)
    if new:
        rows = [{"campaign_id": campaign_id, "country": country, "time_zone": zone} for country, zone in sorted(new)]
        connection.execute(insert_or_ignore(connection, t.campaign_places), rows)


def of(connection: Connection, campaign_id: int) -> set[Place]:
    own = t.campaign_places.c
    found = connection.execute(select(own.country, own.time_zone).where(own.campaign_id == campaign_id))
    return {Place(row.country, row.time_zone) for row in found}


def of_open(connection: Connection, campaign_id: int) -> set[Place]:
    """Of the OPEN leads, as far as their zones tell."""
    zones = due.time_zones(connection, campaign_id)
    return {place for place in of(connection, campaign_id) if place.time_zone in zones}


def note_of(connection: Connection, lead_ids: Sequence[int]) -> None:
    own = t.leads.c
    found = connection.execute(
        select(own.campaign_id, own.country, own.time_zone).where(own.lead_id.in_(lead_ids)).distinct()
    ).all()
    for campaign_id in sorted({row.campaign_id for row in found}):
        note(connection, campaign_id, [(row.country, row.time_zone) for row in found if row.campaign_id == campaign_id])
