"""All calls from customers under way: who they are told to, and what the rest of the engine may ask of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dialer.domain.ids import attempt_of
from dialer.domain.matching import Candidate, Demand, Team
from dialer.engine.call_desk import CallDesk
from dialer.engine.inbound_settings import InboundSettings
from dialer.engine.inbound_task import InboundTask
from dialer.engine.live_inbound import LiveInbound
from dialer.engine.mailbox import (
    AgentsChanged,
    Content,
    EngineStops,
    HangUpAsked,
    Letter,
    Mailbox,
    Settle,
    WorkerIsGone,
)
from dialer.engine.staffing import Staffing
from dialer.engine.switchboard import Switchboard
from dialer.engine.tasks import Tasks
from sip.events import LegEvent


class InboundDesk:
    def __init__(
        self, board: Switchboard, staffing: Staffing, calls: CallDesk, tasks: Tasks, settings: InboundSettings
    ) -> None:
        self._board, self._staffing, self._calls, self._tasks = board, staffing, calls, tasks
        self.settings = settings
        self._live: dict[str, LiveInbound] = {}
        self._arriving: dict[str, Mailbox] = {}

    # what arrives
    def expect(self, inbound_id: str) -> Mailbox:
        """From here on its events are kept, while it is found out whose call it is."""
        return self._arriving.setdefault(inbound_id, Mailbox())

    def forget(self, inbound_id: str) -> list[Letter]:
        """It comes to nothing: what was said about it meanwhile."""
        mailbox = self._arriving.pop(inbound_id, None)
        return mailbox.rest() if mailbox is not None else []

    def open(self, live: LiveInbound, *, found: bool = False) -> None:
        """Start its task; `found` alive after a restart."""
        self._arriving.pop(live.attempt_id, None)
        self._live[live.attempt_id] = live
        task = InboundTask(live, self._board, self.settings, self.choose, found=found)
        self._tasks.start(f"inbound {live.attempt_id}", self._run(live, task))

    def take(self, event: LegEvent, settle: Settle) -> bool:
        """Whether the event concerns one of these calls."""
        inbound_id = attempt_of(event.leg_id) or ""
        live = self._live.get(inbound_id)
        mailbox = live.mailbox if live is not None else self._arriving.get(inbound_id)
        if mailbox is None:
            return False
        mailbox.post(Letter(event, settle))
        return True

    def to_talker(self, event: LegEvent) -> None:
        """An open leg's events concern the call it serves, too."""
        self._tell(lambda live: live.agent_leg == event.leg_id, event)

    def agents_changed(self) -> None:
        """The longest waiting first."""
        self._tell(lambda live: live.wants_agent, AgentsChanged())

    def worker_lost(self, worker: str) -> int:
        return self._tell(lambda live: live.line.worker == worker, WorkerIsGone("worker_lost"))

    def stop_all(self) -> None:
        self._tell(lambda _: True, EngineStops())

    def clear_the_way(self, live: LiveInbound) -> None:
        """We may be dialling him this very moment: he would find us busy, or we him."""
        lead_id = live.dossier.lead.lead_id if live.dossier is not None else None
        for call in self._calls.all():
            if call.call.answered_at is None and (call.call.lead_id == lead_id or call.number == live.caller):
                call.post(HangUpAsked())

    # questions
    def get(self, inbound_id: str) -> LiveInbound | None:
        return self._live.get(inbound_id)

    def all(self) -> Iterable[LiveInbound]:
        return tuple(self._live.values())

    def knows(self, inbound_id: str) -> bool:
        return inbound_id in self._live or inbound_id in self._arriving

    def busy(self) -> bool:
        return bool(self._live or self._arriving)

    def serves(self, leg_id: str) -> bool:
        inbound_id = attempt_of(leg_id) or ""
        live = self._live.get(inbound_id)
        if live is None:
            return inbound_id in self._arriving
        return leg_id in (live.customer_leg, live.agent_leg)

    def demands(self) -> list[Demand]:
        return [live.demand for live in self._live.values() if live.wants_agent]

    def choose(self, live: LiveInbound) -> str | None:
        """Who knows the customer, if he is ready; else who has waited longest among those who serve the call."""
        able = [one for one in self._staffing.candidates() if one.agent_id not in live.tried and _reaches(one, live)]
        for agent_id in live.knows:
            if any(one.agent_id == agent_id for one in able):
                return agent_id
        serving = [one for one in able if _serves(one, live)]
        first = min(serving, key=lambda one: (one.waiting_since, one.agent_id), default=None)
        return first.agent_id if first is not None else None

    def _tell(self, whom: Callable[[LiveInbound], bool], what: Content) -> int:
        hit = [live for live in self._live.values() if whom(live)]
        for live in sorted(hit, key=lambda live: live.call.arrived_at):
            live.post(what)
        return len(hit)

    async def _run(self, live: LiveInbound, task: InboundTask) -> None:
        try:
            await task.run()
        finally:
            self._live.pop(live.attempt_id, None)
        self._tasks.bugs += task.bug


def _reaches(one: Candidate, live: LiveInbound) -> bool:
    """His open leg is on the caller's worker, or his phone can be called from there."""
    return Team(campaigns=frozenset({live.campaign.campaign_id}), worker=one.worker).takes(live.demand)


def _serves(one: Candidate, live: LiveInbound) -> bool:
    if live.team:
        return one.agent_id in live.team
    return live.campaign.campaign_id in one.campaigns
