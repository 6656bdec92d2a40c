"""A decision of pacing in plain words, English and Chinese."""

from __future__ import annotations

from dataclasses import dataclass

from campaigns.idle_minutes import WORDS as IDLE_WORDS
from campaigns.pacing import LIMIT_WORDS, NOTE_WORDS, Limit, Note


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What one decision saw and did. `placed` are calls that were really placed, of the `wanted`; what kept it from
    more (`limit`) is a `Limit`, or an `IdleReason` where leads, trunk or the site did. `free_soon` and `answers_soon`
    as in `campaigns.pacing.Seen`; None where the mode does not ask."""

    mode: str
    placed: int
    wanted: int
    limit: str
    floor: int = 0
    cancelled: int = 0
    offered: int = 0
    risk: float | None = None
    theta: float | None = None
    left: float | None = None
    note: str = ""
    ready: int = 0
    talking: int = 0
    wrapping: int = 0
    leaving: int = 0
    promised: int = 0
    in_flight: int = 0
    waiting: int = 0
    lines_free: int = 0
    answered: int = 0
    abandoned: int = 0
    free_soon: float | None = None
    answers_soon: float | None = None


def limit_words(limit: str) -> tuple[str, str]:
    if limit in LIMIT_WORDS:
        return LIMIT_WORDS[Limit(limit)]
    return IDLE_WORDS.get(limit, (limit.replace("_", " "), limit))


def note_words(note: str) -> tuple[str, str]:
    return NOTE_WORDS[Note(note)] if note else ("", "")


def words(decided: Decided) -> tuple[str, str]:
    """One paragraph each."""
    english = [_english_seen(decided), _english_done(decided), *_english_risk(decided)]
    chinese = [_chinese_seen(decided), _chinese_done(decided), *_chinese_risk(decided)]
    return " ".join(english), "".join(chinese)


def _english_seen(d: Decided) -> str:
    agents = [f"{d.ready} ready", f"{d.talking} talking", f"{d.wrapping} wrapping up"]
    agents += [f"{d.leaving} about to leave"] if d.leaving else []
    agents += [f"{d.promised} promised to callbacks or callers"] if d.promised else []
    calls = f"{d.in_flight} calls under way, {d.waiting} customers waiting, {d.lines_free} lines free"
    return f"Agents: {', '.join(agents)}; {calls}."


def _english_done(d: Decided) -> str:
    done = f"Placed {d.placed}" + (f" of {d.wanted}" if d.wanted != d.placed else "")
    done += f", gave up {d.cancelled} that rang long" if d.cancelled else ""
    done += f", showed {d.offered} leads to agents" if d.offered else ""
    note = f" ({note_words(d.note)[0]})" if d.note else ""
    return f"{done}; not more because {limit_words(d.limit)[0]}{note}."


def _english_risk(d: Decided) -> list[str]:
    found = []
    if d.risk is not None and d.theta is not None:
        found.append(f"A further call would find no agent with {d.risk:.1%}; up to {d.theta:.1%} is taken.")
    if d.left is not None:
        found.append(
            f"{d.left:.1f} calls may still be abandoned ({d.abandoned} were, of {d.answered} answered by a person)."
        )
    return found


def _chinese_seen(d: Decided) -> str:
    agents = [f"就绪 {d.ready}", f"通话 {d.talking}", f"整理 {d.wrapping}"]
    agents += [f"即将离席 {d.leaving}"] if d.leaving else []
    agents += [f"预留给回拨或来电 {d.promised}"] if d.promised else []
    return f"坐席：{'、'.join(agents)}；在途呼叫 {d.in_flight}，等待客户 {d.waiting}，空闲线路 {d.lines_free}。"


def _chinese_done(d: Decided) -> str:
    done = f"拨出 {d.placed} 通" + (f"（计划 {d.wanted} 通）" if d.wanted != d.placed else "")
    done += f"，放弃久响呼叫 {d.cancelled} 通" if d.cancelled else ""
    done += f"，向坐席展示名单 {d.offered} 条" if d.offered else ""
    note = f"（{note_words(d.note)[1]}）" if d.note else ""
    return f"{done}；未再增加的原因：{limit_words(d.limit)[1]}{note}。"


def _chinese_risk(d: Decided) -> list[str]:
    found = []
    if d.risk is not None and d.theta is not None:
        found.append(f"再拨一通而无坐席的概率为 {d.risk:.1%}，可接受 {d.theta:.1%}。")
    if d.left is not None:
        found.append(f"呼损额度尚余 {d.left:.1f} 通（真人接通 {d.answered}，已呼损 {d.abandoned}）。")
    return found
