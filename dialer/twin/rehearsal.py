"""One rehearsal: the engine of `serve` for some days of virtual time, with a simulated carrier and simulated agents.

Only the telephony, the store, the recordings' disk and the clock are others than in a site: leases, verdicts, windows,
pacing, calls, wrap-ups, dispositions and retries are the engine's own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from campaigns.campaign import Campaign, CampaignSettings
from campaigns.lead import LeadState
from dialer.bus import Bus
from dialer.engine.engine import Engine
from dialer.engine.settings import EngineSettings
from dialer.engine.tasks import Tasks
from dialer.errors import Invalid, Refused
from dialer.policies import PolicyBook
from dialer.twin.carrier import Carrier
from dialer.twin.cast import Cast, made_up
from dialer.twin.clock import VirtualClock, VirtualLoop
from dialer.twin.library import FakeLibrary
from dialer.twin.list_cast import cast_of_file
from dialer.twin.people import People, usual_codes
from dialer.twin.report import Report
from dialer.twin.scenario import TRUNK, Scenario, settings_of
from dialer.twin.shifts import Agents
from dialer.twin.store import MemoryStore
from dialer.twin.watch import Watch
from sip.trunks import Trunk

_LOOK_S: Final = 60.0
_SPARE_LEGS: Final = 16
_BEFORE: Final = timedelta(minutes=5)  # the house opens so long before the first shift
_AFTER: Final = timedelta(minutes=15)  # calls and wrap-ups of the last shift end
Progress = Callable[["Moment"], bool]


@dataclass(frozen=True, slots=True)
class Moment:
    """How far a rehearsal is. `share` 0..1 of its virtual time."""

    share: float
    at: datetime
    attempts: int
    persons: int
    abandoned: int


def rehearse(
    scenario: Scenario, *, cast: Cast | None = None, policies: PolicyBook | None = None,
    goes_on: Progress = lambda moment: True,
) -> Report:  # fmt: skip
    """`goes_on` is asked every virtual minute; once it says no, the report so far is returned with `whole` False.

    Raises `Invalid` for settings that cannot run (fewer lines than agents, an unknown policy pack).
    """
    loop = VirtualLoop()
    started = time.monotonic()
    try:
        asyncio.set_event_loop(loop)
        report = loop.run_until_complete(_run(scenario, cast, policies, goes_on))
    finally:
        asyncio.set_event_loop(None)
        loop.close()
    return replace(report, took_s=round(time.monotonic() - started, 3))


async def _run(scenario: Scenario, cast: Cast | None, policies: PolicyBook | None, goes_on: Progress) -> Report:
    return await Rehearsal(scenario, cast, policies, goes_on).run()


class Rehearsal:
    """Made and run on a virtual loop; its `store` can be looked into afterwards."""

    def __init__(
        self, scenario: Scenario, cast: Cast | None = None, policies: PolicyBook | None = None,
        goes_on: Progress = lambda moment: True,
    ) -> None:  # fmt: skip
        self._scenario, self._goes_on = scenario, goes_on
        self._zone = ZoneInfo(scenario.time_zone)
        self._opens, self._closes = _hours(scenario, self._zone)
        self._settings = settings_of(scenario)
        self._policies = policies or PolicyBook.load(rehearsal=not scenario.policies)
        self._cast = cast or _cast(scenario, self._opens)
        self._clock = VirtualClock(self._opens)
        self.store = MemoryStore(keeps_events=False)
        self._zones = {number.e164: lead.time_zone for lead in self._cast.leads for number in lead.numbers}
        self._people = People(
            scenario.behaviour, scenario.seed, chances=self._cast.chances, by_number=self._cast.by_number,
            script=self._cast.script,
            codes=_codes(scenario, self._settings),
        )  # fmt: skip
        self._carrier = Carrier(self._clock, self._people, self._hour_of, legs=self._legs())
        self._carrier.every_phone = replace(
            self._carrier.every_phone, rings_after=None, answers_after=scenario.behaviour.phone_answer_s.average
        )
        self._watch = Watch(self._zone, self._settings.dispositions)
        self._bus = Bus()
        self._rules = EngineSettings(
            policies=self._policies, time_zone=scenario.time_zone, disk_check_s=3600.0, compile_rules="here"
        )
        self._engine = Engine(
            self.store, self._carrier, self._clock, self._bus, FakeLibrary(), self._rules, [self._trunk()]
        )
        self._finished_at: datetime | None = None
        self._alarms: set[str] = set()

    async def run(self) -> Report:
        for agent, _ in self._cast.agents:
            await self.store.save_agent(agent)
        self.store.released = list(self._cast.released)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._engine)
            campaign = await self._open(self._settings)
            tasks = await stack.enter_async_context(Tasks())
            agents = Agents(
                engine=self._engine, carrier=self._carrier, people=self._people, clock=self._clock, zone=self._zone,
                tasks=tasks, settings=self._settings, extension_s=self._rules.wrap_up_extension_s,
            )  # fmt: skip
            stack.enter_context(self._bus.subscribe("watch", self._watch.take))
            stack.enter_context(self._bus.subscribe("agents", agents.take))
            stack.callback(agents.leave)
            ranks: dict[tuple[object, ...], int] = {}
            for agent, shift in self._cast.agents:
                hours = (shift.start, shift.end, shift.late_s)
                ranks[hours] = ranks.get(hours, -1) + 1
                agents.come(agent, shift, rank=ranks[hours], days=self._scenario.days)
            whole = await self._goes_by(campaign, agents)
            self._watch.closes(self._clock.now())
            faults = self._engine.bugs + tasks.bugs
            report = self._report(campaign, whole=whole, faults=faults)
        if agents.refusal is not None:
            raise Invalid(f"the scenario cannot run: {agents.refusal.message}", field="lines.trunk")
        return report

    async def _open(self, settings: CampaignSettings) -> Campaign:
        campaign = await self._engine.create_campaign(settings, "twin")
        self._add(campaign, 0)
        for row in self._cast.history:
            self.store.rows.attempts[row.attempt_id] = replace(row, campaign_id=campaign.campaign_id)
            self.store.rows.made_under[row.attempt_id] = campaign.version
        for e164, reason in self._cast.suppressed.items():
            await self.store.suppress(e164, reason=reason, source="", at=self._opens)
        try:
            await self._engine.start_campaign(settings.code, "twin")
        except Refused as refusal:
            raise Invalid(f"the campaign cannot be started: {refusal.message}", field=refusal.field) from refusal
        return campaign

    def _add(self, campaign: Campaign, day: int) -> None:
        leads = self._cast.leads if day == 0 else self._cast.later.get(day, ())
        for lead in leads:
            due_at = max(lead.due_at or self._clock.now(), self._clock.now()) if day else lead.due_at
            own = replace(lead, campaign_id=campaign.campaign_id, import_id=None, due_at=due_at)
            self.store.rows.leads[lead.lead_id] = own
            self._zones.update({number.e164: lead.time_zone for number in lead.numbers})

    async def _goes_by(self, campaign: Campaign, agents: Agents) -> bool:
        """To the end, or until nobody wants it any more."""
        whole = (self._closes - self._opens).total_seconds()
        day = 0
        while (now := self._clock.now()) < self._closes:
            if (now - self._opens).days > day:
                day = (now - self._opens).days
                self._add(campaign, day)
                self._engine.wake()
            if agents.refusal is not None:
                return False
            self._looks(campaign, now)
            share = (now - self._opens).total_seconds() / whole
            moment = Moment(share, now, self._watch.attempts, self._watch.persons, self._watch.abandoned)
            if not self._goes_on(moment):
                return False
            await self._clock.sleep(_LOOK_S)
        return True

    def _looks(self, campaign: Campaign, now: datetime) -> None:
        floor = self._engine.floor()
        self._alarms.update(alarm.code for alarm in floor.alarms)
        idle = next(c.idle for c in floor.campaigns if c.code == campaign.settings.code)
        self._watch.looks(idle, now)
        if self._finished_at is None and not self.store.rows.due[campaign.campaign_id].open and not floor.calls:
            self._finished_at = now

    def _report(self, campaign: Campaign, *, whole: bool, faults: int) -> Report:
        watch, leads = self._watch, self.store.rows.leads.values()
        return Report(
            scenario=self._scenario.name,
            policy=str(self._settings.pacing),
            seed=self._scenario.seed,
            starts_on=self._scenario.start.isoformat(),
            days=self._scenario.days,
            whole=whole,
            leads=len(leads),
            leads_open=sum(lead.state is LeadState.OPEN for lead in leads),
            leads_reached=len(watch.reached),
            attempts=watch.attempts,
            outcomes=dict(sorted(watch.outcomes.items())),
            dispositions=dict(sorted(watch.dispositions.items())),
            persons=watch.persons,
            conversations=watch.conversations,
            contacts=watch.contacts,
            successes=watch.successes,
            abandoned=watch.abandoned,
            worst_day_abandoned=watch.worst_day(),
            talk_s=watch.spent("talk"),
            wrap_up_s=watch.spent("wrap_up"),
            ready_s=watch.spent("ready"),
            paused_s=watch.spent("paused"),
            agents_wait=watch.agents_wait(),
            customers_wait=watch.customers_wait(),
            lines=watch.lines(),
            runs_dry_at=_text(watch.runs_dry_at, self._zone),
            finished_at=_text(self._finished_at, self._zone),
            deadline=str(self._settings.deadline) if self._settings.deadline else None,
            deadline_holds=self._deadline_holds(),
            goals=self._goals(),
            idle_s={name: round(seconds) for name, seconds in sorted(watch.idle_s.items())},
            alarms=tuple(sorted(self._alarms)),
            faults=faults,
            by_hour=watch.by_hour(),
            by_agent=watch.by_agent(),
        )

    def _deadline_holds(self) -> bool | None:
        """Whether every lead was done with by the end of the last day; open: the days rehearsed end before it."""
        deadline = self._settings.deadline
        if deadline is None:
            return None
        if self._finished_at is not None:
            return self._finished_at.astimezone(self._zone).date() <= deadline
        return False if self._closes.astimezone(self._zone).date() >= deadline else None

    def _goals(self) -> dict[str, bool]:
        goal, watch = self._settings.goal, self._watch
        if goal is None:
            return {}
        reached = {"contacts": watch.contacts, "successes": watch.successes, "appointments": watch.appointments}
        rate = watch.successes / watch.contacts if watch.contacts else 0.0
        return {name: {**reached, "success_rate": rate}[name] >= wanted for name, wanted in goal.figures().items()}

    def _hour_of(self, number: str, at: datetime) -> int:
        return at.astimezone(ZoneInfo(self._zones.get(number) or self._scenario.time_zone)).hour

    def _trunk(self) -> Trunk:
        caller = {"CN": "+862112345678", "US": "+12125550100"}.get(self._scenario.leads.country, "+442071234567")
        return Trunk(
            name=TRUNK, address="192.0.2.1", lines=self._scenario.trunk_lines, caller_id=caller,
            calls_per_second=self._scenario.lines.calls_per_second,
        )  # fmt: skip

    def _legs(self) -> int:
        """Room in the line worker: a customer and an agent for each conversation, and every open leg."""
        conversations = self._scenario.lines.conversations or self._scenario.trunk_lines
        return 2 * conversations + self._scenario.staff + _SPARE_LEGS


def _cast(scenario: Scenario, opens: datetime) -> Cast:
    if scenario.leads.campaign:
        raise Invalid(
            "leads.campaign names a campaign of a data directory; give it with --data", field="leads.campaign"
        )
    return cast_of_file(scenario, opens) if scenario.leads.file else made_up(scenario, opens)


def _hours(scenario: Scenario, zone: ZoneInfo) -> tuple[datetime, datetime]:
    first = min(shift.start for shift in scenario.agents)
    last = max(shift.end for shift in scenario.agents)
    start = datetime.combine(scenario.start, first, zone) - _BEFORE
    return start, datetime.combine(scenario.start + timedelta(days=scenario.days - 1), last, zone) + _AFTER


def _text(at: datetime | None, zone: ZoneInfo) -> str | None:
    return None if at is None else at.astimezone(zone).isoformat(timespec="seconds")


def _codes(scenario: Scenario, settings: CampaignSettings) -> dict[str, float]:
    return usual_codes(scenario.behaviour.dispositions, {d.code: d.closes_lead for d in settings.dispositions})
