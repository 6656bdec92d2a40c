"""What must hold for every lead, every history and every hour."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.attempt import AttemptOutcome as O
from campaigns.attempt import PastAttempt
from campaigns.caps import count
from campaigns.hold import Hold
from campaigns.lead import Dossier, LeadNumber, LeadState
from campaigns.retry import next_step
from campaigns.verdict import Rule, verdict
from campaigns.windows import is_open
from tests.examples import EXAMPLES
from tests.unit.campaigns import builders
from tests.unit.campaigns.builders import FIRST, SECOND, THIRD, attempt, lead, pack

START = datetime(2026, 10, 20, tzinfo=UTC)
ZONES = st.sampled_from(["Asia/Shanghai", "Europe/London", "America/New_York", "Australia/Sydney", "", "Mars/Base"])
PACKS = {"CN": "cn", "GB": "gb", "FR": "fr", "US": "us-fl-ok", "AU": "au", "DE": "default"}
PLANS = st.sampled_from(
    [
        builders.settings(),
        builders.settings(caps={"number_per_24h": 1, "number_per_30d": 3, "lead_attempts": 2, "lead_period_days": 3}),
        builders.settings(windows=(builders.window("mon wed sun", "07:00", "23:00"),), caps={"number_per_24h": 20}),
        builders.settings(deadline="2026-11-10", caps={"number_per_30d": 100, "lead_attempts": 100}),
    ]
)
instants = st.integers(0, 40 * 24 * 60).map(lambda minute: START + timedelta(minutes=minute))
numbers = st.sampled_from([FIRST, SECOND, THIRD])


@st.composite
def attempts(draw, now: datetime) -> PastAttempt:
    placed_at = now - timedelta(minutes=draw(st.one_of(st.integers(0, 3 * 24 * 60), st.integers(0, 40 * 24 * 60))))
    outcome = draw(st.sampled_from([*O, O.NO_ANSWER, O.BUSY, None])) if draw(st.integers(0, 9)) else O.HUMAN
    disposition = draw(st.sampled_from([None, "CALLBACK", "NOT_INTERESTED", "GONE"])) if outcome is O.HUMAN else None
    return attempt(
        placed_at,
        outcome,
        draw(numbers),
        disposition=disposition,
        lead_id=draw(st.sampled_from([1, 1, 2])),
        rang=draw(st.booleans()),
    )


@st.composite
def cases(draw) -> tuple[Dossier, str, datetime]:
    now = draw(instants)
    country = draw(st.sampled_from([*PACKS, ""]))
    own = tuple(
        LeadNumber(number_id=i, e164=e164, position=draw(st.integers(0, 2)), usable=draw(st.integers(0, 4)) > 0)
        for i, e164 in enumerate(draw(st.lists(numbers, unique=True, max_size=3)))
    )
    person = replace(
        lead(),
        numbers=own,
        country=country,
        time_zone=draw(ZONES),
        state=draw(st.sampled_from([LeadState.OPEN] * 6 + [LeadState.CLOSED, LeadState.DO_NOT_CALL])),
        due_at=draw(st.one_of(st.just(START - timedelta(days=1)), instants, st.none())),
    )
    found = Dossier(
        lead=person,
        history=tuple(draw(st.lists(attempts(now), max_size=8))),
        suppressed={e164: Hold("asked") for e164 in draw(st.sets(numbers, max_size=2))} if draw(st.booleans()) else {},
        active_numbers=frozenset(draw(st.sets(numbers, max_size=1))) if draw(st.integers(0, 5)) == 0 else frozenset(),
    )
    return found, PACKS.get(country, "default"), now


def placed(case: Dossier, e164: str, now: datetime, period: timedelta) -> int:
    return sum(a.number == e164 and a.charged and a.placed_at > now - period for a in case.history)


@given(cases(), PLANS)
@settings(max_examples=4 * EXAMPLES, deadline=None)
def test_what_is_dialled_breaks_no_rule(case, plan) -> None:
    dossier, name, now = case
    policy = pack(name)
    found = verdict(dossier, plan, policy, now)
    assert [result.rule for result in found.rules] == list(Rule)
    if not found.dialable:
        assert found.blocker is not None
        return
    assert found.number is not None
    e164, person = found.number.e164, dossier.lead
    assert person.state is LeadState.OPEN
    assert person.due_at is not None
    assert person.due_at <= now
    assert found.number.usable
    assert e164 not in dossier.suppressed
    assert not dossier.active_numbers & {number.e164 for number in person.numbers}
    assert not any(a.outcome is None and a.lead_id == 1 for a in dossier.history)
    assert policy.covers(person.country)
    assert is_open(plan.windows, person.time_zone, now, policy)
    assert placed(dossier, e164, now, timedelta(hours=24)) < min(plan.caps.number_per_24h, policy.number_per_24h)
    assert placed(dossier, e164, now, timedelta(days=30)) < min(plan.caps.number_per_30d, policy.number_per_30d)
    assert found.clears_at is None


@given(cases(), PLANS)
@settings(max_examples=4 * EXAMPLES, deadline=None)
def test_when_the_time_has_come_waiting_was_enough(case, plan) -> None:
    """`clears_at` is in the future, inside a window, and at that instant the lead may be dialled."""
    dossier, name, now = case
    found = verdict(dossier, plan, pack(name), now)
    if found.clears_at is None:
        return
    assert found.clears_at > now
    assert is_open(plan.windows, dossier.lead.time_zone, found.clears_at, pack(name))
    later = verdict(dossier, plan, pack(name), found.clears_at)
    assert later.dialable, later.blocker


@given(cases(), PLANS, st.sampled_from(list(O)), st.sampled_from([None, *builders.settings().dispositions]), instants)
@settings(max_examples=4 * EXAMPLES, deadline=None)
def test_the_next_call_is_inside_a_window_and_later_than_now(case, plan, outcome, disposition, callback_at) -> None:
    dossier, name, now = case
    if not dossier.lead.numbers:
        return
    number = dossier.lead.numbers[0].e164
    ended = replace(dossier, history=(*dossier.history, attempt(now, outcome, number)))
    step = next_step(
        plan,
        pack(name),
        ended,
        number=number,
        outcome=outcome,
        disposition=disposition,
        callback_at=callback_at if disposition and disposition.callback else None,
        now=now,
    )
    assert (step.again is None) != (step.close is None)
    if step.again is not None:
        assert step.again.due_at >= now
        if is_known(dossier.lead.time_zone):
            assert is_open(plan.windows, dossier.lead.time_zone, step.again.due_at, pack(name))
    if disposition is not None and disposition.do_not_call:
        assert (step.suppress, step.again) == (number, None)


def is_known(tz: str) -> bool:
    return tz not in ("", "Mars/Base")


@given(st.lists(st.integers(0, 5000), max_size=60), st.integers(1, 5), st.integers(10, 2000))
def test_no_sliding_window_ever_holds_more_than_the_cap(gaps: list[int], cap: int, minutes: int) -> None:
    """Whoever dials only when the count says so keeps the cap in every window, not only in calendar days."""
    period, now, made = timedelta(minutes=minutes), START, []
    for gap in gaps:
        now += timedelta(minutes=gap)
        found = count(made, now, period, cap)
        if found.free:
            made.append(now)
        else:
            assert found.free_at is not None
            assert found.free_at > now
            assert count(made, found.free_at, period, cap).free
            assert not count(made, found.free_at - timedelta(microseconds=1), period, cap).free
    for first in made:
        assert sum(first <= at < first + period for at in made) <= cap


@given(st.lists(st.sampled_from(list(O)), min_size=1, max_size=40), st.sampled_from(["cn", "gb"]))
@settings(max_examples=4 * EXAMPLES, deadline=None)
def test_a_list_always_comes_to_an_end_and_nobody_is_pestered(outcomes: list[O], name: str) -> None:
    """Whatever happens, dialled whenever due and allowed: never over the caps, and unreachable leads are closed."""
    country, tz = ("CN", "Asia/Shanghai") if name == "cn" else ("GB", "Europe/London")
    plan, policy, now = builders.settings(), pack(name), START
    dossier = Dossier(lead=lead(FIRST, SECOND, country=country, time_zone=tz, due_at=START), history=())
    for outcome in outcomes:
        found = verdict(dossier, plan, policy, now)
        if not found.dialable:
            assert found.clears_at is not None
            now = found.clears_at
            found = verdict(dossier, plan, policy, now)
        assert found.number is not None
        e164 = found.number.e164
        dossier = replace(dossier, history=(*dossier.history, attempt(now, outcome, e164)))
        for period, cap in ((timedelta(hours=24), 3), (timedelta(days=30), 8)):
            assert placed(dossier, e164, now, period) <= cap
        step = next_step(
            plan, policy, dossier, number=e164, outcome=outcome, disposition=None, callback_at=None, now=now
        )
        if step.again is None:
            return
        kept = tuple(replace(n, usable=n.usable and n.e164 != step.invalidate) for n in dossier.lead.numbers)
        dossier = replace(dossier, lead=replace(dossier.lead, numbers=kept, due_at=step.again.due_at))
        now = max(now + timedelta(minutes=1), step.again.due_at)
    charged = [a for a in dossier.history if a.charged]
    assert len(charged) < 6 or charged[-1].placed_at - charged[-6].placed_at >= timedelta(days=14)
