"""Verdicts on who answered, in the words of people: English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from campaigns.screening import ScreeningMode, Treatment

Words = tuple[str, str]

VERDICTS: Final[Mapping[str, Words]] = {
    "human": ("a person", "真人"),
    "machine": ("a machine", "语音信箱"),
    "uncertain": ("not clear", "不确定"),
}
REASONS: Final[Mapping[str, Words]] = {
    "greeted": ("said hello and waited", "简短应答后等待"),
    "long_greeting": ("spoke longer than persons do", "应答语过长"),
    "tone": ("a tone", "信号音"),
    "announced": ("sound before the answer that went on after it", "接通前后连续播放语音"),
    "silence": ("nobody spoke", "无人说话"),
    "too_long": ("nothing was clear in its time", "在时限内无法判定"),
    "no_sound": ("there was no sound", "没有声音"),
}
TREATMENTS: Final[Mapping[Treatment, Words]] = {
    Treatment.SERVED: ("served as a person", "按真人接待"),
    Treatment.HUNG_UP: ("hung up", "已挂断"),
    Treatment.MESSAGE: ("left a message", "已留言"),
    Treatment.HANDED_OVER: ("handed to the agent", "已转给坐席"),
    Treatment.CHECKED: ("given to an agent to check", "抽样转坐席核对"),
    Treatment.KEPT: ("kept by its agent", "坐席保留"),
    Treatment.LATE: ("known too late to be taken from its agent", "判定过晚，未中断通话"),
}
MODES: Final[Mapping[ScreeningMode, Words]] = {
    ScreeningMode.OFF: ("off", "关闭"),
    ScreeningMode.CONNECT_FIRST: ("agent first, detector beside", "先接坐席，同时识别"),
    ScreeningMode.DETECT_FIRST: ("detector first", "先识别，再接坐席"),
}


def told(verdict: str, reason: str, treatment: str, delay_ms: int) -> Words:
    """Such as "a machine (spoke longer than persons do), after 2.1 s: hung up". Unknown words stay as they are."""
    en, zh = zip(
        VERDICTS.get(verdict, (verdict, verdict)),
        REASONS.get(reason, (reason, reason)),
        _treatment(treatment),
        strict=True,
    )
    seconds = f"{delay_ms / 1000:.1f}"
    return f"{en[0]} ({en[1]}), after {seconds} s: {en[2]}", f"{zh[0]}（{zh[1]}），{seconds} 秒：{zh[2]}"


def _treatment(name: str) -> Words:
    return TREATMENTS[Treatment(name)] if name in Treatment.__members__.values() else (name, name)
