"""OPEN leads in the order in which they are dialled (`campaigns.order`), so that a lease need not look at them all.

What is due stands in one sorted row for each rank, list and time zone; what is due later waits sorted by its time.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

from campaigns import order
from campaigns.lead import Lead, LeadState
from campaigns.order import Turns
from campaigns.places import Place

Fits = Callable[[Lead], bool]
_Row = tuple[int, str, str]  # rank, list, time zone
_AFTER_ALL = 1 << 62  # more than any lead's number


class DueLeads:
    """One campaign's; an index of the leads' table. `now` may be asked in any order; it is fastest forwards."""

    def __init__(self) -> None:
        self._due: dict[_Row, list[order.Key]] = {}
        self._later: list[tuple[datetime, int]] = []
        self._leads: dict[int, Lead] = {}
        self._passed: set[int] = set()  # of them, those that stand in `_due`
        self._places: Counter[tuple[int | None, Place]] = Counter()
        self._escalating: set[int] = set()

    def put(self, lead: Lead) -> None:
        if lead.due_at is None:
            return
        self._leads[lead.lead_id] = lead
        self._places[lead.import_id, Place(lead.country, lead.time_zone)] += 1
        insort(self._later, (lead.due_at, lead.lead_id))
        if lead.escalates_at is not None:
            self._escalating.add(lead.lead_id)

    def take(self, lead_id: int) -> None:
        lead = self._leads.pop(lead_id, None)
        if lead is None or lead.due_at is None:
            return
        self._places[lead.import_id, Place(lead.country, lead.time_zone)] -= 1
        self._escalating.discard(lead_id)
        if lead_id in self._passed:
            self._passed.remove(lead_id)
            _remove(self._due[_row(lead)], order.key(lead))
        else:
            _remove(self._later, (lead.due_at, lead_id))

    def first(self, now: datetime, zones: Collection[str] | None, turns: Turns[str], fits: Fits) -> Lead | None:
        """The one to dial next."""
        self._pass(now)
        for _, rows in groupby(sorted(self._due), key=lambda row: row[0]):
            heads: dict[str, Lead] = {}
            for row in rows:
                if (zones is None or row[2] in zones) and (lead := self._head(row, now, fits)) is not None:
                    known = heads.get(row[1])
                    heads[row[1]] = lead if known is None else min(known, lead, key=order.key)
            if heads:
                [source] = turns.order(heads.keys(), 1)
                return heads[source]
        return None

    @property
    def open(self) -> int:
        return len(self._leads)

    def due(self, now: datetime) -> Iterator[Lead]:
        """Those due, in no particular order."""
        self._pass(now)
        return (self._leads[lead_id] for lead_id in self._passed)

    def later(self, now: datetime) -> Iterator[Lead]:
        """Those due after `now`, the first one first."""
        start = bisect_right(self._later, (now, _AFTER_ALL))
        return (self._leads[self._later[n][1]] for n in range(start, len(self._later)))

    def escalating(self) -> list[Lead]:
        return [self._leads[lead_id] for lead_id in self._escalating]

    def places(self, complete: Callable[[int | None], bool]) -> set[Place]:
        return {place for (import_id, place), leads in self._places.items() if leads and complete(import_id)}

    def _head(self, row: _Row, now: datetime, fits: Fits) -> Lead | None:
        leads = (self._leads[key[-1]] for key in self._due[row])
        return next((lead for lead in leads if lead.due_at is not None and lead.due_at <= now and fits(lead)), None)

    def _pass(self, now: datetime) -> None:
        passed = 0
        for due_at, lead_id in self._later:
            if due_at > now:
                break
            lead = self._leads[lead_id]
            insort(self._due.setdefault(_row(lead), []), order.key(lead))
            self._passed.add(lead_id)
            passed += 1
        del self._later[:passed]


class DueByCampaign:
    """The index: it follows every lead into and out of its campaign's rows."""

    def __init__(self) -> None:
        self._campaigns: dict[int, DueLeads] = {}

    def __getitem__(self, campaign_id: int) -> DueLeads:
        return self._campaigns.setdefault(campaign_id, DueLeads())

    def changed(self, key: int, old: Lead | None, new: Lead | None) -> None:
        if old is not None and old.state is LeadState.OPEN:
            self[old.campaign_id].take(key)
        if new is not None and new.state is LeadState.OPEN:
            self[new.campaign_id].put(new)


def _row(lead: Lead) -> _Row:
    return order.rank(lead.due_kind, lead.priority), lead.source, lead.time_zone


def _remove(rows: list[Any], row: Any) -> None:
    del rows[bisect_left(rows, row)]
