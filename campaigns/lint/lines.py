"""Trunks, lines and the caller's number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from campaigns.lint.facts import Facts, Finding, error, warning


def unknown_trunk(facts: Facts) -> Iterator[Finding]:
    known = ", ".join(sorted(facts.trunks)) or "none"
    for name in facts.settings.trunks:
        if name not in facts.trunks:
            yield error(
                "unknown_trunk", "trunks",
                f"trunk {name} is not configured on this site (configured: {known})",
                f"本站点没有配置线路组 {name}（已配置：{known}）",
                "name a configured trunk, or add it to goldenhour.toml",
                "请改用已配置的线路组，或在 goldenhour.toml 中添加",
            )  # fmt: skip


def more_lines_than_the_trunk(facts: Facts) -> Iterator[Finding]:
    wanted, given = facts.settings.lines, facts.trunk_lines
    if given and wanted > given:
        names = ", ".join(facts.settings.trunks)
        channels = f"a {given}-channel trunk" if len(facts.settings.trunks) == 1 else f"trunks of {given} channels"
        yield error(
            "more_lines_than_trunk", "lines",
            f"{wanted} lines on {channels} ({names})",
            f"{given} 路的线路组（{names}）上设置了 {wanted} 条线路",
            f"set lines to {given} or less, or book more channels", f"请将线路数设为 {given} 以内，或向运营商扩容",
        )  # fmt: skip


def more_lines_than_the_workers(facts: Facts) -> Iterator[Finding]:
    wanted, workers = facts.settings.lines, facts.worker_lines
    if workers is not None and wanted > workers:
        yield warning(
            "more_lines_than_workers", "lines",
            f"{wanted} lines, and the line workers have room for {workers}",
            f"设置了 {wanted} 条线路，而线路进程只能容纳 {workers} 条",
            "raise workers.count in goldenhour.toml, or set fewer lines",
            "请在 goldenhour.toml 中增加 workers.count，或减少线路数",
        )  # fmt: skip


def fewer_lines_than_agents(facts: Facts) -> Iterator[Finding]:
    """Only agents who are named for it: where everybody may serve, those who are logged in count, at the start."""
    settings = facts.settings
    named = bool(settings.agents or settings.groups or settings.skills)
    limits = {"the trunks": facts.trunk_lines, "the campaign": settings.lines or facts.trunk_lines}
    if facts.worker_lines is not None:
        limits["the line workers"] = facts.worker_lines
    where, lines = min(limits.items(), key=lambda item: item[1])
    if facts.trunk_lines and lines < len(facts.agents):
        make = error if named else warning
        yield make(
            "fewer_lines_than_agents", "lines",
            f"{lines} lines for {len(facts.agents)} agents: {where} must give at least one line for each agent",
            f"{len(facts.agents)} 名坐席只有 {lines} 条线路：线路数不得少于坐席数",
            "add lines or assign fewer agents", "请增加线路或减少坐席",
        )  # fmt: skip


def caller_id_missing(facts: Facts) -> Iterator[Finding]:
    bare = [name for name in facts.settings.trunks if name in facts.trunks and not facts.trunks[name].caller_id]
    if bare and facts.settings.caller_id is None:
        names = ", ".join(bare)
        yield warning(
            "caller_id_missing", "caller_id",
            f"no caller number: neither the campaign nor trunk {names} has one, customers see what the carrier sends",
            f"没有主叫号码：活动和线路组 {names} 均未设置，客户看到的是运营商默认号码",
            "set caller_id to a number that is licensed for this use", "请将 caller_id 设为已获许可的号码",
        )  # fmt: skip


RULES: Final[tuple[Callable[[Facts], Iterator[Finding]], ...]] = (
    unknown_trunk,
    more_lines_than_the_trunk,
    more_lines_than_the_workers,
    fewer_lines_than_agents,
    caller_id_missing,
)
