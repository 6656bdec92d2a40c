"""Campaigns and every version of their settings."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Select, insert, select, update
from sqlalchemy.exc import IntegrityError

from campaigns.campaign import Campaign, CampaignSettings, CampaignState
from dialer.db import tables as t
from dialer.db.mapping import campaign_of, settings_of, settings_text
from dialer.errors import AlreadyExists, NotFound, WrongState


def add(connection: Connection, settings: CampaignSettings, *, at: datetime, by: str = "", note: str = "") -> Campaign:
    """Raises `AlreadyExists` for a code that is taken."""
    row = {"code": settings.code, "state": CampaignState.DRAFT, "version": 1, "created_at": at}
    try:
        campaign_id = connection.execute(insert(t.campaigns).returning(t.campaigns.c.campaign_id), row).scalar_one()
    except IntegrityError as error:
        raise _code_taken(settings) from error
    _keep_version(connection, campaign_id, 1, settings, at=at, by=by, note=note)
    return Campaign(campaign_id=campaign_id, settings=settings, state=CampaignState.DRAFT, created_at=at)


def change(
    connection: Connection,
    campaign_id: int,
    settings: CampaignSettings,
    *,
    at: datetime,
    by: str,
    note: str = "",
    expected: int | None = None,
) -> Campaign:
    """Raises `NotFound`, `AlreadyExists` where the new code belongs to another campaign, and `WrongState` where the
    present version is not the `expected` one."""
    statement = (
        update(t.campaigns)
        .where(t.campaigns.c.campaign_id == campaign_id)
        .values(code=settings.code, version=t.campaigns.c.version + 1)
        .returning(t.campaigns.c.version)
    )
    try:
        version = connection.execute(statement).scalar_one_or_none()
    except IntegrityError as error:
        raise _code_taken(settings) from error
    if version is None:
        raise NotFound(f"There is no campaign {campaign_id}.")
    if expected is not None and version != expected + 1:
        raise WrongState(f"campaign {settings.code} was changed meanwhile; look at it again", field="version")
    _keep_version(connection, campaign_id, version, settings, at=at, by=by, note=note)
    return campaign_of(connection.execute(_current().where(t.campaigns.c.campaign_id == campaign_id)).one())


def every(connection: Connection) -> list[Campaign]:
    rows = connection.execute(_current().order_by(t.campaigns.c.campaign_id))
    return [campaign_of(row) for row in rows]


def by_code(connection: Connection, code: str) -> Campaign | None:
    row = connection.execute(_current().where(t.campaigns.c.code == code)).one_or_none()
    return None if row is None else campaign_of(row)


def versions(connection: Connection, campaign_id: int) -> dict[int, CampaignSettings]:
    """All settings the campaign ever had, by version: attempts are judged by those they were made under."""
    statement = select(t.campaign_versions).where(t.campaign_versions.c.campaign_id == campaign_id)
    return {row.version: settings_of(row.settings) for row in connection.execute(statement)}


def _current() -> Select[tuple[object, ...]]:
    same = (t.campaign_versions.c.campaign_id == t.campaigns.c.campaign_id) & (
        t.campaign_versions.c.version == t.campaigns.c.version
    )
    return select(t.campaigns, t.campaign_versions.c.settings).join(t.campaign_versions, same)


def _keep_version(
    connection: Connection, campaign_id: int, version: int, settings: CampaignSettings, *, at: datetime, by: str,
    note: str,
) -> None:  # fmt: skip
    row = {
        "campaign_id": campaign_id,
        "version": version,
        "settings": settings_text(settings),
        "changed_at": at,
        "changed_by": by,
        "note": note,
    }
    connection.execute(insert(t.campaign_versions), row)


def _code_taken(settings: CampaignSettings) -> AlreadyExists:
    return AlreadyExists(f"There is a campaign {settings.code!r} already; choose another code.", field="code")
