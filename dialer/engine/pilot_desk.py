"""Pilots started, taken up again and decided: each step one transaction with the campaign's state."""

from __future__ import annotations

import asyncio

from campaigns.campaign import Campaign, CampaignOrder
from campaigns.pilot import PilotDecision, PilotPlan, order_of
from dialer.clock import Clock
from dialer.domain.events import PilotDecided, PilotStarted
from dialer.domain.ids import new_id
from dialer.engine.campaign_desk import CampaignDesk
from dialer.engine.lines_check import LinesCheck
from dialer.engine.pilot_book import PilotBook
from dialer.errors import WrongState
from dialer.ports.pilots import PilotUnderWay


class PilotDesk:
    def __init__(self, clock: Clock, book: PilotBook, campaigns: CampaignDesk, lines: LinesCheck) -> None:
        self._clock, self._book, self._campaigns, self._lines = clock, book, campaigns, lines
        self._turn = asyncio.Lock()  # two answers to one question take turns

    async def start(self, code: str, plan: PilotPlan, *, by: str) -> Campaign:
        """Raises `FewerLinesThanAgents`, `WrongState`, `NotFound` or `Invalid`."""
        async with self._turn:
            campaign = await self._startable(code, plan)
            self.may_start(campaign)
            now = self._clock.now()
            pilot_id = new_id(now)
            started = PilotStarted(
                occurred_at=now, pilot_id=pilot_id, campaign_id=campaign.campaign_id, version=campaign.version,
                calls=plan.calls, calls_per_agent=plan.calls_per_agent, agents=plan.agents, by=by,
            )  # fmt: skip
            begun = PilotUnderWay(
                pilot_id=pilot_id, campaign_id=campaign.campaign_id, plan=plan, started_at=now, conversations={}
            )
            self._campaigns.following(campaign, CampaignOrder.PILOT)
            self._book.begin(begun)
            return await self._campaigns.order(code, CampaignOrder.PILOT, by=by, beside=[started])

    async def resume(self, code: str, *, by: str) -> Campaign:
        """Of one that was paused: the count goes on."""
        async with self._turn:
            campaign = await self._campaigns.find(code)
            plan = self._book.plan(campaign.campaign_id)
            if plan is None:
                raise WrongState(f"campaign {code} has no pilot to take up again; start one with a plan", field="code")
            await self._startable(code, plan)
            return await self._campaigns.order(code, CampaignOrder.PILOT, by=by)

    async def decide(self, code: str, event: PilotDecided) -> Campaign:
        """Durable when it returns. Raises `WrongState`, and for go whatever a start raises."""
        async with self._turn:
            campaign = await self._campaigns.find(code)
            if self._book.undecided(campaign.campaign_id) != event.pilot_id:
                raise WrongState(f"the pilot of campaign {code} was decided meanwhile; look again", field="code")
            order = decided_order(campaign, PilotDecision(event.decision))
            if order is CampaignOrder.GO:
                self._campaigns.check(campaign.settings)
                self._lines.may_start(campaign)
            done = await self._campaigns.order(code, order, by=event.by, beside=[event])
            self._book.decided(campaign.campaign_id)
            self._campaigns.look_again()
            return done

    def may_start(self, campaign: Campaign) -> None:
        """The campaign or another pilot. Raises `WrongState`."""
        if self._book.undecided(campaign.campaign_id) is not None:
            code = campaign.settings.code
            raise WrongState(
                f"the last pilot of campaign {code} has no decision yet; decide first: go, adjust or stop "
                f"(goldenhour pilot decide {code} go|adjust|stop)",
                field="code",
                details={"state": campaign.state.value},
            )

    async def _startable(self, code: str, plan: PilotPlan) -> Campaign:
        campaign = await self._campaigns.find(code)
        self._campaigns.following(campaign, CampaignOrder.PILOT)
        self._campaigns.check(campaign.settings)
        self._lines.may_pilot(campaign, plan)
        return campaign


def decided_order(campaign: Campaign, decision: PilotDecision) -> CampaignOrder | None:
    """None where the campaign is as decided already. Raises `WrongState`."""
    try:
        return order_of(decision, campaign.state)
    except ValueError as error:
        raise WrongState(
            f"campaign {campaign.settings.code} is {campaign.state}: decide go or stop",
            field="decision",
            details={"state": campaign.state.value},
        ) from error
