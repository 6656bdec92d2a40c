"""What somebody should look at: raised once, cleared once."""

from __future__ import annotations

from dialer.clock import Clock
from dialer.domain.events import AlarmCleared, AlarmRaised
from dialer.engine.journal import Journal


class Alarms:
    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal, self._clock = journal, clock
        self._active: dict[tuple[str, str], AlarmRaised] = {}

    def raise_(self, code: str, subject: str, message: str) -> None:
        if (code, subject) in self._active:
            return
        alarm = AlarmRaised(occurred_at=self._clock.now(), code=code, subject=subject, message=message)
        self._active[code, subject] = alarm
        self._journal.append([alarm])

    def clear(self, code: str, subject: str) -> None:
        if self._active.pop((code, subject), None) is not None:
            self._journal.append([AlarmCleared(occurred_at=self._clock.now(), code=code, subject=subject)])

    def active(self) -> tuple[AlarmRaised, ...]:
        return tuple(self._active.values())

    def has(self, code: str, subject: str = "") -> bool:
        return any(known == code and subject in ("", about) for known, about in self._active)
