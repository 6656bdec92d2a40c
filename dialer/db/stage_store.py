"""The port of the funnel on a database."""

from __future__ import annotations

from datetime import datetime

from campaigns.handover import Handover, HandoverOrder, HandoverState, Loss, LossOrder, LossState
from campaigns.stage import Stage
from campaigns.stage_moves import StageMove
from dialer.db import stage_desk, stages
from dialer.db.database import Database
from dialer.db.stages import Wanted
from dialer.ports.stages import StageStep


class SqlStages:
    """`dialer.ports.stages.Stages`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def move(
        self,
        lead_id: int,
        move: StageMove,
        *,
        expected: Stage,
        to: Stage,
        at: datetime,
        by: str,
        reason: str,
        due_at: datetime | None = None,
    ) -> None:
        await self._db.durably(
            stage_desk.move, lead_id, move, expected=expected, to=to, at=at, by=by, reason=reason, due_at=due_at
        )

    async def offer(self, lead_id: int, *, to: str, note: str, at: datetime, by: str) -> Handover:
        return await self._db.durably(stage_desk.offer, lead_id, to=to, note=note, at=at, by=by)

    async def settle(
        self, handover_id: int, order: HandoverOrder, *, at: datetime, by: str, reason: str, due_at: datetime | None
    ) -> Handover:
        return await self._db.durably(stage_desk.settle, handover_id, order, at=at, by=by, reason=reason, due_at=due_at)

    async def propose_loss(self, lead_id: int, *, reason: str, note: str, at: datetime, by: str) -> Loss:
        return await self._db.durably(stage_desk.propose, lead_id, reason=reason, note=note, at=at, by=by)

    async def decide_loss(
        self, loss_id: int, order: LossOrder, *, at: datetime, by: str, remark: str, due_at: datetime
    ) -> Loss:
        return await self._db.durably(stage_desk.decide, loss_id, order, at=at, by=by, remark=remark, due_at=due_at)

    async def describe(self, lead_id: int, *, name: str | None, fields: dict[str, str], at: datetime, by: str) -> None:
        await self._db.durably(stage_desk.describe, lead_id, name=name, fields=fields, at=at, by=by)

    async def steps(self, lead_id: int) -> list[StageStep]:
        return await self._db.read(stages.steps, lead_id)

    async def handover(self, handover_id: int) -> Handover | None:
        return await self._db.read(stages.handover, handover_id)

    async def loss(self, loss_id: int) -> Loss | None:
        return await self._db.read(stages.loss, loss_id)

    async def handovers(
        self, *, campaign_id: int | None = None, state: HandoverState | None = None, after: int = 0, limit: int = 100
    ) -> list[Handover]:
        return await self._db.read(
            stages.handovers, Wanted(campaign_id=campaign_id, state=state, after=after, limit=limit)
        )

    async def losses(
        self, *, campaign_id: int | None = None, state: LossState | None = None, after: int = 0, limit: int = 100
    ) -> list[Loss]:
        return await self._db.read(
            stages.losses, Wanted(campaign_id=campaign_id, state=state, after=after, limit=limit)
        )

    async def funnel(self, campaign_id: int) -> dict[Stage, int]:
        return await self._db.read(stages.funnel, campaign_id)
