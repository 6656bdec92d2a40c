"""What is written of an attempt before it is placed, and the order to place it."""

from __future__ import annotations

import json

from campaigns.verdict import Verdict
from dialer.domain.ids import customer_leg
from dialer.engine.live_call import LiveCall
from dialer.ports import AttemptDraft
from sip.commands import PlaceLeg


def draft_of(live: LiveCall, found: Verdict, sip_call_id: str, script: str) -> AttemptDraft:
    trace = [{"rule": rule.rule, "value": rule.value} for rule in found.rules]
    return AttemptDraft(
        attempt_id=live.attempt_id,
        campaign_id=live.call.campaign_id,
        campaign_version=live.campaign.version,
        lead_id=live.call.lead_id,
        number=live.number,
        trunk=live.line.trunk,
        worker=live.line.worker,
        sip_call_id=sip_call_id,
        caller_id=live.caller_id,
        placed_at=live.call.placed_at,
        policy=live.policy.label,
        rules=json.dumps(trace),
        reserved_agent=live.agent_id,
        script_version=script,
        abandon_limit_s=live.limits.abandon_limit_s,
    )


def order_of(live: LiveCall, sip_call_id: str, no_progress_s: float) -> PlaceLeg:
    leg_id = customer_leg(live.attempt_id)
    return PlaceLeg(
        command_id=f"{leg_id}:place",
        leg_id=leg_id,
        destination=live.number,
        trunk=live.line.trunk,
        sip_call_id=sip_call_id,
        caller_id=live.caller_id,
        p_asserted_identity=live.caller_id,
        ring_time_s=float(live.limits.ring_time_s),
        no_progress_s=no_progress_s,
    )
