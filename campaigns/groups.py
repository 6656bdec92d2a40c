"""Who may work for a campaign: agents by name or group, with the skills it asks for, qualified for its script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from campaigns.campaign import CampaignSettings
from campaigns.script_version import InForce

NEWCOMER_CALLS: Final = 20  # effective calls a day of a new agent, where nothing else is set


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An agent as the rules see one. `passed` holds (script name, version)."""

    agent_id: str
    active: bool = True
    groups: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    passed: frozenset[tuple[str, int]] = frozenset()


def named(settings: CampaignSettings) -> bool:
    """Not simply everybody."""
    return bool(settings.agents or settings.groups or settings.skills)


def assigned(settings: CampaignSettings, person: Person) -> bool:
    """Named, or in one of the groups (everybody where neither is given), and with all of the skills."""
    if not person.active:
        return False
    chosen = person.agent_id in settings.agents or not person.groups.isdisjoint(settings.groups)
    everybody = not settings.agents and not settings.groups
    return (everybody or chosen) and person.skills.issuperset(settings.skills)


def qualified(person: Person, script: InForce | None) -> bool:
    """Has passed the campaign's script; where none is in force nobody asks."""
    return script is None or any((script.name, version) in person.passed for version in script.passing)


def daily_limit(*, newcomer: bool, daily_cap: int | None) -> int | None:
    """Effective calls a day; None without a limit."""
    return daily_cap if daily_cap is not None else NEWCOMER_CALLS if newcomer else None
