"""A campaign's figures as telemarketing centres count them, each rate with how sure it is."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from campaigns.attempt import AttemptOutcome
from campaigns.campaign import WEEKDAYS, Weekday
from campaigns.disposition import Disposition
from campaigns.lead import LeadState

EFFECTIVE_CALL_S: Final = 30.0  # a contact longer than this is an effective call
_Z95: Final = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptCounts:
    """Attempts made with one version of a script."""

    attempts: int
    contacts: int
    successes: int
    dispositions: Mapping[str, int]


class Counts(Protocol):
    """What was counted. `by_agent`: agent -> calls, contacts, successes, effective_calls, talk_s. `by_hour`: local
    "YYYY-MM-DDTHH" -> attempts, humans, successes."""

    @property
    def leads(self) -> int: ...
    @property
    def leads_by_state(self) -> Mapping[str, int]: ...
    @property
    def attempts(self) -> int: ...
    @property
    def outcomes(self) -> Mapping[str, int]: ...
    @property
    def dispositions(self) -> Mapping[str, int]: ...
    @property
    def connected(self) -> int: ...
    @property
    def answered_by_person(self) -> int: ...
    @property
    def contacts(self) -> int: ...
    @property
    def successes(self) -> int: ...
    @property
    def effective_calls(self) -> int: ...
    @property
    def talk_s(self) -> float: ...
    @property
    def recordings(self) -> int: ...
    @property
    def recording_s(self) -> float: ...
    @property
    def answer_to_agent_ms(self) -> Sequence[float]: ...
    @property
    def customer_waits_ms(self) -> Sequence[float]: ...
    @property
    def connected_in_time(self) -> int: ...
    @property
    def connected_late(self) -> int: ...
    @property
    def by_agent(self) -> Mapping[str, Mapping[str, float]]: ...
    @property
    def by_hour(self) -> Mapping[str, Mapping[str, int]]: ...
    @property
    def by_script(self) -> Mapping[str, ScriptCounts]: ...


@dataclass(frozen=True, slots=True)
class Rate:
    """`value` is None where there is nothing to divide by; `low` and `high` are the 95 % Wilson interval."""

    hits: int
    of: int
    value: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Of all values, by nearest rank; None where there are none."""

    count: int
    p50: float | None
    p95: float | None
    max: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HourFigures:
    """`hour` is local: a date and hour, or only the hour of the day where days are put together."""

    hour: str
    attempts: int
    contact_rate: Rate
    success_rate: Rate  # per attempt: what an hour of dialling is worth


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekdayHour:
    weekday: Weekday
    hour: int
    attempts: int
    contact_rate: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFigures:
    agent: str
    calls: int
    contacts: int
    successes: int
    effective_calls: int
    talk_s: float
    mean_talk_s: float | None
    success_rate: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    name: str
    count: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptFigures:
    """`script` is name and version, "" for attempts made without one."""

    script: str
    attempts: int
    contacts: int
    successes: int
    success_rate: Rate
    refusal_reasons: tuple[Share, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignStatistics:
    leads: int
    leads_by_state: dict[str, int]
    completion: Rate  # leads that are not open any more, of all
    attempts: int
    in_flight: int
    outcomes: dict[str, int]
    dispositions: dict[str, int]
    connected: int
    abandoned: int  # by the policy's definition: with those who got an agent only after the limit
    connected_late: int
    contacts: int
    successes: int
    effective_calls: int
    contact_rate: Rate  # answered by a person, of attempts
    right_party_contact_rate: Rate  # contacts, of attempts
    success_rate: Rate  # successes, of contacts
    deal_rate: Rate  # successes, of leads
    abandonment_rate: Rate  # abandoned, of answered by a person
    effective_rate: Rate  # effective calls, of contacts
    data_qualified_rate: Rate  # usable rows, of rows imported
    talk_s: float
    mean_talk_s: float | None
    recordings: int
    recording_s: float
    answer_to_agent_ms: Percentiles
    customer_wait_ms: Percentiles  # of every person who answered, abandoned ones included
    served_in_time: Rate  # an agent within the limit, of answered by a person
    refusal_reasons: tuple[Share, ...]
    by_agent: tuple[AgentFigures, ...] = field(default=())
    by_hour: tuple[HourFigures, ...] = field(default=())
    by_hour_of_day: tuple[HourFigures, ...] = field(default=())
    by_weekday_hour: tuple[WeekdayHour, ...] = field(default=())
    by_script: tuple[ScriptFigures, ...] = field(default=())


def wilson(hits: int, of: int) -> Rate:
    """Raises `ValueError` unless 0 <= hits <= of."""
    if not 0 <= hits <= of:
        raise ValueError(f"{hits} hits of {of} make no rate")
    if of == 0:
        return Rate(0, 0, None, 0.0, 1.0)
    p, z2 = hits / of, _Z95 * _Z95
    middle = (p + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z95 * math.sqrt(p * (1 - p) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return Rate(hits, of, p, max(min(middle - half, p), 0.0), min(max(middle + half, p), 1.0))


def percentiles(values: Iterable[float]) -> Percentiles:
    ordered = sorted(values)
    if not ordered:
        return Percentiles(0, None, None, None)
    return Percentiles(len(ordered), _nearest(ordered, 0.50), _nearest(ordered, 0.95), ordered[-1])


def summarise(
    counts: Counts, *, dispositions: Iterable[Disposition] = (), imported: int = 0, usable: int = 0
) -> CampaignStatistics:
    """`dispositions` name the refusal reasons; `imported` are the rows of all lists, of those
    brought again only what is new in them, `usable` the accepted ones."""
    abandoned = counts.outcomes.get(AttemptOutcome.ABANDONED, 0) + counts.connected_late
    known = tuple(dispositions)
    closed = counts.leads - counts.leads_by_state.get(LeadState.OPEN, 0)
    return CampaignStatistics(
        leads=counts.leads,
        leads_by_state=dict(counts.leads_by_state),
        completion=wilson(closed, counts.leads),
        attempts=counts.attempts,
        in_flight=max(counts.attempts - sum(counts.outcomes.values()), 0),
        outcomes=dict(counts.outcomes),
        dispositions=dict(counts.dispositions),
        connected=counts.connected,
        abandoned=abandoned,
        connected_late=counts.connected_late,
        contacts=counts.contacts,
        successes=counts.successes,
        effective_calls=counts.effective_calls,
        contact_rate=_part(counts.answered_by_person, counts.attempts),
        right_party_contact_rate=_part(counts.contacts, counts.attempts),
        success_rate=_part(counts.successes, counts.contacts),
        deal_rate=_part(counts.successes, counts.leads),
        abandonment_rate=_part(abandoned, counts.answered_by_person),
        effective_rate=_part(counts.effective_calls, counts.contacts),
        data_qualified_rate=_part(usable, imported),
        talk_s=counts.talk_s,
        mean_talk_s=_mean(counts.talk_s, counts.connected),
        recordings=counts.recordings,
        recording_s=counts.recording_s,
        answer_to_agent_ms=percentiles(counts.answer_to_agent_ms),
        customer_wait_ms=percentiles(counts.customer_waits_ms),
        served_in_time=_part(counts.connected_in_time, len(counts.customer_waits_ms)),
        refusal_reasons=refusal_shares(counts.dispositions, known),
        by_agent=tuple(_agent(name, row) for name, row in sorted(counts.by_agent.items())),
        by_hour=tuple(_hour(hour, row) for hour, row in sorted(counts.by_hour.items())),
        by_hour_of_day=_by_hour_of_day(counts.by_hour),
        by_weekday_hour=_by_weekday_hour(counts.by_hour),
        by_script=tuple(_script(label, row, known) for label, row in sorted(counts.by_script.items())),
    )


def refusal_shares(found: Mapping[str, int], dispositions: Iterable[Disposition]) -> tuple[Share, ...]:
    """Refusals by reason, the commonest first; shares of all refusals."""
    reasons: Counter[str] = Counter()
    for disposition in dispositions:
        if disposition.refusal_reason and (times := found.get(disposition.code, 0)):
            reasons[disposition.refusal_reason] += times
    total = reasons.total()
    return tuple(Share(name=name, count=times, share=times / total) for name, times in reasons.most_common())


def _part(hits: int, of: int) -> Rate:
    """Flags of dispositions are the planner's: a success need not be flagged as a contact, so the whole is never less
    than its part."""
    return wilson(hits, max(hits, of))


def _nearest(ordered: Sequence[float], share: float) -> float:
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1]


def _mean(total: float, number: int) -> float | None:
    return total / number if number else None


def _agent(name: str, row: Mapping[str, float]) -> AgentFigures:
    calls, contacts, successes = int(row.get("calls", 0)), int(row.get("contacts", 0)), int(row.get("successes", 0))
    talk_s = float(row.get("talk_s", 0.0))
    return AgentFigures(
        agent=name,
        calls=calls,
        contacts=contacts,
        successes=successes,
        effective_calls=int(row.get("effective_calls", 0)),
        talk_s=talk_s,
        mean_talk_s=_mean(talk_s, calls),
        success_rate=_part(successes, contacts),
    )


def _script(label: str, row: ScriptCounts, dispositions: Iterable[Disposition]) -> ScriptFigures:
    return ScriptFigures(
        script=label,
        attempts=row.attempts,
        contacts=row.contacts,
        successes=row.successes,
        success_rate=_part(row.successes, row.contacts),
        refusal_reasons=refusal_shares(row.dispositions, dispositions),
    )


def nothing_yet(agent: str) -> AgentFigures:
    """Of an agent without a call."""
    return _agent(agent, {})


def _hour(hour: str, row: Mapping[str, int]) -> HourFigures:
    attempts = row.get("attempts", 0)
    return HourFigures(
        hour=hour,
        attempts=attempts,
        contact_rate=_part(row.get("humans", 0), attempts),
        success_rate=_part(row.get("successes", 0), attempts),
    )


def _by_hour_of_day(by_hour: Mapping[str, Mapping[str, int]]) -> tuple[HourFigures, ...]:
    hours: dict[str, Counter[str]] = {}
    for moment, row in by_hour.items():
        hours.setdefault(moment[-2:], Counter()).update(row)
    return tuple(_hour(hour, row) for hour, row in sorted(hours.items()))


def _by_weekday_hour(by_hour: Mapping[str, Mapping[str, int]]) -> tuple[WeekdayHour, ...]:
    cells: dict[tuple[int, int], Counter[str]] = {}
    for moment, row in by_hour.items():
        at = datetime.strptime(moment, "%Y-%m-%dT%H")  # noqa: DTZ007 - a local hour
        cells.setdefault((at.weekday(), at.hour), Counter()).update(row)
    return tuple(
        WeekdayHour(
            weekday=WEEKDAYS[day],
            hour=hour,
            attempts=row["attempts"],
            contact_rate=_part(row["humans"], row["attempts"]),
        )
        for (day, hour), row in sorted(cells.items())
    )
