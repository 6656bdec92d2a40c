from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import BaseModel

from dialer.engine.floor import (
    FloorAgent,
    FloorCall,
    FloorCampaign,
    FloorInbound,
    FloorLines,
    FloorSnapshot,
    FloorTrunk,
    FloorWorker,
)


class AlarmView(BaseModel):
    code: str
    subject: str
    message: str
    raised_at: datetime


class FloorModel(BaseModel):
    at: datetime
    agents: list[FloorAgent]
    calls: list[FloorCall]
    inbound: list[FloorInbound]
    lines: FloorLines
    campaigns: list[FloorCampaign]
    trunks: list[FloorTrunk]
    workers: list[FloorWorker]
    alarms: list[AlarmView]
    journal_waiting: int
    recovering: bool

    @classmethod
    def of(cls, floor: FloorSnapshot) -> Self:
        return cls(
            at=floor.at,
            agents=list(floor.agents),
            calls=list(floor.calls),
            inbound=list(floor.inbound),
            lines=floor.lines,
            campaigns=list(floor.campaigns),
            trunks=list(floor.trunks),
            workers=list(floor.workers),
            alarms=[
                AlarmView(code=a.code, subject=a.subject, message=a.message, raised_at=a.occurred_at)
                for a in floor.alarms
            ],
            journal_waiting=floor.journal_waiting,
            recovering=floor.recovering,
        )
