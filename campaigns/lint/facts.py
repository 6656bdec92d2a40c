"""What the rules look at, and what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from campaigns.campaign import CampaignSettings
from campaigns.policy import Policy


class Severity(StrEnum):
    ERROR = "error"  # blocks the start
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`code` is stable; `field` names the setting. Sentences and what to do in English and Chinese."""

    code: str
    severity: Severity
    field: str
    en: str
    zh: str
    do_en: str
    do_zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkFacts:
    lines: int
    caller_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFacts:
    """OPEN leads. `by_zone` has "" for leads without a time zone, `by_country` "" for those without a country."""

    total: int = 0
    by_zone: Mapping[str, int] = field(default_factory=dict)
    by_country: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptFacts:
    """The script that `script_name` means; `version` is the one in force, None while none is released. `says` are the
    codes of what it makes agents say."""

    version: int | None = None
    says: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """`agents` are the active ones that may serve the campaign, `unknown_agents` those it names and nobody knows.

    `policies` holds the pack in force for each country of the leads. `worker_lines` is what the line workers hold
    together; None while no server runs. `script` is None where no script of that name is kept, or none is named.
    """

    settings: CampaignSettings
    policy: Policy
    now: datetime
    time_zone: str  # of the site, for a campaign without leads
    trunks: Mapping[str, TrunkFacts] = field(default_factory=dict)
    worker_lines: int | None = None
    agents: tuple[str, ...] = ()
    unknown_agents: tuple[str, ...] = ()
    unknown_groups: tuple[str, ...] = ()
    unqualified: tuple[str, ...] = ()  # of `agents`: not qualified for the script's version
    leads: LeadFacts = LeadFacts()
    policies: Mapping[str, Policy] = field(default_factory=dict)
    script: ScriptFacts | None = None

    @property
    def trunk_lines(self) -> int:
        return sum(self.trunks[name].lines for name in self.settings.trunks if name in self.trunks)

    @property
    def seats(self) -> int:
        """Conversations at once: neither more than agents nor than lines."""
        limits = [len(self.agents), self.trunk_lines, self.settings.lines or self.trunk_lines]
        return min(limits if self.worker_lines is None else [*limits, self.worker_lines])


def error(code: str, field: str, en: str, zh: str, do_en: str, do_zh: str) -> Finding:
    return Finding(code=code, severity=Severity.ERROR, field=field, en=en, zh=zh, do_en=do_en, do_zh=do_zh)


def warning(code: str, field: str, en: str, zh: str, do_en: str, do_zh: str) -> Finding:
    return Finding(code=code, severity=Severity.WARNING, field=field, en=en, zh=zh, do_en=do_en, do_zh=do_zh)
