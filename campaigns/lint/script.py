"""What agents are to say, and what the campaign is to reach."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from campaigns.lint.facts import Facts, Finding, error, warning


def script_missing(facts: Facts) -> Iterator[Finding]:
    settings = facts.settings
    if not settings.script and not settings.script_name:
        yield warning(
            "script_missing", "script_name", "there is no script", "没有脚本",
            "name one with script_name, or write it into script", "请用 script_name 指定脚本，或写入 script",
        )  # fmt: skip


def script_not_released(facts: Facts) -> Iterator[Finding]:
    name, pinned = facts.settings.script_name, facts.settings.script_version
    if not name:
        return
    if facts.script is None:
        yield error(
            "unknown_script", "script_name", f"there is no script {name}", f"没有名为 {name} 的脚本",
            "import it, or name another", "请先导入该脚本，或改用其他脚本",
        )  # fmt: skip
    elif facts.script.version is None:
        yield error(
            "script_not_approved", "script_name",
            f"{'no version' if pinned is None else f'version {pinned}'} of script {name} "
            f"is {'' if pinned is None else 'not '}approved and released",
            f"脚本 {name} {'还没有审核发布的版本' if pinned is None else f'的版本 {pinned} 未审核发布'}",
            "finish its checklist, let it be approved and release it", "请完成检查表并审核发布",
        )  # fmt: skip


def script_says_too_little(facts: Facts) -> Iterator[Finding]:
    """What the policy packs want said in every call."""
    name, script = facts.settings.script_name, facts.script
    if script is None or script.version is None:
        return
    packs = (facts.policy, *facts.policies.values())
    for code in sorted({code for pack in packs for code in pack.must_say} - script.says):
        yield warning(
            "script_says_too_little", "script_name",
            f"version {script.version} of script {name} has no must_say {code!r}, which the policy asks for",
            f"脚本 {name} 版本 {script.version} 缺少政策要求的必说提示 {code}",
            "add the prompt to a node that every call passes", "请在每通电话都会经过的节点加入该提示",
        )  # fmt: skip


def goal_out_of_reach(facts: Facts) -> Iterator[Finding]:
    goal, leads = facts.settings.goal, facts.leads.total
    if goal is None or not leads:
        return
    for name in ("contacts", "successes", "appointments"):
        wanted = getattr(goal, name)
        if wanted is not None and wanted > leads:
            yield warning(
                "goal_out_of_reach", "goal",
                f"the goal is {wanted} {name}, and the list holds {leads} leads",
                f"目标 {name} 为 {wanted}，而名单只有 {leads} 个客户",
                "load more leads, or agree another goal", "请补充名单，或重新商定目标",
            )  # fmt: skip


RULES: Final[tuple[Callable[[Facts], Iterator[Finding]], ...]] = (
    script_missing,
    script_not_released,
    script_says_too_little,
    goal_out_of_reach,
)
