"""The product's account of a campaign, as its commands tell it, in the form the reconciliation takes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from campaigns.attempt import AttemptOutcome
from dialer.ports import AttemptRow


def attempt_row(told: Mapping[str, Any]) -> AttemptRow:
    """An entry of `goldenhour attempts --json`; what that does not tell stays empty."""

    def moment(name: str) -> datetime | None:
        return datetime.fromisoformat(told[name]) if told[name] else None

    placed_at = moment("placed_at")
    assert placed_at is not None
    return AttemptRow(
        attempt_id=told["id"], campaign_id=0, campaign_code="", lead_id=told["lead"], lead_name="",
        number=told["number"], trunk=told["trunk"], worker=told["worker"], sip_call_id=told["sip_call_id"],
        caller_id="", placed_at=placed_at, ringing_at=moment("ringing_at"), answered_at=moment("answered_at"),
        connected_at=moment("connected_at"), ended_at=moment("ended_at"),
        outcome=AttemptOutcome(told["outcome"]) if told["outcome"] else None, sip_status=told["sip_status"],
        q850=told["q850"], agent_id=told["agent"], disposition=told["disposition"],
        recording_path=told["recording"], mos=told["mos"],
    )  # fmt: skip
