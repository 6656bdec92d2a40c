from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from campaigns.pilot import PilotDecision, PilotReport
from dialer.planning.pilots import Pilot
from dialer.web.schemas.campaign import CampaignView, ChangeView, FindingView
from dialer.web.schemas.page import AgentId, Code, Text


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class StartPilot(_Asked):
    """Nothing at all takes a paused pilot up again: its count goes on."""

    calls: int | None = Field(default=None, description="conversations in all, 50 to 150; 100 unless given")
    calls_per_agent: int | None = Field(default=None, description="5 to 10; 10 unless given")
    agents: list[AgentId] = Field(default_factory=list, max_length=100)
    groups: list[Code] = Field(default_factory=list, max_length=20, description="their members take part")

    @property
    def empty(self) -> bool:
        return not self.model_dump(exclude_defaults=True)


class DecidePilot(_Asked):
    decision: PilotDecision
    remark: Text = Field(default="", max_length=2000, description="why, and what is to be changed")


class PilotView(BaseModel):
    """`changed`: settings that differ between the start and the decision; `changed_after`: what an adjustment changed
    until the next pilot or start. `report` is null in the list while the pilot is not decided."""

    id: str
    version: int
    calls: int
    calls_per_agent: int
    agents: list[str]
    started_at: datetime
    started_by: str
    ended_at: datetime | None
    decision: PilotDecision | None
    decided_at: datetime | None
    decided_by: str
    remark: str
    changed: list[ChangeView]
    changed_after: list[ChangeView]
    report: PilotReport | None

    @classmethod
    def of(cls, pilot: Pilot) -> Self:
        row = pilot.row
        return cls(
            id=row.pilot_id,
            version=row.version,
            calls=row.plan.calls,
            calls_per_agent=row.plan.calls_per_agent,
            agents=list(row.plan.agents),
            started_at=row.started_at,
            started_by=row.started_by,
            ended_at=row.ended_at,
            decision=row.decision,
            decided_at=row.decided_at,
            decided_by=row.decided_by,
            remark=row.remark,
            changed=[ChangeView.of(change) for change in pilot.changed],
            changed_after=[ChangeView.of(change) for change in pilot.changed_after],
            report=pilot.report,
        )


class PilotStep(BaseModel):
    """The campaign and its pilot after a step; `warnings` of lint, which do not keep it from dialling."""

    campaign: CampaignView
    pilot: PilotView
    warnings: list[FindingView]
