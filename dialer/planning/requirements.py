"""Requirements on their way: written down, agreed, made into campaigns, evaluated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from campaigns.campaign import Campaign, CampaignSettings
from campaigns.changes import Change, changes
from campaigns.derivation import Derivation, NoHours, derive
from campaigns.requirement import (
    Party,
    Requirement,
    RequirementOrder,
    RequirementState,
    Step,
    StepKind,
    after,
)
from dialer.clock import Clock
from dialer.documents import BadDocument, problems_of
from dialer.engine.settings import Policies
from dialer.errors import Invalid, NotFound, WrongState
from dialer.planning.campaigns import CampaignPlanning
from dialer.planning.settings import changed
from dialer.ports.archive import Archive
from dialer.ports.requirements import RequirementRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A step, and for a change what it changed."""

    step: Step
    changes: tuple[Change, ...] = ()


class RequirementPlanning:
    def __init__(self, *, archive: Archive, clock: Clock, policies: Policies, campaigns: CampaignPlanning) -> None:
        self._archive, self._clock, self._policies, self._campaigns = archive, clock, policies, campaigns

    async def find(self, code: str) -> RequirementRow:
        found = await self._archive.requirements.by_code(code)
        if found is None:
            rows = await self._archive.requirements.every()
            there = ", ".join(sorted(row.content.code for row in rows)) or "none yet"
            raise NotFound(f"there is no requirement '{code}'; known: {there}", field="requirement")
        return found

    async def create(self, content: Requirement, *, by: str) -> RequirementRow:
        return await self._archive.requirements.add(content, at=self._clock.now(), by=by)

    async def change(
        self, code: str, wanted: Mapping[str, Any], *, unset: Iterable[str] = (), by: str
    ) -> RequirementRow:
        """A new version to which nobody has agreed yet, unless nothing differs."""
        row = await self.find(code)
        content = changed(row.content, wanted, unset, name=f"requirement {code}")
        if not changes(row.content, content):
            return row
        return await self._archive.requirements.change(
            code, content, expected=row.version, state=_next(row, RequirementOrder.CHANGE), at=self._clock.now(), by=by
        )

    async def agree(self, code: str, party: Party, *, by: str) -> RequirementRow:
        """`by` is the name that stands under it. AGREED once both parties have agreed to the present version."""
        if not by.strip():
            raise Invalid("say who agrees: an agreement needs a name", field="by")
        row = await self.find(code)
        _next(row, RequirementOrder.AGREE)
        step = Step(kind=StepKind.AGREED, at=self._clock.now(), by=by, version=row.version, party=party)
        return await self._archive.requirements.take(code, step, expected=row.state)

    async def make_campaign(
        self, code: str, *, campaign: str, trunks: tuple[str, ...], wanted: Mapping[str, Any], by: str
    ) -> tuple[Campaign, Derivation]:
        """A DRAFT campaign, and what in it follows from the requirement."""
        row = await self.find(code)
        _next(row, RequirementOrder.MAKE_CAMPAIGN)
        derivation = self._derive(row.content, campaign, trunks)
        settings = changed(derivation.settings, wanted, (), name=f"campaign {campaign}")
        note = f"made from requirement {code}, version {row.version}"
        made = await self._campaigns.create(settings, by=by, note=note)
        step = Step(kind=StepKind.CAMPAIGN_MADE, at=self._clock.now(), by=by, version=row.version, words=settings.code)
        await self._archive.requirements.take(code, step, expected=row.state)
        return made, derivation

    async def evaluate(self, code: str, words: str, *, by: str) -> RequirementRow:
        """The result, with the figures of its campaigns as they are now, for whoever asked for it."""
        row = await self.find(code)
        _next(row, RequirementOrder.EVALUATE)
        step = Step(
            kind=StepKind.EVALUATED, at=self._clock.now(), by=by, version=row.version, words=words,
            figures=await self.figures(code),
        )  # fmt: skip
        return await self._archive.requirements.take(code, step, expected=row.state)

    async def figures(self, code: str) -> dict[str, float]:
        """Of all campaigns made from it, together."""
        mine = [c for c in await self._archive.campaigns() if c.settings.requirement == code]
        total = {"leads": 0.0, "attempts": 0.0, "contacts": 0.0, "successes": 0.0, "appointments": 0.0}
        for campaign in mine:
            counts = await self._archive.counts(campaign.campaign_id)
            for name in ("leads", "attempts", "contacts", "successes"):
                total[name] += getattr(counts, name)
            total["appointments"] += _appointments(campaign.settings, counts.dispositions)
        if total["contacts"]:
            total["success_rate"] = total["successes"] / total["contacts"]
        return total

    async def history(self, code: str) -> list[Taken]:
        row = await self.find(code)
        contents = {v.version: v.content for v in await self._archive.requirements.versions(row.requirement_id)}
        return [
            Taken(
                step=step,
                changes=changes(contents[step.version - 1], contents[step.version])
                if step.kind is StepKind.CHANGED
                else (),
            )
            for step in await self._archive.requirements.steps(row.requirement_id)
        ]

    def _derive(self, content: Requirement, campaign: str, trunks: tuple[str, ...]) -> Derivation:
        try:
            plain = CampaignSettings(code=campaign, name=content.title, trunks=trunks, country=content.country)
            return derive(content, code=campaign, trunks=trunks, policy=self._policies.of(plain))
        except NoHours as error:
            raise Invalid(str(error), field="calling_times") from error
        except ValidationError as error:
            raise BadDocument(f"campaign {campaign}", problems_of(error, CampaignSettings)) from error


_POSSIBLE = {
    RequirementOrder.CHANGE: "it was evaluated and stays as it is; write a new one",
    RequirementOrder.AGREE: "both parties have agreed to it already",
    RequirementOrder.MAKE_CAMPAIGN: "planner and requester must agree first (goldenhour requirement agree)",
    RequirementOrder.EVALUATE: "make its campaign first (goldenhour requirement to-campaign)",
}


def _next(row: RequirementRow, order: RequirementOrder) -> RequirementState:
    following = after(row.state, order)
    if following is None:
        why = _POSSIBLE[order]
        if order is RequirementOrder.MAKE_CAMPAIGN and row.state is RequirementState.EVALUATED:
            why = "it was evaluated already; write a new one"
        raise WrongState(f"requirement {row.content.code} is {row.state}: {why}", field="requirement")
    return following


def _appointments(settings: CampaignSettings, counted: Mapping[str, int]) -> int:
    return sum(counted.get(row.code, 0) for row in settings.dispositions if row.appointment)
