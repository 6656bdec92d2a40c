"""A year of virtual days, decided by the rules alone: who is due is dialled when the verdict allows it, and so on.

Each person is on the lists of two campaigns with the same numbers. Agents are late, plans are changed, people ask not
to be called: nothing of it may break a rule. What is checked is counted here again, from the list of attempts alone.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from campaigns.attempt import NOT_CHARGED, PastAttempt
from campaigns.attempt import AttemptOutcome as O
from campaigns.campaign import CampaignSettings
from campaigns.disposition import STANDARD, Disposition
from campaigns.hold import Hold
from campaigns.lead import Dossier, DueKind, LeadNumber, LeadState
from campaigns.policy import Policy
from campaigns.retry import lapsed, next_step
from campaigns.verdict import verdict
from campaigns.windows import is_open
from tests.unit.campaigns import builders
from tests.unit.campaigns.builders import attempt, lead, pack, window

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
END = BEGIN + timedelta(days=360)
DAY, WEEK, MONTH = timedelta(days=1), timedelta(days=7), timedelta(days=30)
LATER = Disposition(code="LATER", label="Later", contact=True)
CANCELS = Disposition(code="CANCELS", label="Cancels", contact=True, cancels_appointment=True)
WRONG = Disposition(code="WRONG", label="Wrong number", wrong_number=True)
PLACES = (
    ("CN", "Asia/Shanghai", "cn"), ("GB", "Europe/London", "gb"), ("FR", "Europe/Paris", "fr"),
    ("US", "America/New_York", "us-fl-ok"), ("AU", "Australia/Sydney", "au"),
)  # fmt: skip
PLANS = tuple(
    builders.settings(**plan, dispositions=(*STANDARD, LATER, CANCELS, WRONG))
    for plan in (
        {},
        {"caps": {"number_per_24h": 1, "number_per_30d": 4, "lead_attempts": 3, "lead_period_days": 10}},
        {"cadence": {"steps": [{"contacts": 3, "days": 7}, {"contacts": 12, "days": 30}], "rest_days": 60}},
        {
            "windows": (window("mon tue wed thu fri", "09:00", "12:00"), window("wed sat", "13:00", "19:00")),
            "visit_cadence": {"steps": [{"contacts": 16, "days": 30}]},
            "caps": {"lead_attempts": 30},
            "retry": {"NO_ANSWER": {"delays_s": [3600, 86400], "other_number": True, "other_day_part": True}},
        },
        {
            "lead_lifetime_days": 45,
            "disposition_retry": {"LATER": {"delays_s": [86400], "growth": 2, "other_weekday": True}},
        },
    )
)
FATES = (O.NO_ANSWER,) * 8 + (O.BUSY,) * 4 + (O.HUMAN,) * 8 + tuple(O)
RARE = ("CALLBACK", "MACHINE", "NO_TALK", "CANCELS", "WRONG", "SALE", None, None)
SAID = ("LATER",) * 5 + ("APPOINTMENT",) * 4 + RARE


@dataclass
class Person:
    """Two leads, one telephone bill."""

    random: Random
    policy: Policy
    dossiers: list[Dossier]
    plans: list[CampaignSettings]
    suppressed: dict[str, Hold] = field(default_factory=dict)
    suppressed_at: dict[str, datetime] = field(default_factory=dict)
    history: list[PastAttempt] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)


def person(seed: int) -> Person:
    random = Random(seed)
    country, tz, name = PLACES[seed % len(PLACES)]
    own = tuple(
        LeadNumber(number_id=i, e164=f"+861380000{seed:04}{i}"[:15], position=i) for i in range(random.randint(1, 3))
    )
    born = BEGIN + timedelta(minutes=random.randrange(200 * 1440))
    base = replace(lead(), numbers=own, country=country, time_zone=tz, due_at=born, created_at=born)
    dossiers = [Dossier(lead=replace(base, lead_id=n, campaign_id=n), history=()) for n in (1, 2)]
    return Person(random, pack(name), dossiers, [random.choice(PLANS), random.choice(PLANS)])


def lives(one: Person) -> Counter[str]:
    """Until the year is over, or nobody calls any more. Returns what happened, by kind."""
    now = BEGIN
    while True:
        waiting = [d for d in one.dossiers if d.lead.state is LeadState.OPEN and d.lead.due_at is not None]
        if not waiting:
            return one.kinds
        due = min(waiting, key=lambda d: (d.lead.due_at, d.lead.lead_id))
        assert due.lead.due_at is not None
        now = max(now, due.lead.due_at) + one.random.choice((0, 0, 0, 1, 7, 30)) * timedelta(minutes=61)
        if now >= END:
            return one.kinds
        _happens(one, now)
        _turn(one, due.lead.lead_id - 1, now)


def _happens(one: Person, now: datetime) -> None:
    if one.random.random() < 0.05:
        one.plans[one.random.randrange(2)] = one.random.choice(PLANS)
    if one.random.random() < 0.01:
        e164 = one.random.choice(one.dossiers[0].lead.numbers).e164
        one.suppressed[e164] = Hold("asked")
        one.suppressed_at.setdefault(e164, now)


def _turn(one: Person, which: int, now: datetime) -> None:
    dossier, plan = _now(one, which), one.plans[which]
    found = verdict(dossier, plan, one.policy, now)
    if not found.dialable or found.number is None:
        step = lapsed(plan, one.policy, dossier, now)
        if step is not None:
            _apply(one, which, step, dossier)
            return
        assert found.clears_at is None or found.clears_at > now, "blocked, and clear at once"
        later = found.clears_at or now + DAY
        usable = any(n.usable and n.e164 not in one.suppressed for n in dossier.lead.numbers)
        _lead(one, which, due_at=later if usable else None, state=LeadState.OPEN if usable else LeadState.CLOSED)
        one.kinds["waited"] += 1
        return
    _check(one, dossier, plan, found.number.e164, now)
    outcome = one.random.choice(FATES)
    made = attempt(
        now, outcome, found.number.e164, lead_id=which + 1, campaign_id=which + 1, attempt_id=f"{now}{which}"
    )
    one.history.append(made)
    one.kinds[f"dialled {dossier.lead.due_kind}"] += 1
    said = one.random.choice(SAID) if outcome is O.HUMAN else None
    _decide(one, which, made, plan, said, now + timedelta(minutes=1))


def _decide(
    one: Person, which: int, made: PastAttempt, plan: CampaignSettings, said: str | None, now: datetime
) -> None:
    chosen = next((d for d in plan.dispositions if d.code == said), None)
    days = timedelta(minutes=one.random.randrange(60, 9 * 1440))
    assert made.outcome is not None
    dossier = _now(one, which)
    step = next_step(
        plan, one.policy, dossier, number=made.number, outcome=made.outcome, disposition=chosen,
        callback_at=now + days if said == "CALLBACK" else None,
        appointment_at=now + days if said == "APPOINTMENT" else None, now=now,
    )  # fmt: skip
    if chosen is not None:
        one.history[-1] = replace(made, disposition=chosen.code)
    assert (step.again is None) != (step.close is None)
    if step.again is not None:
        assert step.again.due_at >= now
        assert is_open(plan.schedule, dossier.lead.time_zone, step.again.due_at, one.policy)
        _not_in_vain(one, which, step, plan)
    _apply(one, which, step, dossier)


def _not_in_vain(one: Person, which: int, step, plan: CampaignSettings) -> None:
    """At its due time the lead may be dialled, as far as is known now."""
    _lead(one, which, due_at=step.again.due_at, due_kind=step.again.kind, **_appointment(step))
    for e164 in [step.invalidate] if step.invalidate else []:
        _invalid(one, which, e164)
    dossier = _now(one, which)
    if any(n.usable and n.e164 not in one.suppressed for n in dossier.lead.numbers):
        found = verdict(dossier, plan, one.policy, step.again.due_at)
        waits = step.again.reason.startswith("until the appointment")
        assert found.dialable or waits, (found.blocker, step)


def _apply(one: Person, which: int, step, dossier: Dossier) -> None:
    if step.invalidate:
        _invalid(one, which, step.invalidate)
    if step.suppress:
        one.suppressed[step.suppress] = Hold("asked")
        one.suppressed_at.setdefault(step.suppress, one.history[-1].placed_at)
    if step.close is not None:
        one.kinds[f"closed {step.close}"] += 1
        _lead(one, which, state=LeadState.CLOSED, due_at=None, **_appointment(step))
        return
    one.kinds[f"again {step.again.kind}"] += 1
    _lead(one, which, due_at=step.again.due_at, due_kind=step.again.kind, **_appointment(step))


def _appointment(step) -> dict[str, datetime | None]:
    changed = step.appointment_at is not None or step.appointment_cancelled
    return {"appointment_at": step.appointment_at} if changed else {}


def _invalid(one: Person, which: int, e164: str) -> None:
    numbers = tuple(replace(n, usable=n.usable and n.e164 != e164) for n in one.dossiers[which].lead.numbers)
    _lead(one, which, numbers=numbers)


def _lead(one: Person, which: int, **changes: object) -> None:
    one.dossiers[which] = replace(one.dossiers[which], lead=replace(one.dossiers[which].lead, **changes))


def _now(one: Person, which: int) -> Dossier:
    return replace(one.dossiers[which], history=tuple(one.history), suppressed=dict(one.suppressed))


# what must hold, counted from the attempts alone
def _check(one: Person, dossier: Dossier, plan: CampaignSettings, e164: str, now: datetime) -> None:
    person, policy, here = dossier.lead, one.policy, ZoneInfo(dossier.lead.time_zone)
    assert is_open(plan.schedule, person.time_zone, now, policy)
    assert policy.wall_from <= now.astimezone(here).time() < policy.wall_to
    assert e164 not in one.suppressed
    assert next(n for n in person.numbers if n.e164 == e164).usable
    charged = [a for a in one.history if a.charged]
    for period, mine, packs in (
        (DAY, plan.caps.number_per_24h, policy.number_per_24h),
        (MONTH, plan.caps.number_per_30d, policy.number_per_30d),
    ):
        assert sum(a.number == e164 and a.placed_at > now - period for a in charged) < min(mine, packs)
    own = [a for a in charged if a.lead_id == person.lead_id]
    recent = sum(a.placed_at > now - timedelta(days=plan.caps.lead_period_days) for a in own)
    promised = person.due_kind in (DueKind.CALLBACK, DueKind.REMINDER)
    assert recent < plan.caps.lead_attempts or promised
    if person.due_kind is DueKind.REMINDER:
        assert person.appointment_at is not None
        assert now < person.appointment_at
    _other_part(one, plan, own, e164, now, here)


def _other_part(
    one: Person, plan: CampaignSettings, own: list[PastAttempt], e164: str, now: datetime, here: ZoneInfo
) -> None:
    """After an unanswered call nobody is tried in the same part of the day within the week while another is open."""
    lead_now = one.dossiers[own[-1].lead_id - 1].lead if own else None
    last = own[-1] if own else None
    mine = [a for a in one.history if last is not None and a.lead_id == last.lead_id]
    if last is None or lead_now is None or lead_now.due_kind is not DueKind.RETRY or last.number != e164:
        return
    plain = mine[-1] is last and last.outcome in (O.NO_ANSWER, O.MACHINE, O.LOST) and O.NO_ANSWER not in plan.retry
    if not plain or last.outcome in NOT_CHARGED or now > last.placed_at + timedelta(days=4):
        return
    one.kinds["parts compared"] += 1
    assert _part(last.placed_at, here) != _part(now, here)


def _part(at: datetime, here: ZoneInfo) -> int:
    hour = at.astimezone(here).hour
    return (hour >= 12) + (hour >= 17)
