"""The pilots that are not decided yet: their plans, and the conversations each agent has had in them.

Attempts are limited by what is in memory; a restart finds the same counts in the store.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from campaigns.campaign import Campaign, CampaignState
from campaigns.idle import IdleReason
from campaigns.pilot import PilotPlan, complete, room, serves
from dialer.clock import Clock
from dialer.domain.events import CallConnected, PilotCompleted
from dialer.engine.journal import Journal
from dialer.ports import Store
from dialer.ports.pilots import PilotUnderWay

_UNLIMITED: Final = 1_000_000


@dataclass(slots=True, kw_only=True)
class _Open:
    pilot_id: str
    plan: PilotPlan
    conversations: dict[str, str] = field(default_factory=dict)  # attempt -> agent

    @property
    def calls(self) -> Mapping[str, int]:
        return Counter(self.conversations.values())

    @property
    def complete(self) -> bool:
        return complete(self.plan, self.calls)


class PilotBook:
    def __init__(self, store: Store, journal: Journal, clock: Clock) -> None:
        self._store, self._journal, self._clock = store, journal, clock
        self._open: dict[int, _Open] = {}  # by campaign

    async def load(self) -> None:
        """Once the journal is written: what completed in the last moment of an earlier engine is told now."""
        for found in await self._store.pilots_under_way():
            self.begin(found)
            if self._open[found.campaign_id].complete and not found.completed:
                self._completed(found.campaign_id)

    def begin(self, pilot: PilotUnderWay) -> None:
        self._open[pilot.campaign_id] = _Open(
            pilot_id=pilot.pilot_id, plan=pilot.plan, conversations=dict(pilot.conversations)
        )

    def decided(self, campaign_id: int) -> None:
        self._open.pop(campaign_id, None)

    def undecided(self, campaign_id: int) -> str | None:
        """The pilot's id."""
        found = self._open.get(campaign_id)
        return None if found is None else found.pilot_id

    def plan(self, campaign_id: int) -> PilotPlan | None:
        found = self._open.get(campaign_id)
        return None if found is None else found.plan

    def serves(self, agent_id: str, campaign: Campaign) -> bool:
        """Whether the campaign's pilot, where one is under way, leaves the agent a call. Once it is complete nothing is
        dialled, and customers who call in reach whoever serves the campaign."""
        if campaign.state is not CampaignState.PILOT:
            return True
        found = self._open.get(campaign.campaign_id)
        return found is not None and (found.complete or serves(found.plan, agent_id, found.calls))

    def room(self, campaign: Campaign, in_flight: int) -> tuple[int, IdleReason]:
        """Attempts that may be placed, and what keeps them from being more; `in_flight` are not connected yet."""
        if campaign.state is not CampaignState.PILOT:
            return _UNLIMITED, IdleReason.PILOT_LIMIT
        found = self._open.get(campaign.campaign_id)
        if found is None or found.complete:
            return 0, IdleReason.PILOT_COMPLETE
        return room(found.plan, found.calls, in_flight), IdleReason.PILOT_LIMIT

    def complete(self, campaign: Campaign) -> bool:
        """Nothing more is dialled before the decision."""
        return campaign.state is CampaignState.PILOT and self.room(campaign, 0)[1] is IdleReason.PILOT_COMPLETE

    def connected(self, event: CallConnected) -> None:
        found = self._open.get(event.campaign_id)
        if found is None or event.attempt_id in found.conversations:
            return
        before = found.complete
        found.conversations[event.attempt_id] = event.agent_id
        if found.complete and not before:
            self._completed(event.campaign_id)

    def _completed(self, campaign_id: int) -> None:
        found = self._open[campaign_id]
        told = PilotCompleted(
            occurred_at=self._clock.now(),
            pilot_id=found.pilot_id,
            campaign_id=campaign_id,
            conversations=len(found.conversations),
        )
        self._journal.append([told])
