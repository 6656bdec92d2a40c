"""Lines must never be fewer than agents: asked when a campaign starts or is changed while it dials, and when an agent
joins one that dials."""

from __future__ import annotations

from collections.abc import Iterable

from campaigns.campaign import Campaign, CampaignSettings, CampaignState
from campaigns.groups import assigned, named
from campaigns.pilot import PilotPlan
from dialer.engine.agent_desk import AgentDesk
from dialer.engine.campaign_desk import CampaignDesk
from dialer.engine.pilot_book import PilotBook
from dialer.engine.staff import person
from dialer.errors import FewerLinesThanAgents
from dialer.ports import Agent
from sip.telephony import Telephony
from sip.trunks import Trunk


class LinesCheck:
    def __init__(
        self, telephony: Telephony, trunks: Iterable[Trunk], agents: AgentDesk, campaigns: CampaignDesk,
        pilots: PilotBook,
    ) -> None:  # fmt: skip
        self._telephony, self._trunks = telephony, tuple(trunks)
        self._agents, self._campaigns, self._pilots = agents, campaigns, pilots

    def may_start(self, campaign: Campaign) -> None:
        """Assigned agents count before they log in. Raises `FewerLinesThanAgents`."""
        agents = self._assigned(campaign.settings) or self._at_work(campaign)
        self._check(campaign, agents, "add lines or assign fewer agents")

    def may_pilot(self, campaign: Campaign, plan: PilotPlan) -> None:
        """Only the pilot's agents count, at work or not. Raises `FewerLinesThanAgents`."""
        self._check(campaign, len(plan.agents), "add lines or take fewer agents into the pilot")

    def may_change(self, campaign: Campaign) -> None:
        """Of one that dials, to these settings. Raises `FewerLinesThanAgents`."""
        plan = self._pilots.plan(campaign.campaign_id) if campaign.state is CampaignState.PILOT else None
        named = self._assigned(campaign.settings) if plan is None else len(plan.agents)
        agents = max(named, self._at_work(campaign))
        self._check(campaign, agents, "keep enough lines, or pause the campaign before")

    def may_log_in(self, agent_id: str) -> None:
        """Only for one who is not logged in yet: nobody is sent away. Raises `FewerLinesThanAgents`."""
        serves = self._campaigns.served_by(agent_id)
        for campaign in self._campaigns.dialling():
            if campaign.campaign_id in serves:
                self._check(
                    campaign,
                    self._at_work(campaign) + 1,
                    f"add lines or log another agent out before {agent_id} logs in",
                )

    def may_serve(self, agent: Agent) -> None:
        """Of one who is at work, with other groups or skills than now. Raises `FewerLinesThanAgents`."""
        if agent.agent_id not in self._agents.logged_in():
            return
        serves = self._campaigns.served_by(agent.agent_id)
        for campaign in self._campaigns.dialling():
            if campaign.campaign_id not in serves and assigned(campaign.settings, person(agent)):
                self._check(
                    campaign,
                    self._at_work(campaign) + 1,
                    f"add lines or log another agent out before {agent.agent_id} joins",
                )

    def _assigned(self, settings: CampaignSettings) -> int:
        """Who is named for it, at work or not; 0 where that is everybody."""
        if not named(settings):
            return 0
        members = {agent.agent_id for agent, _ in self._agents.seats() if assigned(settings, person(agent))}
        return len(members if settings.skills else members | set(settings.agents))

    def _at_work(self, campaign: Campaign) -> int:
        return sum(self._campaigns.serves(agent_id, campaign) for agent_id in self._agents.logged_in())

    def _check(self, campaign: Campaign, agents: int, remedy: str) -> None:
        where, lines = min(self._limits(campaign).items(), key=lambda item: item[1])
        if lines < agents:
            raise FewerLinesThanAgents(
                f"{lines} lines for {agents} agents in campaign {campaign.settings.code}: "
                f"{where} must give at least one line for each agent; {remedy}",
                field="lines",
                details={"lines": lines, "agents": agents, "limited_by": where, "campaign": campaign.settings.code},
            )

    def _limits(self, campaign: Campaign) -> dict[str, int]:
        settings = campaign.settings
        trunk_lines = sum(trunk.lines for trunk in self._trunks if trunk.name in settings.trunks)
        return {
            "the line workers": self._telephony.capacity().total,
            "the trunks": trunk_lines,
            "the campaign": settings.lines or trunk_lines,
        }
