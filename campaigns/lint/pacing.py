"""How it dials: over-dialling where no call may be abandoned, limits that do nothing, too few lines for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from campaigns.campaign import OVER_DIALLING, PacingMode
from campaigns.lint.facts import Facts, Finding, warning


def none_may_be_abandoned(facts: Facts) -> Iterator[Finding]:
    """Under any of the packs that its leads fall under."""
    if facts.settings.pacing not in OVER_DIALLING or facts.settings.abandon_rate_max == 0:
        return
    strict = {policy.name for policy in (facts.policy, *facts.policies.values()) if policy.abandon_rate_max <= 0}
    if strict:
        packs = ", ".join(sorted(strict))
        mode = facts.settings.pacing.value
        yield warning(
            "no_call_may_be_abandoned", "pacing",
            f"pacing is {mode} and policy pack {packs} allows no abandoned call: it dials progressively, one call per "
            "ready agent",
            f"外呼模式为 {mode}，策略包 {packs} 不允许呼损：将按渐进式外呼，每名就绪坐席一通",
            "set pacing to progressive or preview", "请将 pacing 设为 progressive 或 preview",
        )  # fmt: skip


def looser_abandonment(facts: Facts) -> Iterator[Finding]:
    wanted, bound = facts.settings.abandon_rate_max, facts.policy.abandon_rate_max
    if wanted is not None and wanted > bound:
        yield warning(
            "abandon_rate_max_beyond_policy", "abandon_rate_max",
            f"abandon_rate_max is {wanted:g} and policy pack {facts.policy.name} says {bound:g}: the pack's figure is "
            "used",
            f"abandon_rate_max 为 {wanted:g}，策略包 {facts.policy.name} 规定 {bound:g}：以策略包为准",
            f"set abandon_rate_max to {bound:g}, or leave it out", f"请将 abandon_rate_max 设为 {bound:g}，或不设置",
        )  # fmt: skip


def too_few_lines_for_power(facts: Facts) -> Iterator[Finding]:
    settings, agents = facts.settings, len(facts.agents)
    if settings.pacing is not PacingMode.POWER or facts.policy.abandon_rate_max <= 0:
        return
    needed = round(agents * settings.lines_per_agent)
    there = min(lines for lines in (settings.lines or facts.trunk_lines, facts.trunk_lines))
    if agents and 0 < there < needed:
        yield warning(
            "few_lines_for_power", "lines_per_agent",
            f"{settings.lines_per_agent:g} calls for each of {agents} agents need {needed} lines; there are {there}",
            f"{agents} 名坐席每人 {settings.lines_per_agent:g} 通呼叫需要 {needed} 条线路；现有 {there} 条",
            "set lines_per_agent lower, or give the campaign more lines", "请调低 lines_per_agent，或增加线路",
        )  # fmt: skip


RULES: Final[tuple[Callable[[Facts], Iterator[Finding]], ...]] = (
    none_may_be_abandoned,
    looser_abandonment,
    too_few_lines_for_power,
)
