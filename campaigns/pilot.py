"""The pilot (试呼): a few calls of a new campaign, under the conditions of the real one, before it goes live."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from campaigns.campaign import CampaignOrder, CampaignState, after
from campaigns.forecast import Forecast
from campaigns.statistics import AgentFigures, CampaignStatistics, Rate, Share, nothing_yet

CALLS: Final = (50, 150)
AGENTS: Final = (8, 16)
CALLS_PER_AGENT: Final = (5, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class PilotPlan:
    """Calls are conversations with an agent. The hours are the campaign's own: at others a pilot proves nothing."""

    calls: int = 100
    agents: tuple[str, ...] = ()
    calls_per_agent: int = 10


class PilotDecision(StrEnum):
    GO = "go"  # the campaign runs
    ADJUST = "adjust"  # something is changed; then another pilot
    STOP = "stop"


DECIDED_BY: Final[Mapping[PilotDecision, CampaignOrder]] = {
    PilotDecision.GO: CampaignOrder.GO,
    PilotDecision.ADJUST: CampaignOrder.PAUSE,
    PilotDecision.STOP: CampaignOrder.STOP,
}
DECIDED: Final[Mapping[PilotDecision, CampaignState]] = {
    PilotDecision.GO: CampaignState.RUNNING,
    PilotDecision.ADJUST: CampaignState.PAUSED,
    PilotDecision.STOP: CampaignState.FINISHED,
}


def order_of(decision: PilotDecision, state: CampaignState) -> CampaignOrder | None:
    """What it orders a campaign in this state; None where that is so already. Raises `ValueError` where it does not
    fit: what is FINISHED is not adjusted any more."""
    if state is DECIDED[decision]:
        return None
    order = DECIDED_BY[decision]
    if after(state, order) is None:
        raise ValueError(f"a campaign that is {state} cannot be decided upon with {decision}")
    return order


@dataclass(frozen=True, slots=True)
class Remark:
    """`code` is stable; the text is in both languages of the screens."""

    code: str
    text: str
    text_zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentNote:
    """What an agent wrote after a call of the pilot: where the script stumbles is said here first."""

    agent: str
    disposition: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PilotReport:
    """What a pilot showed. Rates with their 95 % Wilson intervals."""

    started_at: datetime
    ended_at: datetime | None  # None while it goes on
    plan: PilotPlan
    calls: int
    attempts: int
    agents: tuple[AgentFigures, ...]  # also those without a call yet
    data_qualified_rate: Rate
    contact_rate: Rate
    right_party_contact_rate: Rate
    success_rate: Rate
    mean_talk_s: float | None
    refusal_reasons: tuple[Share, ...]
    forecast: Forecast | None  # None before the first attempt has ended
    notes: tuple[AgentNote, ...] = ()
    remarks: tuple[Remark, ...] = ()


def problems(plan: PilotPlan) -> list[str]:
    """What keeps a plan from being started, each with the field's name; [] when nothing does."""
    found = []
    for name, value, (least, most) in (
        ("calls", plan.calls, CALLS),
        ("calls_per_agent", plan.calls_per_agent, CALLS_PER_AGENT),
    ):
        if not least <= value <= most:
            found.append(f"{name} is {value}; a pilot takes {least} to {most}")
    if not plan.agents:
        found.append("agents: name the agents of the pilot")
    if len(set(plan.agents)) != len(plan.agents):
        found.append("agents: somebody is named twice")
    if len(plan.agents) > AGENTS[1]:
        found.append(f"agents: {len(plan.agents)} are named; a pilot takes at most {AGENTS[1]}")
    if plan.agents and plan.calls > len(plan.agents) * plan.calls_per_agent:
        most = len(plan.agents) * plan.calls_per_agent
        found.append(
            f"calls is {plan.calls}, but {len(plan.agents)} agents with {plan.calls_per_agent} each make {most}"
        )
    return found


def serves(plan: PilotPlan, agent_id: str, calls: Mapping[str, int]) -> bool:
    """Whether the agent gets another call of the pilot; `calls` are the conversations so far, live ones included."""
    return agent_id in plan.agents and calls.get(agent_id, 0) < plan.calls_per_agent


def room(plan: PilotPlan, calls: Mapping[str, int], in_flight: int) -> int:
    """How many more attempts may be placed; each of them may become a conversation."""
    taken = sum(calls.values()) + in_flight
    left = sum(max(plan.calls_per_agent - calls.get(agent, 0), 0) for agent in plan.agents)
    return max(min(plan.calls - taken, left - in_flight), 0)


def complete(plan: PilotPlan, calls: Mapping[str, int]) -> bool:
    return room(plan, calls, 0) == 0


def report(
    plan: PilotPlan, found: CampaignStatistics, *, started_at: datetime, ended_at: datetime | None,
    forecast: Forecast | None, notes: Iterable[AgentNote], open_hours: Collection[int],
) -> PilotReport:  # fmt: skip
    """`found` are the figures of the pilot's period; `open_hours` the local hours of the campaign's windows."""
    rows = {row.agent: row for row in found.by_agent}
    return PilotReport(
        started_at=started_at,
        ended_at=ended_at,
        plan=plan,
        calls=found.connected,
        attempts=found.attempts,
        agents=tuple(rows.get(agent) or nothing_yet(agent) for agent in plan.agents),
        data_qualified_rate=found.data_qualified_rate,
        contact_rate=found.contact_rate,
        right_party_contact_rate=found.right_party_contact_rate,
        success_rate=found.success_rate,
        mean_talk_s=found.mean_talk_s,
        refusal_reasons=found.refusal_reasons,
        forecast=forecast,
        notes=tuple(notes),
        remarks=tuple(
            remarks(
                plan,
                calls=found.connected,
                contacts=found.contact_rate,
                hours={int(row.hour) for row in found.by_hour_of_day},
                open_hours=open_hours,
            )
        ),
    )


def remarks(
    plan: PilotPlan, *, calls: int, contacts: Rate, hours: Collection[int], open_hours: Collection[int]
) -> list[Remark]:
    """What to keep in mind when the report is read. `hours` are the local hours in which the pilot dialled,
    `open_hours` those of the campaign's windows."""
    found = []
    if calls < CALLS[0]:
        found.append(
            Remark("few_calls", f"Only {calls} calls: the intervals are wide.", f"仅{calls}通电话，结果区间较宽。")
        )
    if len(plan.agents) < AGENTS[0]:
        number = len(plan.agents)
        found.append(
            Remark(
                "few_agents",
                f"Only {number} agents took part: their own skill weighs much.",
                f"仅{number}名坐席参与，个人差异影响较大。",
            )
        )
    if missed := sorted(set(open_hours) - set(hours)):
        named = ", ".join(f"{hour:02}" for hour in missed)
        found.append(Remark("hours_missed", f"Not tried at these hours: {named}.", f"以下时段未试呼：{named}点。"))
    if contacts.value is not None and contacts.high - contacts.low > 0.2:
        found.append(
            Remark(
                "wide_interval",
                "The contact rate is known to no better than 20 points; about 320 attempts give 10.",
                "接通率区间超过20个百分点；约320次呼叫可缩小至10个百分点。",
            )
        )
    return found
