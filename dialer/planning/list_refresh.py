"""Rows of a list that mean people who are there already: what they change, in slices beside a running dialer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import TYPE_CHECKING

from campaigns.importing import AcceptedRow
from campaigns.refresh import Difference, Known, Register, difference
from dialer.planning.import_values import ImportOptions, Unnamed
from dialer.ports.imports import Change, Lists, Match, NewNumber

if TYPE_CHECKING:
    from dialer.planning.open_list import SourceBatch


class Refresh:
    def __init__(self, lists: Lists, campaign_id: int, options: ImportOptions, roles: Collection[str]) -> None:
        self._lists = lists
        self._campaign_id = campaign_id
        self._marks = options.unnamed_numbers is Unnamed.MARK
        self._roles = roles
        self._met: set[int] = set()  # leads the list names
        self._counts: Counter[str] = Counter()

    async def take(self, import_id: int | None, batch: SourceBatch) -> list[AcceptedRow]:
        """Bring up to date whom the rows mean; the rows that mean nobody. Without an import nothing is stored."""
        rows = batch.accepted
        external_ids = [row.external_id for row in rows if row.external_id]
        numbers = [e164 for row in rows for _, e164 in row.numbers]
        found = await self._lists.matches(self._campaign_id, external_ids, numbers, but=import_id)
        register = Register(map(_known, found))
        matches = {match.lead_id: match for match in found}
        changes, unknown = [], []
        for row in rows:
            lead = register.find(row)
            if lead is None:
                unknown.append(row)
                continue
            self._met.add(lead.lead_id)
            change = self._change(matches[lead.lead_id], difference(lead, row, register, self._roles))
            self._counts["unchanged" if change.is_none else "updated"] += 1
            changes += [] if change.is_none else [change]
        if import_id is not None and changes:
            await self._lists.change(import_id, changes)
        return unknown

    def counts(self) -> dict[str, int]:
        """Since the last time."""
        counted, self._counts = dict(self._counts), Counter()
        return counted

    async def missing(self, import_id: int) -> int:
        return max(await self._lists.size(self._campaign_id, but=import_id) - len(self._met), 0)

    def _change(self, match: Match, found: Difference) -> Change:
        place = max((position for position, _ in match.numbers.values()), default=-1) + 1
        added = (
            NewNumber(match.lead_id, e164, kind, place + index) for index, (kind, e164) in enumerate(found.new_numbers)
        )
        return Change(
            lead_id=match.lead_id,
            values=found.values,
            added=tuple(added),
            unusable=found.missing if self._marks else (),
            usable=found.back,
        )


def _known(match: Match) -> Known:
    return Known(
        lead_id=match.lead_id,
        external_id=match.external_id,
        values=match.values,
        numbers={e164: usable for e164, (_, usable) in match.numbers.items()},
        unnamed=match.unnamed,
    )
