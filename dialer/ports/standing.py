"""How a campaign's leads stand, counted by the few facts that decide about most of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from campaigns.lead import CloseReason, Dossier, LeadState


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    state: LeadState
    reason: CloseReason | None
    leads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """Open leads of which the rules say the same. `due` ones were never dialled; of the others it may be any."""

    country: str
    time_zone: str
    due: bool
    created_at: datetime | None  # set only where asked for
    leads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Every lead is in one of the four, all of them of the same instant.

    `dialled` are due and have nothing of their own but a history. `singled_out` are open leads about which more must be
    known: suppressed, in flight, with an unusable number, or due to be reminded of an appointment.
    """

    closed: tuple[Closed, ...]
    alike: tuple[Alike, ...]
    singled_out: tuple[int, ...]
    dialled: tuple[int, ...] = ()


class Standings(Protocol):
    async def standing(self, campaign_id: int, *, now: datetime, by_age: bool) -> Standing:
        """`by_age` tells leads apart by when they came in."""
        ...

    def dossiers(self, lead_ids: Sequence[int], *, now: datetime) -> AsyncIterator[Dossier]:
        """Of those that are left of them."""
        ...

    def histories(self, lead_ids: Sequence[int], *, now: datetime) -> AsyncIterator[Dossier]:
        """Of `dialled` leads that are left: numbers, history and what else the rules ask for, and nothing to read."""
        ...

    def first_due(
        self, campaign_id: int, time_zone: str, *, now: datetime, apart_from: Collection[int]
    ) -> AsyncIterator[Dossier]:
        """The open leads of the zone that fall due later, the first to fall due first."""
        ...
