"""Agents whom several campaigns share, where one of them places calls before agents are free: each busy agent is
expected by one campaign only, by priority and in turn by the campaigns' shares."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final

from campaigns.campaign import Campaign
from campaigns.order import Turns
from dialer.clock import Clock
from dialer.domain.agent import AgentState
from dialer.engine.agent_desk import AgentDesk
from dialer.engine.campaign_desk import CampaignDesk

_FRESH_S: Final = 1.0
_AWAY: Final = frozenset({AgentState.LOGGED_OUT, AgentState.PAUSED})


class Sharing:
    """`over_dials`: may place calls without an agent. `at_work`: has leads that it may call now."""

    def __init__(
        self, *, agents: AgentDesk, campaigns: CampaignDesk, clock: Clock, over_dials: Callable[[int], bool],
        at_work: Callable[[Campaign], bool],
    ) -> None:  # fmt: skip
        self._agents, self._campaigns, self._clock = agents, campaigns, clock
        self._over_dials, self._at_work = over_dials, at_work
        self._owners: dict[str, int] = {}
        self._served: dict[str, frozenset[int]] = {}
        self._at = -_FRESH_S

    def forget(self) -> None:
        """Agents, campaigns or their settings have changed."""
        self._at = -_FRESH_S

    def serves(self, agent_id: str, campaign_id: int) -> bool:
        self._refresh()
        if agent_id not in self._served:
            self._served[agent_id] = self._campaigns.served_by(agent_id)
        return campaign_id in self._served[agent_id]

    def expects(self, agent_id: str, campaign_id: int) -> bool:
        """Whether this campaign may count on the agent's becoming free."""
        return self.serves(agent_id, campaign_id) and self._owners.get(agent_id, campaign_id) == campaign_id

    def careful(self) -> list[Campaign]:
        """At work, each of their calls with an agent who is ready for it."""
        dialling = self._campaigns.dialling()
        return [one for one in dialling if not self._over_dials(one.campaign_id) and self._at_work(one)]

    def _refresh(self) -> None:
        now = self._clock.monotonic()
        if 0 <= now - self._at < _FRESH_S:
            return
        self._at = now
        self._served = {}
        rivals = [campaign for campaign in self._campaigns.dialling() if self._at_work(campaign)]
        contested = len(rivals) > 1 and any(self._over_dials(campaign.campaign_id) for campaign in rivals)
        self._owners = self._divide({campaign.campaign_id: campaign for campaign in rivals}) if contested else {}

    def _divide(self, rivals: Mapping[int, Campaign]) -> dict[str, int]:
        turns: Turns[int] = Turns(shares={number: c.settings.share for number, c in rivals.items()})
        owners: dict[str, int] = {}
        for agent, seat in sorted(self._agents.seats(), key=lambda pair: pair[0].agent_id):
            if seat.state in _AWAY:
                continue
            self._served[agent.agent_id] = serving = self._campaigns.served_by(agent.agent_id)
            if first := _first(serving & rivals.keys(), rivals):
                [owner] = turns.order(first, 1)
                owners[agent.agent_id] = owner
                turns = turns.after([owner])
        return owners


def _first(serving: Collection[int], rivals: Mapping[int, Campaign]) -> list[int]:
    """Those of the highest priority."""
    highest = max((rivals[number].settings.priority for number in serving), default=0)
    return [number for number in serving if rivals[number].settings.priority == highest]
