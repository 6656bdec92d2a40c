"""However often and whenever somebody asks, no cap is exceeded in any window of its length."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from campaigns.attempt import AttemptOutcome
from campaigns.lead import Dossier
from campaigns.verdict import verdict
from tests.unit.campaigns.builders import FIRST, SECOND, at, attempt, lead, pack, settings

O = AttemptOutcome  # noqa: E741
DAY, MONTH = timedelta(hours=24), timedelta(days=30)
START = at("2026-11-02 09:00")
gaps = st.lists(st.one_of(st.integers(1, 90), st.integers(60, 3000), st.integers(1000, 9000)), min_size=5, max_size=60)
outcomes = st.sampled_from([O.NO_ANSWER, O.BUSY, O.HUMAN, O.MACHINE, O.CONGESTED, O.ABANDONED])


@given(
    gaps,
    st.lists(outcomes, min_size=60, max_size=60),
    st.integers(1, 4),
    st.integers(1, 9),
    st.integers(1, 9),
    st.sampled_from([None, 2, 3]),
)
@profile(max_examples=60, deadline=None)
def test_no_cap_is_exceeded_in_any_sliding_window(minutes, ends, per_day, per_month, per_lead, per_person) -> None:
    """Two campaigns call the same person on the same two numbers; each attempt goes where the verdict says."""
    caps = {"number_per_24h": per_day, "number_per_30d": per_month, "lead_attempts": per_lead, "lead_period_days": 7}
    plan = settings(caps=caps, windows=[{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "08:00", "to": "21:00"}])
    policy = replace(pack("cn"), name="test", person_per_24h=per_person)
    people = [replace(lead(FIRST, SECOND, due_at=START), lead_id=n, campaign_id=n) for n in (1, 2)]
    now, history = START, []
    for n, (gap, outcome) in enumerate(zip(minutes, ends, strict=False)):
        now += timedelta(minutes=gap)
        person = people[n % 2]
        found = verdict(Dossier(lead=person, history=tuple(history)), plan, policy, now)
        if found.dialable:
            assert found.number is not None
            made = attempt(now, outcome, found.number.e164, lead_id=person.lead_id, campaign_id=person.campaign_id)
            history.append(replace(made, ended_at=now))
    charged = [a for a in history if a.charged]
    for number in (FIRST, SECOND):
        placed = [a.placed_at for a in charged if a.number == number]
        assert most(placed, DAY) <= min(per_day, policy.number_per_24h)
        assert most(placed, MONTH) <= min(per_month, policy.number_per_30d)
    for person in people:
        assert most([a.placed_at for a in charged if a.lead_id == person.lead_id], timedelta(days=7)) <= per_lead
    assert per_person is None or most([a.placed_at for a in charged], DAY) <= per_person


def most(placed, period: timedelta) -> int:
    """In any window of that length: a window is fullest where it begins with an attempt."""
    return max((sum(start <= other < start + period for other in placed) for start in placed), default=0)


def test_who_refused_is_left_in_peace_on_all_his_numbers() -> None:
    refusal = attempt(at("2026-11-02 11:00", "Europe/Paris"), O.HUMAN, FIRST, disposition="NOT_INTERESTED")
    person = lead(FIRST, SECOND, country="FR", time_zone="Europe/Paris")
    plan = settings(country="FR", dispositions=_with_refusal())
    found = verdict(Dossier(lead=person, history=(refusal,)), plan, pack("fr"), at("2026-11-23 11:00", "Europe/Paris"))
    assert [result.rule for result in found.rules if not result.passed] == ["refusal_lockout"]


def _with_refusal() -> list[dict[str, object]]:
    return [
        {"code": "NOT_INTERESTED", "label": "Not interested", "contact": True, "refusal_reason": "price"},
        {"code": "SALE", "label": "Sale", "contact": True, "success": True, "closes_lead": True},
    ]
