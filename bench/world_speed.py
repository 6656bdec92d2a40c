"""Simulated agent-hours a second of the fast world, with our predictive policy, in two processes on a core each:
processor time, as other processes may run."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor

from bench.figure import Figure, Goal
from bench.pacing_runs import WORKERS
from bench.pacing_scenarios import team
from campaigns.world import simulate

_TEAMS = (3, 20, 50, 100, 500)
_OF = 100
_HOURS = 2000.0


async def measure() -> list[Figure]:
    with ProcessPoolExecutor(WORKERS) as pool:
        list(pool.map(simulate, [team(2)] * WORKERS * 2))  # compiled and loaded
        speeds = {
            f"{policy} {agents}": _speed(pool, agents, policy)
            for policy in ("predictive", "progressive")
            for agents in _TEAMS
        }
    return [
        Figure(
            figure="world_speed", value=speeds[f"predictive {_OF}"], unit="agent-hours a second, two cores",
            goal=Goal(">=", 5000), details={"agents": _OF, "processes": WORKERS, **speeds},
        )
    ]  # fmt: skip


def _speed(pool: ProcessPoolExecutor, agents: int, policy: str) -> float:
    whole = team(agents, policy=policy)
    days = max(1, int(_HOURS / (agents * whole.hours)))
    jobs = [whole.model_copy(update={"seed": 1000 * k, "days": days}) for k in range(WORKERS)]
    found = list(pool.map(simulate, jobs))
    return round(sum(part.agent_hours for part in found) / max(part.seconds for part in found))
