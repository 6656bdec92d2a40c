"""All that decides how fast campaigns dial: its parts, and what they tell each other and the rest of the house."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

import structlog

from campaigns.campaign import Campaign
from campaigns.pacing import Note, warm_up
from dialer.clock import Clock
from dialer.domain.events import CallDisposed, DispositionCorrected, DomainEvent, PacingNoted
from dialer.engine.agent_desk import AgentDesk
from dialer.engine.attempts import Attempts
from dialer.engine.call_desk import CallDesk
from dialer.engine.campaign_desk import CampaignDesk
from dialer.engine.journal import Journal
from dialer.engine.open_legs import OpenLegs
from dialer.engine.pacer import Pacer
from dialer.engine.pacing_desk import Hold, PacingDesk
from dialer.engine.pacing_ear import PacingEar
from dialer.engine.pacing_keeper import PacingKeeper
from dialer.engine.pacing_labels import PacingLabels
from dialer.engine.pacing_sight import Sight
from dialer.engine.pilot_book import PilotBook
from dialer.engine.preview_desk import PreviewDesk
from dialer.engine.screening_debts import ScreeningDebts
from dialer.engine.settings import EngineSettings
from dialer.engine.sharing import Sharing
from dialer.engine.staffing import Staffing
from dialer.engine.tasks import Tasks
from dialer.engine.trunk_watch import TrunkWatch
from dialer.errors import NotReachable
from dialer.ports import Store
from sip.telephony import Telephony

log = structlog.get_logger(__name__)


class PacingRoom:
    """`needed_soon`: agents whom callbacks that fall due are about to need."""

    def __init__(
        self, *, store: Store, telephony: Telephony, clock: Clock, settings: EngineSettings, journal: Journal,
        campaigns: CampaignDesk, calls: CallDesk, trunks: TrunkWatch, attempts: Attempts, pilots: PilotBook,
        agents: AgentDesk, staffing: Staffing, open_legs: OpenLegs, tasks: Tasks, hold: Hold,
    ) -> None:  # fmt: skip
        self._clock, self._settings, self._journal, self._tasks = clock, settings, journal, tasks
        self._campaigns, self._calls = campaigns, calls
        self.needed_soon: Callable[[], Collection[str]] = tuple
        self._compiling = False
        self.keeper = PacingKeeper(store=store, clock=clock, policies=settings.policies, campaigns=campaigns)
        self._sharing = Sharing(
            agents=agents, campaigns=campaigns, clock=clock, over_dials=self.keeper.over_dials,
            at_work=self._at_work,
        )  # fmt: skip
        self.previews = PreviewDesk(store=store, clock=clock, journal=journal, agents=agents, attempts=attempts)
        self.sight = Sight(
            agents=agents, staffing=staffing, calls=calls, open_legs=open_legs, telephony=telephony,
            sharing=self._sharing, trunks=trunks, clock=clock, time_zone=settings.time_zone, promised=self._promised,
            showing=self.previews.showing,
        )  # fmt: skip
        self.desk = PacingDesk(
            store=store, telephony=telephony, clock=clock, settings=settings, journal=journal, campaigns=campaigns,
            calls=calls, trunks=trunks, attempts=attempts, pilots=pilots, keeper=self.keeper, sight=self.sight,
            previews=self.previews, hold=hold,
        )  # fmt: skip
        self._ear = PacingEar(
            clock=clock, find=calls.get, pacer=self.keeper.find, staying=self._staying, busy=self._customer_answered
        )
        self._labels = PacingLabels(
            store=store, journal=journal, clock=clock, campaign=campaigns.by_id, pacer=self.keeper.find,
            staying=self._staying,
        )  # fmt: skip
        self.debts = ScreeningDebts(
            store=store, clock=clock, campaigns=campaigns.all, find=calls.get, abandon=self._taken_for_machine
        )
        self._introduce(attempts, staffing)

    def _introduce(self, attempts: Attempts, staffing: Staffing) -> None:
        self.desk.noted, self._ear.said_later, self._journal.heard = self._noted, self._said_later, self._heard
        self.keeper.loaded, self.keeper.rules_wanted = self._loaded, self._rules_wanted
        self._calls.claims, attempts.over_dials = self._claims, self.keeper.over_dials
        staffing.certain = self._calls.certain

    def campaigns_changed(self) -> None:
        self._sharing.forget()
        self.keeper.follow()

    async def keep(self) -> None:
        """What was learned and decided is written, if the store is there."""
        try:
            await self.keeper.write()
        except (NotReachable, OSError) as error:
            log.warning("pacing_not_kept", error=str(error))

    # what its parts ask
    def _at_work(self, campaign: Campaign) -> bool:
        return self.desk.at_work(campaign)

    def _staying(self, campaign_id: int) -> int:
        return self.sight.crew(campaign_id).staying

    def _claims(self, campaign_id: int) -> int | None:
        """Nobody expects agents where none is at work any more: its calls are given up like any other's."""
        if not self.keeper.over_dials(campaign_id) or not self.sight.somebody_stays(campaign_id):
            return None
        return max(self.sight.claims(campaign_id) - self.desk.keeping(campaign_id), 0)

    def _promised(self, campaign_id: int) -> int:
        """Agents whom customers who call in, and callbacks that fall due, are about to need."""
        callers = sum(demand.campaign_id == campaign_id for demand in self._calls.callers())
        return callers + sum(self._sharing.expects(agent_id, campaign_id) for agent_id in self.needed_soon())

    def _rules_wanted(self, to_dial: bool) -> None:
        """Compiled once, off this loop: until then predictive campaigns place one call per ready agent, and what is
        seen waits to be learned."""
        if not self._compiling and (to_dial or self._settings.compile_rules == "apart"):
            self._compiling = True
            self._tasks.start("compile the rules of pacing", self._compile())

    async def _compile(self) -> None:
        await asyncio.to_thread(warm_up, apart=self._settings.compile_rules == "apart")
        self.desk.wake()

    # what it is told
    def _customer_answered(self, campaign_id: int) -> None:
        if self.keeper.over_dials(campaign_id):
            self.desk.wake()

    def _heard(self, events: Sequence[DomainEvent]) -> None:
        self._ear.hear(events)
        self.debts.hear(events)

    def _said_later(self, event: CallDisposed | DispositionCorrected) -> None:
        if self._labels.matters(event):
            self._tasks.start(f"count {event.attempt_id} anew", self._labels.settle(event))

    def _taken_for_machine(self, campaign_id: int, at: datetime) -> None:
        if (pacer := self.keeper.find(campaign_id)) is not None:
            pacer.answered(at, self._clock.now(), abandoned=True, agents=self._staying(campaign_id))

    async def _loaded(self, pacer: Pacer) -> None:
        """Conversations under way are counted in their rows."""
        for live in self._calls.all():
            if live.call.campaign_id == pacer.campaign_id and live.call.connected_at is not None:
                self._ear.counted_before(live)
        campaign = self._campaigns.by_id(pacer.campaign_id)
        if campaign is not None and self._settings.policies.of(campaign.settings).screening_errors_abandon:
            await self.debts.remember(pacer.campaign_id)

    def _noted(self, pacer: Pacer, note: Note | None) -> None:
        window = pacer.strictest(self._clock.now())
        told = PacingNoted(
            occurred_at=self._clock.now(), campaign_id=pacer.campaign_id, note=str(note or ""),
            answered=window.answered, abandoned=window.abandoned,
        )  # fmt: skip
        self._journal.append([told])
