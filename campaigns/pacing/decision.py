"""What pacing decided, and the words for why it did not place more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from campaigns.idle import IdleReason


class Limit(StrEnum):
    """What keeps a decision from placing more. Those that are an `IdleReason` as well have its value."""

    OUTSIDE_WINDOW = "outside_window"
    NO_READY_AGENT = "no_ready_agent"
    AGENTS_COVERED = "agents_covered"
    NO_FREE_LINE = "no_free_line"
    RATE_LIMIT = "rate_limit"
    NO_CAPACITY = "no_capacity"
    RISK = "risk"
    BURST = "burst"
    BUDGET_SPENT = "budget_spent"
    BUDGET_GUARD = "budget_guard"
    NONE_ALLOWED = "none_allowed"
    NO_TALLY = "no_tally"
    LEARNING = "learning"
    LIMIT_NEAR = "limit_near"
    AGENTS_DECIDE = "agents_decide"
    LOADING = "loading"


class Note(StrEnum):
    """What the automatic mode is doing."""

    LEARNING = "learning"
    OVER_DIALLING = "over_dialling"
    FELL_BACK = "fell_back"


LIMIT_WORDS: Final[Mapping[Limit, tuple[str, str]]] = {
    Limit.OUTSIDE_WINDOW: ("outside the calling hours", "不在外呼时段"),
    Limit.NO_READY_AGENT: ("no agent is ready", "无就绪坐席"),
    Limit.AGENTS_COVERED: ("every ready agent has a call under way", "就绪坐席均已有呼叫"),
    Limit.NO_FREE_LINE: ("no line is free", "无空闲线路"),
    Limit.RATE_LIMIT: ("the trunk's call rate is used up", "线路呼叫速率已满"),
    Limit.NO_CAPACITY: ("the telephony workers are full", "话务进程容量已满"),
    Limit.RISK: ("one more call would too probably find no agent", "再拨一通，接通后无坐席的概率过高"),
    Limit.BURST: ("enough calls at once; the next decision may add more", "单次拨出已达上限，下次决策再增加"),
    Limit.BUDGET_SPENT: ("the abandonment budget is used up", "呼损额度已用完"),
    Limit.BUDGET_GUARD: ("calls under way could use up the abandonment budget", "在途呼叫可能耗尽呼损额度"),
    Limit.NONE_ALLOWED: ("the policy allows no abandoned call", "规则不允许呼损"),
    Limit.NO_TALLY: ("abandoned calls have not been counted yet", "尚无呼损统计"),
    Limit.LEARNING: ("too few calls answered to be sure of the abandonment limit", "接通样本不足，尚不能确认呼损率"),
    Limit.LIMIT_NEAR: ("the abandonment limit is near: one call per ready agent", "接近呼损上限：每名就绪坐席只拨一通"),
    Limit.LOADING: (
        "predictive dialling is being loaded: one call per ready agent",
        "预测式拨号加载中：每名就绪坐席只拨一通",
    ),
    Limit.AGENTS_DECIDE: ("agents decide on the leads shown to them", "等待坐席确认预览名单"),
}
NOTE_WORDS: Final[Mapping[Note, tuple[str, str]]] = {
    Note.LEARNING: ("progressive: still learning", "渐进式拨号：学习中"),
    Note.OVER_DIALLING: ("over-dialling inside the abandonment limit", "预测式拨号：呼损在上限之内"),
    Note.FELL_BACK: ("progressive again: the abandonment limit is near", "已退回渐进式：接近呼损上限"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The view in counts, kept with the decision. `free_soon`: agents expected to be free when a call placed now would
    be answered; `answers_soon`: persons expected to have answered by then."""

    ready: int
    talking: int
    wrapping: int
    leaving: int
    promised: int
    in_flight: int
    waiting: int
    lines_free: int
    answered: int
    abandoned: int
    free_soon: float | None = None
    answers_soon: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PacingDecision:
    """`limit` keeps `place` from being higher. `floor`: calls of `place` that cannot be abandoned. `cancel`: calls to
    hang up, all ringing long enough. `offer`: leads to show to agents. `risk`: that the call not placed (or, where
    `limit` is another one, the last one placed) would find no agent; `theta`: the risk taken. `left`: calls that may
    still be abandoned. `again_s`: ask again after so many seconds, even if nothing happens."""

    place: int
    limit: str
    mode: str = "progressive"
    floor: int = 0
    cancel: tuple[int, ...] = ()
    offer: int = 0
    risk: float | None = None
    theta: float | None = None
    left: float | None = None
    note: Note | None = None
    seen: Seen | None = field(default=None)
    again_s: float | None = None

    @property
    def idle(self) -> IdleReason:
        """`limit` in the words of the campaign's screen: what over-dialling will not do is, there, agents covered."""
        found = _IDLE.get(self.limit)
        return found if found is not None else IdleReason(self.limit)

    def words(self, *, chinese: bool = False) -> str:
        limit = LIMIT_WORDS[Limit(self.limit)][chinese]
        return limit if self.note is None else f"{NOTE_WORDS[self.note][chinese]}{'；' if chinese else '; '}{limit}"


_IDLE: Final[Mapping[str, IdleReason]] = {
    Limit.NO_CAPACITY: IdleReason.NO_FREE_LINE,
    **dict.fromkeys(
        (
            Limit.RISK, Limit.BURST, Limit.BUDGET_SPENT, Limit.BUDGET_GUARD, Limit.NONE_ALLOWED, Limit.NO_TALLY,
            Limit.LEARNING, Limit.LIMIT_NEAR, Limit.AGENTS_DECIDE, Limit.LOADING,
        ),
        IdleReason.AGENTS_COVERED,
    ),
}  # fmt: skip
