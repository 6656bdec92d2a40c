"""Person or machine, without sound: what a detector would have made of the people who are called."""

from __future__ import annotations

from dialer.clock import Clock
from dialer.twin.legs import Legs
from dialer.twin.parties import Fate
from dialer.twin.switch import FakeLeg
from sip.amd import AmdSettings, Reason, Verdict
from sip.causes import Cause, LegOutcome
from sip.commands import PlaceLeg
from sip.events import GreetingOver, LegScreened


class Screens(Legs):
    def __init__(self, clock: Clock, *, workers: int = 1, max_legs: int = 64) -> None:
        super().__init__(clock, workers=workers, max_legs=max_legs)
        self._conduct: dict[str, Fate] = {}
        self._answered: dict[str, float] = {}
        self._asked: dict[str, tuple[AmdSettings, bool]] = {}
        self._open: set[str] = set()  # legs whose verdict is still to come
        self.screened: list[str] = []  # legs somebody asked to be screened

    async def screen(self, leg_id: str, settings: AmdSettings, *, await_greeting: bool = False) -> None:
        leg = self._leg(leg_id)
        await self._reply("screen", lambda: self._screen(leg, settings, await_greeting))

    async def stop_screening(self, leg_id: str) -> None:
        self._leg(leg_id)
        self._open.discard(leg_id)
        self._conduct.pop(leg_id, None)

    def _screen(self, leg: FakeLeg, settings: AmdSettings, await_greeting: bool) -> None:
        if leg.leg_id in self._asked:
            return
        self._asked[leg.leg_id] = (settings, await_greeting)
        self.screened.append(leg.leg_id)
        if leg.leg_id in self._answered:
            self._listen(leg)

    def _live_through(self, leg: FakeLeg, order: PlaceLeg, fate: Fate) -> None:
        self._conduct[leg.leg_id] = fate
        super()._live_through(leg, order, fate)

    def _answer(self, leg: FakeLeg, talks: float | None = None) -> None:
        super()._answer(leg, talks)
        self._answered[leg.leg_id] = self._clock.monotonic()
        if leg.leg_id in self._asked:
            self._listen(leg)

    def _listen(self, leg: FakeLeg) -> None:
        settings, _ = self._asked[leg.leg_id]
        heard = self._conduct.get(leg.leg_id, Fate()).heard
        since = self._clock.monotonic() - self._answered[leg.leg_id]
        self._open.add(leg.leg_id)
        if heard.after_s > settings.longest_s:
            self._in(leg, settings.longest_s - since, lambda: self._unclear(leg))
        else:
            self._in(leg, max(heard.after_s - since, 0.0), lambda: self._settle(leg, heard.verdict, heard.reason))

    def _settle(self, leg: FakeLeg, verdict: Verdict, reason: Reason) -> None:
        if leg.leg_id not in self._open:
            return
        self._open.discard(leg.leg_id)
        since = self._clock.monotonic() - self._answered[leg.leg_id]
        self._tell(
            leg.worker,
            LegScreened(
                worker=leg.worker, at=self._clock.now(), leg_id=leg.leg_id, verdict=verdict, reason=reason,
                delay_ms=round(since * 1000),
            ),
        )  # fmt: skip
        fate = self._conduct.get(leg.leg_id)
        if verdict is Verdict.MACHINE and fate is not None and self._asked[leg.leg_id][1]:
            self._in(leg, max(fate.heard.greeting_s - since, 0.0), lambda: self._greeting_over(leg))

    def _greeting_over(self, leg: FakeLeg) -> None:
        if leg.leg_id in self._conduct:
            self._tell(leg.worker, GreetingOver(worker=leg.worker, at=self._clock.now(), leg_id=leg.leg_id))

    def _unclear(self, leg: FakeLeg) -> None:
        self._settle(leg, Verdict.UNCERTAIN, Reason.TOO_LONG)

    def _end(self, leg: FakeLeg, outcome: LegOutcome, cause: Cause) -> None:
        if leg.leg_id in self._legs:
            self._unclear(leg)
        super()._end(leg, outcome, cause)

    def _forget(self, leg: FakeLeg) -> None:
        super()._forget(leg)
        self._open.discard(leg.leg_id)
        for memory in (self._conduct, self._answered, self._asked):
            memory.pop(leg.leg_id, None)
