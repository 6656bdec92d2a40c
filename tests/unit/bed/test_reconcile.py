"""The book-keeping check itself: it must find every kind of disagreement between attempts and call records."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.attempt import AttemptOutcome
from dialer.ports import AttemptRow
from tests.asterisk.cdr import COLUMNS, Cdr, parse
from tests.asterisk.reconcile import reconcile

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def seconds(value: float) -> timedelta:
    return timedelta(seconds=value)


def attempt(call_id: str = "a@test", *, answered: bool = True) -> AttemptRow:
    return AttemptRow(
        attempt_id=f"attempt-{call_id}", campaign_id=1, campaign_code="autumn", lead_id=1, lead_name="Zhang",
        number="+8613800000001", trunk="carrier", worker="w1", sip_call_id=call_id, caller_id="+861012345678",
        placed_at=NINE, answered_at=NINE + seconds(5) if answered else None, ended_at=NINE + seconds(65),
        outcome=AttemptOutcome.HUMAN if answered else AttemptOutcome.NO_ANSWER,
    )  # fmt: skip


def record(call_id: str = "a@test", *, answered: bool = True) -> Cdr:
    return Cdr(
        sip_call_id=call_id, called="+8613800000001", source="+861012345678", channel="PJSIP/goldenhour-00000001",
        started_at=NINE + seconds(0.02), answered_at=NINE + seconds(5.01) if answered else None,
        ended_at=NINE + seconds(64.9), disposition="ANSWERED" if answered else "NO ANSWER", cause=16,
    )  # fmt: skip


def test_books_that_agree_have_no_differences() -> None:
    pairs = [("a@test", True), ("b@test", False)]
    assert not reconcile([attempt(c, answered=a) for c, a in pairs], [record(c, answered=a) for c, a in pairs])


def test_a_trunk_that_strips_the_plus_is_the_same_number() -> None:
    assert not reconcile([attempt()], [replace(record(), called="8613800000001")])


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"started_at": NINE + seconds(1.1)}, "start"),
        ({"answered_at": NINE + seconds(6.5)}, "answer"),
        ({"ended_at": NINE + seconds(60)}, "end"),
        ({"answered_at": None}, "answered"),
        ({"called": "+8613800000002"}, "number"),
    ],
)
def test_a_record_that_differs_is_named(changed: dict[str, object], says: str) -> None:
    differences = reconcile([attempt()], [replace(record(), **changed)])  # type: ignore[arg-type]
    assert [d.sip_call_id for d in differences] == ["a@test"]
    assert says in differences[0].what


def test_an_attempt_that_never_ended_is_a_difference() -> None:
    (difference,) = reconcile([replace(attempt(), ended_at=None)], [record()])
    assert str(difference).startswith("a@test: end")


def test_a_call_the_carrier_never_saw_and_one_we_never_placed_are_both_found() -> None:
    found = {d.sip_call_id: d.what for d in reconcile([attempt("ours@test")], [record("theirs@test")])}
    assert "no call record" in found["ours@test"]
    assert "no attempt" in found["theirs@test"]


def test_a_second_record_of_the_same_call_is_found() -> None:
    assert {d.what for d in reconcile([attempt()], [record(), record()])} == {
        "1 attempts and 2 call records",
        "2 records have this Call-ID",
    }


@given(st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30)))
def test_only_equal_sets_of_calls_agree(ours: set[int], theirs: set[int]) -> None:
    differences = reconcile([attempt(f"{n}@test") for n in ours], [record(f"{n}@test") for n in theirs])
    assert (not differences) == (ours == theirs)


def test_a_record_line_is_read_with_its_microseconds() -> None:
    line = "c@test,+86138,+8610,PJSIP/x,1764000000.250000,0.000000,1764000003.500000,NO ANSWER,19,,,17.1"
    (cdr,) = parse([line])
    assert (cdr.answered_at, cdr.cause, cdr.answered) == (None, 19, False)
    assert cdr.ended_at - cdr.started_at == seconds(3.25)


def test_a_record_line_with_a_field_too_few_is_refused_by_its_number() -> None:
    good = ",".join(["c@test", "1", "2", "x", "1.0", "0", "2.0", "BUSY", "17", "", "", "1"])
    with pytest.raises(ValueError, match=f"line 2 has {len(COLUMNS) - 1} fields"):
        parse([good, good.rpartition(",")[0]])
