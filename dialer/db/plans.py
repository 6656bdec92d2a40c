"""How campaigns came to be as they are, and what their lists hold."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import Connection, func, select

from campaigns.campaign import CampaignState
from campaigns.lead import LeadState
from campaigns.lint import LeadFacts
from dialer.db import tables as t
from dialer.db.database import Database
from dialer.db.mapping import settings_of
from dialer.ports.plans import CampaignVersion, StateChange


class SqlPlans:
    """`dialer.ports.plans.Plans`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def versions(self, campaign_id: int) -> list[CampaignVersion]:
        return await self._db.read(versions, campaign_id)

    async def states(self, campaign_id: int) -> list[StateChange]:
        return await self._db.read(states, campaign_id)

    async def idle(self, campaign_id: int, *, start: datetime, end: datetime) -> list[tuple[datetime, str]]:
        return await self._db.read(idle, campaign_id, start=start, end=end)

    async def open_leads(self, campaign_id: int) -> LeadFacts:
        return await self._db.read(open_leads, campaign_id)


def versions(connection: Connection, campaign_id: int) -> list[CampaignVersion]:
    table = t.campaign_versions
    statement = select(table).where(table.c.campaign_id == campaign_id).order_by(table.c.version)
    return [
        CampaignVersion(
            version=row.version,
            settings=settings_of(row.settings),
            changed_at=row.changed_at,
            changed_by=row.changed_by,
            note=row.note,
        )
        for row in connection.execute(statement)
    ]


def states(connection: Connection, campaign_id: int) -> list[StateChange]:
    table = t.campaign_states
    statement = select(table).where(table.c.campaign_id == campaign_id).order_by(table.c.campaign_state_id)
    return [
        StateChange(at=row.at, previous=CampaignState(row.previous), state=CampaignState(row.state), by=row.changed_by)
        for row in connection.execute(statement)
    ]


def idle(connection: Connection, campaign_id: int, *, start: datetime, end: datetime) -> list[tuple[datetime, str]]:
    table = t.campaign_idle
    own = select(table.c.at, table.c.reason).where(table.c.campaign_id == campaign_id)
    before = own.where(table.c.at < start).order_by(table.c.at.desc(), table.c.idle_id.desc()).limit(1)
    within = own.where(table.c.at >= start, table.c.at < end).order_by(table.c.at, table.c.idle_id)
    rows = [*connection.execute(before), *connection.execute(within)]
    return [(row.at, row.reason) for row in rows]


def open_leads(connection: Connection, campaign_id: int) -> LeadFacts:
    leads = t.leads.c
    statement = (
        select(leads.time_zone, leads.country, func.count())
        .where(leads.campaign_id == campaign_id, leads.state == LeadState.OPEN)
        .group_by(leads.time_zone, leads.country)
    )
    zones, countries = Counter[str](), Counter[str]()
    for time_zone, country, count in connection.execute(statement):
        zones[time_zone] += count
        countries[country] += count
    return LeadFacts(total=zones.total(), by_zone=dict(zones), by_country=dict(countries))
