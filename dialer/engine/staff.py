"""Who may get calls of which campaign now: by groups, skills, passed scripts and the daily limit of new agents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from campaigns.campaign import CampaignSettings
from campaigns.groups import Person, assigned, daily_limit, qualified
from campaigns.script_version import Shelf
from campaigns.statistics import EFFECTIVE_CALL_S
from dialer.clock import Clock
from dialer.ports import Agent, Store

_PAGE: Final = 500


class Staff:
    """`find` knows the agents. `shelf` says which version of a script is in force; a script without one asks for no
    qualification."""

    def __init__(self, find: Callable[[str], Agent | None], store: Store, clock: Clock, time_zone: str) -> None:
        self._find, self._store, self._clock, self._zone = find, store, clock, ZoneInfo(time_zone)
        self.shelf = Shelf()
        self._day = self._today()
        self._effective: dict[str, int] = defaultdict(int)  # calls of the day, by agent
        self._people: dict[str, tuple[Agent, Person]] = {}  # asked about at every change of an agent

    async def load(self, agents: list[Agent]) -> None:
        """The scripts, and what capped agents have done today already."""
        await self.load_scripts()
        midnight = datetime.combine(self._today(), time(), self._zone)
        for agent in agents:
            if _limit(agent) is not None:
                self._effective[agent.agent_id] = await self._talks(agent.agent_id, midnight)

    async def load_scripts(self) -> None:
        self.shelf = Shelf.of(await self._store.released_scripts())

    def serves(self, agent_id: str, settings: CampaignSettings) -> bool:
        """Would get its calls now."""
        person = self._person(agent_id)
        script = self.shelf.in_force(settings)
        return assigned(settings, person) and qualified(person, script) and not self.full(agent_id)

    def assigned(self, agent_id: str, settings: CampaignSettings) -> bool:
        """Belongs to it, whether he may take calls just now or not."""
        return assigned(settings, self._person(agent_id))

    def full(self, agent_id: str) -> bool:
        """Has had as many effective calls today as are good for him."""
        agent = self._find(agent_id)
        limit = None if agent is None else _limit(agent)
        return limit is not None and self._count(agent_id) >= limit

    def talked(self, agent_id: str, seconds: float) -> None:
        if seconds > EFFECTIVE_CALL_S:
            self._effective[agent_id] = self._count(agent_id) + 1

    def _count(self, agent_id: str) -> int:
        if self._day != self._today():
            self._day = self._today()
            self._effective.clear()
        return self._effective[agent_id]

    def _today(self) -> date:
        return self._clock.now().astimezone(self._zone).date()

    async def _talks(self, agent_id: str, since: datetime) -> int:
        count, after = 0, ""
        while rows := await self._store.attempts(agent_id=agent_id, since=since, after=after, limit=_PAGE):
            count += sum(
                (row.ended_at - row.connected_at).total_seconds() > EFFECTIVE_CALL_S
                for row in rows
                if row.connected_at and row.ended_at
            )
            after = rows[-1].attempt_id
        return count

    def _person(self, agent_id: str) -> Person:
        agent = self._find(agent_id)
        if agent is None:
            return Person(agent_id=agent_id)
        known = self._people.get(agent_id)
        if known is None or known[0] is not agent:
            known = self._people[agent_id] = (agent, person(agent))
        return known[1]


def person(agent: Agent) -> Person:
    return Person(
        agent_id=agent.agent_id,
        active=agent.active,
        groups=agent.groups,
        skills=frozenset(agent.skills),
        passed=agent.passed,
    )


def _limit(agent: Agent) -> int | None:
    return daily_limit(newcomer=agent.newcomer, daily_cap=agent.daily_cap)
