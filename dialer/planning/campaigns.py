"""Campaigns as planners handle them: made, changed, cloned, taken back, and looked at over time.

On a running server every change goes through the engine, so that it holds from the next attempt on; without one it is
written to the store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from campaigns.campaign import Campaign, CampaignSettings, CampaignState, dials
from campaigns.changes import Change, changes, cloned
from campaigns.script_version import Shelf
from dialer.clock import Clock
from dialer.engine.engine import Engine
from dialer.engine.settings import Policies
from dialer.errors import AlreadyExists, Invalid, NotFound, WrongState
from dialer.planning.screening_check import check_message, check_screening
from dialer.planning.settings import changed, known
from dialer.ports.archive import Archive
from dialer.ports.plans import CampaignVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a campaign's history: a new version with what it changed, or a move to another state."""

    at: datetime
    by: str
    version: int | None = None
    note: str = ""
    changes: tuple[Change, ...] = ()
    previous: CampaignState | None = None
    state: CampaignState | None = None


class CampaignPlanning:
    """`engine` is None while no server runs. `trunks` are the site's; `told` is called after every change."""

    def __init__(
        self, *, archive: Archive, clock: Clock, policies: Policies, engine: Engine | None, trunks: Iterable[str],
        told: Callable[[], None],
    ) -> None:  # fmt: skip
        self._archive, self._clock, self._policies, self._engine = archive, clock, policies, engine
        self._trunks, self._told = tuple(trunks), told

    async def find(self, code: str) -> Campaign:
        found = await self._archive.campaign(code)
        if found is None:
            there = ", ".join(sorted(c.settings.code for c in await self._archive.campaigns())) or "none yet"
            raise NotFound(f"there is no campaign '{code}'; known: {there}", field="campaign")
        return found

    async def create(self, settings: CampaignSettings, *, by: str, note: str = "") -> Campaign:
        if await self._archive.campaign(settings.code) is not None:
            raise AlreadyExists(f"there is a campaign '{settings.code}' already; choose another code", field="code")
        await self.check(settings)
        if self._engine is not None:
            return await self._engine.create_campaign(settings, by=by, note=note)
        return await self._archive.add_campaign(settings, at=self._clock.now(), by=by, note=note)

    async def change(
        self, code: str, wanted: Mapping[str, Any], *, unset: Iterable[str] = (), by: str, note: str = "",
        expected: int | None = None,
    ) -> Campaign:  # fmt: skip
        """A new version, unless nothing differs. Raises `WrongState` where `expected` is not the present version."""
        present = await self.find(code)
        settings = changed(present.settings, wanted, unset, name=f"campaign {code}")
        if expected not in (None, present.version):
            raise WrongState(
                f"campaign {code} is at version {present.version} by now, not {expected}; look at it again",
                field="version",
            )
        return await self._update(present, settings, by=by, note=note)

    async def clone(
        self, code: str, new_code: str, *, name: str = "", wanted: Mapping[str, Any] | None = None, by: str
    ) -> Campaign:
        """A DRAFT with the same settings and no leads."""
        original = await self.find(code)
        copy = cloned(original.settings, new_code, name)
        settings = changed(copy, wanted or {}, (), name=f"campaign {new_code}")
        return await self.create(settings, by=by, note=f"cloned from {code}, version {original.version}")

    async def undo(self, code: str, *, to: int | None = None, by: str) -> Campaign:
        """A new version equal to an old one: the one before the present, where `to` does not name another."""
        present = await self.find(code)
        target = present.version - 1 if to is None else to
        old = await self.version(present, target)
        if not changes(present.settings, old.settings):
            raise WrongState(f"campaign {code} is as it was in version {target} already", field="version")
        return await self._update(present, old.settings, by=by, note=f"taken back to version {target}")

    async def history(self, code: str) -> list[Entry]:
        """From the beginning to now."""
        campaign = await self.find(code)
        versions = await self._archive.plans.versions(campaign.campaign_id)
        moves = await self._archive.plans.states(campaign.campaign_id)
        entries = [*_told(versions), *(Entry(at=m.at, by=m.by, previous=m.previous, state=m.state) for m in moves)]
        return sorted(entries, key=lambda entry: entry.at)

    async def diff(self, code: str, first: int, second: int) -> tuple[Change, ...]:
        campaign = await self.find(code)
        before, after = await self.version(campaign, first), await self.version(campaign, second)
        return changes(before.settings, after.settings)

    async def version(self, campaign: Campaign, number: int) -> CampaignVersion:
        for version in await self._archive.plans.versions(campaign.campaign_id):
            if version.version == number:
                return version
        raise NotFound(
            f"campaign {campaign.settings.code} has versions 1 to {campaign.version}, and no version {number}",
            field="version",
        )

    async def check(self, settings: CampaignSettings) -> None:
        """What only the site knows: its trunks, agents and policies. Raises `Invalid`."""
        self._policies.of(settings)
        check_screening(settings.screening)
        known("trunks", settings.trunks, self._trunks)
        if settings.groups:
            known("groups", settings.groups, [group.code for group in await self._archive.groups.every()])
        if settings.agents:
            known("agents", settings.agents, [agent.agent_id for agent in await self._archive.agents()])

    async def _update(self, present: Campaign, settings: CampaignSettings, *, by: str, note: str) -> Campaign:
        if not changes(present.settings, settings):
            return present
        if settings.code != present.settings.code:
            raise Invalid("a campaign keeps its code; clone it under another one instead", field="code")
        await self.check(settings)
        message = settings.screening.message_file
        if message and message != present.settings.screening.message_file:
            check_message(message)  # also one that is not left yet
        await self._keeps_a_script(present, settings)
        if self._engine is not None:
            done = await self._engine.update_campaign(settings.code, settings, by, note=note, expected=present.version)
        else:
            done = await self._archive.update_campaign(
                present.campaign_id, settings, at=self._clock.now(), by=by, note=note, expected=present.version
            )
        self._told()
        return done

    async def _keeps_a_script(self, present: Campaign, settings: CampaignSettings) -> None:
        """A campaign that dials is not given a script that nobody has released. Raises `WrongState`."""
        named = (settings.script_name, settings.script_version)
        if not dials(present.state) or named == (present.settings.script_name, present.settings.script_version):
            return
        shelf = Shelf.of(await self._archive.released_scripts())
        if settings.script_name and shelf.in_force(settings) is None:
            which = "" if settings.script_version is None else f"version {settings.script_version} of "
            raise WrongState(
                f"campaign {settings.code} is dialling, and {which}script {settings.script_name} is not released; "
                "release it first, or pause the campaign",
                field="script_name",
            )


def _told(versions: list[CampaignVersion]) -> list[Entry]:
    previous = [None, *versions[:-1]]
    return [
        Entry(
            at=version.changed_at,
            by=version.changed_by,
            version=version.version,
            note=version.note,
            changes=() if before is None else changes(before.settings, version.settings),
        )
        for before, version in zip(previous, versions, strict=True)
    ]
