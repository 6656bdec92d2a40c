"""Where events go in the feed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from campaigns.attempt import AttemptOutcome
from campaigns.campaign import CampaignState
from campaigns.lead import CloseReason
from dialer.domain import events as e
from dialer.domain.agent import AgentState
from dialer.domain.topics import _NAMED_BY, _STATES, subject

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
CALL: dict[str, Any] = {"occurred_at": NOON, "attempt_id": "0192ab", "campaign_id": 3, "lead_id": 7}


@pytest.mark.parametrize(
    ("event", "topic", "retained"),
    [
        (e.CallAnswered(**CALL), "call/0192ab/answered", False),
        (e.CallEnded(**CALL, outcome=AttemptOutcome.BUSY), "call/0192ab/ended", False),
        (e.SafeHarbourStarted(**CALL), "call/0192ab/safe_harbour_started", False),
        (
            e.LeadClosed(occurred_at=NOON, campaign_id=3, lead_id=7, reason=CloseReason.DECLINED),
            "lead/7/closed",
            False,
        ),
        (
            e.NumberSuppressed(occurred_at=NOON, e164="+8613800000001", reason="asked", source="agent"),
            "number/suppressed",
            False,
        ),
        (
            e.AgentStateChanged(occurred_at=NOON, agent_id="mei", previous=AgentState.READY, state=AgentState.PAUSED),
            "agent/mei/state",
            True,
        ),
        (
            e.CampaignStateChanged(
                occurred_at=NOON, campaign_id=3, previous=CampaignState.DRAFT, state=CampaignState.RUNNING
            ),
            "campaign/3/state",
            True,
        ),
        (e.TrunkWentUp(occurred_at=NOON, trunk="carrier"), "trunk/carrier/state", True),
        (e.TrunkWentDown(occurred_at=NOON, trunk="a/b+c#%", reason=""), "trunk/a%2Fb%2Bc%23%25/state", True),
        (e.WorkerWentUp(occurred_at=NOON, worker="w1", max_legs=4), "worker/w1/state", True),
        (
            e.AlarmRaised(occurred_at=NOON, code="disk_full", subject="recordings", message=""),
            "alarm/disk_full/recordings/state",
            True,
        ),
        (e.RecordingLost(occurred_at=NOON, recording_id="r1", reason=""), "recording/r1/lost", False),
        (e.RecordingHeld(occurred_at=NOON, recording_id="r1", by="", reason=""), "recording/r1/held", False),
        (e.RecordingReleased(occurred_at=NOON, recording_id="r1", by="", reason=""), "recording/r1/released", False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_kind_has_its_place(event: e.DomainEvent, topic: str, retained: bool) -> None:
    assert subject(event) == (topic, retained)


@pytest.mark.parametrize("kind", e.NAMES, ids=lambda kind: kind.__name__)
def test_no_topic_carries_a_number(kind: type[e.DomainEvent]) -> None:
    named_by = {_NAMED_BY.get(kind, ""), *_STATES.get(kind, ())}
    assert "e164" not in named_by
    assert named_by <= {"", *(field.name for field in msgspec.structs.fields(kind))}
