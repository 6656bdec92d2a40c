"""What happened to campaigns, their pacing and pilots, scripts, and agents."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from campaigns.campaign import CampaignState
from dialer.domain.agent import AgentState
from dialer.domain.event import DomainEvent


class CampaignIdled(DomainEvent, frozen=True, kw_only=True):
    """From the minute `occurred_at` on the campaign placed no attempts, because of `reason`; "" is dialling again."""

    campaign_id: int
    reason: str


class ScriptMoved(DomainEvent, frozen=True, kw_only=True):
    """`state` is campaigns.script_version.ScriptState of this version."""

    script: str
    version: int
    state: str
    by: str


class AgentStateChanged(DomainEvent, frozen=True, kw_only=True):
    agent_id: str
    previous: AgentState
    state: AgentState
    reason: str = ""
    attempt_id: str | None = None


class CampaignStateChanged(DomainEvent, frozen=True, kw_only=True):
    campaign_id: int
    previous: CampaignState
    state: CampaignState
    by: str = ""


class PacingChanged(DomainEvent, frozen=True, kw_only=True):
    """It dials by another mode, or by other figures of the same one; `mode` is campaigns.campaign.PacingMode."""

    campaign_id: int
    previous: str
    mode: str
    by: str = ""


class PacingNoted(DomainEvent, frozen=True, kw_only=True):
    """The automatic mode does something else from now on; `note` is campaigns.pacing.Note, "" where it has ceased to
    be automatic. The counts are those of the strictest window."""

    campaign_id: int
    note: str
    answered: int
    abandoned: int


class PacingReset(DomainEvent, frozen=True, kw_only=True):
    """What it had learned is forgotten."""

    campaign_id: int
    by: str = ""


class PreviewMoved(DomainEvent, frozen=True, kw_only=True):
    """A lead is shown to an agent, or what came of it; `state` is campaigns.pacing.PreviewState. `until` is his time
    to decide."""

    campaign_id: int
    lead_id: int
    agent_id: str
    state: str
    until: datetime
    reason: str = ""


class PilotEvent(DomainEvent, frozen=True, kw_only=True):
    """About a pilot, each kind once a pilot."""

    pilot_id: str
    campaign_id: int


class PilotStarted(PilotEvent, frozen=True, kw_only=True):
    """The fields of campaigns.pilot.PilotPlan; `version` is the campaign's."""

    version: int
    calls: int
    calls_per_agent: int
    agents: tuple[str, ...]
    by: str


class PilotCompleted(PilotEvent, frozen=True, kw_only=True):
    """As many conversations as planned: nothing more is dialled before the decision."""

    conversations: int


class PilotDecided(PilotEvent, frozen=True, kw_only=True):
    """`decision` is campaigns.pilot.PilotDecision; `version` the campaign's by now; `changed` says how its settings
    differ from those the pilot began with (field, before, after); `report` is what the decision was made upon."""

    decision: str
    version: int
    by: str
    remark: str
    changed: tuple[dict[str, Any], ...]
    report: dict[str, Any]
