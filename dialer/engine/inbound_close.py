"""The end of a customer's call: what it means for his lead, and everything it held let go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from campaigns.attempt import AttemptOutcome, PastAttempt
from campaigns.callback import CallbackOrder, CallbackState
from campaigns.inbound import NOT_SERVED
from campaigns.lead import CloseReason, DueKind, LeadState
from campaigns.retry import next_step
from dialer.domain.events import DomainEvent, InboundEvent, LeadRescheduled
from dialer.engine.call_end import lead_events, with_attempt
from dialer.engine.inbound_settings import InboundSettings
from dialer.engine.live_inbound import LiveInbound
from dialer.engine.mailbox import Settle
from dialer.engine.promises import settle
from dialer.engine.served import dismiss_agent, end_legs, settle_rest
from dialer.engine.settings import Policies
from dialer.engine.switchboard import Switchboard

log = structlog.get_logger(__name__)


async def conclude(
    live: LiveInbound, board: Switchboard, settings: InboundSettings, ended: Sequence[InboundEvent],
    receipt: Settle | None, *, hang_up: bool,
) -> bool:  # fmt: skip
    """`ended` and what it means for the lead are written in one transaction. Whether that went without a fault."""
    meaning, sound = _meaning(live, board.settings.policies, settings, board.clock.now())
    board.journal.append([*ended, *meaning], receipt)
    settle_rest(live, board)
    dismiss_agent(live, board, talked=live.call.answered_at is not None)
    board.lines.release(live.line)
    await end_legs(live, board, hang_up=hang_up)
    return sound


def attached(live: LiveInbound, now: datetime) -> list[DomainEvent]:
    """A customer who calls in first has kept the appointment himself."""
    promise = live.dossier.callback if live.dossier is not None else None
    if live.dossier is None or promise is None or promise.state is not CallbackState.OPEN:
        return []
    live.dossier = replace(live.dossier, callback=None)
    by = live.agent_id or ""
    order = CallbackOrder.ATTACH
    return [settle(promise, order, by=by, attempt_id=live.attempt_id, now=now, reason="the customer called in first")]


def conversation(live: LiveInbound, lead_id: int) -> PastAttempt:
    """As the rules see it: we talked to a person."""
    call = live.call
    return PastAttempt(
        attempt_id=call.inbound_id,
        campaign_id=live.campaign.campaign_id,
        lead_id=lead_id,
        number=live.caller,
        placed_at=call.arrived_at,
        answered_at=call.answered_at,
        ended_at=call.ended_at,
        outcome=AttemptOutcome.HUMAN,
    )


def _meaning(
    live: LiveInbound, policies: Policies, settings: InboundSettings, now: datetime
) -> tuple[list[DomainEvent], bool]:
    try:
        return _consequences(live, policies, settings, now), True
    except Exception:
        log.exception("retry_rule_failed", inbound_id=live.attempt_id)
    return [], False


def _consequences(live: LiveInbound, policies: Policies, settings: InboundSettings, now: datetime) -> list[DomainEvent]:
    """Nobody served: called back soon. Talked, and nothing decided yet: as after any such conversation."""
    if live.dossier is None or live.call.outcome is None or live.settled:
        return []
    lead = live.dossier.lead
    if live.call.outcome in NOT_SERVED:
        wished = lead.state is not LeadState.DO_NOT_CALL and lead.closed_reason is not CloseReason.PLANNER
        return [missed(live, settings, now)] if wished and live.call.answered_at is None else []
    ordinary = replace(lead, due_kind=DueKind.RETRY, for_agent=None, escalates_at=None)
    spoken = replace(live.dossier, lead=ordinary, callback=None)
    dossier = with_attempt(spoken, conversation(live, lead.lead_id))
    step = next_step(
        live.campaign.settings, policies.of(live.campaign.settings, lead.country), dossier,
        number=live.caller, outcome=AttemptOutcome.HUMAN, disposition=None, callback_at=None, now=now,
    )  # fmt: skip
    if lead.state is not LeadState.OPEN or step.close is CloseReason.ATTEMPTS_EXHAUSTED:
        return []  # what was decided stands until his agent says otherwise; and his own call is none of ours
    return lead_events(step, dossier, now=now, source=AttemptOutcome.HUMAN)


def missed(live: LiveInbound, settings: InboundSettings, now: datetime) -> LeadRescheduled:
    """For whoever knows the customer first; a promise that is due even earlier stays as it is."""
    assert live.dossier is not None
    lead, due_at = live.dossier.lead, now + timedelta(seconds=settings.missed_due_s)
    sooner = lead.due_kind is DueKind.CALLBACK and lead.due_at is not None and lead.due_at < due_at
    agent = lead.for_agent if sooner else next(iter(live.knows), None)
    return LeadRescheduled(
        occurred_at=now,
        campaign_id=lead.campaign_id,
        lead_id=lead.lead_id,
        due_at=lead.due_at if sooner and lead.due_at is not None else due_at,
        reason="missed call from the customer",
        agent_guaranteed=lead.agent_guaranteed,
        due_kind=DueKind.CALLBACK,
        for_agent=agent,
        escalates_at=due_at + timedelta(seconds=live.campaign.settings.callbacks.escalate_after_s) if agent else None,
    )
