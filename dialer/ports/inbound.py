"""Calls from customers as stored, and what is known about who calls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from campaigns.inbound import Acquaintance, InboundCounts, InboundOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundRow:
    """`caller` is E.164, "" where it was withheld. `known`: the caller was a lead when he called."""

    inbound_id: str
    trunk: str
    worker: str
    sip_call_id: str
    caller: str
    called: str
    campaign_id: int | None
    campaign_code: str | None
    lead_id: int | None
    lead_name: str | None
    known: bool
    arrived_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: InboundOutcome | None = None
    reason: str = ""
    agent_id: str | None = None
    ring_s: float | None = None
    rings: int | None = None
    mos: float | None = None
    disposition: str | None = None
    note: str = ""
    callback_at: datetime | None = None
    disposed_at: datetime | None = None
    recording_id: str | None = None
    recording_path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCaller:
    """An unknown caller who becomes a lead of the campaign."""

    campaign_id: int
    number: str
    name: str
    country: str
    time_zone: str
    owner: str = ""
    source: str = "inbound"


class InboundBook(Protocol):
    """Calls are written by events only (`Store.record`): arrived, answered, ended, disposed, adopted."""

    async def acquaintances(self, caller: str) -> list[Acquaintance]:
        """Every lead that has this number, in any campaign."""
        ...

    async def active(self) -> list[InboundRow]: ...

    async def find(self, inbound_id: str) -> InboundRow | None: ...

    async def page(
        self,
        *,
        campaign_id: int | None = None,
        lead_id: int | None = None,
        agent_id: str | None = None,
        outcome: InboundOutcome | None = None,
        to_adopt: bool = False,
        since: datetime | None = None,
        after: str = "",
        limit: int = 1000,
    ) -> list[InboundRow]:
        """In the order in which they came, from `after` (exclusive). `to_adopt`: over, and the caller is no lead."""
        ...

    async def counts(
        self, *, since: datetime | None, until: datetime | None, campaign_id: int | None, within_rings: int
    ) -> InboundCounts:
        """Calls that arrived in [since, until) and are over."""
        ...

    async def enter(self, caller: NewCaller, *, due_at: datetime, at: datetime) -> int:
        """The lead of that number in the campaign: the one that is there, or a new one, due at `due_at`."""
        ...
