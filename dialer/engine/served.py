"""What is the same for a call we made and one that came in: its agent, its legs, its return after a restart."""

from __future__ import annotations

from dialer.domain.ids import agent_of, attempt_of
from dialer.engine.live_call import LiveCall
from dialer.engine.live_inbound import LiveInbound
from dialer.engine.switchboard import Switchboard
from sip.commands import HangupReason
from sip.events import HeldLeg

Live = LiveCall | LiveInbound


def settle_rest(live: Live, board: Switchboard) -> None:
    """What arrived after the end is acknowledged; nobody reads it any more."""
    for letter in live.mailbox.rest():
        board.journal.append([], letter.settle)


def dismiss_agent(live: Live, board: Switchboard, *, talked: bool) -> None:
    """Free again where he never talked, else in wrap-up; ready where he has decided already."""
    agents = board.agents
    if live.agent_id is None:
        return
    if not talked:
        agents.free(live.agent_id, live.attempt_id)
        return
    agents.finish(live.agent_id, live.attempt_id, wrap_up_s=live.campaign.settings.wrap_up_s)
    if live.settled:
        agents.wrapped_up(live.agent_id, live.attempt_id)


async def end_legs(live: Live, board: Switchboard, *, hang_up: bool) -> None:
    """`hang_up`: the customer's leg may still be up."""
    await board.recordings.stop(live)
    if live.agent_leg is not None and not live.always_open:
        await board.tell(board.telephony.hang_up(live.agent_leg))
    if hang_up:
        await board.tell(board.telephony.hang_up(live.customer_leg, HangupReason.NORMAL))


def take_over(live: Live, held: HeldLeg, worker: str, board: Switchboard) -> None:
    """A worker holds its customer: recording and agent as that worker has them."""
    live.line.worker = worker
    if held.recording_id is not None:
        board.recordings.held(live, held.recording_id, worker)
    if held.bridged_to is not None:
        _seat_agent(live, held.bridged_to, worker, board)


def _seat_agent(live: Live, leg_id: str, worker: str, board: Switchboard) -> None:
    agent_id = live.call.agent_id or agent_of(leg_id)
    live.agent_leg = leg_id
    live.always_open = attempt_of(leg_id) is None
    if agent_id is None or not board.agents.knows(agent_id):
        return
    live.agent_id = agent_id
    if live.always_open:
        board.open_legs.adopt(agent_id, leg_id, worker)
    board.agents.resume(agent_id, live.attempt_id)
