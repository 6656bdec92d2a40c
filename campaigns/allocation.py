"""Who is to call whom: a rule that gives leads an owner or asks for a skill.

Written as one line:

    owner                                   the owner the list names, where it is one of the agents
    round_robin:li,wang,zhao                in turn
    evenly:li,wang,zhao                     whoever has the fewest open leads
    region:上海=li|wang,北京=zhao,*=chen     by a field of the list; `region(城市):...` names the field
    segment:renewal=li|wang,claims=+claims  by line of business; +NAME asks for a skill in place of an agent
    skill:english=li|wang                   by the skill the lead asks for

A lead that has an owner keeps it, whatever the rule says.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

OTHERS: Final = "*"
REGION_FIELDS: Final = ("region", "province", "state", "city", "area", "地区", "省份", "省", "城市", "区域")
_SHAPE: Final = re.compile(r"^\s*(\w+)\s*(?:\(([^()]*)\))?\s*(?::(.*))?$", re.DOTALL)


class AllocationError(ValueError):
    """The rule cannot be understood or followed; the message says why and what to do."""


class By(StrEnum):
    OWNER = "owner"
    ROUND_ROBIN = "round_robin"
    EVENLY = "evenly"
    REGION = "region"
    SEGMENT = "segment"
    SKILL = "skill"


class Target(NamedTuple):
    """`agents` share evenly what is theirs."""

    agents: tuple[str, ...] = ()
    skill: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationRule:
    by: By
    agents: tuple[str, ...] = ()  # for round robin and evenly
    targets: Mapping[str, Target] = field(default_factory=dict)  # value, or OTHERS, -> who
    region_field: str = ""

    def named(self) -> set[str]:
        """Every agent the rule speaks of."""
        return {*self.agents, *(agent for target in self.targets.values() for agent in target.agents)}

    def check(self, agents: Mapping[str, bool]) -> None:
        """`agents` are all there are, true for the active ones. Raises `AllocationError`."""
        unknown = sorted(self.named() - agents.keys())
        if unknown:
            known = ", ".join(sorted(agents)) or "none yet"
            raise AllocationError(f"allocation: there is no agent {', '.join(unknown)}; known: {known}")
        inactive = sorted(name for name in self.named() if not agents[name])
        if inactive:
            raise AllocationError(f"allocation: agent {', '.join(inactive)} is not active; leave out or activate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What a rule looks at in a lead."""

    owner: str = ""
    skill: str = ""
    segment: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


class Placement(NamedTuple):
    """`placed` is false for a lead that has no owner and for which the rule has no answer."""

    owner: str
    skill: str
    placed: bool


def parse_allocation(text: str) -> AllocationRule:
    """Raises `AllocationError`."""
    shape = _SHAPE.match(text)
    kinds = ", ".join(By)
    if shape is None or shape[1].lower() not in set(By):
        raise AllocationError(f"allocation {text!r} is not understood; write one of {kinds}, such as evenly:li,wang")
    by, region_field, rest = By(shape[1].lower()), (shape[2] or "").strip(), (shape[3] or "").strip()
    items = [item.strip() for item in rest.split(",") if item.strip()]
    if region_field and by is not By.REGION:
        raise AllocationError(f"allocation: only region names a field in brackets, {by} does not")
    if by is By.OWNER:
        if items:
            raise AllocationError("allocation: owner stands alone, it takes whom the list names")
        return AllocationRule(by=by)
    if not items:
        raise AllocationError(f"allocation: {by} names nobody; write {_example(by)}")
    if by in (By.ROUND_ROBIN, By.EVENLY):
        return AllocationRule(by=by, agents=_agents(items))
    return AllocationRule(by=by, targets=_targets(by, items), region_field=region_field)


def _example(by: By) -> str:
    return f"{by}:li,wang" if by in (By.ROUND_ROBIN, By.EVENLY) else f"{by}:VALUE=li|wang,{OTHERS}=chen"


def _agents(items: list[str]) -> tuple[str, ...]:
    twice = sorted({item for item in items if items.count(item) > 1})
    if twice:
        raise AllocationError(f"allocation: {', '.join(twice)} is named twice")
    return tuple(items)


def _targets(by: By, items: list[str]) -> dict[str, Target]:
    targets: dict[str, Target] = {}
    for item in items:
        value, separator, who = item.partition("=")
        key = value.strip().casefold()
        if not separator or not key or not who.strip():
            raise AllocationError(f"allocation: {item!r} is not understood; write {_example(by)}")
        if key in targets:
            raise AllocationError(f"allocation: {value.strip()} is named twice")
        names = [name.strip() for name in who.split("|") if name.strip()]
        skills = [name[1:].strip() for name in names if name.startswith("+")]
        if len(skills) > 1:
            raise AllocationError(f"allocation: {item!r} asks for {len(skills)} skills; a lead has one")
        targets[key] = Target(_agents([name for name in names if not name.startswith("+")]), "".join(skills))
    return targets


class Allocator:
    """Follows a rule through a list. The same leads in the same order go to the same agents."""

    def __init__(self, rule: AllocationRule, *, load: Mapping[str, int], agents: Collection[str]) -> None:
        """`load` are the open leads each agent owns now; `agents` the active ones."""
        self._rule = rule
        self._load = {agent: load.get(agent, 0) for agent in rule.named()}
        self._agents = frozenset(agents)
        self._turn = 0

    def place(self, lead: Candidate) -> Placement:
        if self._rule.by is By.OWNER:
            known = lead.owner in self._agents
            return Placement(lead.owner if known else "", lead.skill, known)
        if lead.owner:
            self._count(lead.owner)
            return Placement(lead.owner, lead.skill, True)
        target = self._target(lead)
        if target is None or (not target.agents and not target.skill):
            return Placement("", lead.skill, False)
        owner = self._next(target.agents)
        self._count(owner)
        return Placement(owner, lead.skill or target.skill, True)

    def _target(self, lead: Candidate) -> Target | None:
        rule = self._rule
        if rule.agents:
            return Target(rule.agents)
        value = {By.SEGMENT: lead.segment, By.SKILL: lead.skill}.get(rule.by)
        if value is None:
            value = region_of(lead.fields, rule.region_field)
        return rule.targets.get(value.strip().casefold() or OTHERS, rule.targets.get(OTHERS))

    def _next(self, agents: tuple[str, ...]) -> str:
        if not agents:
            return ""
        if self._rule.by is By.ROUND_ROBIN:
            self._turn += 1
            return agents[(self._turn - 1) % len(agents)]
        return min(agents, key=lambda agent: self._load[agent])  # the first named of those with the fewest

    def _count(self, owner: str) -> None:
        if owner in self._load:
            self._load[owner] += 1


def region_of(fields: Mapping[str, str], name: str = "") -> str:
    """Of the field `name`, else of the first one whose name says that it is a region."""
    wanted = (name.casefold(),) if name else REGION_FIELDS
    by_name = {title.casefold(): value for title, value in fields.items()}
    return next((by_name[title] for title in wanted if by_name.get(title)), "")
