"""How long sound may stay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.recording import RecordingState
from recordings.retention import KeptRecording, RetentionRules, decide, deletable

NOW = datetime(2026, 11, 22, 3, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def kept(age: timedelta | None, *, state=RecordingState.FINALIZED, hold: bool = False) -> KeptRecording:
    started = None if age is None else NOW - age
    return KeptRecording(recording_id="r", path="p", state=state, started_at=started, legal_hold=hold)


@pytest.mark.parametrize(("age", "goes"), [(timedelta(days=180) - SECOND, False), (timedelta(days=180), True)])
def test_a_recording_goes_after_180_days_to_the_second(age: timedelta, goes: bool) -> None:
    verdict = decide(kept(age), RetentionRules(), NOW)
    assert verdict.delete is goes
    assert verdict.deletable_at == NOW - age + timedelta(days=180)


def test_a_legal_hold_outlasts_every_period() -> None:
    verdict = decide(kept(timedelta(days=4000), hold=True), RetentionRules(), NOW)
    assert (verdict.delete, verdict.reason, verdict.deletable_at) == (False, "legal hold", None)


def test_a_recording_of_unknown_age_is_kept() -> None:
    assert not decide(kept(None), RetentionRules(), NOW).delete


@pytest.mark.parametrize("state", [s for s in RecordingState if s is not RecordingState.FINALIZED])
def test_only_finished_recordings_are_deleted_by_age(state: RecordingState) -> None:
    assert not decide(kept(timedelta(days=4000), state=state), RetentionRules(), NOW).delete


@pytest.mark.parametrize(
    ("wish", "least", "most", "days"),
    [(180, 0, None, 180), (10, 30, None, 30), (400, 30, 365, 365), (180, 1825, None, 1825), (90, 30, 180, 90)],
)
def test_the_policys_bounds_win_over_the_centres_wish(wish: int, least: int, most: int | None, days: int) -> None:
    assert RetentionRules(days=wish, policy_min_days=least, policy_max_days=most).effective_days == days


@pytest.mark.parametrize(
    "rules", [{"days": 0}, {"policy_min_days": -1}, {"policy_min_days": 30, "policy_max_days": 10}]
)
def test_rules_nobody_can_keep_are_refused(rules: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="retention"):
        RetentionRules(**rules)


@given(st.lists(st.tuples(st.integers(0, 400), st.booleans())), st.integers(1, 365), st.integers(0, 365))
def test_nothing_young_or_held_is_ever_among_the_deletable(ages: list, wish: int, least: int) -> None:
    rules = RetentionRules(days=wish, policy_min_days=least)
    gone = list(deletable((kept(timedelta(days=age), hold=hold) for age, hold in ages), rules, NOW))
    assert len(gone) == sum(1 for age, hold in ages if age >= max(wish, least) and not hold)
