"""Who is there to take a customer: ready agents, the campaigns they serve and the workers that hold their legs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from campaigns.campaign import CampaignSettings
from dialer.domain.agent import AgentState
from dialer.domain.matching import Candidate, Demand, Team, cover, expendable, longest_waiting, spare
from dialer.domain.seat import Seat
from dialer.engine.agent_desk import AgentDesk
from dialer.engine.campaign_desk import CampaignDesk
from dialer.engine.live_call import LiveCall
from dialer.engine.open_legs import OpenLegs
from dialer.ports import Agent

_AT_WORK: Final = frozenset({AgentState.READY, AgentState.RESERVED, AgentState.ON_CALL, AgentState.WRAP_UP})


class Staffing:
    def __init__(self, agents: AgentDesk, open_legs: OpenLegs, campaigns: CampaignDesk) -> None:
        self._agents, self._open_legs, self._campaigns = agents, open_legs, campaigns
        # Calls whose agents this customer must leave alone.
        self.certain: Callable[[LiveCall], Counter[Demand]] = lambda _: Counter()

    def candidates(self) -> list[Candidate]:
        return [self._candidate(agent, seat) for agent, seat in self._agents.ready_seats()]

    def _candidate(self, agent: Agent, seat: Seat) -> Candidate:
        return Candidate(
            agent_id=agent.agent_id,
            waiting_since=seat.waiting_since or seat.since,
            campaigns=self._campaigns.served_by(agent.agent_id),
            worker=self._open_legs.worker(agent.agent_id),
            skills=frozenset(agent.skills),
        )

    def teams(self) -> Counter[Team]:
        return Counter(c.team for c in self.candidates())

    def take(self, live: LiveCall) -> str | None:
        """The agent for an answered customer."""
        candidates = self.candidates()
        if certain := self.certain(live):
            candidates = expendable(candidates, certain, live.call.campaign_id)
        found = longest_waiting(candidates, live.demand, tried=live.tried)
        return found.agent_id if found else None

    def coming(self, campaign_id: int, demands: Counter[str]) -> list[Candidate]:
        """Whose call may be placed before anybody is free: agents at work who stay, on the worker that has most of
        them for the calls it carries already (`demands`, by worker)."""
        staying = [
            (agent, seat)
            for agent, seat in self._agents.seats()
            if seat.state in _AT_WORK and seat.wish is None and campaign_id in self._campaigns.served_by(agent.agent_id)
        ]
        by_worker: dict[str, list[Candidate]] = {}
        for agent, seat in staying:
            one = self._candidate(agent, seat)
            by_worker.setdefault(one.worker, []).append(one)
        if not by_worker:
            return []
        return by_worker[max(sorted(by_worker), key=lambda name: len(by_worker[name]) - demands[name])]

    def reserve(self, agent_id: str, live: LiveCall) -> None:
        """Nobody else gets him until the call has let him go."""
        live.agent_id = agent_id
        self._agents.reserve(agent_id, live.attempt_id)

    def holds(self, agent_id: str, attempt_id: str) -> bool:
        return self._agents.holds(agent_id, attempt_id)

    def has_skill(self, agent_id: str, skill: str) -> bool:
        agent = self._agents.find(agent_id)
        return agent is not None and skill in agent.skills

    def script_of(self, settings: CampaignSettings) -> str:
        return self._campaigns.script_of(settings)

    def skills_of(self, agents: Iterable[str]) -> set[str]:
        found = (self._agents.find(agent_id) for agent_id in agents)
        return {skill for agent in found if agent is not None for skill in agent.skills}

    def ready(self, campaign_id: int) -> int:
        return len(self._serving(campaign_id))

    def with_open_leg(self, campaign_id: int) -> int:
        return sum(bool(self._open_legs.worker(agent_id)) for agent_id in self._serving(campaign_id))

    def _serving(self, campaign_id: int) -> list[str]:
        campaign = self._campaigns.by_id(campaign_id)
        if campaign is None:
            return []
        ready = (agent.agent_id for agent, _ in self._agents.ready_seats())
        return [agent_id for agent_id in ready if self._campaigns.serves(agent_id, campaign)]

    def spare(self, campaign_id: int, demands: Counter[Demand]) -> int:
        return spare(self.teams(), demands, campaign_id)

    def uncovered(self, demands: Counter[Demand]) -> Counter[Demand]:
        return cover(self.teams(), demands)[1]

    def needed(self, agent_id: str, demands: Counter[Demand]) -> bool:
        """Without this ready agent fewer of the attempts would find one."""
        candidates = self.candidates()
        without = Counter(c.team for c in candidates if c.agent_id != agent_id)
        missing = cover(without, demands)[1].total()
        return missing > cover(Counter(c.team for c in candidates), demands)[1].total()

    def next_team(self, campaign_id: int, demands: Counter[Demand]) -> list[Candidate]:
        """The agents, longest waiting first, of whom one would cover another attempt; nobody when all are covered."""
        assignment, _ = cover(self.teams(), demands)
        team = assignment.next_team(Demand(campaign_id=campaign_id))
        alike = [c for c in self.candidates() if c.team == team]
        return sorted(alike, key=lambda c: (c.waiting_since, c.agent_id))

    def expendable(self, campaign_id: int, demands: Counter[Demand]) -> list[Candidate]:
        """Ready agents who may be kept for one certain customer, because no attempt in flight counts on them."""
        return expendable(self.candidates(), demands, campaign_id)
