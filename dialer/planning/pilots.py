"""Pilots (试呼) as planners run them: a plan is started, the report is read, go, adjust or stop is decided."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from campaigns.campaign import Campaign, CampaignSettings, CampaignState, after
from campaigns.changes import Change, changes
from campaigns.groups import Person, assigned, qualified
from campaigns.lint import Finding
from campaigns.pilot import AgentNote, PilotDecision, PilotPlan, PilotReport, problems, report
from campaigns.script_version import InForce, Shelf
from campaigns.statistics import CampaignStatistics, summarise
from dialer.clock import Clock
from dialer.domain.events import CampaignStateChanged, DomainEvent, PilotDecided
from dialer.engine.engine import Engine
from dialer.engine.pilot_desk import decided_order
from dialer.engine.staff import person
from dialer.errors import Invalid, NoServer, NotFound, WrongState
from dialer.planning.import_values import rows_of
from dialer.planning.lint import Linting
from dialer.planning.outlook import Outlook
from dialer.planning.settings import known
from dialer.ports.archive import Archive
from dialer.ports.pilots import PilotRow
from dialer.ports.plans import CampaignVersion, StateChange

NOTES: Final = 50  # of agents, in a report
_CALLS: Final = 1000  # looked through for them
_REPORT: Final = TypeAdapter(PilotReport)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pilot:
    """`report`: as of now, and once it was decided as it was then. `changed_after`: what an adjustment changed between
    the decision and the next pilot or start, or until now."""

    row: PilotRow
    report: PilotReport | None
    changed: tuple[Change, ...] = ()
    changed_after: tuple[Change, ...] = ()


class PilotPlanning:
    """`engine` is None while no server runs: then nothing dials, and a pilot can be read, adjusted and stopped."""

    def __init__(
        self, *, archive: Archive, clock: Clock, engine: Engine | None, linting: Linting, outlook: Outlook
    ) -> None:
        self._archive, self._clock, self._engine = archive, clock, engine
        self._linting, self._outlook = linting, outlook

    async def start(
        self, campaign: Campaign, plan: PilotPlan, *, groups: Sequence[str] = (), by: str
    ) -> tuple[Finding, ...]:
        """The warnings. `groups`: their members take part too. Raises `LintRefused`, `Invalid` for a plan that is none,
        `WrongState`, `FewerLinesThanAgents` or `NoServer`."""
        engine = self._running("a pilot dials")
        full = await self._with_agents(campaign.settings, plan, groups)
        warnings = await self._linting.may_start(campaign)
        await engine.pilots.start(campaign.settings.code, full, by=by)
        return warnings

    async def resume(self, campaign: Campaign, *, by: str) -> tuple[Finding, ...]:
        """Of one that was paused: the count goes on."""
        engine = self._running("a pilot dials")
        warnings = await self._linting.may_start(campaign)
        await engine.pilots.resume(campaign.settings.code, by=by)
        return warnings

    async def undecided(self, campaign: Campaign) -> PilotRow | None:
        rows = await self._archive.pilots.of_campaign(campaign.campaign_id)
        return rows[-1] if rows and rows[-1].decision is None else None

    async def latest(self, campaign: Campaign) -> Pilot:
        found = await self.history(campaign)
        if not found:
            code = campaign.settings.code
            raise NotFound(f"campaign {code} had no pilot yet; start one with: goldenhour pilot start {code}")
        last = found[-1]
        return last if last.report is not None else replace(last, report=await self._report(campaign, last.row))

    async def history(self, campaign: Campaign) -> list[Pilot]:
        """From the first to the last; one that is not decided has no report here."""
        rows = await self._archive.pilots.of_campaign(campaign.campaign_id)
        versions = await self._archive.plans.versions(campaign.campaign_id)
        states = await self._archive.plans.states(campaign.campaign_id)
        following = [*(row.started_at for row in rows[1:]), None]
        return [
            _pilot(row, _adjusted(row, _until(row, following_at, states), versions))
            for row, following_at in zip(rows, following, strict=False)
        ]

    async def decide(self, campaign: Campaign, decision: PilotDecision, *, by: str, remark: str) -> tuple[Finding, ...]:
        """Kept with what was changed and the report as it is now. Go starts the campaign: it needs a server and passes
        lint. Raises `WrongState` where nothing is to be decided."""
        row = await self.undecided(campaign)
        if row is None:
            code = campaign.settings.code
            raise WrongState(f"campaign {code} has no pilot to decide about; goldenhour pilot list {code} shows them")
        decided_order(campaign, decision)
        warnings: tuple[Finding, ...] = ()
        if decision is PilotDecision.GO:
            self._running("go starts the dialling; adjust and stop can be decided without it")
            warnings = await self._linting.may_start(campaign)
        event = await self._decided(campaign, row, decision, by=by, remark=remark)
        if self._engine is not None:
            await self._engine.pilots.decide(campaign.settings.code, event)
        else:
            await self._archive.record([event, *_moved(campaign, event)])
        return warnings

    def _running(self, why: str) -> Engine:
        if self._engine is None:
            raise NoServer(f"no server is running, and {why}; start it with: goldenhour serve --config goldenhour.toml")
        return self._engine

    async def _decided(
        self, campaign: Campaign, row: PilotRow, decision: PilotDecision, *, by: str, remark: str
    ) -> PilotDecided:
        versions = await self._archive.plans.versions(campaign.campaign_id)
        found = await self._report(campaign, row)
        return PilotDecided(
            occurred_at=self._clock.now(),
            pilot_id=row.pilot_id,
            campaign_id=campaign.campaign_id,
            decision=decision.value,
            version=campaign.version,
            by=by,
            remark=remark,
            changed=tuple(asdict(one) for one in changes(_of(versions, row.version), campaign.settings)),
            report=_REPORT.dump_python(found, mode="json"),
        )

    async def _report(self, campaign: Campaign, row: PilotRow) -> PilotReport:
        figures = await self._figures(campaign, row.started_at)
        return report(
            row.plan,
            figures,
            started_at=row.started_at,
            ended_at=row.ended_at,
            forecast=await self._outlook.forecast(campaign, since=row.started_at),
            notes=await self._notes(campaign, row.started_at),
            open_hours=await self._outlook.open_hours(campaign),
        )

    async def _figures(self, campaign: Campaign, since: datetime) -> CampaignStatistics:
        imported, usable = rows_of(await self._archive.imports(campaign.campaign_id))
        return summarise(
            await self._archive.counts(campaign.campaign_id, since=since),
            dispositions=campaign.settings.dispositions,
            imported=imported,
            usable=usable,
        )

    async def _notes(self, campaign: Campaign, since: datetime) -> list[AgentNote]:
        rows = await self._archive.attempts(campaign_id=campaign.campaign_id, since=since, limit=_CALLS)
        found = [
            AgentNote(agent=row.agent_id or "", disposition=row.disposition or "", note=row.note)
            for row in rows
            if row.note
        ]
        return found[:NOTES]

    async def _with_agents(self, settings: CampaignSettings, plan: PilotPlan, groups: Sequence[str]) -> PilotPlan:
        """The plan with the groups' members. Raises `Invalid`."""
        people = {agent.agent_id: person(agent) for agent in await self._archive.agents() if agent.active}
        known("agents", plan.agents, list(people))
        known("groups", groups, [group.code for group in await self._archive.groups.every()])
        members = [name for name, one in sorted(people.items()) if not one.groups.isdisjoint(groups)]
        full = replace(plan, agents=tuple(dict.fromkeys((*plan.agents, *members))) if members else plan.agents)
        if found := problems(full):
            raise Invalid("\n".join(found), field=_field(found[0]))
        shelf = Shelf.of(await self._archive.released_scripts())
        _may_take_part((people[name] for name in full.agents), settings, shelf.in_force(settings))
        return full


def _may_take_part(people: Iterable[Person], settings: CampaignSettings, script: InForce | None) -> None:
    for one in people:
        if not assigned(settings, one):
            raise Invalid(
                f"agents: {one.agent_id} does not serve campaign {settings.code}; assign the agent or take another",
                field="agents",
            )
        if not qualified(one, script):
            raise Invalid(
                f"agents: {one.agent_id} has not passed script {settings.script_name} yet; "
                "a pilot takes trained agents",
                field="agents",
            )


def _field(problem: str) -> str:
    found = re.match(r"\w+", problem)
    return found.group() if found else ""


def _moved(campaign: Campaign, event: PilotDecided) -> list[DomainEvent]:
    """Without an engine, in the same transaction."""
    order = decided_order(campaign, PilotDecision(event.decision))
    state = None if order is None else after(campaign.state, order)
    if state is None:
        return []
    return [
        CampaignStateChanged(
            occurred_at=event.occurred_at, campaign_id=campaign.campaign_id, previous=campaign.state, state=state,
            by=event.by,
        )
    ]  # fmt: skip


def _pilot(row: PilotRow, changed_after: tuple[Change, ...]) -> Pilot:
    return Pilot(
        row=row,
        report=None if row.report is None else _REPORT.validate_python(row.report),
        changed=tuple(Change(**one) for one in row.changed),
        changed_after=changed_after,
    )


def _until(row: PilotRow, following_at: datetime | None, states: Iterable[StateChange]) -> datetime | None:
    """When what was adjusted was put to use: the next pilot or start. None: not yet."""
    decided_at = row.decided_at
    if decided_at is None:
        return None
    starts = [move.at for move in states if move.at > decided_at and move.state is CampaignState.RUNNING]
    return min([*starts, *([following_at] if following_at else [])], default=None)


def _adjusted(row: PilotRow, until: datetime | None, versions: Sequence[CampaignVersion]) -> tuple[Change, ...]:
    if row.decision is not PilotDecision.ADJUST or row.decided_version is None:
        return ()
    used = [version for version in versions if until is None or version.changed_at <= until]
    return changes(_of(versions, row.decided_version), used[-1].settings)


def _of(versions: Iterable[CampaignVersion], number: int) -> CampaignSettings:
    return next(version.settings for version in versions if version.version == number)
