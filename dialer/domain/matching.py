"""Who can take whom: which attempts are covered by ready agents, and which agent takes an answered customer.

Agents and attempts are counted in groups, so the cost does not grow with the size of the team.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

ANY_WORKER: Final = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """A kind of attempt in flight that has no agent yet. `worker` ANY_WORKER: not placed, so it may go anywhere.

    `whole_line`: there is room beside the customer's leg to call an agent's phone. `skill` is what the customer's
    agent must be able to do, "" nothing special.
    """

    campaign_id: int
    worker: str = ANY_WORKER
    whole_line: bool = True
    skill: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Ready agents that are alike. `worker` holds their open legs; ANY_WORKER: their phones are called on connect."""

    campaigns: frozenset[int]
    worker: str = ANY_WORKER
    skills: frozenset[str] = frozenset()

    def takes(self, demand: Demand) -> bool:
        if demand.campaign_id not in self.campaigns or (demand.skill and demand.skill not in self.skills):
            return False
        if self.worker == ANY_WORKER:
            return demand.whole_line
        return demand.worker in (ANY_WORKER, self.worker)


@dataclass(slots=True)
class Cover:
    """The largest assignment of attempts to teams, grown one attempt at a time along augmenting paths."""

    teams: Mapping[Team, int]
    taken: dict[Team, Counter[Demand]] = field(default_factory=dict)

    def add(self, demand: Demand) -> bool:
        """Cover one more attempt, moving others between teams where that helps; False when nobody is left."""
        return self._place(demand, set())

    def next_team(self, demand: Demand) -> Team | None:
        """Of whom one more is taken when `demand` is added."""
        before = {team: counts.total() for team, counts in self.taken.items()}
        if not self.add(demand):
            return None
        return next(team for team, counts in self.taken.items() if counts.total() > before.get(team, 0))

    def _place(self, demand: Demand, visited: set[Team]) -> bool:
        for team in self.teams:
            if team in visited or not team.takes(demand):
                continue
            visited.add(team)
            counts = self.taken.setdefault(team, Counter())
            if counts.total() < self.teams[team]:
                counts[demand] += 1
                return True
            for other in tuple(+counts):
                if self._place(other, visited):
                    counts[other] -= 1
                    counts[demand] += 1
                    return True
        return False


def cover(teams: Mapping[Team, int], demands: Mapping[Demand, int]) -> tuple[Cover, Counter[Demand]]:
    """The assignment, and what nobody can take."""
    assignment, uncovered = Cover(teams), Counter[Demand]()
    for demand, count in demands.items():
        for done in range(count):
            if not assignment.add(demand):
                uncovered[demand] = count - done
                break
    return assignment, uncovered


def spare(teams: Mapping[Team, int], demands: Mapping[Demand, int], campaign_id: int) -> int:
    """How many more attempts of the campaign ready agents could take besides all those in flight."""
    assignment, _ = cover(teams, demands)
    more = 0
    another = Demand(campaign_id=campaign_id)
    while assignment.add(another):
        more += 1
    return more


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    agent_id: str
    waiting_since: datetime
    campaigns: frozenset[int]
    worker: str = ANY_WORKER
    skills: frozenset[str] = frozenset()

    @property
    def team(self) -> Team:
        return Team(campaigns=self.campaigns, worker=self.worker, skills=self.skills)


def longest_waiting(candidates: Iterable[Candidate], demand: Demand, *, tried: frozenset[str]) -> Candidate | None:
    """Of those who can take it, the agent who has waited longest."""
    able = (c for c in candidates if c.agent_id not in tried and c.team.takes(demand))
    return min(able, key=lambda c: (c.waiting_since, c.agent_id), default=None)


def expendable(candidates: Iterable[Candidate], demands: Mapping[Demand, int], campaign_id: int) -> list[Candidate]:
    """Ready agents of the campaign of whom each one may be kept for a call of his own: without him as many attempts in
    flight are covered as with him."""
    own = list(candidates)
    teams = Counter(c.team for c in own)
    missing = _missing(teams, demands)
    spared = {
        team
        for team in teams
        if campaign_id in team.campaigns and _missing(teams - Counter([team]), demands) <= missing
    }
    return [c for c in own if c.team in spared]


def _missing(teams: Mapping[Team, int], demands: Mapping[Demand, int]) -> int:
    return cover(teams, demands)[1].total()
