"""Persons who were hung up on as machines count as abandoned where the policy pack says so: as many as are estimated,
one whole person at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from campaigns.campaign import Campaign
from campaigns.screening import ALONE
from campaigns.screening_errors import expected_share, figures
from dialer.clock import Clock
from dialer.domain.events import DomainEvent, MachineAnswered
from dialer.engine.live_call import LiveCall
from dialer.engine.screening_labels import labelled
from dialer.errors import NotReachable
from dialer.ports import Store

log = structlog.get_logger(__name__)

REFRESH_S: Final = 600.0
DAY: Final = timedelta(hours=24)
WINDOW: Final = timedelta(days=30)
_BEFORE_TODAY: Final = timedelta(hours=25)


class ScreeningDebts:
    """`find` is the call under way; `abandon` counts one person of a campaign, abandoned at that time."""

    def __init__(
        self, *, store: Store, clock: Clock, campaigns: Callable[[], Iterable[Campaign]],
        find: Callable[[str], LiveCall | None], abandon: Callable[[int, datetime], None],
    ) -> None:  # fmt: skip
        self._store, self._clock, self._campaigns = store, clock, campaigns
        self._find, self._abandon = find, abandon
        self._shares: dict[str, float] = {}  # by trunk
        self._owed: defaultdict[int, float] = defaultdict(float)  # by campaign, less than one person each

    async def run(self) -> None:
        """What agents have said meanwhile, again and again."""
        while True:
            try:
                await self.refresh()
            except (NotReachable, OSError) as error:
                log.warning("screening_errors_not_counted", error=str(error))
            await self._clock.sleep(REFRESH_S)

    async def refresh(self) -> None:
        rows = await self._store.screening.counted(since=self._clock.now() - WINDOW)
        found = figures(labelled(rows, self._campaigns()))[1:]
        self._shares = {one.trunk: expected_share(one.checked.hits, one.checked.of) for one in found}

    def share(self, trunk: str) -> float:
        """Of persons among the machines of that trunk."""
        return self._shares.get(trunk, expected_share(0, 0))

    async def remember(self, campaign_id: int) -> None:
        """What an earlier engine owed, once the persons are counted anew: today's now, older ones yesterday."""
        await self.refresh()
        now = self._clock.now()
        today = await self._alone(campaign_id, now - DAY)
        month = await self._alone(campaign_id, now - WINDOW)
        for owed, at in ((today, now), (month - today, now - _BEFORE_TODAY)):
            for _ in range(int(owed)):
                self._abandon(campaign_id, at)
        self._owed[campaign_id] = today % 1

    async def _alone(self, campaign_id: int, since: datetime) -> float:
        rows = await self._store.screening.counted(since=since, campaign_id=campaign_id)
        return sum(row.calls * self.share(row.trunk) for row in rows if row.treatment in ALONE)

    def hear(self, events: Sequence[DomainEvent]) -> None:
        for event in events:
            if isinstance(event, MachineAnswered):
                self._owe(event)

    def _owe(self, event: MachineAnswered) -> None:
        live = self._find(event.attempt_id)
        if live is None or not live.policy.screening_errors_abandon:
            return
        self._owed[event.campaign_id] += self.share(live.line.trunk)
        while self._owed[event.campaign_id] >= 1:
            self._owed[event.campaign_id] -= 1
            self._abandon(event.campaign_id, live.call.answered_at or event.occurred_at)
