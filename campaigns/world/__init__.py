"""A simulated centre without an engine, fast enough for thousands of days.

    from campaigns.world import Scenario, simulate
    found = simulate(Scenario(agents=20, hours=8, days=10, seed=1, policy="predictive", abandon_rate_max=0.03))
    found.utilisation, found.abandonment, found.per_day[0].answered

Day k of a scenario is drawn from `seed + k` and begins knowing nothing (`learned=True`: each day begins with what the
day before has learned). The k-th attempt of a day has the same fate, and each agent's n-th conversation the same
length, under every policy. `simulate` runs in the calling thread and compiles at its first call: call it from a
worker thread or process. Importing this loads no compiler.
"""

from campaigns.world.result import Day, Outcome
from campaigns.world.run import simulate
from campaigns.world.scenario import Adaptive, Break, PolicyName, Scenario

__all__ = ["Adaptive", "Break", "Day", "Outcome", "PolicyName", "Scenario", "simulate"]
