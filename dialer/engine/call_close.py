"""The end of every call, however it came: written down, agent, line and recording let go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import structlog

from dialer.domain.events import DomainEvent, LeadRescheduled
from dialer.engine.call_end import consequences
from dialer.engine.live_call import LiveCall
from dialer.engine.mailbox import Settle
from dialer.engine.served import dismiss_agent, end_legs, settle_rest
from dialer.engine.switchboard import Switchboard

log = structlog.get_logger(__name__)


async def conclude(
    live: LiveCall, board: Switchboard, ended: Sequence[DomainEvent], receipt: Settle | None, *, hang_up: bool
) -> bool:
    """`ended` and what it means for the lead are written in one transaction. Whether that went without a fault.

    `hang_up`: the customer's leg may still be up.
    """
    meaning, sound = _meaning(live, board)
    board.journal.append([*ended, *meaning], receipt)
    settle_rest(live, board)
    dismiss_agent(live, board, talked=live.call.connected_at is not None)
    board.lines.release(live.line)
    board.over(live)
    await end_legs(live, board, hang_up=hang_up)
    return sound


def _meaning(live: LiveCall, board: Switchboard) -> tuple[list[DomainEvent], bool]:
    """A rule that fails is our bug; the lead rests for a day then, instead of being dialled again and again."""
    now = board.clock.now()
    try:
        return consequences(live, now), True
    except Exception:
        log.exception("retry_rule_failed", attempt_id=live.attempt_id)
    rest = LeadRescheduled(
        occurred_at=now,
        campaign_id=live.call.campaign_id,
        lead_id=live.call.lead_id,
        due_at=now + timedelta(days=1),
        reason="internal_error",
    )
    return [rest], False
