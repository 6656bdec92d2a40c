"""Who is to talk, and how long they have afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from campaigns.lint.facts import Facts, Finding, error, warning


def unknown_agents(facts: Facts) -> Iterator[Finding]:
    if facts.unknown_agents:
        names = ", ".join(facts.unknown_agents)
        yield error(
            "unknown_agents", "agents",
            f"agents who are not known or no longer active: {names}", f"坐席不存在或已停用：{names}",
            "add or activate them, or take them out of agents", "请添加或启用这些坐席，或将其移出 agents",
        )  # fmt: skip
    if facts.unknown_groups:
        names = ", ".join(facts.unknown_groups)
        yield error(
            "unknown_groups", "groups", f"agent groups that do not exist: {names}", f"技能组不存在：{names}",
            "make them with: goldenhour group create, or take them out of groups",
            "请用 goldenhour group create 创建，或移出 groups",
        )  # fmt: skip


def no_agents(facts: Facts) -> Iterator[Finding]:
    if not facts.agents:
        yield error(
            "no_agents", "agents",
            "nobody may take its calls: no active agent fits agents, groups and skills",
            "没有可接听的坐席：没有在用坐席符合 agents、groups 和 skills",
            "add agents with: goldenhour agent add, or assign others",
            "请用 goldenhour agent add 添加坐席，或改派其他坐席",
        )  # fmt: skip


def not_qualified(facts: Facts) -> Iterator[Finding]:
    if not facts.unqualified:
        return
    names, script = ", ".join(facts.unqualified), facts.settings.script_name
    nobody = len(facts.unqualified) == len(facts.agents)
    make = error if nobody else warning
    yield make(
        "nobody_qualified" if nobody else "agents_not_qualified", "script_name",
        f"not qualified for script {script}, so they get no calls: {names}",
        f"未通过脚本 {script} 考核，不会接到电话：{names}",
        "let them pass the script, then: goldenhour agent qualify", "请完成考核后执行 goldenhour agent qualify",
    )  # fmt: skip


def no_wrap_up(facts: Facts) -> Iterator[Finding]:
    if facts.settings.wrap_up_s == 0:
        yield warning(
            "no_wrap_up", "wrap_up_s",
            "no time after a call: agents get the next customer before the result is written down",
            "没有话后整理时间：坐席来不及填写结果就会接到下一个客户",
            "set wrap_up_s to 20 or so", "请将 wrap_up_s 设为 20 秒左右",
        )  # fmt: skip


def dispositions(facts: Facts) -> Iterator[Finding]:
    rows = facts.settings.dispositions
    if not any(row.closes_lead for row in rows):
        yield error(
            "no_closing_disposition", "dispositions",
            "no disposition closes a lead, so the list would never end", "没有任何结果会结束客户，名单永远打不完",
            "set closes_lead = true on those that settle the matter", "请在最终结果上设置 closes_lead = true",
        )  # fmt: skip
    elif not any(row.closes_lead and row.contact for row in rows):
        yield warning(
            "no_conversation_closes", "dispositions",
            "no conversation with the right person closes a lead: who was reached is called again and again",
            "与本人通话后没有结果会结束客户：已接通的客户会被反复拨打",
            "set closes_lead = true on a disposition with contact = true",
            "请在 contact = true 的结果上设置 closes_lead = true",
        )  # fmt: skip
    if not any(row.success for row in rows):
        yield warning(
            "no_success", "dispositions",
            "no disposition counts as success, so the success rate stays zero", "没有算作成功的结果，成功率将一直为零",
            "set success = true on what the requirement counts", "请在需求书认定的结果上设置 success = true",
        )  # fmt: skip


RULES: Final[tuple[Callable[[Facts], Iterator[Finding]], ...]] = (
    unknown_agents,
    no_agents,
    not_qualified,
    no_wrap_up,
    dispositions,
)
