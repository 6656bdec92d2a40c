"""Answering machines: whether telling them apart does more good than harm."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from campaigns.lint.facts import Facts, Finding, warning
from campaigns.policy import limits
from campaigns.screening import AfterMachine

FEW_AGENTS: Final = 5
TOO_SHORT_S: Final = 3.0  # from the answer; most machines are not known earlier


def screening_for_few_agents(facts: Facts) -> Iterator[Finding]:
    if facts.settings.screening.on and 0 < len(facts.agents) <= FEW_AGENTS:
        yield warning(
            "screening_for_few_agents", "screening",
            f"answering machines are told apart for a team of {len(facts.agents)}: with few agents a machine costs "
            "less than a person who is hung up on",
            f"{len(facts.agents)} 名坐席也启用了语音信箱识别：坐席少时，误挂真人的代价大于接到语音信箱",
            "set screening.mode to off", "请将 screening.mode 设为 off",
        )  # fmt: skip


def verdict_too_late(facts: Facts) -> Iterator[Finding]:
    screening, bounds = facts.settings.screening, limits(facts.settings, facts.policy)
    if screening.holds_back and bounds.message_at_s < TOO_SHORT_S:
        yield warning(
            "verdict_too_late", "screening",
            f"with detect_first customers hear nothing until the verdict, which must be there "
            f"{bounds.message_at_s:.1f} s after the answer: most machines are not known by then",
            f"detect_first 模式下客户在判定前听不到任何声音，而判定须在接通后 {bounds.message_at_s:.1f} 秒内完成，"
            "多数语音信箱此时无法识别",
            "set screening.mode to connect_first", "请将 screening.mode 设为 connect_first",
        )  # fmt: skip


def errors_unknown(facts: Facts) -> Iterator[Finding]:
    screening = facts.settings.screening
    if screening.on and not screening.checked_share and screening.after_machine is not AfterMachine.HAND_OVER:
        yield warning(
            "errors_unknown", "screening",
            "no machine is ever given to an agent, so nobody will know how many persons are hung up on",
            "没有抽样转给坐席核对，将无法得知误挂了多少真人",
            "set screening.checked_share, such as 0.02", "请设置 screening.checked_share，例如 0.02",
        )  # fmt: skip


def machine_not_sayable(facts: Facts) -> Iterator[Finding]:
    settings = facts.settings
    if settings.screening.on and not any(one.machine for one in settings.dispositions):
        yield warning(
            "machine_not_sayable", "dispositions",
            "no disposition has machine = true, so agents cannot say that a verdict was wrong",
            "没有 machine = true 的通话结果，坐席无法标记误判",
            "add one", "请添加一个",
        )  # fmt: skip


RULES: Final[tuple[Callable[[Facts], Iterator[Finding]], ...]] = (
    screening_for_few_agents,
    verdict_too_late,
    errors_unknown,
    machine_not_sayable,
)
