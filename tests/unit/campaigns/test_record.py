"""Leads with the same record get the same verdict: judged one after another they get what each would get alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.attempt import AttemptOutcome as O
from campaigns.attempt import PastAttempt
from campaigns.hold import Hold
from campaigns.lead import Dossier, DueKind, LeadNumber, LeadState
from campaigns.moment import Moment
from campaigns.record import record, usual
from campaigns.verdict import Rule, _clears_at, in_full, verdict
from tests.examples import EXAMPLES
from tests.unit.campaigns import builders
from tests.unit.campaigns.builders import FIRST, SECOND, attempt, lead, pack

NOW = builders.at("2026-11-24 10:30")  # a Tuesday morning
HOUR = timedelta(hours=1)
PLANS = st.sampled_from(
    [
        builders.settings(),
        builders.settings(caps={"number_per_24h": 2, "number_per_30d": 4, "lead_attempts": 3, "lead_period_days": 5}),
        builders.settings(retry={"NO_ANSWER": {"delays_s": [3600], "other_number": True, "other_day_part": True}}),
        builders.settings(
            retry={"BUSY": {"delays_s": [60], "other_weekday": True}, "HUMAN": {"delays_s": [60]}},
            number_kinds=("mobile",),
            deadline="2026-11-26",
        ),
        builders.settings(lead_lifetime_days=10),
    ]
)
PACKS = st.sampled_from(
    [
        pack("cn"),
        pack("cn-debt"),
        replace(pack("cn"), person_per_30d=2, refusal_lockout=500 * HOUR),
        replace(pack("cn"), abandon_lockout=30 * HOUR),
    ]
)
OUTCOMES = [O.NO_ANSWER] * 6 + [O.BUSY] * 3 + [O.HUMAN] * 2 + [*O]
AGES = [1, 3, 20, 24, 25, 48, 72, 120, 121, 168, 169, 336, 400, 720, 721, 1000]  # hours; the edges of periods and weeks


def seldom(dice: Random) -> bool:
    return dice.random() < 0.04


def past(dice: Random, now: datetime) -> PastAttempt:
    """On whole hours, so that instants on the very edge of a period come up often."""
    outcome = None if seldom(dice) else dice.choice(OUTCOMES)
    said = dice.choice([None, None, "CALLBACK", "NOT_INTERESTED"]) if outcome is O.HUMAN else None
    return attempt(
        now - HOUR * (dice.choice(AGES) + dice.choice([0, 0, 1, 5])), outcome, dice.choice([FIRST, FIRST, SECOND]),
        disposition=said, rang=not seldom(dice), attempt_id=str(dice.randrange(99)),
        lead_id=dice.choice([1, 1, 1, 2]), campaign_id=1,
    )  # fmt: skip


def anybody(dice: Random, now: datetime) -> Dossier:
    history = [past(dice, now) for _ in range(dice.choice([0, 1, 1, 2, 2, 3, 4]))]
    if not seldom(dice):
        history.sort(key=lambda one: (one.placed_at, one.attempt_id))
    numbers = tuple(
        LeadNumber(
            number_id=n, e164=e164, position=int(seldom(dice)), kind=dice.choice(["", "mobile"]),
            usable=dice.random() < 0.9,
        )
        for n, e164 in enumerate(dice.choice([(FIRST,), (FIRST, SECOND), (SECOND, FIRST)]))
    )  # fmt: skip
    person = lead(
        numbers=numbers,
        time_zone="Europe/Paris" if seldom(dice) else "" if seldom(dice) else "Asia/Shanghai",
        country=dice.choice(["CN"] * 9 + ["FR"]),
        due_at=now + HOUR * dice.choice([-900, -20, -1, 0, 5, 90]),
        due_kind=dice.choice([DueKind.RETRY] * 5 + list(DueKind)),
        state=LeadState.DO_NOT_CALL if seldom(dice) else LeadState.OPEN,
        appointment_at=now + HOUR * dice.randint(-2, 30),
        created_at=now - HOUR * 24 * dice.randint(0, 12),
    )
    return Dossier(
        lead=person, history=tuple(history),
        suppressed={FIRST: Hold("asked")} if seldom(dice) else {},
        active_numbers=frozenset({FIRST}) if seldom(dice) else frozenset(),
    )  # fmt: skip


@given(st.integers(0, 2**32), PLANS, PACKS, st.integers(0, 9).map(bool))
@settings(max_examples=EXAMPLES, deadline=None)
def test_a_lead_gets_the_verdict_it_would_get_alone(seed, plan, policy, running) -> None:
    dice = Random(seed)
    alone = Moment(plan, policy, NOW, running)
    for _ in range(120):
        dossier = anybody(dice, NOW)
        assert verdict(dossier, plan, policy, NOW, running=running) == in_full(dossier, alone)


def test_most_leads_are_told_by_their_record() -> None:
    dice, at = Random(7), Moment(builders.settings(), pack("cn"), NOW, running=True)
    several = [anybody(dice, NOW) for _ in range(400)]
    told = [d for d in several if usual(d) and record(d, at, at.place(d.lead.country, d.lead.time_zone)) is not None]
    assert len(told) > 120
    assert sum(len(d.history) > 1 for d in told) > 20


@given(st.integers(0, 2**32), PLANS, PACKS)
@settings(max_examples=EXAMPLES, deadline=None)
def test_who_rests_may_be_called_when_the_whole_search_says_so(seed, plan, policy) -> None:
    dice, at = Random(seed), Moment(plan, policy, NOW, running=True)
    for _ in range(120):
        dossier = anybody(dice, NOW)
        found = verdict(dossier, plan, policy, NOW)
        if found.blocker is not None and found.blocker.rule == Rule.DAY_PART:
            assert found.clears_at == _clears_at(in_full(dossier, at).rules, dossier, plan, policy)
