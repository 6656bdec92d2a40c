"""Cells of a sheet that hold an error, or a formula that was never computed; readers of values see them as empty."""

from __future__ import annotations

import html
import posixpath
import re
import zipfile
from collections.abc import Iterator
from typing import IO, Final, NamedTuple
from xml.etree import ElementTree

_CHUNK: Final = 1 << 20
_SMALL: Final = 16 << 20  # bytes of a part that only names the sheets
_LONGEST_ROW: Final = 64 << 20
_ROW_END: Final = re.compile(rb"</(?:\w+:)?row>")
_CELL: Final = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_PLACE: Final = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_TYPE: Final = re.compile(rb'\bt="(\w+)"')
_VALUE: Final = re.compile(rb"<(?:\w+:)?v\b[^>]*>([^<]+)</")
_FORMULA: Final = re.compile(rb"<(?:\w+:)?f\b")


class Fault(NamedTuple):
    """Row and column count from 0. `text` is what the cell shows."""

    row: int
    column: int
    text: str
    words: str


def faults(path: str, sheet: str) -> Iterator[Fault]:
    """In the order of the rows. Raises `OSError`, `KeyError` and `ValueError` for a broken workbook."""
    with zipfile.ZipFile(path) as archive, archive.open(_part(archive, sheet)) as stream:
        for rows in _whole_rows(stream):
            if b'"e"' in rows or _FORMULA.search(rows):
                yield from filter(None, map(_fault, _CELL.finditer(rows)))


def _whole_rows(stream: IO[bytes]) -> Iterator[bytes]:
    rest = b""
    while chunk := stream.read(_CHUNK):
        rest += chunk
        ends = [found.end() for found in _ROW_END.finditer(rest)]
        if ends:
            yield rest[: ends[-1]]
            rest = rest[ends[-1] :]
        if len(rest) > _LONGEST_ROW:
            raise ValueError("a row without an end")


def _fault(cell: re.Match[bytes]) -> Fault | None:
    attributes, body = cell[1], cell[2] or b""
    place, kind = _PLACE.search(attributes), _TYPE.search(attributes)
    if place is None:
        return None
    value = _VALUE.search(body)
    if kind is not None and kind[1] == b"e":
        text = html.unescape(value[1].decode("utf-8", "replace")) if value is not None else "#ERROR"
        return Fault(int(place[2]) - 1, _column(place[1]), text, f"the cell is an error ({text})")
    if kind is None and value is None and _FORMULA.search(body):
        words = "a formula without a result; open the workbook in a spreadsheet program and save it"
        return Fault(int(place[2]) - 1, _column(place[1]), "", words)
    return None


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1


def _part(archive: zipfile.ZipFile, sheet: str) -> str:
    """The file in the archive that holds a sheet."""
    relation = next(
        value
        for element in _small(archive, "xl/workbook.xml").iter()
        if element.tag.endswith("}sheet") and element.get("name") == sheet
        for key, value in element.attrib.items()
        if key.endswith("}id")
    )
    targets = {one.get("Id"): one.get("Target", "") for one in _small(archive, "xl/_rels/workbook.xml.rels").iter()}
    return posixpath.normpath(posixpath.join("/xl", targets[relation])).lstrip("/")


def _small(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    if archive.getinfo(name).file_size > _SMALL:
        raise ValueError(f"{name} is too large")
    try:
        return ElementTree.fromstring(archive.read(name))  # noqa: S314 - in a process with limits of its own
    except ElementTree.ParseError as error:
        raise ValueError(f"{name}: {error}") from error
