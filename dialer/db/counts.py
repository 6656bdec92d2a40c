"""A campaign's raw counts. The database adds up; only the distinct groups come back to be judged by flags."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, func, or_, select

from campaigns.attempt import AttemptOutcome
from campaigns.disposition import Disposition
from campaigns.statistics import ScriptCounts
from dialer.db import campaigns
from dialer.db import tables as t
from dialer.db.mapping import AnyRow
from dialer.db.types import UtcDateTime, quarter_hour, seconds_between
from dialer.errors import NotFound
from dialer.ports import AttemptCounts

EFFECTIVE_S: Final = 30  # a contact that lasted longer than this is an effective call
_PERSON: Final = frozenset({AttemptOutcome.HUMAN, AttemptOutcome.ABANDONED})
_QUARTER_S: Final = 900
_Flags = Mapping[tuple[int, str | None], Disposition]

_A: Final = t.attempts.c
_TALK: Final[ColumnElement[float]] = func.coalesce(seconds_between(_A.ended_at, _A.connected_at), 0.0)
_IN_CAMPAIGN: Final = and_(
    _A.campaign_id == bindparam("campaign"),
    _A.placed_at >= bindparam("since", type_=UtcDateTime()),
    _A.placed_at < bindparam("until", type_=UtcDateTime()),
)
_EVER: Final = (datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))
_GROUP: Final = (_A.campaign_version, _A.disposition, _A.outcome)
_BY_AGENT: Final = (
    select(
        _A.agent_id,
        *_GROUP,
        func.count().label("attempts"),
        func.count(_A.connected_at).label("connected"),
        func.sum(_TALK).label("talk_s"),
        func.sum(case((_TALK > EFFECTIVE_S, 1), else_=0)).label("long_talks"),
    )
    .where(_IN_CAMPAIGN)
    .group_by(_A.agent_id, *_GROUP)
)
_BY_SCRIPT: Final = (
    select(_A.script_version, *_GROUP, func.count().label("attempts"))
    .where(_IN_CAMPAIGN)
    .group_by(_A.script_version, *_GROUP)
)
_QUARTER: Final = quarter_hour(_A.placed_at).label("quarter")
_BY_QUARTER: Final = (
    select(_QUARTER, *_GROUP, func.count().label("attempts")).where(_IN_CAMPAIGN).group_by(_QUARTER, *_GROUP)
)
_TO_AGENT: Final = (
    select(seconds_between(_A.connected_at, _A.answered_at))
    .where(_IN_CAMPAIGN, _A.connected_at.is_not(None), _A.answered_at.is_not(None))
    .order_by(_A.connected_at)
)
_WAITED: Final = func.coalesce(
    seconds_between(_A.connected_at, _A.answered_at),
    seconds_between(_A.message_at, _A.answered_at),
    seconds_between(_A.ended_at, _A.answered_at),
)
_LATE: Final = and_(_A.connected_at.is_not(None), _A.abandon_limit_s < _WAITED)
_WAITS: Final = (
    select(
        _WAITED.label("waited"), case((_LATE, 1), else_=0).label("late"), _A.connected_at.is_not(None).label("served")
    )
    .where(
        _IN_CAMPAIGN,
        _A.answered_at.is_not(None),
        or_(_A.outcome.in_(_PERSON), and_(_A.outcome.is_(None), _A.connected_at.is_not(None))),
    )
    .order_by(_A.answered_at)
)
_RECORDINGS: Final = (
    select(func.count(), func.coalesce(func.sum(t.recordings.c.duration_s), 0.0))
    .join(t.attempts, _A.attempt_id == t.recordings.c.attempt_id)
    .where(_IN_CAMPAIGN, t.recordings.c.state == "FINALIZED")
)


def counts(
    connection: Connection, campaign_id: int, *, since: datetime | None = None, until: datetime | None = None
) -> AttemptCounts:
    """Of the attempts placed in the period; leads as they are now."""
    versions = campaigns.versions(connection, campaign_id)
    if not versions:
        raise NotFound(f"There is no campaign {campaign_id}.")
    flags: _Flags = {(version, d.code): d for version, settings in versions.items() for d in settings.dispositions}
    wanted = {"campaign": campaign_id, "since": since or _EVER[0], "until": until or _EVER[1]}
    groups = connection.execute(_BY_AGENT, wanted).all()
    zone = _zone(connection, campaign_id, versions[max(versions)].time_zone)
    quarters = connection.execute(_BY_QUARTER, wanted).all()
    recorded, recorded_s = connection.execute(_RECORDINGS, wanted).one()
    waits = connection.execute(_WAITS, wanted).all()
    by_state = _leads_by_state(connection, campaign_id)
    return AttemptCounts(
        leads=sum(by_state.values()),
        leads_by_state=by_state,
        recordings=recorded,
        recording_s=recorded_s,
        answer_to_agent_ms=tuple(seconds * 1000 for seconds in connection.execute(_TO_AGENT, wanted).scalars()),
        customer_waits_ms=tuple(row.waited * 1000 for row in waits),
        connected_in_time=sum(bool(row.served) and not row.late for row in waits),
        connected_late=sum(row.late for row in waits),
        by_agent=_by_agent(groups, flags),
        by_hour=_by_hour(quarters, flags, zone),
        by_script=_by_script(connection.execute(_BY_SCRIPT, wanted), flags),
        **_totals(groups, flags),
    )


def _totals(groups: Iterable[AnyRow], flags: _Flags) -> dict[str, Any]:
    outcomes: Counter[str] = Counter()
    dispositions: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    talk_s = 0.0
    for row in groups:
        if row.outcome is not None:
            outcomes[row.outcome] += row.attempts
        if row.disposition is not None:
            dispositions[row.disposition] += row.attempts
        talk_s += float(row.talk_s)
        sums.update(_figures(row, flags))
        sums["attempts"] += row.attempts
        sums["answered_by_person"] += row.attempts * (row.outcome in _PERSON)
    names = ("attempts", "connected", "answered_by_person", "contacts", "successes", "effective_calls")
    return {
        **{name: sums[name] for name in names},
        "talk_s": talk_s,
        "outcomes": dict(outcomes),
        "dispositions": dict(dispositions),
    }


def _figures(row: AnyRow, flags: _Flags) -> dict[str, int]:
    decided = flags.get((row.campaign_version, row.disposition))
    contact = decided is not None and decided.contact
    return {
        "connected": row.connected,
        "contacts": row.attempts * contact,
        "successes": row.attempts * (decided is not None and decided.success),
        "effective_calls": int(row.long_talks) * contact,
    }


def _by_agent(groups: Iterable[AnyRow], flags: _Flags) -> dict[str, dict[str, float]]:
    agents: dict[str, Counter[str]] = defaultdict(Counter)
    talk_s: dict[str, float] = defaultdict(float)
    for row in groups:
        if row.agent_id is not None:
            figures = _figures(row, flags)
            agents[row.agent_id].update({"calls": figures.pop("connected"), **figures})
            talk_s[row.agent_id] += float(row.talk_s)
    return {agent: {**figures, "talk_s": talk_s[agent]} for agent, figures in agents.items()}


def _by_hour(quarters: Iterable[AnyRow], flags: _Flags, zone: ZoneInfo) -> dict[str, dict[str, int]]:
    hours: dict[str, dict[str, int]] = {}
    for row in sorted(quarters, key=lambda row: row.quarter):
        decided = flags.get((row.campaign_version, row.disposition))
        local = datetime.fromtimestamp(row.quarter * _QUARTER_S, UTC).astimezone(zone)
        hour = hours.setdefault(f"{local:%Y-%m-%dT%H}", {"attempts": 0, "humans": 0, "successes": 0})
        hour["attempts"] += row.attempts
        hour["humans"] += row.attempts * (row.outcome == AttemptOutcome.HUMAN)
        hour["successes"] += row.attempts * (decided is not None and decided.success)
    return hours


def _by_script(groups: Iterable[AnyRow], flags: _Flags) -> dict[str, ScriptCounts]:
    figures: dict[str, Counter[str]] = defaultdict(Counter)
    dispositions: dict[str, Counter[str]] = defaultdict(Counter)
    for row in groups:
        decided = flags.get((row.campaign_version, row.disposition))
        figures[row.script_version].update(
            attempts=row.attempts,
            contacts=row.attempts * (decided is not None and decided.contact),
            successes=row.attempts * (decided is not None and decided.success),
        )
        if row.disposition is not None:
            dispositions[row.script_version][row.disposition] += row.attempts
    return {
        label: ScriptCounts(
            attempts=sums["attempts"], contacts=sums["contacts"], successes=sums["successes"],
            dispositions=dict(dispositions[label]),
        )
        for label, sums in figures.items()
    }  # fmt: skip


def _zone(connection: Connection, campaign_id: int, name: str) -> ZoneInfo:
    """The campaign's; where it sets none, the zone of most of its leads."""
    commonest = (
        select(t.leads.c.time_zone)
        .where(t.leads.c.campaign_id == campaign_id, t.leads.c.time_zone != "")
        .group_by(t.leads.c.time_zone)
        .order_by(func.count().desc(), t.leads.c.time_zone)
        .limit(1)
    )
    try:
        return ZoneInfo(name or connection.execute(commonest).scalar_one_or_none() or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _leads_by_state(connection: Connection, campaign_id: int) -> dict[str, int]:
    statement = (
        select(t.leads.c.state, func.count().label("leads"))
        .where(t.leads.c.campaign_id == campaign_id)
        .group_by(t.leads.c.state)
    )
    return {row.state: row.leads for row in connection.execute(statement)}
