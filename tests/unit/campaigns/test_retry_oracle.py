"""For any history the next time and number are exactly the policy's: two implementations, one answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from campaigns.attempt import AttemptOutcome as O
from campaigns.attempt import PastAttempt
from campaigns.disposition import STANDARD, Disposition
from campaigns.hold import Hold
from campaigns.lead import CloseReason, Dossier, DueKind, LeadNumber
from campaigns.retry import next_step
from campaigns.verdict import verdict
from tests.examples import EXAMPLES
from tests.unit.campaigns import builders
from tests.unit.campaigns.builders import FIRST, SECOND, THIRD, attempt, lead, pack, window
from tests.unit.campaigns.slow_oracle import HORIZON, QUARTER, Oracle

START = datetime(2026, 9, 14, tzinfo=UTC)  # before China's October holidays and every change of the clocks
PLACES = st.sampled_from(
    [
        ("CN", "Asia/Shanghai", pack("cn")),
        ("GB", "Europe/London", pack("gb")),
        ("FR", "Europe/Paris", pack("fr")),
        ("US", "America/New_York", pack("us-fl-ok")),
        ("AU", "Australia/Sydney", pack("au")),
        ("CN", "Asia/Shanghai", replace(pack("cn"), name="lax", number_per_24h=20, number_per_30d=100)),
    ]
)
LATER = Disposition(code="LATER", label="Later", contact=True)
SOON = Disposition(code="SOON", label="Soon", contact=True)
PLANS = st.sampled_from(
    [
        builders.settings(**plan, dispositions=(*STANDARD, LATER, SOON))
        for plan in (
            {},
            {"caps": {"number_per_24h": 1, "number_per_30d": 3, "lead_attempts": 9, "lead_period_days": 20}},
            {"windows": (window("mon wed sat", "09:00", "11:00"), window("wed", "18:00", "20:00"))},
            {"windows": (window("tue", "09:00", "10:00"),), "caps": {"number_per_24h": 20, "lead_attempts": 100}},
            {
                "caps": {"number_per_24h": 20, "number_per_30d": 100, "lead_attempts": 100},
                "retry": {
                    "NO_ANSWER": {"delays_s": [7200, 86400, 259200], "other_day_part": True, "other_weekday": True},
                    "BUSY": {"delays_s": [900], "growth": 4, "most_s": 172800},
                    "DECLINED": {"delays_s": [0, 7 * 86400], "limit": 4, "other_weekday": True},
                },
                "disposition_retry": {
                    "LATER": {"delays_s": [86400], "growth": 3, "other_day_part": True},
                    "SOON": {"delays_s": [3600, 7200], "then": "NO_ANSWER", "limit": 5},
                },
            },
            {
                "number_kinds": ("mobile", "home"),
                "caps": {"lead_attempts": 50},
                "retry": {
                    "NO_ANSWER": {"delays_s": [3600, 86400], "other_number": True, "other_day_part": True},
                    "BUSY": {"delays_s": [1800], "other_number": True},
                    "MACHINE": {"delays_s": [172800], "other_weekday": True, "other_number": True},
                },
                "deadline": "2026-11-05",
                "date_windows": [{"date": f"2026-10-{day:02}", "ranges": []} for day in range(12, 17)],
            },
            {
                "public_holidays": True,
                "retry": {"NO_ANSWER": {"delays_s": [900], "other_weekday": True}},
                "date_windows": [
                    {"date": "2026-10-25", "ranges": [["09:00", "10:00"]]},
                    {"date": "2026-11-01", "ranges": [["09:00", "10:30"], ["18:00", "19:00"]]},
                ],
            },
        )
    ]
)
numbers = st.sampled_from([FIRST, SECOND, THIRD])
outcomes = st.sampled_from([*O, O.NO_ANSWER, O.NO_ANSWER, O.BUSY, O.BUSY, O.HUMAN])

said = st.sampled_from([None, "LATER", "SOON", "MACHINE"])


def ended(at: datetime, outcome: O, number: str, **changes: object) -> PastAttempt:
    return attempt(at, outcome, number, ended_at=at, **changes)


@st.composite
def cases(draw) -> tuple[Dossier, datetime, str, O]:
    now = START + QUARTER * draw(st.integers(0, 60 * 96))
    own = draw(st.lists(numbers, unique=True, min_size=1, max_size=3))
    person = replace(
        lead(),
        numbers=tuple(
            LeadNumber(number_id=i, e164=e164, position=draw(st.integers(0, 1)), kind=draw(st.sampled_from(KINDS)))
            for i, e164 in enumerate(own)
        ),
    )
    history, at = [], now
    usual, usually_said = draw(outcomes), draw(said)  # rows of the same come up often
    for _ in range(draw(st.integers(1, 8))):
        outcome = draw(st.one_of(st.just(usual), outcomes))
        code = draw(st.one_of(st.just(usually_said), said)) if outcome is O.HUMAN else None
        history.append(
            ended(at, outcome, draw(st.sampled_from(own)), disposition=code, rang=outcome is not O.CANCELLED)
        )
        at -= QUARTER * draw(st.one_of(st.integers(1, 40), st.integers(1, 900)))
    for _ in range(draw(st.integers(0, 3))):  # in another campaign, on the same numbers
        then = now - QUARTER * draw(st.integers(1, 1500))
        history.append(ended(then, draw(outcomes), draw(st.sampled_from(own)), lead_id=2, campaign_id=2))
    held = {draw(st.sampled_from(own)): Hold("asked")} if draw(st.integers(0, 5)) == 0 else {}
    last = history[0]
    assert last.outcome is not None
    return Dossier(lead=person, history=tuple(history), suppressed=held), now, last.number, last.outcome


KINDS = ["main", "mobile", "home"]


@given(cases(), PLANS, PLACES)
@settings(max_examples=EXAMPLES, deadline=None)
def test_the_next_time_and_number_are_the_policys_and_nothing_else(case, plan, place) -> None:
    dossier, now, number, outcome = case
    country, tz, policy = place
    dossier = replace(dossier, lead=replace(dossier.lead, country=country, time_zone=tz))
    last = next(a for a in dossier.history if a.placed_at == now and a.lead_id == 1)
    chosen = next((d for d in plan.dispositions if d.code == last.disposition), None)
    assume(outcome is not O.INVALID_NUMBER and not (chosen and chosen.code not in plan.disposition_retry))
    step = next_step(
        plan, policy, dossier, number=number, outcome=outcome, disposition=chosen, callback_at=None, now=now
    )  # fmt: skip
    told = Oracle(plan, policy, dossier, now)
    why, rule = told.rule_of(last)
    if rule.limit is not None and sum(told.rule_of(a)[0] == why for a in told.own) >= rule.limit:
        assert step.close in (CloseReason.DECLINED, CloseReason.ATTEMPTS_EXHAUSTED)
        return
    if outcome not in (O.CONGESTED, O.FAILED) and told.lead_capped(now):
        assert step.close is CloseReason.ATTEMPTS_EXHAUSTED
        return
    assert step.again is not None
    expected = told.answer()
    if expected is None:
        assert step.again.due_at >= now + HORIZON - timedelta(days=1) or not told.order() or not told.grid
        return
    assert (step.again.due_at, step.again.kind) == (expected[0], DueKind.RETRY)
    waiting = replace(
        dossier, lead=replace(dossier.lead, due_at=step.again.due_at, due_kind=DueKind.RETRY, agent_guaranteed=False)
    )
    found = verdict(waiting, plan, policy, step.again.due_at)
    late = plan.deadline is not None and told.before_deadline([step.again.due_at])[0].astimezone(told.zone).date()
    if late and plan.deadline is not None and late > plan.deadline:
        assert [r.rule for r in found.rules if not r.passed] == ["deadline"]
    else:
        assert found.dialable, found.blocker
    assert found.number is not None
    assert found.number.e164 == expected[1]
