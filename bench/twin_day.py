"""How long the engine's twin takes for a day of 20 agents and 2,000 attempts, and how far it is from the fast world.

The day is the reference world's, with a list of 2,000 leads that are called once each. For the comparison both worlds
get the same parameters and days of their own: the difference is given beside the noise it may have.
"""

from __future__ import annotations

import asyncio
import math
import os
import resource
import time
from statistics import fmean
from typing import Any

from bench.figure import Figure, Goal
from dialer.twin.fast import run_fast
from dialer.twin.processes import quiet
from dialer.twin.rehearsal import rehearse
from dialer.twin.report import Report
from dialer.twin.scenario import Scenario, load_scenario, shipped
from dialer.twin.study import changed

AGENTS, ATTEMPTS = 20, 2000
COMPARED_AGENTS, COMPARED_HOURS, COMPARED_DAYS, FAST_DAYS = 5, 3, 4, 400


async def measure() -> list[Figure]:
    quiet()
    return await asyncio.to_thread(_measure)


def _measure() -> list[Figure]:
    return [_day(), *(_compared(mode) for mode in ("progressive", "predictive"))]


def _day() -> Figure:
    once = f"leads.count={ATTEMPTS}, caps={{lead_attempts=1}}"
    scenario = changed(_reference(), f'agents=[{{count={AGENTS},from="09:00",to="17:00"}}], {once}')
    cpu, since = time.process_time(), time.monotonic()
    report = rehearse(scenario)
    seconds, used = time.monotonic() - since, time.process_time() - cpu
    return Figure(
        figure="twin_day", value=round(seconds, 1), unit="s", goal=Goal("<=", 20.0),
        details={
            "agents": AGENTS, "attempts": report.attempts, "cpu_s": round(used, 1),
            "cpu_ms_per_attempt": round(1000 * used / max(report.attempts, 1), 2), "faults": report.faults,
            "largest_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, "load": os.getloadavg()[0],
        },
    )  # fmt: skip


def _compared(mode: str) -> Figure:
    """Standard errors between both worlds' utilisation; below 3 nothing tells them apart."""
    hours = f'agents=[{{count={COMPARED_AGENTS},from="09:00",to="{9 + COMPARED_HOURS:02}:00"}}]'
    scenario = changed(_reference(), f"{hours}, pacing={mode}")
    reports = [rehearse(scenario.model_copy(update={"seed": n})) for n in range(1, COMPARED_DAYS + 1)]
    fast = run_fast(scenario.model_copy(update={"days": FAST_DAYS, "seed": 1000}))
    used = [report.utilisation or 0.0 for report in reports]
    own = fast.spread * math.sqrt(FAST_DAYS / len(used))  # one day of either world is as noisy as one of the other
    noise = math.hypot(own, fast.spread)
    return Figure(
        figure=f"twin_against_fast_world_{mode}", value=round(abs(fmean(used) - fast.utilisation) / noise, 2),
        unit="standard errors", goal=Goal("<=", 3.0),
        details={
            "agents": COMPARED_AGENTS, "hours": COMPARED_HOURS, "twin_days": len(used), "fast_days": FAST_DAYS,
            "twin_utilisation": round(fmean(used), 4), "twin_noise": round(own, 4),
            "fast_utilisation": round(fast.utilisation, 4), "fast_noise": round(fast.spread, 4),
            **_abandoned(reports), "fast_abandonment": round(fast.abandonment, 5),
        },
    )  # fmt: skip


def _abandoned(reports: list[Report]) -> dict[str, Any]:
    abandoned, persons = sum(r.abandoned for r in reports), sum(r.persons for r in reports)
    rate = abandoned / persons
    return {
        "twin_abandonment": round(rate, 5),
        "twin_abandonment_noise": round(math.sqrt(max(rate, 1 / persons) * (1 - rate) / persons), 5),
    }


def _reference() -> Scenario:
    return load_scenario(shipped()["reference"])
