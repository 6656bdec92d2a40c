"""The funnel (漏斗) as people work it: moves, hand-overs to sales, customers given up and sent back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from campaigns.campaign import Campaign
from campaigns.handover import Handover, HandoverOrder, HandoverState, Loss, LossOrder, LossState
from campaigns.lead import Lead
from campaigns.stage import Stage
from campaigns.stage_moves import NEXT, StageMove, after, missing, moves
from campaigns.windows import next_opening
from dialer.clock import Clock
from dialer.engine.settings import Policies
from dialer.errors import Invalid, NotFound, WrongState
from dialer.ports.archive import Archive
from dialer.ports.stages import StageStep

# What a person decides alone; the other moves need an answer from somebody else.
BY_HAND: Final = (
    StageMove.FOUND,
    StageMove.BOOKED,
    StageMove.APPOINTMENT_CANCELLED,
    StageMove.SOLD,
    StageMove.REOPENED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a customer stands. `missing`: details without which he does not go up."""

    lead: Lead
    moves: tuple[StageMove, ...]
    missing: tuple[str, ...]
    steps: tuple[StageStep, ...]


class StagePlanning:
    """`told` is called after leads changed."""

    def __init__(self, *, archive: Archive, clock: Clock, policies: Policies, told: Callable[[], None]) -> None:
        self._archive, self._clock, self._policies, self._told = archive, clock, policies, told

    async def standing(self, lead_id: int) -> Standing:
        lead = await self._lead(lead_id)
        campaign = await self._campaign(lead)
        return Standing(
            lead=lead,
            moves=tuple(move for move in moves(lead.stage) if move in BY_HAND),
            missing=missing(lead, campaign.settings.required_details),
            steps=tuple(await self._archive.stages.steps(lead_id)),
        )

    async def move(self, lead_id: int, move: StageMove, *, by: str, reason: str = "") -> Standing:
        """Raises `WrongState` where there is no such way from the lead's stage, `Invalid` where details are missing."""
        if move not in BY_HAND:
            raise Invalid(f"'{move}' is not moved by hand: it is the answer to a hand-over or proposal", field="move")
        lead = await self._lead(lead_id)
        campaign = await self._campaign(lead)
        target = after(lead, move, campaign.settings.required_details)
        if target is None:
            raise _no_way(lead, move, missing(lead, campaign.settings.required_details))
        due_at = await self._opening(lead_id) if move is StageMove.REOPENED else None
        await self._archive.stages.move(
            lead_id, move, expected=lead.stage, to=target, at=self._clock.now(), by=by, reason=reason, due_at=due_at
        )
        self._told()
        return await self.standing(lead_id)

    async def describe(self, lead_id: int, *, name: str | None, fields: dict[str, str], by: str) -> Standing:
        if name is not None and not name.strip():
            raise Invalid("name must not be empty", field="name")
        if "name" in fields:
            raise Invalid("fields.name: the name is not a field; give it as name", field="fields")
        await self._archive.stages.describe(lead_id, name=name, fields=fields, at=self._clock.now(), by=by)
        return await self.standing(lead_id)

    # sales
    async def hand_over(self, lead_id: int, *, to: str, note: str, by: str) -> Handover:
        return await self._archive.stages.offer(lead_id, to=to, note=note, at=self._clock.now(), by=by)

    async def answer(self, handover_id: int, order: HandoverOrder, *, by: str, reason: str = "") -> Handover:
        """Returned customers are called again, in the campaign's hours."""
        known = await self._archive.stages.handover(handover_id)
        if known is None:
            raise NotFound(f"there is no hand-over {handover_id}", field="handover")
        if order is HandoverOrder.RETURN and not reason.strip():
            raise Invalid("reason: say why the customer is given back", field="reason")
        due_at = await self._opening(known.lead_id) if order is HandoverOrder.RETURN else None
        settled = await self._archive.stages.settle(
            handover_id, order, at=self._clock.now(), by=by, reason=reason, due_at=due_at
        )
        self._told()
        return settled

    async def handovers(
        self, campaign: Campaign | None, *, state: HandoverState | None, after_id: int, limit: int
    ) -> list[Handover]:
        return await self._archive.stages.handovers(
            campaign_id=None if campaign is None else campaign.campaign_id, state=state, after=after_id, limit=limit
        )

    # customers given up
    async def propose_loss(self, lead_id: int, *, reason: str, note: str, by: str) -> Loss:
        lead = await self._lead(lead_id)
        known = (await self._campaign(lead)).settings.loss_reasons
        if not reason.strip():
            raise Invalid("reason: say why the customer is given up", field="reason")
        if known and reason not in known:
            raise Invalid(f"reason '{reason}' is none of the campaign's: {', '.join(known)}", field="reason")
        proposed = await self._archive.stages.propose_loss(
            lead_id, reason=reason, note=note, at=self._clock.now(), by=by
        )
        self._told()
        return proposed

    async def decide_loss(self, loss_id: int, order: LossOrder, *, by: str, remark: str = "") -> Loss:
        """By somebody else than who proposed it."""
        known = await self._archive.stages.loss(loss_id)
        if known is None:
            raise NotFound(f"there is no proposal {loss_id} to give a customer up", field="loss")
        if by == known.proposed_by:
            raise WrongState(f"{by} proposed it; a supervisor has to decide", field="by")
        if order is LossOrder.SEND_BACK and not remark.strip():
            raise Invalid("remark: say what is still to be tried", field="remark")
        due_at = await self._opening(known.lead_id)
        decided = await self._archive.stages.decide_loss(
            loss_id, order, at=self._clock.now(), by=by, remark=remark, due_at=due_at
        )
        self._told()
        return decided

    async def losses(
        self, campaign: Campaign | None, *, state: LossState | None, after_id: int, limit: int
    ) -> list[Loss]:
        return await self._archive.stages.losses(
            campaign_id=None if campaign is None else campaign.campaign_id, state=state, after=after_id, limit=limit
        )

    async def funnel(self, campaign: Campaign) -> dict[Stage, int]:
        return await self._archive.stages.funnel(campaign.campaign_id)

    async def _lead(self, lead_id: int) -> Lead:
        return (await self._archive.dossier(lead_id, now=self._clock.now())).lead

    async def _campaign(self, lead: Lead) -> Campaign:
        return next(c for c in await self._archive.campaigns() if c.campaign_id == lead.campaign_id)

    async def _opening(self, lead_id: int) -> datetime:
        """The next calling hour of the customer."""
        lead, now = await self._lead(lead_id), self._clock.now()
        settings = (await self._campaign(lead)).settings
        policy = self._policies.of(settings, lead.country)
        return next_opening(settings.schedule, lead.time_zone, now, policy) or now


def _no_way(lead: Lead, move: StageMove, lacking: tuple[str, ...]) -> Invalid | WrongState:
    if (lead.stage, move) in NEXT:
        return Invalid(
            f"lead {lead.lead_id} cannot go up before its details are complete; missing: {', '.join(lacking)}",
            field=lacking[0],
        )
    possible = ", ".join(way for way in moves(lead.stage) if way in BY_HAND) or "none"
    return WrongState(
        f"lead {lead.lead_id} is at stage {lead.stage}: '{move}' does not lead on from there; possible: {possible}",
        field="move",
    )
