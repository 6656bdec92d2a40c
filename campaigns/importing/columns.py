"""Which column means what: as told, or guessed from the headers that lists have in practice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from campaigns.importing.errors import ListError
from campaigns.importing.headers import SEVERAL, kind_of, plain, role_of
from campaigns.importing.mapping import ColumnMapping, Entry

MOST_COLUMNS: Final = 500
REFUSED_COLUMNS: Final = ("line", "column", "reason")  # what a file of refused rows has at the end
DELIMITERS: Final = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class Columns:
    """What every column of a file means. Positions count from 0."""

    header: tuple[str, ...]
    numbers: tuple[tuple[int, str], ...]  # (position, kind) in dialling order
    names: tuple[int, ...]
    single: dict[str, int]  # role -> position, of roles that one column has
    fields: tuple[tuple[int, str], ...]  # (position, name of the custom field); the region is one as well
    missing: tuple[str, ...] = ()  # of a kept mapping, not in this file
    again: bool = False  # a file of refused rows comes back: its last three columns are ours

    def roles(self) -> dict[str, str]:
        """Header -> role, "field" for custom fields; the columns of an earlier refusal are left out."""
        role_at = dict.fromkeys((p for p, _ in self.fields), "field")
        role_at |= dict.fromkeys((p for p, _ in self.numbers), "number") | dict.fromkeys(self.names, "name")
        role_at |= {position: role for role, position in self.single.items()}
        return {self.header[position]: role_at[position] for position in sorted(role_at)}

    def mapping(self) -> ColumnMapping:
        """All that was told or guessed, to be kept for the next list."""
        numbers = [Entry("number", self.header[p], kind) for p, kind in self.numbers]
        names = [Entry("name", self.header[p]) for p in self.names]
        others = [Entry(role, self.header[p]) for role, p in self.single.items()]
        return ColumnMapping((*numbers, *names, *others), lenient=True)


def sniff_delimiter(first_line: str) -> str:
    """The one that stands most often outside quotes in the header line; a comma for a single column."""
    bare = re.sub(r'"[^"]*"', "", first_line)
    return max(DELIMITERS, key=bare.count)


def resolve(header: Sequence[str], mapping: ColumnMapping) -> Columns:
    """Raises `ListError` when a mapped column is missing, or no column holds a number."""
    if len(header) > MOST_COLUMNS:
        raise ListError(f"the header has {len(header)} columns, more than {MOST_COLUMNS}; is it a list of people?")
    names = _unique(header)
    again = tuple(plain(name) for name in names[-3:]) == REFUSED_COLUMNS
    usable = len(names) - 3 if again else len(names)
    told, missing = _told(names[:usable], mapping)
    roles = {position: entry.role for position, entry in told.items()}
    for position, role in _guessed(names[:usable], frozenset(roles.values())):
        if position not in roles and (role in SEVERAL or role not in roles.values()):
            roles[position] = role
    numbers = tuple((p, _kind(names[p], told.get(p))) for p in _positions(roles, "number", told))
    if not numbers:
        raise ListError(_no_number(names, missing), field="mapping")
    return Columns(
        header=names,
        numbers=numbers,
        names=tuple(_positions(roles, "name", told)),
        single={role: p for p, role in roles.items() if role not in SEVERAL},
        fields=tuple((p, names[p]) for p in range(usable) if roles.get(p, "region") == "region"),
        missing=missing,
        again=again,
    )


def _guessed(names: Sequence[str], told: frozenset[str]) -> Iterator[tuple[int, str]]:
    """Of the roles that nobody told."""
    for position, name in enumerate(names):
        role = role_of(name)
        if role is not None and role not in told:
            yield position, role


def _kind(header: str, entry: Entry | None) -> str:
    return (entry.kind if entry else "") or kind_of(header)


def _positions(roles: dict[int, str], role: str, told: dict[int, Entry]) -> list[int]:
    """In the order of the mapping, else from left to right: the first number is dialled first."""
    found = sorted(position for position, its in roles.items() if its == role)
    order = list(told)
    return sorted(found, key=lambda p: order.index(p) if p in told else len(order))


def _told(names: Sequence[str], mapping: ColumnMapping) -> tuple[dict[int, Entry], tuple[str, ...]]:
    """Position -> entry, in the order of the mapping, and the columns that are missing."""
    position_of = {plain(name): position for position, name in reversed(list(enumerate(names)))}
    found: dict[int, Entry] = {}
    missing: list[str] = []
    for entry in mapping.entries:
        position = position_of.get(plain(entry.header))
        if position is None:
            missing.append(entry.header)
        elif found.setdefault(position, entry).role != entry.role:
            words = f"column {entry.header!r} cannot be both {found[position].role} and {entry.role}"
            raise ListError(f"mapping: {words}", field="mapping")
    if missing and not mapping.lenient:
        absent = next(entry for entry in mapping.entries if entry.header in missing)
        raise ListError(
            f"mapping {absent}: there is no such column; the columns are {', '.join(names)[:500]}", field="mapping"
        )
    return found, tuple(missing)


def _no_number(names: Sequence[str], missing: Sequence[str]) -> str:
    lacking = f" (missing: {', '.join(missing)})" if missing else ""
    return (
        f"no column holds telephone numbers{lacking}; the columns are {', '.join(names)[:500]}; "
        "name one with the mapping number=COLUMN"
    )


def _unique(header: Sequence[str]) -> tuple[str, ...]:
    """Every column gets a name of its own, so that no value is lost."""
    names: list[str] = []
    seen: set[str] = set()
    for position, text in enumerate(header, start=1):
        base = " ".join(text.split()) or f"column {position}"
        name, copy = base, 2
        while plain(name) in seen:
            name, copy = f"{base} ({copy})", copy + 1
        seen.add(plain(name))
        names.append(name)
    return tuple(names)
