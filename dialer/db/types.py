"""Column types and SQL functions that SQLite and PostgreSQL share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, Dialect, Float, Integer
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant; a naive one is refused, for nobody knows when it is.

    `timestamptz` on PostgreSQL. On SQLite, which has no such type, microseconds since 1970 in an integer:
    exact, sortable and summable (by hand: `datetime(placed_at / 1000000, 'unixepoch')`).
    """

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive time {value.isoformat()}: every time in the store is aware UTC")
        if dialect.name == "postgresql":
            return value
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return _EPOCH + timedelta(microseconds=value)


class seconds_between(FunctionElement[float]):
    """`seconds_between(later, earlier)`; NULL when either is."""

    type = Float()
    name = "seconds_between"
    inherit_cache = True


class quarter_hour(FunctionElement[int]):
    """Number of the quarter of an hour since 1970: the finest grid on which every zone's hours begin."""

    type = Integer()
    name = "quarter_hour"
    inherit_cache = True


class five_minutes(FunctionElement[int]):
    """Number of the five minutes since 1970."""

    type = Integer()
    name = "five_minutes"
    inherit_cache = True


@compiles(seconds_between, "sqlite")
def _seconds_sqlite(element: seconds_between, compiler: SQLCompiler, **kw: Any) -> str:
    later, earlier = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"(({later} - {earlier}) / 1000000.0)"


@compiles(seconds_between, "postgresql")
def _seconds_postgresql(element: seconds_between, compiler: SQLCompiler, **kw: Any) -> str:
    later, earlier = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"EXTRACT(EPOCH FROM ({later} - {earlier}))::float8"


@compiles(quarter_hour, "sqlite")
def _quarter_sqlite(element: quarter_hour, compiler: SQLCompiler, **kw: Any) -> str:
    return f"({compiler.process(element.clauses, **kw)} / 900000000)"


@compiles(quarter_hour, "postgresql")
def _quarter_postgresql(element: quarter_hour, compiler: SQLCompiler, **kw: Any) -> str:
    return f"FLOOR(EXTRACT(EPOCH FROM {compiler.process(element.clauses, **kw)}) / 900)::bigint"


@compiles(five_minutes, "sqlite")
def _five_sqlite(element: five_minutes, compiler: SQLCompiler, **kw: Any) -> str:
    return f"({compiler.process(element.clauses, **kw)} / 300000000)"


@compiles(five_minutes, "postgresql")
def _five_postgresql(element: five_minutes, compiler: SQLCompiler, **kw: Any) -> str:
    return f"FLOOR(EXTRACT(EPOCH FROM {compiler.process(element.clauses, **kw)}) / 300)::bigint"
