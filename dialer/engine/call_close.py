"""The end of every call, however it came: written down, agent, line and recording let go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import structlog

from dialer.domain.events import DomainEvent, LeadRescheduled
from dialer.engine.call_end import consequences
from dialer.engine.live_call import LiveCall
from dialer.engine.mailbox import Settle
from dialer.engine.switchboard import Switchboard
from sip.commands import HangupReason

log = structlog.get_logger(__name__)


async def conclude(
    live: LiveCall, board: Switchboard, ended: Sequence[DomainEvent], receipt: Settle | None, *, hang_up: bool
) -> bool:
    """`ended` and what it means for the lead are written in one transaction. Whether that went without a fault.

    `hang_up`: the customer's leg may still be up.
    """
    meaning, sound = _meaning(live, board)
    board.journal.append([*ended, *meaning], receipt)
    for letter in live.mailbox.rest():
        board.journal.append([], letter.settle)
    _dismiss_agent(live, board)
    board.lines.release(live.line)
    board.over(live)
    await board.recordings.stop(live)
    if live.agent_leg is not None and not live.always_open:
        await board.tell(board.telephony.hang_up(live.agent_leg))
    if hang_up:
        await board.tell(board.telephony.hang_up(live.customer_leg, HangupReason.NORMAL))
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


def _dismiss_agent(live: LiveCall, board: Switchboard) -> None:
    agents = board.agents
    if live.agent_id is None:
        return
    if live.call.connected_at is None:
        agents.free(live.agent_id, live.attempt_id)
        return
    agents.finish(live.agent_id, live.attempt_id, wrap_up_s=live.campaign.settings.wrap_up_s)
    if live.settled:
        agents.wrapped_up(live.agent_id, live.attempt_id)
