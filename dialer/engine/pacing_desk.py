"""The one task that dials. It sleeps until something happens: an agent became ready, a call ended, a lead falls due, a
window opens, a line, a token or a trunk is there again; and for a moment at a time while a campaign that places calls
before agents are free could place another one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import groupby
from typing import Final

import structlog

from campaigns.campaign import Campaign, PacingMode
from campaigns.idle import IdleReason
from campaigns.order import Turns
from campaigns.pacing import Note, PacingDecision
from dialer.clock import Clock
from dialer.engine.attempts import Attempts
from dialer.engine.call_desk import CallDesk
from dialer.engine.campaign_desk import CampaignDesk
from dialer.engine.campaign_runner import CampaignRunner
from dialer.engine.dialling_alarm import DiallingAlarm
from dialer.engine.journal import Journal
from dialer.engine.pacer import Pacer
from dialer.engine.pacing_keeper import PacingKeeper
from dialer.engine.pacing_sight import Sight, Sighted
from dialer.engine.pacing_tick import tick_s
from dialer.engine.pilot_book import PilotBook
from dialer.engine.preview_desk import PreviewDesk
from dialer.engine.settings import EngineSettings
from dialer.engine.trunk_watch import TrunkWatch
from dialer.errors import NotReachable
from dialer.ports import Store
from sip.telephony import Telephony

log = structlog.get_logger(__name__)

_BACK_OFF_S: Final = 2.0

SKILLED_EVERY: Final = timedelta(seconds=10)  # a look for leads that need a skill

Hold = Callable[[], IdleReason | None]


@dataclass(frozen=True, slots=True)
class Judged:
    """`place`: at most, within the plan of a pilot. Without a decision nobody was asked."""

    place: int
    idle: IdleReason | None
    decision: PacingDecision | None = None
    sighted: Sighted | None = None


class PacingDesk:
    """`hold` names what keeps the whole site from dialling."""

    def __init__(
        self, *, store: Store, telephony: Telephony, clock: Clock, settings: EngineSettings, journal: Journal,
        campaigns: CampaignDesk, calls: CallDesk, trunks: TrunkWatch, attempts: Attempts, pilots: PilotBook,
        keeper: PacingKeeper, sight: Sight, previews: PreviewDesk, hold: Hold,
    ) -> None:  # fmt: skip
        self._store, self._telephony, self._clock, self._settings = store, telephony, clock, settings
        self._journal, self._campaigns, self._calls = journal, campaigns, calls
        self._trunks, self._attempts, self._hold, self._pilots = trunks, attempts, hold, pilots
        self._keeper, self._sight, self._previews = keeper, sight, previews
        self._runners: dict[int, CampaignRunner] = {}
        self._allowed: dict[int, int] = {}  # of this round, by campaigns that place calls without an agent
        self._keeping: dict[int, int] = {}
        self._alarm = DiallingAlarm(telephony, trunks, clock)
        self._turns: Turns[int] = Turns()  # of the campaigns, counted in attempts
        self.round_begins: Callable[[], None] = lambda: None
        self.round_over: Callable[[], None] = lambda: None
        self.placed: Callable[[int], None] = lambda _: None
        self.callback_waits: Callable[[], bool] = lambda: False
        self.callbacks_due: Callable[[], Mapping[int, Collection[str]]] = dict
        self.noted: Callable[[Pacer, Note | None], None] = lambda pacer, note: None
        self.rounds = 0
        self.faults = 0

    def wake(self) -> None:
        self._alarm.ring()

    def idle(self, campaign: Campaign) -> IdleReason | None:
        """Why it places nothing now; None while it does."""
        if campaign not in self._campaigns.dialling():
            return IdleReason.NOT_RUNNING
        if self._pilots.complete(campaign):
            return IdleReason.PILOT_COMPLETE
        return self._hold() or self._runner(campaign).idle

    def at_work(self, campaign: Campaign) -> bool:
        """Has leads that it may call now, whether there is a line for them or not."""
        return self._runner(campaign).idle not in _NO_LEADS

    async def run(self) -> None:
        while True:
            self._alarm.unset()
            await self._journal.room()
            try:
                await self._round()
            except (NotReachable, OSError) as error:
                log.warning("dialling_waits_for_store", error=str(error))
                await self._clock.sleep(_BACK_OFF_S)
                continue
            except Exception:
                self.faults += 1
                log.exception("dialling_round_failed")
                await self._clock.sleep(_BACK_OFF_S)
                continue
            self.round_over()
            await self._alarm.sleep()

    async def _round(self) -> None:
        """By priority; in turn where it is equal."""
        self.rounds += 1
        self._allowed.clear()
        self.round_begins()
        await self._attempts.settle_doubts()
        if self._hold() is not None:
            return
        dialling = sorted(self._campaigns.dialling(), key=lambda c: (-c.settings.priority, c.campaign_id))
        await self._previews.withdraw_others(dialling)
        for campaign in dialling:
            await self._keeper.ensure(campaign)
        await self._keep_promises(dialling)
        for _, equals in groupby(dialling, key=lambda c: c.settings.priority):
            await self._share(list(equals))
        for campaign in dialling:
            if (at := self._runner(campaign).wake_at) is not None:
                self._alarm.set(at)

    async def _keep_promises(self, campaigns: list[Campaign]) -> None:
        """What one agent promised and is due goes before everything else that he may call for, in whatever campaign.
        Where calls outnumber agents, and where agents choose, the campaign itself sees to it."""
        due = self.callbacks_due()
        for campaign in campaigns:
            agents = due.get(campaign.campaign_id)
            pacer = await self._keeper.ensure(campaign)
            if not agents or pacer.over_dials or pacer.mode is PacingMode.PREVIEW:
                continue
            most = self._room(campaign)
            placed = await self._runner(campaign).dial_own(campaign, agents, most) if most else 0
            self._turns = self._turns.after([campaign.campaign_id] * placed)
            if placed:
                self.placed(campaign.campaign_id)

    def _room(self, campaign: Campaign) -> int:
        """Attempts for which there are plan, lines and rate now."""
        most, _ = self._pilots.room(campaign, self._calls.unconnected(campaign.campaign_id))
        usable = self._trunks.usable(campaign.settings.trunks)
        if not usable or self._telephony.next_admission_s(usable) > 0:
            return 0
        return max(min(most, self._sight.lines_free(campaign)), 0)

    async def _share(self, campaigns: list[Campaign]) -> None:
        """One attempt at a time, in turn by their shares; the whole room where there is only one."""
        self._turns = replace(self._turns, shares={c.campaign_id: c.settings.share for c in campaigns})
        willing = {campaign.campaign_id: campaign for campaign in campaigns}
        while willing and self._hold() is None:
            [following] = self._turns.order(list(willing), 1)
            if not await self._dial(willing[following], alone=len(willing) == 1):
                del willing[following]

    def keeping(self, campaign_id: int) -> int:
        """Agents that calls placed without one must leave alone at this moment."""
        return self._keeping.get(campaign_id, 0)

    async def _keep_agents(self, campaign: Campaign, pacer: Pacer) -> None:
        """Who may be called only with an agent kept for him would never find one while calls outnumber the agents:
        whoever is ready now is his."""
        campaign_id = campaign.campaign_id
        in_order = self.callback_waits() or self._looks_for_skilled(campaign, pacer)
        guaranteed = self._sight.to_keep(campaign_id, pacer, ahead_s=0.0)
        ready = self._sight.claims(campaign_id) if in_order or guaranteed else 0
        most = min(ready, self._room(campaign)) if ready else 0
        if most < 1:
            return
        self._keeping[campaign_id] = ready
        try:
            dialled = await self._runner(campaign).dial_kept(campaign, most, guaranteed=guaranteed, in_order=in_order)
        finally:
            self._keeping.pop(campaign_id, None)
        if dialled:
            self.placed(campaign_id)
            pacer.skilled_at = self._clock.now()
        pacer.agent_kept(dialled)
        if len(dialled) < min(guaranteed, most):
            pacer.look_again(self._clock.now())

    def _looks_for_skilled(self, campaign: Campaign, pacer: Pacer) -> bool:
        """Leads that ask for a skill are called with an agent who has it, when the order of the list comes to them."""
        if not self._sight.skilled(campaign.campaign_id):
            return False
        now = self._clock.now()
        if pacer.skilled_at > now:
            self._alarm.set(pacer.skilled_at)
            return False
        pacer.skilled_at = now + SKILLED_EVERY
        return True

    async def _dial(self, campaign: Campaign, *, alone: bool) -> bool:
        """Whether it would place more."""
        pacer = await self._keeper.ensure(campaign)
        if pacer.over_dials:
            await self._keep_agents(campaign, pacer)
        judged = self._judge(campaign, pacer)
        if pacer.mode is PacingMode.PREVIEW:
            return await self._preview(campaign, pacer, judged)
        if judged.place < 1:
            self._runner(campaign).rest(judged.idle)
            self._over(campaign, pacer, judged, 0)
            return False
        return await self._place(campaign, pacer, judged, judged.place if alone else 1)

    async def _place(self, campaign: Campaign, pacer: Pacer, judged: Judged, most: int) -> bool:
        runner, decision = self._runner(campaign), judged.decision
        floor = decision.floor if decision is not None and pacer.over_dials else None
        done = await runner.dial(campaign, most, floor=floor)
        self._turns = self._turns.after([campaign.campaign_id] * done.placed)
        if campaign.campaign_id in self._allowed:
            self._allowed[campaign.campaign_id] -= done.placed
        if done.placed:
            self.placed(campaign.campaign_id)
        if runner.idle is IdleReason.RATE_LIMIT:
            self._alarm.for_token(campaign)
        self._over(campaign, pacer, judged, done.placed)
        if done.more:
            self.wake()
            return False
        return done.placed >= most

    async def _preview(self, campaign: Campaign, pacer: Pacer, judged: Judged) -> bool:
        """Calls what agents accepted, and shows leads to those who have none; nothing is called for them before."""
        decision, runner = judged.decision, self._runner(campaign)
        placed = await self._previews.place(campaign, judged.place)
        self._turns = self._turns.after([campaign.campaign_id] * placed)
        offered = 0
        if decision is not None and decision.offer:
            offered = await self._previews.offer(campaign, decision.offer, runner)
        if decision is None or offered or sum(self._previews.showing(campaign.campaign_id)):
            runner.rest(judged.idle)
        elif not decision.offer:
            runner.rest(decision.idle)
        if placed:
            self.placed(campaign.campaign_id)
        self._over(campaign, pacer, judged, placed, offered=offered)
        return False

    def _judge(self, campaign: Campaign, pacer: Pacer) -> Judged:
        """Within the plan, where it is a pilot."""
        most, limit = self._pilots.room(campaign, self._calls.unconnected(campaign.campaign_id))
        if limit is IdleReason.PILOT_COMPLETE:
            return Judged(0, limit)
        judged = self._by_policy(campaign, pacer)
        judged = judged if judged.place <= most else replace(judged, place=most, idle=limit)
        if not pacer.over_dials:
            return judged
        allowed = self._allowed.setdefault(campaign.campaign_id, judged.place)
        return replace(judged, place=min(judged.place, allowed))

    def _by_policy(self, campaign: Campaign, pacer: Pacer) -> Judged:
        usable = self._trunks.usable(campaign.settings.trunks)
        wait = self._telephony.next_admission_s(usable) if usable else float("inf")
        if wait == float("inf"):
            self._alarm.for_trunk(campaign)
            return Judged(0, IdleReason.TRUNK_DOWN)
        if wait > 0:
            self._alarm.set_in(wait)
        sighted = self._sight.look(campaign, pacer, waits=wait > 0)
        decision = pacer.decide(sighted.view)
        if decision.cancel:
            self._calls.give_up(sighted.calls[number] for number in decision.cancel)
        return Judged(decision.place, decision.idle, decision, sighted)

    def _over(self, campaign: Campaign, pacer: Pacer, judged: Judged, placed: int, *, offered: int = 0) -> None:
        """The decision is kept, told where the automatic mode does something else, and made anew in a moment."""
        decision = judged.decision
        if decision is None or judged.sighted is None:
            return
        runner, now = self._runner(campaign), self._clock.now()
        limit = decision.limit
        if placed < judged.place and runner.idle is not None and runner.idle is not decision.idle:
            limit = runner.idle
        pacer.note(now, judged.sighted.view, decision, placed=placed, limit=str(limit), offered=offered)
        self._keeper.noted()
        told, note = pacer.news(self._clock.monotonic())
        if told:
            self.noted(pacer, note)
        if pacer.over_dials and runner.idle not in _NO_WORK:
            self._tick(decision, judged.sighted)

    def _tick(self, decision: PacingDecision, sighted: Sighted) -> None:
        """When time alone may change the decision: agents and calls grow older."""
        if (seconds := tick_s(decision, sighted)) is not None:
            self._alarm.set_in(seconds)

    def _runner(self, campaign: Campaign) -> CampaignRunner:
        campaign_id = campaign.campaign_id
        if campaign_id not in self._runners:
            self._runners[campaign_id] = CampaignRunner(
                campaign_id, self._store, self._attempts, self._settings, self._clock
            )
        return self._runners[campaign_id]


_NO_LEADS: Final = frozenset(
    {
        IdleReason.NO_LEAD_DUE, IdleReason.LIST_EXHAUSTED, IdleReason.OUTSIDE_WINDOW, IdleReason.TRUNK_DOWN,
        IdleReason.PILOT_COMPLETE, IdleReason.PILOT_LIMIT,
    }
)  # fmt: skip
_NO_WORK: Final = _NO_LEADS | {IdleReason.RATE_LIMIT, IdleReason.NO_FREE_LINE}
