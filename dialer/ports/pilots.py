"""Pilots as they are kept: what was planned, what it showed, and what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from campaigns.pilot import PilotDecision, PilotPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class PilotUnderWay:
    """Not decided yet. `conversations`: attempt -> agent, of those that began since `started_at`. `completed`: it was
    told that there are as many as planned."""

    pilot_id: str
    campaign_id: int
    plan: PilotPlan
    started_at: datetime
    conversations: Mapping[str, str]
    completed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PilotRow:
    """`version` is the campaign's at the start, `decided_version` that at the decision; `ended_at` when the last
    planned conversation began, else when it was decided; `report` as it was at the decision."""

    pilot_id: str
    campaign_id: int
    version: int
    plan: PilotPlan
    started_at: datetime
    started_by: str
    ended_at: datetime | None = None
    decision: PilotDecision | None = None
    decided_at: datetime | None = None
    decided_by: str = ""
    decided_version: int | None = None
    remark: str = ""
    changed: tuple[Mapping[str, Any], ...] = ()
    report: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Attempts of a period that have ended. `settled`: leads among them that are not open any more. `line_s`: mean
    seconds of an attempt without a conversation; None where every one was a conversation, or none ended."""

    attempts: int
    settled: int
    appointments: int
    line_s: float | None


class Pilots(Protocol):
    async def of_campaign(self, campaign_id: int) -> list[PilotRow]:
        """In the order in which they were started."""
        ...

    async def ended(self, campaign_id: int, *, since: datetime, until: datetime | None = None) -> Ended:
        """Of the attempts placed in the period [since, until)."""
        ...
