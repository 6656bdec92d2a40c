"""A list brought again: which lead a row means, and what in it is new."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from campaigns.importing import AcceptedRow

# What a row says of the person. History, stage, state and due time are not the list's to change.
_ALWAYS: Final = ("name", "source", "segment", "owner", "skill", "external_id")  # where the row says anything
_MAPPED: Final = ("priority", "value", "time_zone")  # where the list has a column for it: they always say something


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A lead that is there. `numbers`: E.164 -> usable; `unnamed` are those that only an earlier list's silence made
    unusable."""

    lead_id: int
    external_id: str
    values: Mapping[str, Any]
    numbers: Mapping[str, bool]
    unnamed: Collection[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """`values` are (before, after) by name; `missing` are numbers the row does not name any more, `back` those it names
    again."""

    values: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    new_numbers: tuple[tuple[str, str], ...] = ()  # (kind, E.164)
    missing: tuple[str, ...] = ()
    back: tuple[str, ...] = ()


class Register:
    """Who is known, by the planner's own number for the person and by telephone number."""

    def __init__(self, known: Iterable[Known]) -> None:
        self._by_id: dict[str, Known] = {}
        self._by_number: dict[str, Known] = {}
        for lead in sorted(known, key=lambda lead: lead.lead_id):
            if lead.external_id:
                self._by_id.setdefault(lead.external_id, lead)
            for e164 in lead.numbers:
                self._by_number.setdefault(e164, lead)

    def find(self, row: AcceptedRow) -> Known | None:
        """By external id where the row has one, else by any of its numbers, the first one first."""
        if row.external_id and (lead := self._by_id.get(row.external_id)) is not None:
            return lead
        for _, e164 in row.numbers:
            lead = self._by_number.get(e164)
            # Two people with different numbers of the planner's are two people, even behind one telephone.
            if lead is not None and not (row.external_id and lead.external_id):
                return lead
        return None

    def taken(self, e164: str) -> bool:
        return e164 in self._by_number


def difference(lead: Known, row: AcceptedRow, register: Register, roles: Collection[str]) -> Difference:
    """`roles` are what the columns of the list stand for. Numbers that are somebody else's stay with them."""
    values = {name: getattr(row, name) for name in _ALWAYS if getattr(row, name)}
    values |= {name: getattr(row, name) for name in _MAPPED if name in roles}
    fields = {**lead.values["fields"], **row.fields}
    changed = {name: (lead.values[name], new) for name, new in values.items() if lead.values[name] != new}
    if fields != dict(lead.values["fields"]):
        changed["fields"] = (dict(lead.values["fields"]), fields)
    named = {e164 for _, e164 in row.numbers}
    return Difference(
        values=changed,
        new_numbers=tuple((kind, e164) for kind, e164 in row.numbers if not register.taken(e164)),
        missing=tuple(e164 for e164, usable in lead.numbers.items() if usable and e164 not in named),
        back=tuple(e164 for e164 in lead.unnamed if e164 in named),
    )
