"""The facts of a site about one campaign, for the rules that look at it before it starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from campaigns.campaign import Campaign, CampaignSettings
from campaigns.groups import assigned, qualified
from campaigns.lint import Facts, Finding, LeadFacts, ScriptFacts, Severity, TrunkFacts, lint
from campaigns.policy import Policy
from campaigns.script_version import InForce, Shelf
from dialer.clock import Clock
from dialer.engine.engine import Engine
from dialer.engine.settings import Policies
from dialer.engine.staff import person
from dialer.errors import Refused
from dialer.ports.archive import Archive


class LintRefused(Refused):
    """The campaign has errors and does not start; `details["findings"]` lists them."""

    code = "lint"

    def __init__(self, code: str, errors: Iterable[Finding]) -> None:
        found = list(errors)
        lines = [f"{finding.field}: {finding.en}; {finding.do_en}" for finding in found]
        super().__init__(
            "\n".join([f"campaign {code} does not start:", *lines]),
            field=found[0].field,
            details={"findings": [as_row(finding) for finding in found]},
        )


class Linting:
    """`trunks` are the site's; `time_zone` too. `engine` is None while no server runs."""

    def __init__(
        self, *, archive: Archive, clock: Clock, policies: Policies, engine: Engine | None,
        trunks: Mapping[str, TrunkFacts], time_zone: str,
    ) -> None:  # fmt: skip
        self._archive, self._clock, self._policies, self._engine = archive, clock, policies, engine
        self._trunks, self._time_zone = trunks, time_zone

    async def findings(self, campaign: Campaign) -> tuple[Finding, ...]:
        return lint(await self._facts(campaign))

    async def may_start(self, campaign: Campaign) -> tuple[Finding, ...]:
        """The warnings. Raises `LintRefused`. Too few lines are the engine's own refusal, made at the start itself."""
        found = await self.findings(campaign)
        blocking = [f for f in found if f.severity is Severity.ERROR and f.code != "fewer_lines_than_agents"]
        if blocking:
            raise LintRefused(campaign.settings.code, blocking)
        return found

    async def _facts(self, campaign: Campaign) -> Facts:
        settings = campaign.settings
        leads = await self._archive.plans.open_leads(campaign.campaign_id)
        people = [person(agent) for agent in await self._archive.agents() if agent.active]
        serving = [one for one in people if assigned(settings, one)]
        shelf = Shelf.of(await self._archive.released_scripts())
        in_force = shelf.in_force(settings)
        active, groups = {one.agent_id for one in people}, {g.code for g in await self._archive.groups.every()}
        return Facts(
            settings=settings,
            policy=self._policies.of(settings),
            now=self._clock.now(),
            time_zone=self._time_zone,
            trunks=self._trunks,
            worker_lines=None if self._engine is None else self._engine.floor().lines.total,
            agents=tuple(one.agent_id for one in serving),
            unqualified=tuple(one.agent_id for one in serving if not qualified(one, in_force)),
            unknown_groups=tuple(code for code in settings.groups if code not in groups),
            unknown_agents=tuple(name for name in settings.agents if name not in active),
            leads=leads,
            policies=self._packs(settings, leads),
            script=await self._script(settings, in_force),
        )

    async def _script(self, settings: CampaignSettings, in_force: InForce | None) -> ScriptFacts | None:
        kept = await self._archive.scripts.versions(settings.script_name) if settings.script_name else []
        if not kept:
            return None
        found = next((one for one in kept if in_force and one.version == in_force.version), None)
        return ScriptFacts(version=found.version, says=found.content.must_says()) if found else ScriptFacts()

    def _packs(self, settings: CampaignSettings, leads: LeadFacts) -> dict[str, Policy]:
        return {country: self._policies.of(settings, country) for country in leads.by_country if country}


def as_row(finding: Finding) -> dict[str, str]:
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "field": finding.field,
        "en": finding.en,
        "zh": finding.zh,
        "do_en": finding.do_en,
        "do_zh": finding.do_zh,
    }
