from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import BaseModel

from campaigns.campaign import Campaign, CampaignSettings, CampaignState


class CampaignView(BaseModel):
    id: int
    code: str
    name: str
    state: CampaignState
    version: int
    created_at: datetime
    settings: CampaignSettings

    @classmethod
    def of(cls, campaign: Campaign) -> Self:
        return cls(
            id=campaign.campaign_id,
            code=campaign.settings.code,
            name=campaign.settings.name,
            state=campaign.state,
            version=campaign.version,
            created_at=campaign.created_at,
            settings=campaign.settings,
        )
