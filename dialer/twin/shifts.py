"""The simulated agents: they come, take their breaks, talk, wrap up, decide and go home."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from campaigns.campaign import WEEKDAYS, CampaignSettings
from campaigns.disposition import Disposition
from campaigns.pacing import PreviewState
from campaigns.screening import AfterMachine, ScreeningMode
from dialer.clock import Clock
from dialer.domain import events as e
from dialer.domain.agent import AgentState
from dialer.domain.ids import customer_leg
from dialer.engine.engine import Engine
from dialer.engine.tasks import Tasks
from dialer.errors import FewerLinesThanAgents, Invalid, NotFound, WrongState
from dialer.ports import Agent
from dialer.twin.carrier import Carrier
from dialer.twin.parties import Fate
from dialer.twin.people import Party, People, Talk
from dialer.twin.scenario import Shift
from sip.amd import Verdict

_NOBODY: Final = Party(fate=Fate())
_MARGIN_S: Final = 0.05
_TRIES: Final = 4  # at a decision
_APPOINTMENT_DAYS: Final = 2


class Agents:
    """All of them. `take` is told what happens on the floor."""

    def __init__(
        self, *, engine: Engine, carrier: Carrier, people: People, clock: Clock, zone: ZoneInfo, tasks: Tasks,
        settings: CampaignSettings, extension_s: float,
    ) -> None:  # fmt: skip
        self._engine, self._carrier, self._people = engine, carrier, people
        self._clock, self._zone, self._tasks = clock, zone, tasks
        self._settings, self._extension_s = settings, extension_s
        self._flags = {d.code: d for d in settings.dispositions}
        self._talks: dict[str, tuple[Party, Talk]] = {}  # by attempt
        self._waiting: dict[str, asyncio.TimerHandle] = {}
        self._gone = False
        self.refusal: FewerLinesThanAgents | None = None  # of somebody's log-in

    def come(self, agent: Agent, shift: Shift, *, rank: int, days: int) -> None:
        """For so many days, from today on; `rank` among those who work the same hours."""
        self._tasks.start(f"shifts of {agent.agent_id}", self._work(agent, shift, rank, days))

    def leave(self) -> None:
        """The rehearsal is over: what customers still do is of no matter."""
        self._gone = True

    def take(self, event: e.DomainEvent) -> None:
        match event:
            case e.CallAnswered():
                self._answered(event.attempt_id)
            case e.CallConnected():
                self._connected(event)
            case e.CallEnded():
                self._ended(event.attempt_id)
            case e.PreviewMoved(state=PreviewState.SHOWN):
                self._tasks.start(f"lead before {event.agent_id}", self._reads(event))
            case e.AgentStateChanged(state=AgentState.WRAP_UP):
                self._wraps_up(event.agent_id, event.attempt_id or "")

    # a day
    async def _work(self, agent: Agent, shift: Shift, rank: int, days: int) -> None:
        late = timedelta(seconds=shift.late_s * rank / max(shift.count - 1, 1))
        for at, command in self._plan(shift, days):
            await self._until(at + late if command == "come" else at)
            try:
                await self._does(agent.agent_id, command)
            except FewerLinesThanAgents as refusal:
                self.refusal = refusal
                return

    def _plan(self, shift: Shift, days: int) -> Iterator[tuple[datetime, str]]:
        first = self._clock.now().astimezone(self._zone).date()
        for n in range(days):
            day = first + timedelta(days=n)
            if WEEKDAYS[day.weekday()] not in shift.days:
                continue
            moments: list[tuple[time, str]] = [(shift.start, "come"), (shift.end, "go")]
            for rest in shift.breaks:
                moments += [(rest.start, "rest"), (rest.end, "come")]
            for at, command in sorted(moments):
                yield datetime.combine(day, at, self._zone), command

    async def _until(self, at: datetime) -> None:
        seconds = (at - self._clock.now()).total_seconds()
        if seconds > 0:
            await self._clock.sleep(seconds)

    async def _does(self, agent_id: str, command: str) -> None:
        match command:
            case "come":
                await self._engine.make_ready(agent_id)
            case "rest":
                await self._engine.pause_agent(agent_id, "break")
            case "go":
                await self._engine.log_out(agent_id)

    async def _reads(self, event: e.PreviewMoved) -> None:
        await self._clock.sleep(self._people.reads(event.agent_id, event.lead_id))
        with suppress(WrongState):  # it was taken from him meanwhile
            await self._engine.accept_lead(event.agent_id)

    # a call
    def _answered(self, attempt_id: str) -> None:
        leg_id = customer_leg(attempt_id)
        leg = self._carrier.under_way.get(leg_id)
        if leg is not None:
            patience = self._people.patience(leg.destination)
            self._waiting[attempt_id] = asyncio.get_running_loop().call_later(patience, self._hangs_up, leg_id)

    def _connected(self, event: e.CallConnected) -> None:
        self._patient(event.attempt_id)
        party = self._carrier.parties.get(customer_leg(event.attempt_id), _NOBODY)
        talk = self._people.talks(event.agent_id)
        self._talks[event.attempt_id] = (party, talk)
        lasts = talk.talk_s if party.talk_s is None else party.talk_s
        loop = asyncio.get_running_loop()
        if talk.by_agent:
            loop.call_later(lasts, self._agent_hangs_up, event.attempt_id)
        else:
            loop.call_later(lasts, self._hangs_up, customer_leg(event.attempt_id))

    def _ended(self, attempt_id: str) -> None:
        self._patient(attempt_id)
        self._carrier.parties.pop(customer_leg(attempt_id), None)

    def _patient(self, attempt_id: str) -> None:
        if (timer := self._waiting.pop(attempt_id, None)) is not None:
            timer.cancel()

    def _hangs_up(self, leg_id: str) -> None:
        if leg_id in self._carrier.under_way:
            self._carrier.customer_hangs_up(leg_id)

    def _agent_hangs_up(self, attempt_id: str) -> None:
        async def hang_up() -> None:
            with suppress(NotFound):
                await self._engine.hang_up(attempt_id)

        if not self._gone:
            self._tasks.start("hang up", hang_up())

    # afterwards
    def _wraps_up(self, agent_id: str, attempt_id: str) -> None:
        if found := self._talks.pop(attempt_id, None):
            self._tasks.start(f"wrap-up of {agent_id}", self._wrap_up(agent_id, attempt_id, *found))

    async def _wrap_up(self, agent_id: str, attempt_id: str, party: Party, talk: Talk) -> None:
        """Who needs longer than the campaign's wrap-up presses the button for more, as often as he must."""
        left, limit = talk.wrap_up_s, self._settings.wrap_up_s - _MARGIN_S
        while left > limit > 0:
            await self._clock.sleep(limit)
            await self._engine.extend_wrap_up(agent_id)
            left, limit = left - limit, self._extension_s
        await self._clock.sleep(left if limit > 0 else 0.0)
        with suppress(WrongState):
            await self._decides(agent_id, attempt_id, self._decision(party, talk))

    async def _decides(self, agent_id: str, attempt_id: str, decision: dict[str, Any]) -> None:
        """A time at which nobody may be called is moved to one that the refusal names; where there is none, or that is
        too late as well, the customer is told so."""
        for _ in range(_TRIES):
            try:
                await self._engine.dispose(attempt_id, agent_id=agent_id, **decision)
                return
            except Invalid as refusal:
                if refusal.field != "callback_at":
                    raise
                other = refusal.details.get("before") or refusal.details.get("after")
            moved = datetime.fromisoformat(other) if isinstance(other, str) else None
            later = moved is not None and moved > self._clock.now()
            decision = {**decision, "callback_at": moved} if later else self._no()

    def _no(self) -> dict[str, Any]:
        """The customer wants a call at a time when the campaign is over."""
        return {"code": next((d.code for d in self._plain() if d.contact), self._plain()[0].code)}

    def _plain(self) -> list[Disposition]:
        return [d for d in self._settings.dispositions if not (d.callback or d.success or d.do_not_call or d.machine)]

    def _was_hung_up_on(self, party: Party) -> bool:
        """A person whom the campaign's detector took for a machine."""
        screening = self._settings.screening
        taken = screening.mode is not ScreeningMode.OFF and party.fate.heard.verdict is Verdict.MACHINE
        return taken and screening.after_machine is not AfterMachine.HAND_OVER

    def _decision(self, party: Party, talk: Talk) -> dict[str, Any]:
        if party.person and self._was_hung_up_on(party):
            return {"code": next((d.code for d in self._plain() if not d.contact), self._plain()[0].code)}
        code = self._people.decision(party, talk)
        flags, now = self._flags[code], self._clock.now()
        decision: dict[str, Any] = {"code": code}
        if flags.callback:
            decision["callback_at"] = now + timedelta(seconds=talk.callback_s)
            decision["callback_for"] = "me" if talk.for_me else "anyone"
        if flags.appointment:
            decision["appointment_at"] = now + timedelta(days=_APPOINTMENT_DAYS)
        return decision
