"""What a row of a list turns into: accepted with what it says, or refused with line, column, value and reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from campaigns.importing.errors import Reason


class RefusedRow(NamedTuple):
    """`column` is "" where the row as a whole is at fault; `values` are the row's own, for the file of refused rows.

    `source` is where the row came from, "" where its columns cannot be told apart or the list does not say."""

    line: int
    column: str
    value: str
    reason: str
    code: Reason
    values: list[str]
    source: str = ""


class AcceptedRow(NamedTuple):
    """`numbers` are (kind, E.164) in dialling order, at least one. `remarks` are values that cannot be used while the
    row can: spare numbers, and numbers of an earlier row; their text stays in `fields`.

    `external_id` is the customer's number at the planner's, "" where the list has none. `values` are the row's own."""

    line: int
    name: str
    numbers: tuple[tuple[str, str], ...]
    country: str  # ISO 3166-1 alpha-2
    time_zone: str  # IANA name
    priority: int
    fields: Mapping[str, str]
    values: list[str]
    remarks: tuple[RefusedRow, ...] = ()
    source: str = ""
    segment: str = ""
    owner: str = ""
    skill: str = ""
    value: float = 0.0  # expected value of an attempt
    external_id: str = ""
