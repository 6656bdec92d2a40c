"""A scenario in the fast world: the same parameters without an engine, for thousands of days."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, time
from typing import Any, Final

from campaigns import world
from campaigns.campaign import PacingMode
from dialer.errors import Invalid
from dialer.policies import PolicyBook
from dialer.twin.scenario import Scenario, settings_of
from dialer.twin.spread import Spread

_NAMES: Final = {
    PacingMode.PROGRESSIVE: world.PolicyName.PROGRESSIVE,
    PacingMode.POWER: world.PolicyName.POWER,
    PacingMode.PREDICTIVE: world.PolicyName.PREDICTIVE,
    PacingMode.AUTOMATIC: world.PolicyName.PREDICTIVE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FastReport:
    """`spread`: standard error of the mean utilisation over the days."""

    days: int
    utilisation: float
    spread: float
    answered: int
    abandoned: int
    abandonment: float
    worst_day: float
    attempts: int
    agents_wait_mean_s: float
    lines_peak: int
    agent_hours: float
    took_s: float

    def plain(self) -> dict[str, Any]:
        return asdict(self)


def run_fast(scenario: Scenario) -> FastReport:
    """Blocks, and compiles at its first call. Raises `Invalid` naming what the fast world does not know."""
    found = world.simulate(abstract(scenario))
    days = found.per_day
    return FastReport(
        days=len(days),
        utilisation=found.utilisation,
        spread=found.spread,
        answered=found.answered,
        abandoned=found.abandoned,
        abandonment=found.abandonment,
        worst_day=found.worst_day,
        attempts=sum(day.attempts for day in days),
        agents_wait_mean_s=sum(day.agent_waited_s for day in days) / len(days),
        lines_peak=max(day.lines_most for day in days),
        agent_hours=found.agent_hours,
        took_s=found.seconds,
    )


def abstract(scenario: Scenario) -> world.Scenario:
    """The fast world's parameters: one shift, and a list that never runs dry."""
    settings, who = settings_of(scenario), scenario.behaviour
    mode = settings.pacing
    if mode not in _NAMES:
        raise Invalid(f"the fast world has no pacing {mode}; choose progressive, power or predictive", field="pacing")
    shift = scenario.agents[0]
    if len({(s.start, s.end) for s in scenario.agents}) > 1:
        raise Invalid("the fast world knows one shift for all agents; leave --fast out", field="agents")
    hours = _hours(shift.start, shift.end)
    refused = who.busy + who.invalid + who.declined + who.congested + who.failed
    policy = PolicyBook.load(rehearsal=not scenario.policies).of(settings)
    cap = min(policy.abandon_rate_max, settings.abandon_rate_max if settings.abandon_rate_max is not None else 1.0)
    low, high = _uniform(who.post_dial_s, "post_dial_s")
    ring, ring_cv = _log_normal(who.ring_s, "ring_s")
    talk, talk_cv = _log_normal(who.talk_s, "talk_s")
    return world.Scenario(
        agents=scenario.staff, hours=hours, days=scenario.days, seed=scenario.seed, answer_rate=who.person,
        answer_rates=_by_hour(scenario, shift.start.hour, hours), setup_from_s=low, setup_to_s=high, ring_s=ring,
        ring_cv=ring_cv, ring_limit_s=settings.ring_time_s, refused=refused, machines=who.machine, talk_s=talk,
        talk_cv=talk_cv, wrap_s=who.wrap_up_s.average, patience_s=min(settings.abandon_limit_s, policy.abandon_limit_s),
        breaks=tuple(_breaks(scenario)), policy=_NAMES[mode], lines_per_agent=settings.lines_per_agent,
        abandon_rate_max=cap, lines=scenario.trunk_lines,
        end_known=False,  # nobody tells the engine when agents will go home
    )  # fmt: skip


def _breaks(scenario: Scenario) -> list[world.Break]:
    found = [
        world.Break(
            at_h=_hours(shift.start, rest.start),
            minutes=60 * _hours(rest.start, rest.end),
            share=rest.share * shift.count / scenario.staff,
        )
        for shift in scenario.agents
        for rest in shift.breaks
    ]
    return sorted(found, key=lambda rest: rest.at_h)


def _by_hour(scenario: Scenario, first: int, hours: float) -> tuple[tuple[float, float], ...]:
    who = scenario.behaviour
    if not who.person_by_hour:
        return ()
    return tuple((n / hours, who.person_at((first + n) % 24)) for n in range(int(hours)))


def _hours(start: time, end: time) -> float:
    day = datetime(2000, 1, 1)  # noqa: DTZ001 - only the difference counts
    return (datetime.combine(day, end) - datetime.combine(day, start)).total_seconds() / 3600


def _uniform(spread: Spread, name: str) -> tuple[float, float]:
    if spread.fixed is not None:
        return spread.fixed, spread.fixed
    if spread.low is None or spread.high is None:
        raise Invalid(f"the fast world knows only low and high for {name}; leave --fast out", field=f"behaviour.{name}")
    return spread.low, spread.high


def _log_normal(spread: Spread, name: str) -> tuple[float, float]:
    if spread.mean is None or spread.cv is None:
        raise Invalid(f"the fast world knows only mean and cv for {name}; leave --fast out", field=f"behaviour.{name}")
    return spread.mean, spread.cv
