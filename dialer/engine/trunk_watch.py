"""Which trunks may carry calls now: registration as the workers report it, and a breaker for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from dialer.clock import Clock
from dialer.domain.breaker import Breaker, BreakerState, Failed, Mended, Refused, Tried, Unproven, Worked
from dialer.domain.events import TrunkWentDown, TrunkWentUp
from dialer.engine.alarms import Alarms
from dialer.engine.journal import Journal
from dialer.engine.settings import EngineSettings
from sip.causes import LegOutcome, Origin
from sip.events import LegEnded, TrunkDown, TrunkUp
from sip.trunks import Trunk

_NOT_ACCEPTED: Final = frozenset({401, 403, 407})
_NO_CODEC: Final = frozenset({415, 488, 606})
_OURS: Final = frozenset({Origin.US, Origin.RING_TIMEOUT})


class TrunkWatch:
    def __init__(
        self, *, trunks: Iterable[Trunk], settings: EngineSettings, journal: Journal, alarms: Alarms,
        clock: Clock, changed: Callable[[], None],
    ) -> None:  # fmt: skip
        self.trunks = {trunk.name: trunk for trunk in trunks}
        self._breakers = {name: _breaker(settings) for name in self.trunks}
        self._down: dict[str, str] = {}
        self._journal, self._alarms, self._clock, self._changed = journal, alarms, clock, changed

    def usable(self, names: Sequence[str]) -> tuple[str, ...]:
        """In fail-over order, those a call may be sent over now."""
        now = self._clock.now()
        return tuple(name for name in names if (b := self._breakers.get(name)) is not None and b.admits(now))

    def retry_at(self, names: Sequence[str]) -> datetime | None:
        """When the first back-off of these trunks is over."""
        times = [b.retry_at for name in names if (b := self._breakers.get(name)) and b.state is BreakerState.OPEN]
        return min((at for at in times if at is not None), default=None)

    def sent(self, name: str) -> None:
        """A call goes over this trunk; on an opened one it is the trial."""
        self._breakers[name].apply(Tried(at=self._clock.now()))

    def rang(self, name: str) -> None:
        self._apply(name, Worked(at=self._clock.now()))

    def ended(self, name: str, event: LegEnded) -> None:
        cause, at = event.cause, self._clock.now()
        if event.outcome is LegOutcome.FAILED and cause.sip_status in _NOT_ACCEPTED:
            self._apply(name, Refused(at=at), f"the carrier answers {cause.sip_status}: {cause.text}")
        elif event.outcome in (LegOutcome.CONGESTED, LegOutcome.FAILED):
            if cause.sip_status in _NO_CODEC:
                self._alarms.raise_(
                    "no_common_codec", name, f"trunk {name} accepts none of our codecs; check its codecs"
                )
            self._apply(name, Failed(at=at), f"the last answer was {cause.sip_status or 'silence'}")
        elif cause.origin in _OURS and event.outcome is not LegOutcome.NO_ANSWER:
            self._apply(name, Unproven(at=at))
        else:
            self._apply(name, Worked(at=at))

    def abandoned(self, name: str) -> None:
        """The call ended without the network having said anything."""
        self._apply(name, Unproven(at=self._clock.now()))

    def registered(self, event: TrunkUp) -> None:
        self._down.pop(event.trunk, None)
        if breaker := self._breakers.get(event.trunk):
            if breaker.state is BreakerState.STOPPED:
                breaker.apply(Mended(at=event.at))
                self._alarms.clear("trunk_misconfigured", event.trunk)
            self._journal.append([TrunkWentUp(occurred_at=event.at, trunk=event.trunk)])
        self._changed()

    def mend(self, name: str) -> None:
        """Somebody has looked after it: it may carry calls again at once."""
        self._breakers[name].apply(Mended(at=self._clock.now()))
        for code in ("trunk_misconfigured", "trunk_breaker", "no_common_codec"):
            self._alarms.clear(code, name)
        self._changed()

    def lost(self, event: TrunkDown) -> None:
        first = event.trunk not in self._down
        self._down[event.trunk] = event.reason or f"SIP {event.sip_status}"
        if event.sip_status in _NOT_ACCEPTED:
            self._apply(event.trunk, Refused(at=event.at), f"registration is answered {event.sip_status}")
        if first:
            self._journal.append(
                [
                    TrunkWentDown(
                        occurred_at=event.at, trunk=event.trunk, reason=event.reason, sip_status=event.sip_status
                    )
                ]
            )
        self._changed()

    def states(self) -> dict[str, tuple[BreakerState, str]]:
        """State of the breaker, and why the trunk is down ("" when it is not)."""
        return {name: (breaker.state, self._down.get(name, "")) for name, breaker in self._breakers.items()}

    def _apply(self, name: str, sign: Worked | Failed | Refused | Unproven, why: str = "") -> None:
        breaker = self._breakers.get(name)
        if breaker is None:
            return
        previous = breaker.state
        state = breaker.apply(sign)
        if state is previous:
            return
        self._announce(name, state, why)
        self._changed()

    def _announce(self, name: str, state: BreakerState, why: str) -> None:
        match state:
            case BreakerState.OPEN:
                self._alarms.raise_("trunk_breaker", name, f"trunk {name} carries no calls and rests; {why}")
            case BreakerState.STOPPED:
                self._alarms.raise_(
                    "trunk_misconfigured", name, f"trunk {name} is stopped: {why}; check its user and password"
                )
            case BreakerState.CLOSED:
                self._alarms.clear("trunk_breaker", name)
                self._alarms.clear("no_common_codec", name)


def _breaker(settings: EngineSettings) -> Breaker:
    return Breaker(
        limit=settings.breaker_failures,
        back_off=timedelta(seconds=settings.breaker_back_off_s),
        longest=timedelta(seconds=settings.breaker_longest_s),
    )
