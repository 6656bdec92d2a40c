from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from campaigns.campaign import Campaign, CampaignSettings, CampaignState
from campaigns.changes import Change
from campaigns.lint import Finding, Severity
from campaigns.visible import Setting
from dialer.planning.campaigns import Entry
from dialer.web.schemas.page import Code, RowNumber, Text


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


class FindingView(BaseModel):
    code: str = Field(description="stable; programs may depend on it")
    severity: Severity = Field(description="an error blocks the start")
    field: str
    en: str
    zh: str
    do_en: str = Field(description="what to do about it")
    do_zh: str

    @classmethod
    def of(cls, finding: Finding) -> Self:
        return cls(
            code=finding.code,
            severity=finding.severity,
            field=finding.field,
            en=finding.en,
            zh=finding.zh,
            do_en=finding.do_en,
            do_zh=finding.do_zh,
        )


class LintView(BaseModel):
    campaign: str
    may_start: bool
    findings: list[FindingView]

    @classmethod
    def of(cls, code: str, findings: tuple[Finding, ...]) -> Self:
        return cls(
            campaign=code,
            may_start=all(finding.severity is not Severity.ERROR for finding in findings),
            findings=[FindingView.of(finding) for finding in findings],
        )


class StartedView(CampaignView):
    warnings: list[FindingView] = []


class SettingView(BaseModel):
    """`value` is the one in force; `origin` "set here", "default" or "policy pack NAME VERSION"."""

    name: str
    label: str
    label_zh: str
    value: Any
    origin: str
    visible: bool

    @classmethod
    def of(cls, setting: Setting) -> Self:
        return cls(
            name=setting.name,
            label=setting.label,
            label_zh=setting.label_zh,
            value=setting.value,
            origin=setting.origin,
            visible=setting.visible,
        )


class ChangeView(BaseModel):
    field: str
    before: Any
    after: Any

    @classmethod
    def of(cls, change: Change) -> Self:
        return cls(field=change.field, before=change.before, after=change.after)


class EntryView(BaseModel):
    """A new version, or a move from state to state."""

    at: datetime
    by: str
    kind: Literal["version", "state"]
    version: int | None
    note: str
    changes: list[ChangeView]
    previous: CampaignState | None
    state: CampaignState | None

    @classmethod
    def of(cls, entry: Entry) -> Self:
        return cls(
            at=entry.at,
            by=entry.by,
            kind="version" if entry.state is None else "state",
            version=entry.version,
            note=entry.note,
            changes=[ChangeView.of(change) for change in entry.changes],
            previous=entry.previous,
            state=entry.state,
        )


class ChangeSettings(BaseModel):
    """`changes` as in a campaign's file: tables are merged, lists replaced. `unset` names settings, dotted, that go
    back to their defaults. With `version` the change is refused where that is not the present one."""

    model_config = ConfigDict(extra="forbid")

    changes: dict[str, Any] = {}
    unset: list[str] = Field(default=[], max_length=100)
    note: Text = Field(default="", max_length=500)
    version: RowNumber | None = None


class CloneCampaign(BaseModel):
    model_config = ConfigDict(extra="forbid")

    code: Code
    name: Text = Field(default="", max_length=120)
    changes: dict[str, Any] = {}


class UndoChange(BaseModel):
    """`to` is the version to be equal to; the one before the present where it is left out."""

    model_config = ConfigDict(extra="forbid")

    to: RowNumber | None = None
