"""Who takes part in a rehearsal: agents with their shifts, leads with what is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from campaigns.lead import Lead, LeadNumber
from campaigns.script_version import Released
from dialer.ports import Agent, AttemptRow
from dialer.twin.people import Script, no_log
from dialer.twin.scenario import Kind, LeadList, Scenario, Shift
from dialer.twin.spread import pick, stream

_PREFIX: Final = {"CN": "+86138", "US": "+1212", "GB": "+4477"}
_DIGITS: Final = {"CN": 8, "US": 7, "GB": 8}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """`history`: attempts before the rehearsal. `chances`: of a person, by number, where it is not everybody's.
    `by_number`: fates go with the number and not with the order of dialling."""

    agents: tuple[tuple[Agent, Shift], ...]
    leads: tuple[Lead, ...]
    later: Mapping[int, tuple[Lead, ...]] = field(default_factory=dict)  # day (from 0) -> leads that come in then
    history: tuple[AttemptRow, ...] = ()
    suppressed: Mapping[str, str] = field(default_factory=dict)  # number -> why it is on a do-not-call list
    released: tuple[Released, ...] = ()
    chances: Mapping[str, float] = field(default_factory=dict)
    by_number: bool = False
    script: Script = no_log


def made_up(scenario: Scenario, due_at: datetime) -> Cast:
    """Agents and leads of a scenario that names only how many there are."""
    maker = _Maker(scenario.leads, scenario.seed)
    later = {
        day: maker.leads(scenario.leads.each_day, due_at) for day in range(1, scenario.days) if scenario.leads.each_day
    }
    first = maker.leads(scenario.leads.count, due_at)
    return Cast(agents=agents_of(scenario), leads=first, later=later, chances=maker.chances)


def agents_of(scenario: Scenario, known: Mapping[str, Agent] | None = None) -> tuple[tuple[Agent, Shift], ...]:
    found: list[tuple[Agent, Shift]] = []
    for shift in scenario.agents:
        for n in range(len(shift.agents) or shift.count):
            agent_id = shift.agents[n] if shift.agents else f"agent{len(found) + 1}"
            agent = (known or {}).get(agent_id) or Agent(agent_id=agent_id, name=agent_id, phone=f"sip:{agent_id}@twin")
            groups = agent.groups | frozenset(shift.groups)
            skills = {**agent.skills, **shift.skills}
            found.append((replace(agent, leg_mode=shift.mode, groups=groups, skills=skills), _own(shift, n)))
    return tuple(found)


def _own(shift: Shift, n: int) -> Shift:
    """The shift of the n-th agent: the breaks that he takes."""
    size = len(shift.agents) or shift.count
    return shift.model_copy(update={"breaks": tuple(b for b in shift.breaks if n < round(b.share * size))})


class _Maker:
    def __init__(self, leads: LeadList, seed: int) -> None:
        self._is, self._seed = leads, seed
        self._made = self._numbers = 0
        self.chances: dict[str, float] = {}

    def leads(self, count: int, due_at: datetime) -> tuple[Lead, ...]:
        return tuple(self._lead(due_at) for _ in range(count))

    def _lead(self, due_at: datetime) -> Lead:
        self._made += 1
        chance = stream(self._seed, "lead", self._made)
        kind = self._kind(chance.random())
        numbers = tuple(self._number(n) for n in range(int(pick(self._is.numbers, chance.random()))))
        if kind is not None:
            self.chances.update({number.e164: kind.person for number in numbers})
        return Lead(
            lead_id=self._made, campaign_id=0, name=f"customer {self._made}", numbers=numbers, country=self._is.country,
            time_zone=self._is.time_zone, due_at=due_at, source=kind.source if kind else "", created_at=due_at,
        )  # fmt: skip

    def _kind(self, at: float) -> Kind | None:
        kinds = {str(n): kind.share for n, kind in enumerate(self._is.kinds)}
        return self._is.kinds[int(pick(kinds, at))] if kinds else None

    def _number(self, position: int) -> LeadNumber:
        self._numbers += 1
        country = self._is.country
        e164 = f"{_PREFIX.get(country, '+999')}{self._numbers:0{_DIGITS.get(country, 8)}d}"
        return LeadNumber(number_id=self._numbers, e164=e164, kind="main", position=position)
