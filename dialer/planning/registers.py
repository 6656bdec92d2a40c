"""Registers of numbers that must not be called: from a file into force, as a whole or not at all."""

from __future__ import annotations

import asyncio
import codecs
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

import structlog

from campaigns.importing.errors import Refusal
from campaigns.importing.numbers import normalise
from dialer.clock import Clock
from dialer.errors import Invalid
from dialer.ports.suppression import RegisterRow, SuppressionLists

log = structlog.get_logger(__name__)

BATCH: Final = 20_000
LONGEST_LINE: Final = 4096  # bytes; what follows on the line is skipped
_EXAMPLES: Final = 20
_SAMPLE: Final = 65_536  # bytes
_E164: Final = re.compile(r"\+[1-9][0-9]{5,14}")
_DELIMITER: Final = re.compile(r"[,;\t|]")
_NUMBER_HEADERS: Final = frozenset(
    {"number", "phone", "phone number", "telephone", "tel", "mobile", "e164", "msisdn"}
    | {"手机", "手机号", "手机号码", "电话", "电话号码", "号码", "联系电话"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedLine:
    line: int
    value: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterReport:
    """rows = entries + duplicates + refused."""

    register: RegisterRow
    rows: int
    duplicates: int
    examples: tuple[RefusedLine, ...]


@dataclass(slots=True)
class RegisterFile:
    """One number a line, or a column of them: the one whose heading says so, else the first."""

    file: BinaryIO
    country: str
    rows: int = 0
    refused: int = 0
    examples: list[RefusedLine] = field(default_factory=list)
    _column: int = 0

    def batches(self) -> Iterator[set[str]]:
        numbers = self._numbers()
        while batch := list(islice(numbers, BATCH)):
            yield set(batch)

    def _numbers(self) -> Iterator[str]:
        for line, text in enumerate(self._lines(), start=1):
            if not text or (line == 1 and self._is_header(text)):
                continue
            self.rows += 1
            value = self._cell(text)
            try:
                yield _e164(value, self.country)
            except Refusal as refusal:
                self._refuse(line, value, str(refusal))

    def _lines(self) -> Iterator[str]:
        encoding = _encoding(self.file)
        decode = codecs.getincrementaldecoder(encoding)("replace").decode
        if encoding == "utf-16":
            yield from (text.strip() for text in decode(self.file.read()).splitlines())
            return
        while raw := self.file.readline(LONGEST_LINE):
            yield raw.decode(encoding, "replace").strip()
            while not raw.endswith(b"\n") and (raw := self.file.readline(LONGEST_LINE)):
                continue

    def _is_header(self, text: str) -> bool:
        cells = [cell.strip().strip('"').lower() for cell in _DELIMITER.split(text)]
        found = next((index for index, cell in enumerate(cells) if cell in _NUMBER_HEADERS), None)
        self._column = found or 0
        return found is not None or not any(character.isdigit() for character in text)

    def _cell(self, text: str) -> str:
        cells = _DELIMITER.split(text, self._column + 1)
        return cells[self._column].strip().strip('"') if self._column < len(cells) else ""

    def _refuse(self, line: int, value: str, reason: str) -> None:
        self.refused += 1
        if len(self.examples) < _EXAMPLES:
            self.examples.append(RefusedLine(line=line, value=value[:64], reason=reason))


def _encoding(file: BinaryIO) -> str:
    """What the file begins with tells: a mark of UTF-16, or bytes that are no UTF-8."""
    start = file.read(_SAMPLE)
    file.seek(0)
    if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


def _e164(value: str, country: str) -> str:
    """Whoever stands in a register is not called: also a number that is not in use counts, if it is one at all."""
    if _E164.fullmatch(value):
        return value
    try:
        return normalise(value, country).e164
    except Refusal:
        written = re.sub(r"[ ().\-/]", "", value)
        if _E164.fullmatch(written):
            return written
        raise


async def load_register(
    lists: SuppressionLists, clock: Clock, path: Path, *, name: str, dated: date, country: str, by: str,
    file_name: str = "", campaign_id: int | None = None, expires_at: datetime | None = None,
) -> RegisterReport:  # fmt: skip
    """Replaces the register of that name. Whatever interrupts it, the old version stays in force.

    Raises `Invalid` for a file that cannot be read or hardly holds numbers.
    """
    shown = file_name or path.name
    try:
        opened = path.open("rb")
    except OSError as error:
        raise Invalid(f"{shown}: cannot be read: {error.strerror or error}", field="file") from error
    with closing(opened):
        file = RegisterFile(opened, country)
        register_id = await lists.begin_register(
            name, dated=dated, at=clock.now(), by=by, file_name=shown, campaign_id=campaign_id, expires_at=expires_at
        )
        try:
            await _store(lists, register_id, file)
            _usable(file, shown, name)
            done = await lists.finish_register(register_id, at=clock.now(), refused=file.refused)
        except BaseException:
            await asyncio.shield(lists.drop_register(register_id))
            raise
    log.info("register_in_force", register=name, dated=dated.isoformat(), entries=done.entries, refused=file.refused)
    return RegisterReport(
        register=done,
        rows=file.rows,
        duplicates=file.rows - file.refused - done.entries,
        examples=tuple(file.examples),
    )


async def _store(lists: SuppressionLists, register_id: int, file: RegisterFile) -> None:
    batches = file.batches()
    while (batch := await asyncio.to_thread(next, batches, None)) is not None:
        await lists.add_to_register(register_id, sorted(batch))


def _usable(file: RegisterFile, shown: str, name: str) -> None:
    """A file with the wrong column must not replace a register that keeps people from being called."""
    if 2 * file.refused < file.rows or (file.rows and not file.refused):
        return
    if not file.rows:
        raise Invalid(f"{shown}: there is no number in it; register '{name}' is unchanged.", field="file")
    first = f"; line {file.examples[0].line}: {file.examples[0].reason}" if file.examples else ""
    raise Invalid(
        f"{shown}: {file.refused} of {file.rows} lines are no telephone numbers{first}. Name the column of the numbers "
        f"'number', or check the country; register '{name}' is unchanged.",
        field="file",
    )
