"""From a requirement to a campaign's settings: what follows from its words, and what must still be decided."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from typing import Any, Final

from campaigns.attempt import AttemptOutcome
from campaigns.campaign import CallingWindow, CampaignSettings, Caps, RetryRule, Weekday
from campaigns.disposition import STANDARD, Disposition
from campaigns.policy import Policy
from campaigns.requirement import Requirement, unanswered
from campaigns.retry_rules import DEFAULT_RULES

EVENING: Final = time(18)
_WORKDAYS: Final[tuple[Weekday, ...]] = ("mon", "tue", "wed", "thu", "fri")
_NOT_REACHED: Final = (AttemptOutcome.NO_ANSWER, AttemptOutcome.MACHINE, AttemptOutcome.LOST)


class NoHours(ValueError):
    """The calling times asked for and the policy's hours have nothing in common."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """About one setting, in English and Chinese."""

    field: str
    en: str
    zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    settings: CampaignSettings
    derived: tuple[Remark, ...]
    undecided: tuple[Remark, ...]


def derive(requirement: Requirement, *, code: str, trunks: tuple[str, ...], policy: Policy, **given: Any) -> Derivation:
    """`policy` is the one of the requirement's country; `given` are settings the planner decides at once.

    Raises `NoHours`.
    """
    values: dict[str, Any] = {
        "code": code,
        "name": requirement.title,
        "country": requirement.country,
        "trunks": trunks,
        "requirement": requirement.code,
        "deadline": requirement.deadline,
        "goal": requirement.goal.model_copy(
            update={
                "starts_on": requirement.goal.starts_on or requirement.starts_on,
                "by": requirement.goal.by or requirement.deadline,
            }
        ),
        "script": requirement.script,
        "script_name": requirement.script_name,
        "windows": calling_windows(requirement, policy),
        "public_holidays": requirement.calling_times.holidays,
        "retry": retry_rules(requirement),
        "caps": _caps(requirement),
        "dispositions": dispositions(requirement),
    }
    settings = CampaignSettings(**(values | given))
    return Derivation(
        settings=settings,
        derived=tuple(_derived(requirement, settings, policy)),
        undecided=tuple(_undecided(requirement, settings, policy)),
    )


def calling_windows(requirement: Requirement, policy: Policy) -> tuple[CallingWindow, ...]:
    """Inside the policy's hours; () where they are exactly those. Raises `NoHours`."""
    times = requirement.calling_times
    if times.windows:
        return times.windows
    wanted = (
        *_WORKDAYS,
        *(("sat",) if times.saturday else ()),
        *(("sun",) if times.sunday else ()),
    )
    parts = [
        CallingWindow(days=days, start=start, end=end)
        for window in policy.windows
        if (days := tuple(day for day in window.days if day in wanted))
        for start, end in _parts(window, daytime=times.daytime, evening=times.evening)
    ]
    if not parts:
        raise NoHours(
            f"policy pack {policy.name} has no calling hours at the times the requirement asks for; "
            "give it windows of its own, or other calling times"
        )
    return () if tuple(parts) == policy.windows else tuple(parts)


def _parts(window: CallingWindow, *, daytime: bool, evening: bool) -> Iterator[tuple[time, time]]:
    if daytime and evening:
        yield window.start, window.end
        return
    if daytime and window.start < min(window.end, EVENING):
        yield window.start, min(window.end, EVENING)
    if evening and max(window.start, EVENING) < window.end:
        yield max(window.start, EVENING), window.end


def retry_rules(requirement: Requirement) -> dict[AttemptOutcome, RetryRule]:
    """Only where the requirement asks for something else than the house's rules. Not reached is one family:
    a machine and a lost call count as no answer."""
    repeat, rules = requirement.repeat, {}
    usual = DEFAULT_RULES[AttemptOutcome.NO_ANSWER]
    missed = RetryRule(
        delays_s=tuple(round(hours * 3600) for hours in repeat.no_answer_after_h) or usual.delays_s,
        other_day_part=repeat.other_day_part,
        other_weekday=repeat.other_weekday,
        other_number=repeat.other_number,
    )
    if missed != usual:
        rules.update(dict.fromkeys(_NOT_REACHED, missed))
    if repeat.busy_after_min:
        busy = tuple(round(minutes * 60) for minutes in repeat.busy_after_min)
        rules[AttemptOutcome.BUSY] = RetryRule(delays_s=busy, then=AttemptOutcome.NO_ANSWER)
    return rules


def dispositions(requirement: Requirement) -> tuple[Disposition, ...]:
    """With the success flag exactly where the requirement counts it; as they are where it does not say."""
    means = requirement.success
    rows = means.dispositions or STANDARD
    if not means.counts:
        return rows
    return tuple(row.model_copy(update={"success": row.code in means.counts}) for row in rows)


def _caps(requirement: Requirement) -> Caps:
    repeat, usual = requirement.repeat, Caps()
    return Caps(
        lead_attempts=repeat.attempts or usual.lead_attempts,
        lead_period_days=repeat.within_days or usual.lead_period_days,
    )


def _derived(requirement: Requirement, settings: CampaignSettings, policy: Policy) -> Iterator[Remark]:
    if settings.windows:
        hours_ = "; ".join(f"{'/'.join(w.days)} {w.start:%H:%M}-{w.end:%H:%M}" for w in settings.windows)
        yield Remark(field="windows", en=f"calling times: {hours_}", zh=f"外呼时段：{hours_}")
    else:
        pack = f"{policy.name} {policy.version}"
        yield Remark(field="windows", en=f"calling times: those of policy pack {pack}", zh=f"外呼时段：策略包 {pack}")
    if settings.retry:
        names = ", ".join(sorted(settings.retry))
        yield Remark(field="retry", en=f"repeat frequency: own rules for {names}", zh=f"重拨规则：{names}")
    caps = settings.caps
    yield Remark(
        field="caps",
        en=f"at most {caps.lead_attempts} attempts a lead in {caps.lead_period_days} days",
        zh=f"每个客户 {caps.lead_period_days} 天内最多拨打 {caps.lead_attempts} 次",
    )
    if settings.deadline:
        yield Remark(field="deadline", en=f"deadline {settings.deadline}", zh=f"完成期限 {settings.deadline}")
    if settings.goal and (figures := settings.goal.figures()):
        words = ", ".join(f"{name} {value:g}" for name, value in figures.items())
        yield Remark(field="goal", en=f"goal: {words}", zh=f"目标：{words}")
    success = ", ".join(row.code for row in settings.dispositions if row.success) or "none"
    yield Remark(field="dispositions", en=f"counts as success: {success}", zh=f"算作成功：{success}")
    if settings.script or settings.script_name:
        name = settings.script_name or "the requirement's text"
        yield Remark(field="script", en=f"script: {name}", zh=f"脚本：{settings.script_name or '需求书中的文本'}")


def _undecided(requirement: Requirement, settings: CampaignSettings, policy: Policy) -> Iterator[Remark]:
    for field, en, zh in unanswered(requirement):
        yield Remark(field=field, en=f"the requirement does not say {en}", zh=f"需求书未写明{zh}")
    times = requirement.calling_times
    offered = {day for window in policy.windows for day in window.days}
    for wanted, day, name, name_zh in (
        (times.saturday, "sat", "Saturday", "周六"),
        (times.sunday, "sun", "Sunday", "周日"),
    ):
        if wanted and not times.windows and day not in offered:
            yield Remark(
                field="windows",
                en=f"{name} is asked for, and policy pack {policy.name} has no hours on it: give windows of your own",
                zh=f"要求{name_zh}外呼，但策略包 {policy.name} 当天没有时段：请自行设定时段",
            )
    if settings.caller_id is None:
        yield Remark(
            field="caller_id",
            en="the caller number customers see: set caller_id, or the trunk's own is used",
            zh="主叫号码：请设置 caller_id，否则使用线路自带号码",
        )
    if not (settings.agents or settings.groups or settings.skills):
        yield Remark(
            field="groups",
            en="which agents or groups call: every agent does now",
            zh="由哪些坐席或技能组外呼：目前是全部坐席",
        )
    if not settings.lines:
        yield Remark(field="lines", en="how many lines it may use: all there are now", zh="可用线路数：目前不限")
    yield Remark(field="list", en="the list: goldenhour import", zh="名单：goldenhour import")
