"""What agents say of calls that are over: whom they met counts in the abandonment rate, whenever they say it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import structlog

from campaigns.campaign import Campaign
from campaigns.screening_errors import is_person, said
from dialer.clock import Clock
from dialer.domain.events import CallDisposed, DispositionCorrected
from dialer.engine.journal import Journal
from dialer.engine.pacer import Pacer
from dialer.errors import NotReachable
from dialer.ports import AttemptRow, Store
from dialer.ports.pacing import USUAL_LIMIT_S

log = structlog.get_logger(__name__)

_AGAIN_S: Final = 5.0


class PacingLabels:
    """`staying`: agents of a campaign."""

    def __init__(
        self, *, store: Store, journal: Journal, clock: Clock, campaign: Callable[[int], Campaign | None],
        pacer: Callable[[int], Pacer | None], staying: Callable[[int], int],
    ) -> None:  # fmt: skip
        self._store, self._journal, self._clock = store, journal, clock
        self._campaign, self._pacer, self._staying = campaign, pacer, staying

    def matters(self, event: CallDisposed | DispositionCorrected) -> bool:
        """Whether it may change who counts as a person."""
        now, before = self._said(event, event.code), self._said(event, _previous(event))
        return now is not before

    async def settle(self, event: CallDisposed | DispositionCorrected) -> None:
        """Once the call's own end is written."""
        while True:
            try:
                await self._journal.commit([])
                row = await self._store.attempt(event.attempt_id)
                break
            except (NotReachable, OSError) as error:
                log.warning("disposition_not_counted_yet", attempt_id=event.attempt_id, error=str(error))
                await self._clock.sleep(_AGAIN_S)
        if row is not None:
            self._count(row, event)

    def _count(self, row: AttemptRow, event: CallDisposed | DispositionCorrected) -> None:
        pacer, at = self._pacer(event.campaign_id), row.answered_at or row.ended_at
        before, now = self._person(row, event, _previous(event)), self._person(row, event, event.code)
        if pacer is None or at is None or before == now:
            return
        if before:
            pacer.taken_back(at, abandoned=_late(row))
        else:
            pacer.answered(at, self._clock.now(), abandoned=_late(row), agents=self._staying(event.campaign_id))

    def _person(self, row: AttemptRow, event: CallDisposed | DispositionCorrected, code: str) -> bool:
        return is_person(
            row.outcome, connected=row.connected_at is not None, verdict=row.screening_verdict or "",
            told=self._said(event, code, marked=row.person_marked_at is not None),
        )  # fmt: skip

    def _said(self, event: CallDisposed | DispositionCorrected, code: str, *, marked: bool = False) -> bool | None:
        campaign = self._campaign(event.campaign_id)
        known = campaign.settings.dispositions if campaign is not None else ()
        return said(next((d for d in known if d.code == code), None), marked=marked)


def _previous(event: CallDisposed | DispositionCorrected) -> str:
    return event.previous if isinstance(event, DispositionCorrected) else ""


def _late(row: AttemptRow) -> bool:
    if row.connected_at is None or row.answered_at is None:
        return False
    limit_s = USUAL_LIMIT_S if row.abandon_limit_s is None else row.abandon_limit_s
    return (row.connected_at - row.answered_at).total_seconds() > limit_s
