"""Whose the open leads of a campaign are."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, func, select, update

from campaigns.lead import LeadState
from dialer.db import tables as t
from dialer.ports.imports import Unallocated


def load(connection: Connection, campaign_id: int) -> dict[str, int]:
    own = (t.leads.c.campaign_id == campaign_id, t.leads.c.state == LeadState.OPEN, t.leads.c.owner != "")
    statement = select(t.leads.c.owner, func.count().label("number")).where(*own).group_by(t.leads.c.owner)
    return {row.owner: row.number for row in connection.execute(statement)}


def following(connection: Connection, campaign_id: int, *, after: int, limit: int) -> list[Unallocated]:
    leads = t.leads.c
    statement = (
        select(leads.lead_id, leads.owner, leads.skill, leads.segment, leads.fields)
        .where(leads.campaign_id == campaign_id, leads.state == LeadState.OPEN, leads.lead_id > after)
        .order_by(leads.lead_id)
        .limit(limit)
    )
    return [Unallocated(*row) for row in connection.execute(statement)]


def allocate(connection: Connection, owners: Mapping[int, tuple[str, str]]) -> None:
    rows = [{"lead": lead_id, "to": owner, "needs": skill} for lead_id, (owner, skill) in owners.items()]
    statement = (
        update(t.leads)
        .where(t.leads.c.lead_id == bindparam("lead"), t.leads.c.owner == "")
        .values(owner=bindparam("to"), skill=bindparam("needs"))
    )
    if rows:
        connection.execute(statement, rows)
