"""The list: who is in it, what their countries allow, and whether it can be done in time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from campaigns.lint.facts import Facts, Finding, error, warning
from campaigns.lint.hours import open_hours
from campaigns.policy import Policy
from campaigns.windows import zone

GENERAL: Final = "default"  # the pack for countries without their own
ANSWERED: Final = 0.25  # of attempts, by a person; what a centre plans with before it has figures of its own
RING_S: Final = 20.0
TALK_S: Final = 120.0


def no_leads(facts: Facts) -> Iterator[Finding]:
    if not facts.leads.total:
        yield warning(
            "no_leads", "leads", "there is no open lead to call", "没有可拨打的客户",
            f"load a list with: goldenhour import {facts.settings.code} FILE",
            f"请导入名单：goldenhour import {facts.settings.code} FILE",
        )  # fmt: skip


def countries(facts: Facts) -> Iterator[Finding]:
    for country, leads in sorted(facts.leads.by_country.items()):
        policy = facts.policies.get(country)
        if policy is None or not policy.covers(country):
            yield warning(
                "country_not_covered", "policy",
                f"{leads} leads in {country or 'no known country'}: the policy does not cover it, they are not dialled",
                f"{leads} 个客户位于{country or '未知国家'}，策略未覆盖，不会拨打",
                "add a policy pack for the country, or take these leads out", "请添加该国的策略包，或移除这些客户",
            )  # fmt: skip
        elif GENERAL in policy.name.split("+") and not policy.rehearsal:
            yield warning(
                "general_policy", "policy",
                f"{leads} leads in {country}, which has no policy pack of its own: the careful default applies",
                f"{leads} 个客户位于 {country}，该国没有专用策略包，采用谨慎的默认策略",
                "find out what the law there asks for", "请查明当地法规",
            )  # fmt: skip


def unknown_zones(facts: Facts) -> Iterator[Finding]:
    lost = sum(leads for name, leads in facts.leads.by_zone.items() if zone(name) is None)
    if not lost:
        return
    make = error if lost == facts.leads.total else warning
    yield make(
        "unknown_time_zone", "time_zone",
        f"the time zone of {lost} leads is not known: they are never dialled", f"{lost} 个客户时区未知，永远不会拨打",
        "set the campaign's time_zone and load the list again, or give the list a column of time zones",
        "请设置活动的 time_zone 后重新导入，或在名单中加入时区列",
    )  # fmt: skip


def looser_than_the_policy(facts: Facts) -> Iterator[Finding]:
    """The stricter one holds in any case; the planner should know that the setting does nothing."""
    settings, policy = facts.settings, facts.policy
    for field, value, bound, looser in (
        ("ring_time_s", settings.ring_time_s, policy.min_ring_s, settings.ring_time_s < policy.min_ring_s),
        ("abandon_limit_s", settings.abandon_limit_s, policy.abandon_limit_s,
         settings.abandon_limit_s > policy.abandon_limit_s),
        *_looser_caps(facts, policy),
    ):  # fmt: skip
        if looser:
            yield warning(
                f"{field.rpartition('.')[2]}_beyond_policy", field,
                f"{field} is {value:g} and policy pack {policy.name} says {bound:g}: the pack's figure is used",
                f"{field} 为 {value:g}，策略包 {policy.name} 规定 {bound:g}：以策略包为准",
                f"set {field} to {bound:g}, or leave it out", f"请将 {field} 设为 {bound:g}，或不设置",
            )  # fmt: skip


def _looser_caps(facts: Facts, policy: Policy) -> Iterator[tuple[str, float, float, bool]]:
    """What is only the default is nobody's decision."""
    for name in ("number_per_24h", "number_per_30d"):
        value, bound = getattr(facts.settings.caps, name), getattr(policy, name)
        default = type(facts.settings.caps).model_fields[name].default
        yield f"caps.{name}", value, bound, value > bound and value != default


def too_long_for_the_deadline(facts: Facts) -> Iterator[Finding]:
    hours = open_hours(facts)
    if not hours or not facts.seats or not facts.leads.total:
        return
    needed = facts.leads.total * expected_attempts(facts)
    possible = facts.seats * hours * 3600 / _seat_seconds(facts)
    if needed > possible:
        yield warning(
            "list_too_long", "deadline",
            f"{facts.leads.total} leads need about {needed:.0f} attempts; {facts.seats} agents on lines make about "
            f"{possible:.0f} in the {hours:.0f} open hours left",
            f"{facts.leads.total} 个客户约需 {needed:.0f} 次拨打；"
            f"{facts.seats} 个席位在剩余 {hours:.0f} 小时内约可拨打 {possible:.0f} 次",
            "add agents and lines, cut the list, or agree a later deadline", "请增加坐席与线路、缩减名单或延后期限",
        )  # fmt: skip


def expected_attempts(facts: Facts) -> float:
    """A lead: until somebody answers or the attempts are used up."""
    most = facts.settings.caps.lead_attempts
    return float((1 - (1 - ANSWERED) ** most) / ANSWERED)


def _seat_seconds(facts: Facts) -> float:
    """What one attempt takes of an agent who is reserved while it rings."""
    return RING_S + ANSWERED * (TALK_S + facts.settings.wrap_up_s)


RULES: Final[tuple[Callable[[Facts], Iterator[Finding]], ...]] = (
    no_leads,
    countries,
    unknown_zones,
    looser_than_the_policy,
    too_long_for_the_deadline,
)
