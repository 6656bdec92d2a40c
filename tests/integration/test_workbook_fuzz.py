"""Workbooks of any content, whole and damaged: a report that adds up, or one error."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.importing import ListError
from dialer.list_file import ListFile, check_list

CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([13800138000.0, 1.38e10, 1e15, 110101199003070000.0]),
    st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=12),
    st.sampled_from(["13900139000", "021-68881234", "=1/0", "手机", "无"]),
    st.datetimes(datetime(1901, 1, 1), datetime(2100, 1, 1)),
)
SHEETS = st.lists(st.lists(CELLS, max_size=5), max_size=8)
PIECES = st.sampled_from([b"<", b'"', b"\0", b"\xff", b"&#0;", b"<row>", b"</c>", b"9" * 20])
DAMAGE = st.lists(st.tuples(st.integers(0, 40_000), PIECES), min_size=1, max_size=5)


def workbook(rows: list[list[object]]) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    sheet.write_row(1, 1, ["姓名", "手机", "座机", "备注", "来源"])
    for number, row in enumerate(rows, start=2):
        sheet.write_row(number, 1, row)
    book.close()
    return stream.getvalue()


def adds_up(path: Path) -> bool:
    try:
        report = check_list(ListFile(path, path.name, country="CN"))
    except ListError:
        return False
    quality = report.quality
    assert quality.rows == quality.usable + sum(report.refusals.values()) + sum(report.duplicates_by.values())
    return True


@given(SHEETS)
@settings(max_examples=40, deadline=None)
def test_any_cells(tmp_path_factory: pytest.TempPathFactory, rows: list[list[object]]) -> None:
    path = tmp_path_factory.mktemp("cells") / "list.xlsx"
    path.write_bytes(workbook(rows))
    assert adds_up(path)


@given(SHEETS, DAMAGE, st.booleans())
@settings(max_examples=60, deadline=None)
def test_any_damage(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[object]], damage: list[tuple[int, bytes]], inside: bool
) -> None:
    """To the archive, or to the sheet within a sound archive."""
    path = tmp_path_factory.mktemp("damage") / "list.xlsx"
    whole = workbook(rows)
    path.write_bytes(_with_sheet(whole, damage) if inside else _damaged(whole, damage))
    adds_up(path)


def _with_sheet(whole: bytes, damage: list[tuple[int, bytes]]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as source, zipfile.ZipFile(stream, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, _damaged(content, damage) if "sheet1" in name else content)
    return stream.getvalue()


def _damaged(content: bytes, damage: list[tuple[int, bytes]]) -> bytes:
    for place, piece in damage:
        at = 4 + place % (len(content) - 4)
        content = content[:at] + piece + content[at + 1 :]
    return content
