"""Appointments moved and cancelled outside a call, on a data directory without a running server."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from dialer.ports import Store
from tests.integration.api.test_callbacks import SHANGHAI, lead, made, weekday  # noqa: F401 - a fixture


async def moves(api: httpx.AsyncClient, lead: int, at: datetime, **more: Any) -> httpx.Response:  # noqa: F811
    return await api.post(
        f"/leads/{lead}/appointment/move", json={"at": at.isoformat(), **more}, params={"by": "planner"}
    )


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_the_reminder_moves_with_the_appointment(api: httpx.AsyncClient, lead: int, store: Store) -> None:  # noqa: F811
    first = weekday(15) + timedelta(days=14)
    booked = (await moves(api, lead, first)).json()
    assert (booked["due_kind"], instant(booked["appointment_at"])) == ("REMINDER", first)
    assert instant(booked["due_at"]).astimezone(SHANGHAI).date() < first.date()
    later = first + timedelta(days=7)
    moved = (await moves(api, lead, later, reason="asked by mail")).json()
    assert instant(moved["appointment_at"]) == later
    assert instant(moved["due_at"]) > instant(booked["due_at"])
    names = [entry.name for entry in await store.outbox(limit=100)]
    assert names.count("lead.appointment_moved") == 2


async def test_a_cancelled_appointment_is_not_reminded_of(api: httpx.AsyncClient, lead: int) -> None:  # noqa: F811
    nothing = await api.post(f"/leads/{lead}/appointment/cancel", json={"reason": "is ill"})
    assert (nothing.status_code, nothing.json()["error"]["message"]) == (409, f"lead {lead} has no appointment")
    await moves(api, lead, weekday(15) + timedelta(days=14))
    gone = (await api.post(f"/leads/{lead}/appointment/cancel", json={"reason": "is ill"})).json()
    assert (gone["appointment_at"], gone["state"], gone["due_kind"]) == (None, "OPEN", "FRESH")


async def test_a_promised_call_keeps_its_time(api: httpx.AsyncClient, lead: int) -> None:  # noqa: F811
    promise = (await made(api, lead, weekday(15), agent="mei")).json()
    changed = (await moves(api, lead, weekday(10) + timedelta(days=30))).json()
    assert (changed["due_kind"], changed["due_at"]) == ("CALLBACK", promise["due_at"])
    assert changed["appointment_at"] is not None
    gone = (await api.post(f"/leads/{lead}/appointment/cancel", json={"reason": "is ill"})).json()
    assert (gone["due_kind"], gone["due_at"], gone["appointment_at"]) == ("CALLBACK", promise["due_at"], None)


@pytest.mark.parametrize(
    ("at", "says"), [("2020-01-01T10:00:00+08:00", "lies in the past"), ("2030-01-01T10:00:00", "timezone")]
)
async def test_a_time_that_cannot_be_is_refused(api: httpx.AsyncClient, lead: int, at: str, says: str) -> None:  # noqa: F811
    refused = await api.post(f"/leads/{lead}/appointment/move", json={"at": at})
    assert refused.status_code == 422
    assert says in refused.text
