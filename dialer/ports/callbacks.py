"""Promised calls and what is to be followed up, as stored."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from campaigns.callback import Callback, CallbackState
from campaigns.lead import LeadState
from campaigns.tickler import Item


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRow:
    """A promise beside its lead. `next_at` is when it is tried next; None where the lead is not open."""

    callback: Callback
    campaign_code: str
    lead_name: str
    lead_state: LeadState
    time_zone: str  # the called person's
    owner: str  # agent who knows the customer
    next_at: datetime | None
    for_agent: str | None  # the only one who may take the next try, until it escalates
    escalates_at: datetime | None  # from here on anyone may keep it


class Callbacks(Protocol):
    """Written by events only (`Store.record`): promised, moved, settled, reopened, escalated."""

    async def find(self, callback_id: str) -> CallbackRow | None: ...

    async def settled_by(self, attempt_id: str) -> Callback | None:
        """The callback which that conversation kept."""
        ...

    async def page(
        self,
        *,
        states: Collection[CallbackState] | None = None,
        campaign_id: int | None = None,
        lead_id: int | None = None,
        agents: Collection[str] | None = None,
        due_from: datetime | None = None,
        due_until: datetime | None = None,
        after: str = "",
        limit: int = 1000,
    ) -> list[CallbackRow]:
        """By time of promise, from `after` (a callback's id, exclusive); `due_until` is exclusive."""
        ...

    async def waiting(self, *, now: datetime, limit: int) -> list[CallbackRow]:
        """Open ones that only one agent may keep, still, by the time promised."""
        ...

    async def counts(
        self,
        *,
        due_from: datetime,
        due_until: datetime,
        campaign_id: int | None = None,
        agents: Collection[str] | None = None,
    ) -> Mapping[CallbackState, int]:
        """Callbacks that fell due in [from, until), by what became of them."""
        ...

    async def follow_ups(
        self, *, agents: Collection[str] | None, until: datetime, days: Sequence[datetime], limit: int
    ) -> tuple[list[Item], list[int]]:
        """What is due before `until`: open callbacks, planned follow-ups, reminders and owned retries.

        The first `limit` items by due time, and how many there are between two neighbours of `days` (ascending);
        what is due before `days[0]` is counted first. `agents` None: everybody's, and what nobody owns.
        """
        ...
