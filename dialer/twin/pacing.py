"""What pacing keeps, in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from campaigns.attempt import AttemptOutcome
from campaigns.lead import LeadState
from campaigns.screening_errors import is_person
from dialer.ports import AttemptRow
from dialer.ports.pacing import USUAL_LIMIT_S, CountedBin, DecisionPage, LearnedState

if TYPE_CHECKING:
    from dialer.twin.ledger import Ledger

_BIN_S = 300


class MemoryPacing:
    def __init__(self, rows: Callable[[], Ledger], reach: Callable[[], None] = lambda: None) -> None:
        self._rows, self._reach = rows, reach
        self._learned: dict[int, LearnedState] = {}
        self._pages: list[DecisionPage] = []

    async def counted(self, campaign_id: int, *, since: datetime, sayings: Mapping[str, bool]) -> list[CountedBin]:
        self._reach()
        answered: Counter[int] = Counter()
        abandoned: Counter[int] = Counter()
        for row in self._rows().attempts.values():
            at = row.answered_at or row.ended_at
            if row.campaign_id != campaign_id or at is None or at < since or not _by_person(row, sayings):
                continue
            number = int(at.timestamp() // _BIN_S)
            answered[number] += 1
            abandoned[number] += _abandoned(row)
        return [
            CountedBin(at_s=number * _BIN_S, answered=count, abandoned=abandoned[number])
            for number, count in sorted(answered.items())
        ]

    async def guaranteed(self, campaign_id: int) -> dict[int, datetime]:
        self._reach()
        return {
            lead.lead_id: lead.due_at
            for lead in self._rows().leads.values()
            if lead.campaign_id == campaign_id
            and lead.state is LeadState.OPEN
            and lead.agent_guaranteed
            and lead.due_at is not None
        }

    async def learned(self, campaign_id: int) -> LearnedState | None:
        self._reach()
        return self._learned.get(campaign_id)

    async def keep_learned(self, states: Mapping[int, Mapping[str, Any]], *, at: datetime) -> None:
        self._reach()
        self._learned |= {number: LearnedState(at=at, state=state) for number, state in states.items()}

    async def forget(self, campaign_id: int) -> bool:
        self._reach()
        return self._learned.pop(campaign_id, None) is not None

    async def log(self, pages: Sequence[DecisionPage]) -> None:
        self._reach()
        self._pages.extend(pages)

    async def logged(self, campaign_id: int, *, at: datetime) -> list[DecisionPage]:
        self._reach()
        own = sorted((page for page in self._pages if page.campaign_id == campaign_id), key=lambda page: page.first)
        before = [page for page in own if page.first <= at]
        return [*before[-2:], *(page for page in own if page.first > at)][: len(before[-2:]) + 1]

    async def purge(self, *, before: datetime) -> int:
        self._reach()
        kept = [page for page in self._pages if page.last >= before]
        gone, self._pages = len(self._pages) - len(kept), kept
        return gone


def _by_person(row: AttemptRow, sayings: Mapping[str, bool]) -> bool:
    told = sayings.get(row.disposition or "")
    if told is None and row.person_marked_at is not None:
        told = True
    return is_person(
        row.outcome, connected=row.connected_at is not None, verdict=row.screening_verdict or "", told=told
    )


def _abandoned(row: AttemptRow) -> bool:
    limit_s = USUAL_LIMIT_S if row.abandon_limit_s is None else row.abandon_limit_s
    late = (
        row.connected_at is not None
        and row.answered_at is not None
        and (row.connected_at - row.answered_at).total_seconds() > limit_s
    )
    return late or row.outcome is AttemptOutcome.ABANDONED
