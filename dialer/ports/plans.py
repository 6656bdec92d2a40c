"""What planners ask about campaigns beside their settings: how they came to be so, and what their list holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from campaigns.campaign import CampaignSettings, CampaignState
from campaigns.lint import LeadFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignVersion:
    """Settings as they were from `changed_at` on. `note` says why, where that was said."""

    version: int
    settings: CampaignSettings
    changed_at: datetime
    changed_by: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChange:
    at: datetime
    previous: CampaignState
    state: CampaignState
    by: str


class Plans(Protocol):
    async def versions(self, campaign_id: int) -> list[CampaignVersion]:
        """From the first to the present one."""
        ...

    async def states(self, campaign_id: int) -> list[StateChange]:
        """In the order in which they happened."""
        ...

    async def idle(self, campaign_id: int, *, start: datetime, end: datetime) -> list[tuple[datetime, str]]:
        """Changes of the reason for which it placed no calls, with the last one before `start`; "" is dialling."""
        ...

    async def open_leads(self, campaign_id: int) -> LeadFacts: ...
