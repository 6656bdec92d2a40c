"""The process that opens a workbook: `python -m dialer.spreadsheet.child PATH SHEET`, rows on standard output.

Messages are a length (four bytes, little endian) and a marshalled pair of kind and content: one "sheet", then "rows" of
(line, texts, notes), then "end"; or "error" with words for the planner.
"""

from __future__ import annotations

import marshal
import os
import resource
import struct
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from dialer.spreadsheet.faults import Fault, faults

MEMORY: Final = 4 << 30  # bytes of address space; a sheet of 1,000,000 rows and 7 columns needs 0.7 GB
CPU: Final = 600  # seconds
_BATCH: Final = 500
_EXACT: Final = 1e15  # spreadsheets keep 15 digits of a number
_WRITTEN_OUT: Final = 1e21
_ROUNDED: Final = ("cell_rounded", "a number of which the spreadsheet keeps 15 digits only; keep the column as text")

Notes = dict[int, tuple[str, str]]


class _Unusable(Exception):
    pass


def main(path: str, wanted: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        sheet = _sheet(_workbook(path), wanted)
        _send("sheet", (sheet.name, sheet.total_height))
        batch = []
        for row in _rows(sheet, faults(path, sheet.name)):
            batch.append(row)
            if len(batch) >= _BATCH:
                _send("rows", batch)
                batch = []
        _send("rows", batch)
        _send("end", None)
    except _Unusable as error:
        _send("error", str(error))
    except MemoryError:
        _send("error", f"the workbook needs more than {MEMORY >> 30} GB of memory; save the list alone as CSV UTF-8")
    except BrokenPipeError:
        return
    except (CalamineError, zipfile.BadZipFile, OSError, KeyError, ValueError) as error:
        _send("error", f"the workbook is broken ({str(error)[:100]}); open it and save it again as XLSX")


def _send(kind: str, content: Any) -> None:
    data = marshal.dumps((kind, content))
    view = memoryview(struct.pack("<I", len(data)) + data)
    while view:
        view = view[os.write(1, view) :]


def _workbook(path: str) -> CalamineWorkbook:
    with zipfile.ZipFile(path) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            raise _Unusable("the file is no XLSX workbook; save the list as XLSX or as CSV UTF-8")
    with Path(path).open("rb") as stream:
        return CalamineWorkbook.from_filelike(stream)


def _sheet(workbook: CalamineWorkbook, wanted: str) -> CalamineSheet:
    lists = [its for its in workbook.sheets_metadata if its.typ == SheetTypeEnum.WorkSheet]
    names = [its.name for its in lists]
    if wanted:
        if wanted not in names:
            raise _Unusable(f"sheet {wanted!r} is not in the workbook; there are {', '.join(names)[:500]}")
        return workbook.get_sheet_by_name(wanted)
    for its in lists:
        if its.visible == SheetVisibleEnum.Visible and (sheet := workbook.get_sheet_by_name(its.name)).height:
            return sheet
    raise _Unusable("the workbook is empty; a row must name the columns")


def _rows(sheet: CalamineSheet, found: Iterator[Fault]) -> Iterator[tuple[int, list[str], Notes | None]]:
    """Rows that are not empty, with their number in the sheet, from 1."""
    first_column = (sheet.start or (0, 0))[1]
    merged = _Merged(sheet)
    fault = next(found, None)
    for row, cells in enumerate(sheet.iter_rows()):
        notes: Notes = {}
        values = [its if type(its) is str else _text(its, position, notes) for position, its in enumerate(cells)]
        blank = not any(values)
        merged.fill(row, values)
        while fault is not None and fault.row <= row:
            position = fault.column - first_column
            if fault.row == row and 0 <= position < len(values):
                values[position] = values[position] or fault.text
                notes[position] = ("cell_error", fault.words)
            fault = next(found, None)
        if notes or not blank:
            yield row + 1, values, notes or None


class _Merged:
    """A cell merged over several rows says the same for each of them."""

    def __init__(self, sheet: CalamineSheet) -> None:
        first_column = (sheet.start or (0, 0))[1]
        tall = [(start, end) for start, end in sheet.merged_cell_ranges or () if end[0] > start[0]]
        self._coming = sorted(((start[0], end[0], start[1] - first_column) for start, end in tall), reverse=True)
        self._open: dict[int, tuple[int, str]] = {}  # position -> last row, text

    def fill(self, row: int, values: list[str]) -> None:
        while self._coming and self._coming[-1][0] <= row:
            _, last, position = self._coming.pop()
            if 0 <= position < len(values):
                self._open[position] = (last, values[position])
        for position, (last, text) in list(self._open.items()):
            if row > last:
                del self._open[position]
            elif not values[position]:
                values[position] = text


def _text(value: Any, position: int, notes: Notes) -> str:
    match value:
        case bool():
            return str(value).upper()
        case float() | int():
            return _number(float(value), position, notes)
        case datetime():
            return value.isoformat(" ")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return str(value)
        case _:
            return str(value)


def _number(value: float, position: int, notes: Notes) -> str:
    if not value.is_integer() or abs(value) >= _WRITTEN_OUT:
        return repr(value)
    if abs(value) >= _EXACT:
        notes[position] = _ROUNDED
    return str(int(value))


if __name__ == "__main__":
    main(*sys.argv[1:3])
