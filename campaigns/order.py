"""In which order leads are dialled.

Inside a campaign: promises first (callbacks, then reminders of appointments), then web leads, then everything else by
the lead's priority. A promise has a time and a web lead has a minute; neither can wait for ten thousand fresh leads,
however high their priority number, so the number orders leads within these three tiers and never across them. Within
tier and priority planned follow-ups go first. What is still equal is taken list by list, in proportion to the lists'
shares; inside a list by expected value, a second try before a first one, due time, and at last by the lead's number.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Generic, TypeVar

from campaigns.lead import DueKind, Lead

T = TypeVar("T", bound=Hashable)

LOWEST, HIGHEST = -100, 100  # a lead's priority
STEP: Final = 2  # ranks for each priority
# kind -> the best rank of its tier, and what the kind adds to it
TIERS: Final[Mapping[DueKind, tuple[int, int]]] = {
    DueKind.CALLBACK: (0, 0),
    DueKind.REMINDER: (0, 1),
    DueKind.WEB: (1000, 0),
    DueKind.CADENCE: (2000, 0),
    DueKind.RETRY: (2000, 1),
    DueKind.FRESH: (2000, 1),
}
ANYBODY: Final = ""


def rank(kind: DueKind, priority: int) -> int:
    """Lower is dialled first; leads of equal rank are told apart by list, expected value and due time."""
    tier, more = TIERS[kind]
    return tier + STEP * (HIGHEST - min(max(priority, LOWEST), HIGHEST)) + more


Key = tuple[int, float, bool, datetime, int]


def key(lead: Lead) -> Key:
    """Of an OPEN lead, to sort by. Shares of lists come between the first and the second part."""
    assert lead.due_at is not None
    return rank(lead.due_kind, lead.priority), -lead.value, lead.due_kind is DueKind.FRESH, lead.due_at, lead.lead_id


def lane(lead: Lead, now: datetime) -> str:
    """Who may take it: `ANYBODY`, one agent until his time is over, or whoever has the skill it asks for."""
    if lead.for_agent is not None and (lead.escalates_at is None or lead.escalates_at > now):
        return f"a:{lead.for_agent}"
    return f"s:{lead.skill}" if lead.skill else ANYBODY


def is_open(lane: str, agents_ready: Collection[str] | None, skills: Collection[str] | None) -> bool:
    """Whether somebody is there for it. None: whoever it asks for is there."""
    who, name = lane[:1], lane[2:]
    there = {"a": agents_ready, "s": skills}.get(who)
    return there is None or name in there


@dataclass(frozen=True, slots=True)
class Turns(Generic[T]):
    """Turns in proportion to shares: whoever has had the least for his share is next, so nobody starves.

    Kept in memory: after a restart the proportions begin anew, which changes the first few turns at most. Who was away
    (a list without due leads) takes his place among the others and does not catch up.
    """

    shares: Mapping[T, int] = field(default_factory=dict)  # who is not named has 1
    had: Mapping[T, float] = field(default_factory=dict)  # turns for one share
    reached: float = 0.0  # what whoever was next last had had

    def order(self, waiting: Collection[T], turns: int) -> list[T]:
        """Whose the next `turns` turns are, if all of `waiting` go on waiting; equals by name."""
        found: list[T] = []
        if waiting:
            names = sorted(waiting, key=str)
            had = {name: self._had(name) for name in names}
            for _ in range(turns):
                following = min(names, key=had.__getitem__)
                had[following] += self._turn(following)
                found.append(following)
        return found

    def after(self, served: Iterable[T]) -> Turns[T]:
        had, reached = dict(self.had), self.reached
        for name in served:
            before = max(had.get(name, reached), reached)
            reached, had[name] = before, before + self._turn(name)
        return replace(self, had=had, reached=reached)

    def _had(self, name: T) -> float:
        return max(self.had.get(name, self.reached), self.reached)

    def _turn(self, name: T) -> float:
        return 1.0 / max(self.shares.get(name, 1), 1)


NO_TURNS: Final[Turns[str]] = Turns()
