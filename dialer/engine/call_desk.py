"""All calls under way, and their tasks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from campaigns.campaign import Campaign, CampaignState
from dialer.domain.call import DIALLING, UNANSWERED_BY_US, CallState
from dialer.domain.matching import Demand, longest_waiting
from dialer.engine.call_task import CallTask
from dialer.engine.live_call import LiveCall
from dialer.engine.mailbox import AgentsChanged, Content, EngineStops, NotWanted, WorkerIsGone
from dialer.engine.staffing import Staffing
from dialer.engine.switchboard import Switchboard
from dialer.engine.tasks import Tasks
from sip.commands import PlaceLeg


class CallDesk:
    """`ended` is called after the end of each call, with its campaign."""

    def __init__(self, staffing: Staffing, tasks: Tasks, ended: Callable[[int], None]) -> None:
        self._staffing, self._tasks, self._ended = staffing, tasks, ended
        self._calls: dict[str, LiveCall] = {}
        self._offering = False
        self.callers: Callable[[], Iterable[Demand]] = tuple  # customers who call us and have no agent yet
        # Ready agents whom a campaign's calls count on, where it places calls without an agent; None where it does not.
        self.claims: Callable[[int], int | None] = lambda _: None

    def open(self, live: LiveCall, board: Switchboard, order: PlaceLeg | None = None) -> None:
        """Start the call's task; without an `order` it takes over a call found alive."""
        self.expect(live)
        self._tasks.start(f"call {live.attempt_id}", self._run(CallTask(live, board, order)))

    def expect(self, live: LiveCall) -> None:
        """From its decision on, and before its row is written, an attempt needs an agent."""
        self._calls[live.attempt_id] = live

    def discard(self, live: LiveCall) -> None:
        self._calls.pop(live.attempt_id, None)

    def over(self, live: LiveCall) -> None:
        if self._calls.pop(live.attempt_id, None) is not None:
            self._ended(live.call.campaign_id)

    def get(self, attempt_id: str) -> LiveCall | None:
        return self._calls.get(attempt_id)

    def all(self) -> Iterable[LiveCall]:
        return tuple(self._calls.values())

    def of_lead(self, lead_id: int) -> LiveCall | None:
        return next((live for live in self._calls.values() if live.call.lead_id == lead_id), None)

    def in_flight(self, campaign_id: int) -> int:
        return sum(live.call.campaign_id == campaign_id for live in self._calls.values())

    def unconnected(self, campaign_id: int) -> int:
        """Attempts that may yet become conversations."""
        return sum(
            live.call.campaign_id == campaign_id
            and live.call.connected_at is None
            and live.state not in (CallState.ENDED, CallState.MACHINE)
            for live in self._calls.values()
        )

    def without_agent(self, campaign_id: int) -> int:
        """Attempts placing, ringing, or answered and waiting."""
        return sum(live.wants_agent and live.call.campaign_id == campaign_id for live in self._calls.values())

    def wanting(self, campaign_id: int) -> list[LiveCall]:
        """Those of `without_agent`."""
        return [live for live in self._calls.values() if live.call.campaign_id == campaign_id and live.wants_agent]

    def of(self, campaign_id: int) -> list[LiveCall]:
        return [live for live in self._calls.values() if live.call.campaign_id == campaign_id]

    def wanted_elsewhere(self, campaign_id: int) -> bool:
        """Calls of other campaigns count on ready agents."""
        return any(live.call.campaign_id != campaign_id and live.wants_agent for live in self._calls.values()) or any(
            demand.campaign_id != campaign_id for demand in self.callers()
        )

    def demands(self) -> Counter[Demand]:
        """What counts on ready agents. Calls placed without an agent come last, and no more of them than there are
        agents for their campaign: they do not keep others from dialling."""
        sure, risked = self._parted()
        found = sure + Counter(self.callers())
        for campaign_id, lives in risked.items():
            found.update(live.demand for live in lives[: self.claims(campaign_id) or 0])
        return found

    def certain(self, live: LiveCall) -> Counter[Demand]:
        """Calls that were placed for an agent and must find him: a call that was not leaves him to them."""
        if self.claims(live.call.campaign_id) is None:
            return Counter()
        return self._parted()[0]

    def needs(self, agent_id: str) -> bool:
        """A call that was placed for an agent would find none without this one."""
        sure, _ = self._parted()
        return bool(sure) and self._staffing.needed(agent_id, sure)

    def _parted(self) -> tuple[Counter[Demand], dict[int, list[LiveCall]]]:
        by_campaign: dict[int, list[LiveCall]] = {}
        for live in self._calls.values():
            if live.wants_agent:
                by_campaign.setdefault(live.call.campaign_id, []).append(live)
        risked = {number: lives for number, lives in by_campaign.items() if self.claims(number) is not None}
        sure = Counter(live.demand for number, lives in by_campaign.items() if number not in risked for live in lives)
        return sure, risked

    def uncovered(self, live: LiveCall) -> bool:
        """It was placed for an agent, and nobody would be there should it be answered now."""
        if not live.wants_agent or live.guaranteed:
            return live.wants_agent
        if self.claims(live.call.campaign_id) is not None:
            return False
        return self._staffing.uncovered(self.demands())[live.demand] > 0

    def give_up(self, calls: Iterable[LiveCall]) -> int:
        """Calls that ring for long: none that was answered meanwhile."""
        hit = [live for live in calls if live.state in DIALLING and not live.leaving]
        for live in hit:
            live.post(NotWanted())
        return len(hit)

    def agents_changed(self) -> None:
        """First to those who wait, the longest first, then to those who ring, where agents are missing."""
        self.offer()
        self._keep_promises()
        missing = self._staffing.uncovered(self.demands())
        for live in self._calls.values():
            if live.state in UNANSWERED_BY_US or not live.wants_agent:
                continue
            if live.stopped or live.guaranteed or (missing[live.demand] and self.claims(live.call.campaign_id) is None):
                live.post(AgentsChanged())

    def _keep_promises(self) -> None:
        """The agent who was reserved for a ringing call is gone (his phone failed). Where somebody must be there for
        it, another one whom no other call needs is reserved; a call for which there is none is ended by its task."""
        for live in tuple(self._calls.values()):
            gone = live.agent_id is not None and not self._staffing.holds(live.agent_id, live.attempt_id)
            if live.state in DIALLING and gone:
                live.agent_id = None
                if live.guaranteed:
                    self._keep_another(live)

    def _keep_another(self, live: LiveCall) -> None:
        free = self._staffing.expendable(live.call.campaign_id, self.demands() - Counter([live.demand]))
        found = longest_waiting(free, live.demand, tried=live.tried)
        if found is not None:
            self._staffing.reserve(found.agent_id, live)

    def offer(self) -> None:
        """Whoever is free goes to the customer who has waited longest of those he may serve, before anybody else can
        take him: the two are promised to each other here and now, and joined by the call's own task."""
        if self._offering:
            return  # a reservation is a change of an agent's state, too
        self._offering = True
        try:
            for live in self._waiting():
                agent_id = self._staffing.take(live)
                if agent_id is not None:
                    self._staffing.reserve(agent_id, live)
                    live.offered = True
                    live.post(AgentsChanged())
        finally:
            self._offering = False

    def _waiting(self) -> list[LiveCall]:
        """By the time of the answer."""
        waiting = [
            live
            for live in self._calls.values()
            if live.wants_agent and live.state in UNANSWERED_BY_US and not live.found
        ]
        return sorted(waiting, key=lambda live: (live.call.answered_at or live.call.placed_at, live.attempt_id))

    def campaigns_changed(self, find: Callable[[int], Campaign | None]) -> None:
        """Running calls keep their settings; whether their campaign was stopped they have to know. Who may serve whom
        may have changed as well."""
        self.offer()
        for live in self._calls.values():
            found = find(live.call.campaign_id)
            live.stopped = found is not None and found.state is CampaignState.FINISHED
            if live.stopped:
                live.post(AgentsChanged())

    def worker_lost(self, worker: str, reason: str) -> int:
        return self._tell(lambda live: live.line.worker == worker, WorkerIsGone(reason))

    def stop_all(self) -> int:
        return self._tell(lambda _: True, EngineStops())

    def _tell(self, whom: Callable[[LiveCall], bool], what: Content) -> int:
        hit = [live for live in self._calls.values() if whom(live)]
        for live in hit:
            live.post(what)
        return len(hit)

    async def _run(self, task: CallTask) -> None:
        await task.run()
        self._tasks.bugs += task.bug
