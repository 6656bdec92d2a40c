"""What a campaign did minute by minute: a minute without a new attempt is idle, for the reason that held longest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from campaigns.idle import IdleReason

DIALLING: Final = ""
SERVER_DOWN: Final = "server_down"
WORDS: Final[Mapping[str, tuple[str, str]]] = {
    DIALLING: ("dialling", "外呼中"),
    SERVER_DOWN: ("the server was down", "服务器未运行"),
    IdleReason.NOT_RUNNING: ("the campaign was not running", "活动未运行"),
    IdleReason.OUTSIDE_WINDOW: ("outside the calling hours", "不在外呼时段"),
    IdleReason.NO_READY_AGENT: ("no agent was ready", "无就绪坐席"),
    IdleReason.NO_LEAD_DUE: ("no lead was due", "暂无到期名单"),
    IdleReason.LIST_EXHAUSTED: ("the list was used up", "名单已用完"),
    IdleReason.AGENTS_COVERED: ("every ready agent had a call under way", "就绪坐席均已有呼叫"),
    IdleReason.NO_FREE_LINE: ("no line was free", "无空闲线路"),
    IdleReason.RATE_LIMIT: ("the trunk's call rate was used up", "线路呼叫速率已满"),
    IdleReason.TRUNK_DOWN: ("the trunk was down", "线路故障"),
    IdleReason.DISK_FULL: ("the disk was full", "磁盘已满"),
    IdleReason.RECOVERING: ("the server was starting", "服务器启动中"),
}
MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleRun:
    """Minutes on end with the same reason, [start, end); "" is dialling."""

    start: datetime
    end: datetime
    reason: str

    @property
    def minutes(self) -> int:
        return round((self.end - self.start) / MINUTE)


class IdleMinutes:
    """One campaign's. Every method answers with the (minute, reason) that became known and differ from the last."""

    def __init__(self, at: datetime) -> None:
        self._minute = floor(at)
        self._began = self._from = at
        self._reason = DIALLING
        self._held: Counter[str] = Counter()
        self._dialled = False
        self._told: str | None = None

    @property
    def settled(self) -> bool:
        """Nothing will become known before the next change."""
        return self._told == self._reason and not self._dialled and not self._other_than_told()

    def stands(self, reason: str, now: datetime) -> list[tuple[datetime, str]]:
        """The reason holds from now on."""
        found = self.passes(now)
        self._reason = reason
        return found

    def dials(self, now: datetime) -> list[tuple[datetime, str]]:
        found = self.passes(now)
        self._dialled = True
        return found

    def passes(self, now: datetime) -> list[tuple[datetime, str]]:
        """Time: whole minutes are over. A clock that was put back changes nothing."""
        found: list[tuple[datetime, str]] = []
        while now >= self._minute + MINUTE:
            found += self._close(self._minute + MINUTE)
            if self.settled:
                self._minute = self._from = max(floor(now), self._minute)
        if now > self._from:
            self._held[self._reason] += _microseconds(now - self._from)
            self._from = now
        return found

    def _close(self, end: datetime) -> list[tuple[datetime, str]]:
        self._held[self._reason] += _microseconds(end - self._from)
        result = DIALLING if self._dialled else max(self._held, key=lambda reason: (self._held[reason], reason))
        found = [] if result == self._told else [(max(self._minute, self._began), result)]
        self._told, self._dialled = result, False
        self._minute = self._from = end
        self._held.clear()
        return found

    def _other_than_told(self) -> bool:
        return any(reason != self._told for reason in self._held)


def runs(changes: Sequence[tuple[datetime, str]], start: datetime, end: datetime) -> list[IdleRun]:
    """The changes cut to [start, end); the last one holds on to `end`. Before the first change nothing is known."""
    found: list[IdleRun] = []
    for index, (at, reason) in enumerate(changes):
        until = changes[index + 1][0] if index + 1 < len(changes) else end
        first, last = max(at, start), min(until, end)
        if first >= last:
            continue
        if found and found[-1].reason == reason:
            first = found.pop().start
        found.append(IdleRun(start=first, end=last, reason=reason))
    return found


def by_reason(found: Iterable[IdleRun]) -> dict[str, int]:
    """Idle minutes by reason, most first."""
    minutes: Counter[str] = Counter()
    for run in found:
        if run.reason != DIALLING:
            minutes[run.reason] += run.minutes
    return dict(minutes.most_common())


def floor(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _microseconds(period: timedelta) -> int:
    return period // timedelta(microseconds=1)


def words(reason: str) -> tuple[str, str]:
    """English and Chinese."""
    return WORDS.get(reason, (reason.replace("_", " "), reason))
