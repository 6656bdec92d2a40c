"""A register kept in memory answers as the store would."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dialer.planning.register_sheet import RegisterSheet

NUMBERS = st.lists(st.integers(10**6, 10**15).map(lambda number: f"+{number}"), unique=True)


@given(NUMBERS, NUMBERS, NUMBERS)
def test_exactly_the_registered_ones_are_found(first: list[str], second: list[str], others: list[str]) -> None:
    sheet = RegisterSheet()
    for page in (first, second):
        sheet.add(page)
    sheet.close()
    asked = first[::2] + others
    assert sheet.among(asked) == [e164 for e164 in asked if e164 in {*first, *second}]
