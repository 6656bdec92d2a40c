"""The inside of the engine: its parts, their life, and what they tell each other."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from types import TracebackType
from typing import Self

from campaigns.campaign import CampaignOrder
from campaigns.idle import IdleReason
from dialer.bus import Bus
from dialer.clock import Clock
from dialer.domain.agent import AgentState, LegMode
from dialer.domain.ids import new_id
from dialer.engine.agent_desk import AgentDesk, leg_mode
from dialer.engine.alarms import Alarms
from dialer.engine.attempts import Attempts
from dialer.engine.call_desk import CallDesk
from dialer.engine.callback_desk import CallbackDesk
from dialer.engine.callback_watch import CallbackWatch
from dialer.engine.campaign_desk import CampaignDesk
from dialer.engine.disk_watch import DiskWatch
from dialer.engine.dispatcher import Dispatcher
from dialer.engine.disposition_desk import DispositionDesk
from dialer.engine.explain import Explainer
from dialer.engine.floor import FloorView
from dialer.engine.idle_log import IdleLog
from dialer.engine.inbound_arrivals import InboundArrivals
from dialer.engine.inbound_desk import InboundDesk
from dialer.engine.inbound_dispositions import InboundDispositions
from dialer.engine.inbound_recovery import InboundRecovery
from dialer.engine.journal import Journal
from dialer.engine.line_pool import LinePool
from dialer.engine.lines_check import LinesCheck
from dialer.engine.open_legs import WORKER_LOST, OpenLegs
from dialer.engine.pacing_room import PacingRoom
from dialer.engine.pilot_book import PilotBook
from dialer.engine.pilot_desk import PilotDesk
from dialer.engine.recording_desk import RecordingDesk
from dialer.engine.recovery import Recovery
from dialer.engine.settings import EngineSettings
from dialer.engine.staff import Staff
from dialer.engine.staffing import Staffing
from dialer.engine.switchboard import Switchboard
from dialer.engine.tasks import Tasks
from dialer.engine.trunk_watch import TrunkWatch
from dialer.errors import NotReachable
from dialer.ports import SoundLibrary, Store
from sip.errors import LineBusy, TelephonyError
from sip.events import WorkerReady
from sip.telephony import Telephony
from sip.trunks import Trunk

SHUTDOWN_S = 8.0  # for calls to end and the journal to be written


class House:
    """Builds the parts around one another, starts and ends them, and passes on what they tell each other."""

    def __init__(
        self,
        store: Store,
        telephony: Telephony,
        clock: Clock,
        bus: Bus,
        library: SoundLibrary,
        settings: EngineSettings,
        trunks: Sequence[Trunk],
    ) -> None:
        self.leave_calls = False
        self._store, self._telephony, self._clock, self._settings = store, telephony, clock, settings
        self._configured = tuple(trunks)
        self._stopping = False
        self._stack = AsyncExitStack()
        self._tasks = Tasks()
        self._journal = Journal(store, bus, clock, groups=settings.journal_groups)
        self._alarms = Alarms(self._journal, clock)
        self._journal.trouble = lambda message: self._alarms.raise_("store_trouble", "journal", message)
        self._journal.well = lambda: self._alarms.clear("store_trouble", "journal")
        self._disk = DiskWatch(library, settings, self._alarms, clock, self.wake)
        self._trunks = TrunkWatch(
            trunks=trunks, settings=settings, journal=self._journal, alarms=self._alarms, clock=clock, changed=self.wake
        )
        self._lines = LinePool(telephony, self.wake)
        self._agents = AgentDesk(store, self._journal, clock, self._agent_changed)
        self._open_legs = OpenLegs(telephony, self._lines, settings, clock, self._agents.phone_failed)
        self._staff = Staff(self._agents.find, store, clock, settings.time_zone)
        self._agents.talked = self._staff.talked
        self._pilot_book = PilotBook(store, self._journal, clock)
        self._campaigns = CampaignDesk(
            store=store, journal=self._journal, clock=clock, policies=settings.policies,
            trunks=(trunk.name for trunk in trunks), changed=self._campaigns_changed, staff=self._staff,
            pilots=self._pilot_book,
        )  # fmt: skip
        self._lines_check = LinesCheck(telephony, trunks, self._agents, self._campaigns, self._pilot_book)
        self._pilots = PilotDesk(clock, self._pilot_book, self._campaigns, self._lines_check)
        self._recordings = RecordingDesk(
            telephony=telephony, library=library, settings=settings, journal=self._journal, alarms=self._alarms,
            clock=clock, tasks=self._tasks,
        )  # fmt: skip
        self._staffing = Staffing(self._agents, self._open_legs, self._campaigns)
        self._calls = CallDesk(self._staffing, self._tasks, self._call_ended)
        self._board = Switchboard(
            telephony=telephony,
            clock=clock,
            settings=settings,
            journal=self._journal,
            agents=self._agents,
            open_legs=self._open_legs,
            lines=self._lines,
            trunks=self._trunks,
            recordings=self._recordings,
            find_agent=self._staffing.take,
            uncovered=self._calls.uncovered,
            over=self._calls.over,
            connected=self._pilot_book.connected,
        )
        self._attempts = Attempts(store, self._board, self._calls, self._staffing, owner=new_id(clock.now()))
        room = PacingRoom(
            store=store, telephony=telephony, clock=clock, settings=settings, journal=self._journal,
            campaigns=self._campaigns, calls=self._calls, trunks=self._trunks, attempts=self._attempts,
            pilots=self._pilot_book, agents=self._agents, staffing=self._staffing, open_legs=self._open_legs,
            tasks=self._tasks, hold=self._hold,
        )  # fmt: skip
        self._pacing_room, self._pacing, self._keeper = room, room.desk, room.keeper
        self._previews, self._sight = room.previews, room.sight
        self._idle_log = IdleLog(clock=clock, journal=self._journal, campaigns=self._campaigns, idle=self._pacing.idle)
        self._agents.needed, self._pacing.round_begins = self._calls.needs, self._agents.let_go
        self._pacing.round_over, self._pacing.placed = self._idle_log.look, self._idle_log.placed
        inbound = settings.inbound
        self._inbound = InboundDesk(self._board, self._staffing, self._calls, self._tasks, inbound)
        self._calls.callers = self._inbound.demands
        self._arrivals = InboundArrivals(
            store=store, board=self._board, campaigns=self._campaigns, desk=self._inbound, tasks=self._tasks
        )
        self._inbound_recovery = InboundRecovery(
            store=store, clock=clock, campaigns=self._campaigns, desk=self._inbound
        )
        self._inbound_dispositions = InboundDispositions(
            store=store, journal=self._journal, clock=clock, policies=settings.policies, campaigns=self._campaigns,
            desk=self._inbound, agents=self._agents,
        )  # fmt: skip
        self._dispositions = DispositionDesk(
            store=store, journal=self._journal, clock=clock, policies=settings.policies, campaigns=self._campaigns,
            calls=self._calls, agents=self._agents,
        )  # fmt: skip
        self._callbacks = CallbackDesk(
            store=store, clock=clock, policies=settings.policies, commit=self._journal.commit,
            under_way=self._calls.of_lead,
        )  # fmt: skip
        self._callback_watch = CallbackWatch(
            store=store, bus=bus, clock=clock, journal=self._journal, agents=self._agents, campaigns=self._campaigns,
            under_way=self._calls.of_lead, changed=self.wake,
        )  # fmt: skip
        self._pacing_room.needed_soon = self._callback_watch.needed
        self._pacing.callback_waits = self._callback_watch.waits_for_free
        self._pacing.callbacks_due = self._callback_watch.due_for_free
        self._recovery = Recovery(
            store=store, clock=clock, settings=settings, campaigns=self._campaigns, calls=self._calls,
            recordings=self._recordings, let_go=self._let_go,
        )  # fmt: skip
        self._recovery.serves_too = self._inbound_recovery.serves
        self._dispatcher = Dispatcher(
            telephony=telephony, journal=self._journal, calls=self._calls, open_legs=self._open_legs,
            trunks=self._trunks, recordings=self._recordings, tasks=self._tasks, adopted=self._worker_back,
            inbound=self._inbound, arrived=self._arrivals.arrived, agents_lost=self._phones_lost, changed=self.wake,
        )  # fmt: skip
        self._explainer = Explainer(store, clock, settings.policies, self._campaigns, self._pacing)
        self._view = FloorView(
            agents=self._agents, open_legs=self._open_legs, calls=self._calls, campaigns=self._campaigns,
            pacing=self._pacing, keeper=self._keeper, previews=self._previews, staffing=self._staffing,
            trunks=self._trunks, telephony=telephony, alarms=self._alarms, inbound=self._inbound,
        )  # fmt: skip

    # its life
    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._tasks)
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping = True
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(SHUTDOWN_S):
                    if not self.leave_calls:
                        await self._end_calls()
                    await self._previews.withdraw_all()
                    await self._journal.flush()
                    await self._pacing_room.keep()
            await self._telephony.close(leave_calls=self.leave_calls)
        finally:
            await self._stack.aclose()

    async def _start(self) -> None:
        await self._staff.load(await self._agents.load())
        await self._campaigns.load()
        self._tasks.start("journal", self._journal.run())
        await self._pilot_book.load()
        self._idle_log.resume(await self._store.last_heard())
        await self._recovery.prepare(self._board)
        await self._inbound_recovery.prepare()
        await self._keeper.load()
        self._tasks.start("dispatcher", self._dispatcher.run())
        await self._telephony.start()
        for trunk in self._configured:
            await self._connect(trunk)
        await self._disk.look()
        self._tasks.start("agents", self._agents.run())
        self._tasks.start("disk", self._disk.run())
        self._tasks.start("callbacks", self._callback_watch.run())
        self._tasks.start("idle log", self._idle_log.run())
        self._tasks.start("pacing", self._pacing.run())
        self._tasks.start("what pacing keeps", self._keeper.run())
        self._tasks.start("previews", self._previews.run())
        self._tasks.start("screening errors", self._pacing_room.debts.run())
        self._tasks.start("recovery", self._recover())

    async def _connect(self, trunk: Trunk) -> None:
        try:
            await self._telephony.connect_trunk(trunk)
        except TelephonyError as error:
            self._alarms.raise_("trunk_misconfigured", trunk.name, f"trunk {trunk.name} cannot be set up: {error}")

    async def _recover(self) -> None:
        await self._recovery.finish()
        await self._inbound_recovery.finish(self._board)
        self.wake()
        await self._clock.sleep(self._settings.lease_s)
        self.wake()  # leases of an earlier engine are over now

    async def _end_calls(self) -> None:
        self._calls.stop_all()
        self._inbound.stop_all()
        while any(True for _ in self._calls.all()) or self._inbound.busy() or self._recordings.unfinished():
            await self._clock.sleep(0.02)

    # what its parts tell each other
    def wake(self) -> None:
        """Something changed behind the engine's back: leads were added, a number was taken off a list."""
        self._pacing.wake()

    def _hold(self) -> IdleReason | None:
        if self._stopping:
            return IdleReason.NOT_RUNNING
        if not self._recovery.complete:
            return IdleReason.RECOVERING
        return IdleReason.DISK_FULL if self._disk.full else None

    def _agent_changed(self, agent_id: str) -> None:
        if self._agents.seat(agent_id).state is AgentState.LOGGED_OUT:
            self._tasks.start(f"close leg of {agent_id}", self._open_legs.close(agent_id))
            self._callback_watch.look()
        self._calls.agents_changed()
        self._inbound.agents_changed()
        self.wake()

    def _campaigns_changed(self) -> None:
        self._pacing_room.campaigns_changed()
        self._calls.campaigns_changed(self._campaigns.by_id)
        self._calls.agents_changed()
        self.wake()

    def _call_ended(self, campaign_id: int) -> None:
        if any(campaign.campaign_id == campaign_id for campaign in self._campaigns.draining()):
            self._tasks.start("drained", self._drained())
        self.wake()

    async def _drained(self) -> None:
        for campaign in self._campaigns.draining():
            if not self._calls.in_flight(campaign.campaign_id):
                await self._campaigns.order(campaign.settings.code, CampaignOrder.DRAINED, by="engine")

    def _worker_back(self, event: WorkerReady) -> None:
        self._inbound_recovery.adopt(event, self._board)
        self._recovery.adopt(event)

    def _let_go(self, leg_id: str) -> None:
        self._dispatcher.let_go(leg_id)

    def _phones_lost(self, agent_ids: list[str]) -> None:
        for agent_id in agent_ids:
            self._tasks.start(f"call {agent_id} again", self._reopen(agent_id))

    async def _reopen(self, agent_id: str) -> None:
        """An agent whose leg hung on a lost worker did not leave: his phone is called again."""
        await self._clock.sleep(0.5)
        seat = self._agents.seat(agent_id)
        if seat.state is AgentState.PAUSED and seat.reason == WORKER_LOST:
            with suppress(NotReachable):
                await self._open_leg(agent_id)
                self._agents.ready(agent_id)

    async def _open_leg(self, agent_id: str) -> None:
        agent = self._agents.agent(agent_id)
        mode = leg_mode(agent, self._settings.leg_mode, fits=self._telephony.capacity().always_open_fits)
        if mode is LegMode.ON_CONNECT:
            return
        try:
            await self._open_legs.open(agent)
        except LineBusy as error:
            if LegMode.ALWAYS_OPEN in (agent.leg_mode, self._settings.leg_mode):
                raise NotReachable(
                    f"no line worker has room for the open leg of agent {agent_id}; add workers or choose on_connect",
                    field="agent_id",
                ) from error
