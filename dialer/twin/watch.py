"""Sees what happens on the floor of a rehearsal and counts it; asks the store for nothing."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, tzinfo
from typing import Any, Final

from campaigns.attempt import AttemptOutcome
from campaigns.disposition import Disposition
from campaigns.idle import IdleReason
from dialer.domain import events as e
from dialer.domain.agent import AgentState
from dialer.twin.report import AgentRow, HourRow, LinesUsed, Waits, lines_used, waits

_S = AgentState
_BUSY: Final = {_S.ON_CALL: "talk", _S.WRAP_UP: "wrap_up"}
_STAFFED: Final = {**_BUSY, _S.READY: "ready", _S.RESERVED: "ready"}
_SPENT: Final = {**_STAFFED, _S.PAUSED: "paused"}
_DRY: Final = (IdleReason.NO_LEAD_DUE, IdleReason.LIST_EXHAUSTED)


class Watch:
    """A subscriber of the bus. Bounded by the number of conversations (two numbers for each)."""

    def __init__(self, zone: tzinfo, dispositions: Iterable[Disposition]) -> None:
        self._zone = zone
        self._flags = {d.code: d for d in dispositions}
        self.outcomes: Counter[str] = Counter()
        self.dispositions: Counter[str] = Counter()
        self.attempts = self.conversations = self.contacts = self.successes = 0
        self.idle_s: Counter[str] = Counter()
        self.runs_dry_at: datetime | None = None
        self.reached: set[int] = set()  # leads that somebody talked with
        self.appointments = 0
        self._days: dict[date, list[int]] = defaultdict(lambda: [0, 0])  # persons, abandoned
        self._hours: dict[str, Counter[str]] = defaultdict(Counter)
        self._agents: dict[str, Counter[str]] = defaultdict(Counter)
        self._states: dict[str, tuple[AgentState, datetime]] = {}
        self._ready_since: dict[str, datetime] = {}
        self._agent_waits, self._customer_waits = array("d"), array("d")
        self._answered: dict[str, datetime] = {}
        self._idle: tuple[str, datetime] | None = None
        self._legs = 0
        self._legs_since: datetime | None = None
        self._lines: dict[int, float] = defaultdict(float)
        self._second: tuple[int, int] = (0, 0)
        self._fastest = 0

    def take(self, event: e.DomainEvent) -> None:
        if handler := _HANDLERS.get(type(event)):
            handler(self, event)

    # calls
    def _placed(self, event: e.CallPlaced) -> None:
        self.attempts += 1
        self._hour(event.occurred_at)["attempts"] += 1
        self._legs_become(self._legs + 1, event.occurred_at)
        second = int(event.occurred_at.timestamp())
        self._second = (second, self._second[1] + 1 if second == self._second[0] else 1)
        self._fastest = max(self._fastest, self._second[1])

    def _call_answered(self, event: e.CallAnswered) -> None:
        self._answered[event.attempt_id] = event.occurred_at

    def _connected(self, event: e.CallConnected) -> None:
        self.conversations += 1
        answered = self._answered.get(event.attempt_id, event.occurred_at)
        self.reached.add(event.lead_id)
        self._customer_waits.append((event.occurred_at - answered).total_seconds())

    def _ended(self, event: e.CallEnded) -> None:
        self.outcomes[event.outcome] += 1
        self._legs_become(max(self._legs - 1, 0), event.occurred_at)
        self._answered.pop(event.attempt_id, None)
        if event.outcome in (AttemptOutcome.HUMAN, AttemptOutcome.ABANDONED):
            abandoned = event.outcome is AttemptOutcome.ABANDONED
            hour, day = self._hour(event.occurred_at), self._days[event.occurred_at.astimezone(self._zone).date()]
            hour["persons"] += 1
            hour["abandoned"] += abandoned
            day[0] += 1
            day[1] += abandoned

    def _disposed(self, event: e.CallDisposed) -> None:
        self.dispositions[event.code] += 1
        found = self._flags.get(event.code)
        if found is not None:
            self.contacts += found.contact
            self.successes += found.success
            self.appointments += found.appointment
            hour = self._hour(event.occurred_at)
            hour["contacts"] += found.contact
            hour["successes"] += found.success

    # agents
    def _agent(self, event: e.AgentStateChanged) -> None:
        at, agent_id = event.occurred_at, event.agent_id
        self._passes(agent_id, at)
        self._states[agent_id] = (event.state, at)
        if event.state is _S.READY:
            self._ready_since.setdefault(agent_id, at)
        elif event.state is _S.ON_CALL:
            self._agents[agent_id]["conversations"] += 1
            if (since := self._ready_since.pop(agent_id, None)) is not None:
                self._waited(agent_id, (at - since).total_seconds())
        elif event.state is not _S.RESERVED:
            self._ready_since.pop(agent_id, None)

    def _waited(self, agent_id: str, seconds: float) -> None:
        self._agent_waits.append(seconds)
        self._agents[agent_id]["longest"] = max(self._agents[agent_id]["longest"], seconds)  # type: ignore[assignment]

    def _passes(self, agent_id: str, at: datetime) -> None:
        state, since = self._states.get(agent_id, (_S.LOGGED_OUT, at))
        kind = _SPENT.get(state)
        if kind is None:
            return
        seconds = (at - since).total_seconds()
        self._agents[agent_id][kind] += seconds  # type: ignore[assignment]
        if state in _STAFFED:
            hour = self._hour(at)
            hour["staffed"] += seconds  # type: ignore[assignment]
            hour["busy"] += seconds * (state in _BUSY)  # type: ignore[assignment]

    # the campaign
    def _idled(self, event: e.CampaignIdled) -> None:
        self._idle_passes(event.occurred_at)
        self._idle = (event.reason, event.occurred_at)

    def _idle_passes(self, at: datetime) -> None:
        if self._idle is not None and self._idle[0]:
            reason, since = self._idle
            self.idle_s[reason] += int((at - since).total_seconds())

    def looks(self, idle: IdleReason | None, at: datetime) -> None:
        """Asked every so often: whether the list has run dry while somebody was ready."""
        ready = any(state is _S.READY for state, _ in self._states.values())
        if self.runs_dry_at is None and ready and idle in _DRY:
            self.runs_dry_at = at

    # the end
    def closes(self, at: datetime) -> None:
        """No more events; what lasts until now is counted."""
        for agent_id in tuple(self._states):
            self._passes(agent_id, at)
            self._states[agent_id] = (self._states[agent_id][0], at)
        self._idle_passes(at)
        self._idle = None
        self._legs_become(self._legs, at)

    @property
    def persons(self) -> int:
        return sum(persons for persons, _ in self._days.values())

    @property
    def abandoned(self) -> int:
        return sum(abandoned for _, abandoned in self._days.values())

    def worst_day(self) -> tuple[int, int]:
        worst = max(self._days.values(), key=lambda day: day[1] / max(day[0], 1), default=[0, 0])
        return worst[1], worst[0]

    def spent(self, kind: str) -> float:
        """`talk`, `wrap_up`, `ready` or `paused`, of all agents."""
        return float(sum(spent[kind] for spent in self._agents.values()))

    def agents_wait(self) -> Waits:
        return waits(self._agent_waits)

    def customers_wait(self) -> Waits:
        return waits(self._customer_waits)

    def lines(self) -> LinesUsed:
        return lines_used(self._lines, self._fastest)

    def by_hour(self) -> tuple[HourRow, ...]:
        return tuple(_hour_row(hour, counted) for hour, counted in sorted(self._hours.items()))

    def by_agent(self) -> tuple[AgentRow, ...]:
        return tuple(_agent_row(agent_id, spent) for agent_id, spent in sorted(self._agents.items()))

    # inside
    def _hour(self, at: datetime) -> Counter[str]:
        return self._hours[f"{at.astimezone(self._zone):%Y-%m-%dT%H}"]

    def _legs_become(self, legs: int, at: datetime) -> None:
        at_work = any(state in _STAFFED for state, _ in self._states.values())
        if self._legs_since is not None and at_work:
            self._lines[self._legs] += (at - self._legs_since).total_seconds()
        self._legs, self._legs_since = legs, at


def _hour_row(hour: str, counted: Counter[str]) -> HourRow:
    return HourRow(
        hour=hour, attempts=counted["attempts"], persons=counted["persons"], contacts=counted["contacts"],
        successes=counted["successes"], abandoned=counted["abandoned"], busy_s=counted["busy"],
        staffed_s=counted["staffed"],
    )  # fmt: skip


def _agent_row(agent_id: str, spent: Counter[str]) -> AgentRow:
    return AgentRow(
        agent_id=agent_id, conversations=spent["conversations"], talk_s=spent["talk"], wrap_up_s=spent["wrap_up"],
        ready_s=spent["ready"], paused_s=spent["paused"], longest_wait_s=spent["longest"],
    )  # fmt: skip


_HANDLERS: Final[Mapping[type[e.DomainEvent], Callable[[Watch, Any], None]]] = {
    e.CallPlaced: Watch._placed,
    e.CallAnswered: Watch._call_answered,
    e.CallConnected: Watch._connected,
    e.CallEnded: Watch._ended,
    e.CallDisposed: Watch._disposed,
    e.AgentStateChanged: Watch._agent,
    e.CampaignIdled: Watch._idled,
}
