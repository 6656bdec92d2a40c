"""What the end of a leg means for the number that was dialled."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.causes import Cause, LegOutcome, Origin, outcome_of

STATUS = {
    "BUSY": [486, 600],
    "NO_ANSWER": [480, 408, 487],
    "INVALID_NUMBER": [404, 410, 484, 485, 604],
    "DECLINED": [603, 607, 608],
    "CONGESTED": [500, 502, 503, 504],
    "FAILED": [401, 403, 407, 415, 488, 606],
}
Q850 = {
    "BUSY": [17],
    "NO_ANSWER": [18, 19, 20, 31],
    "INVALID_NUMBER": [1, 3, 22, 28],
    "DECLINED": [21],
    "CONGESTED": [27, 34, 38, 41, 42, 44, 47],
    "FAILED": [57, 65, 88],
}


def remote(status: int, q850: int | None = None) -> LegOutcome:
    return outcome_of(Cause(origin=Origin.REMOTE, sip_status=status, q850=q850), answered=False)


@pytest.mark.parametrize(("outcome", "status"), [(name, one) for name, many in STATUS.items() for one in many])
def test_the_status_alone(outcome: str, status: int) -> None:
    assert str(remote(status)) == outcome


@pytest.mark.parametrize(("outcome", "q850"), [(name, one) for name, many in Q850.items() for one in many])
def test_q850_wins_over_the_status(outcome: str, q850: int) -> None:
    for status in (486, 404, 503, 480):
        assert str(remote(status, q850)) == outcome


@pytest.mark.parametrize("q850", [16, 127, 99])
def test_a_cause_that_says_nothing_leaves_the_word_to_the_status(q850: int) -> None:
    assert remote(404, q850) is LegOutcome.INVALID_NUMBER


def test_403_is_a_misconfigured_trunk_unless_the_party_rejected() -> None:
    assert remote(403) is LegOutcome.FAILED
    assert remote(403, 21) is LegOutcome.DECLINED


@pytest.mark.parametrize(
    ("origin", "outcome"),
    [
        (Origin.US, LegOutcome.CANCELLED),
        (Origin.RING_TIMEOUT, LegOutcome.NO_ANSWER),
        (Origin.NO_PROGRESS, LegOutcome.CONGESTED),
        (Origin.LOCAL_FAILURE, LegOutcome.CONGESTED),
    ],
)
def test_our_own_doing_is_never_the_callees(origin: Origin, outcome: LegOutcome) -> None:
    for status in (0, 408, 487, 503):
        assert outcome_of(Cause(origin=origin, sip_status=status), answered=False) is outcome


@given(st.sampled_from(Origin), st.integers(0, 699), st.none() | st.integers(1, 127))
def test_an_answered_leg_is_answered_however_it_ends(origin: Origin, status: int, q850: int | None) -> None:
    assert outcome_of(Cause(origin=origin, sip_status=status, q850=q850), answered=True) is LegOutcome.ANSWERED


@given(st.integers(300, 699), st.none() | st.integers(1, 127))
def test_every_refusal_has_an_outcome_and_is_no_answer_at_all(status: int, q850: int | None) -> None:
    assert remote(status, q850) not in (LegOutcome.ANSWERED, LegOutcome.CANCELLED)


@pytest.mark.parametrize(
    ("status", "outcome"), [(302, "FAILED"), (420, "FAILED"), (580, "CONGESTED"), (699, "DECLINED")]
)
def test_a_status_outside_the_table_goes_by_its_class(status: int, outcome: str) -> None:
    assert str(remote(status)) == outcome
