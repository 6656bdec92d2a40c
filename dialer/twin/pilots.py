"""Pilots in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from campaigns.pilot import PilotDecision, PilotPlan
from dialer.domain import events as e
from dialer.ports.pilots import PilotRow, PilotUnderWay

if TYPE_CHECKING:
    from dialer.twin.ledger import Ledger


def apply(rows: Ledger, event: e.PilotEvent) -> None:
    known = rows.pilots.get(event.pilot_id)
    match event:
        case e.PilotStarted() if known is None:
            plan = PilotPlan(calls=event.calls, agents=event.agents, calls_per_agent=event.calls_per_agent)
            rows.pilots[event.pilot_id] = PilotRow(
                pilot_id=event.pilot_id, campaign_id=event.campaign_id, version=event.version, plan=plan,
                started_at=event.occurred_at, started_by=event.by,
            )  # fmt: skip
        case e.PilotCompleted() if known is not None and known.decision is None:
            rows.pilots[event.pilot_id] = replace(known, ended_at=known.ended_at or event.occurred_at)
        case e.PilotDecided() if known is not None and known.decision is None:
            rows.pilots[event.pilot_id] = replace(
                known,
                ended_at=known.ended_at or event.occurred_at,
                decision=PilotDecision(event.decision),
                decided_at=event.occurred_at,
                decided_by=event.by,
                decided_version=event.version,
                remark=event.remark,
                changed=event.changed,
                report=event.report,
            )


def under_way(rows: Ledger, row: PilotRow) -> PilotUnderWay:
    return PilotUnderWay(
        pilot_id=row.pilot_id,
        campaign_id=row.campaign_id,
        plan=row.plan,
        started_at=row.started_at,
        conversations={
            attempt.attempt_id: attempt.agent_id
            for attempt in rows.attempts.values()
            if attempt.campaign_id == row.campaign_id
            and attempt.connected_at is not None
            and attempt.connected_at >= row.started_at
            and attempt.agent_id is not None
        },
        completed=row.ended_at is not None,
    )
