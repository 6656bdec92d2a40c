"""The few settings a planner sees; the rest come from the policy pack and the product's defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from campaigns.campaign import CampaignSettings
from campaigns.changes import document
from campaigns.policy import Policy, limits

MOST_VISIBLE: Final = 20
VISIBLE: Final[Mapping[str, tuple[str, str]]] = {
    "code": ("Campaign", "活动代码"),
    "name": ("Name", "名称"),
    "requirement": ("Requirement", "需求书"),
    "goal": ("Goal", "目标"),
    "deadline": ("Deadline", "完成期限"),
    "trunks": ("Trunks", "线路组"),
    "caller_id": ("Caller number", "主叫号码"),
    "lines": ("Lines", "线路数"),
    "agents": ("Agents", "坐席"),
    "groups": ("Agent groups", "技能组"),
    "skills": ("Skills", "技能"),
    "windows": ("Calling windows", "外呼时段"),
    "priority": ("Priority", "优先级"),
    "pacing": ("Pacing", "外呼模式"),
    "share": ("Share", "份额"),
    "retry": ("Retry rules", "重拨规则"),
    "cadence": ("Follow-up cadence", "跟进节奏"),
    "wrap_up_s": ("Wrap-up (s)", "话后整理（秒）"),
    "script_name": ("Script", "脚本"),
    "dispositions": ("Dispositions", "通话结果"),
}
HERE: Final = "set here"
DEFAULT: Final = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting with the value in force. `origin` is "set here", "default" or "policy pack NAME VERSION"."""

    name: str
    label: str
    label_zh: str
    value: Any
    origin: str
    visible: bool


def shown(settings: CampaignSettings, policy: Policy, *, everything: bool = False) -> tuple[Setting, ...]:
    """The visible settings in their order; with `everything` all others after them."""
    values, plain = document(settings), _plain(settings)
    pack = _from_policy(settings, policy)
    names = [*VISIBLE, *(name for name in values if everything and name not in VISIBLE)]
    return tuple(_setting(name, values[name], plain.get(name), pack, policy) for name in names)


def _setting(name: str, value: Any, default: Any, pack: Mapping[str, Any], policy: Policy) -> Setting:
    label, label_zh = VISIBLE.get(name, (name, name))
    origin = DEFAULT if value == default else HERE
    if name in pack:
        value, origin = pack[name], f"policy pack {policy.name} {policy.version}"
    return Setting(name=name, label=label, label_zh=label_zh, value=value, origin=origin, visible=name in VISIBLE)


def _plain(settings: CampaignSettings) -> dict[str, Any]:
    """What a campaign has of which only code, name and trunks are known: those have no default."""
    known = {"code": settings.code, "name": settings.name, "trunks": settings.trunks}
    found = document(CampaignSettings(**known))
    return {name: value for name, value in found.items() if name not in known}


def _from_policy(settings: CampaignSettings, policy: Policy) -> dict[str, Any]:
    """Settings whose value in force is the pack's, because nothing was set or because the pack is stricter."""
    found: dict[str, Any] = {}
    bounds = limits(settings, policy)
    if not settings.windows:
        found["windows"] = [window.model_dump(mode="json", by_alias=True) for window in policy.windows]
    if not settings.policy:
        found["policy"] = policy.name
    if bounds.ring_time_s != settings.ring_time_s:
        found["ring_time_s"] = bounds.ring_time_s
    if bounds.abandon_limit_s != settings.abandon_limit_s:
        found["abandon_limit_s"] = bounds.abandon_limit_s
    if bounds.abandon_rate_max != settings.abandon_rate_max:
        found["abandon_rate_max"] = bounds.abandon_rate_max
    caps = settings.caps.model_dump()
    strict = {name: min(caps[name], getattr(policy, name)) for name in ("number_per_24h", "number_per_30d")}
    if caps | strict != caps:
        found["caps"] = caps | strict
    return found
