"""What a planner says about the columns of a list; a value to be kept and applied to the next list."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from campaigns.importing.errors import ListError
from campaigns.importing.headers import KINDS, ROLES, SEVERAL, plain

_WRITTEN: Final = re.compile(r"(?P<role>[a-z_]+?)(?P<place>[1-9]\d?)?(?::(?P<kind>[a-z]+))?")


class Entry(NamedTuple):
    """`place` 1 is dialled first; 0 leaves the order to that of the entries. `kind` "" follows from the header."""

    role: str
    header: str
    kind: str = ""
    place: int = 0

    def __str__(self) -> str:
        return f"{self.role}{self.place or ''}{':' if self.kind else ''}{self.kind}={self.header}"


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Roles left out are guessed from the headers. With `lenient`, columns that a file lacks are reported, not refused:
    so a kept mapping fits lists that differ a little."""

    entries: tuple[Entry, ...] = ()
    lenient: bool = False

    def items(self) -> list[str]:
        """What `parse_mapping` reads: the form to keep it in."""
        return [str(entry) for entry in self.entries]

    def under(self, told: ColumnMapping) -> ColumnMapping:
        """This kept mapping with what was told for one list, which wins role by role and column by column."""
        roles = {entry.role for entry in told.entries}
        headers = {plain(entry.header) for entry in told.entries}
        kept = [entry for entry in self.entries if entry.role not in roles and plain(entry.header) not in headers]
        return replace(self, entries=(*told.entries, *kept))


def parse_mapping(items: Iterable[str], *, lenient: bool = False) -> ColumnMapping:
    """Items like `number=手机`, `number2:work=办公电话`; only number and name may be given several times.

    Raises `ListError`."""
    entries = [_entry(item) for item in items]
    for role in ROLES:
        headers = [entry.header for entry in entries if entry.role == role]
        if role not in SEVERAL and len(headers) > 1:
            raise ListError(f"mapping: {role} can be one column only, not {', '.join(headers)}", field="mapping")
    return ColumnMapping(tuple(sorted(entries, key=lambda entry: entry.place or 1)), lenient)


def _entry(item: str) -> Entry:
    written, separator, header = item.partition("=")
    found = _WRITTEN.fullmatch(written.strip().lower())
    if found is None or not separator or not header.strip() or found["role"] not in ROLES:
        raise ListError(
            f"mapping {item!r} is not understood; write ROLE=COLUMN with a role of {', '.join(ROLES)}", field="mapping"
        )
    kind = found["kind"] or ""
    if (kind or found["place"]) and found["role"] != "number":
        raise ListError(f"mapping {item!r}: only number has a type and a place", field="mapping")
    if kind and kind not in KINDS:
        raise ListError(f"mapping {item!r}: the type of a number is one of {', '.join(KINDS)}", field="mapping")
    return Entry(found["role"], header.strip(), kind, int(found["place"] or 0))
