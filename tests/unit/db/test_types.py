"""Instants go into the database and come back as they were, on the grid and in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, literal, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import StatementError

from dialer.db.types import UtcDateTime, quarter_hour, seconds_between

ZONES = st.integers(-14 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
INSTANTS = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=ZONES)


@given(INSTANTS)
def test_an_instant_comes_back_to_the_microsecond(at: datetime) -> None:
    stored = UtcDateTime().process_bind_param(at, sqlite.dialect())
    back = UtcDateTime().process_result_value(stored, sqlite.dialect())
    assert back == at
    assert back is not None
    assert back.tzinfo is UTC


@given(INSTANTS, INSTANTS)
def test_instants_sort_as_stored(one: datetime, other: datetime) -> None:
    stored = [UtcDateTime().process_bind_param(at, sqlite.dialect()) for at in (one, other)]
    assert (one < other) == (stored[0] < stored[1])


def test_a_naive_time_is_refused() -> None:
    engine = create_engine("sqlite://")
    with engine.connect() as connection, pytest.raises(StatementError, match="naive time"):
        connection.execute(select(literal(datetime(2026, 11, 20), UtcDateTime())))
    engine.dispose()


@given(INSTANTS, INSTANTS)
def test_the_database_counts_as_python_does(one: datetime, other: datetime) -> None:
    engine = create_engine("sqlite://")
    a, b = literal(one, UtcDateTime()), literal(other, UtcDateTime())
    with engine.connect() as connection:
        seconds, quarter = connection.execute(select(seconds_between(a, b), quarter_hour(a))).one()
    engine.dispose()
    assert seconds == pytest.approx((one - other).total_seconds(), abs=1e-6)
    assert quarter == int(one.timestamp() // 900)
