"""Pacing on a small floor in virtual time, against one call per ready agent."""

from __future__ import annotations

import pytest

from campaigns.pacing import Predictive, Progressive
from tests.unit.campaigns.pacing_world import World

pytestmark = pytest.mark.usefixtures("warm")


@pytest.mark.parametrize(("agents", "hours", "gain"), [(3, 2.0, 0.05), (10, 0.7, 0.08)])
def test_agents_talk_more_inside_the_abandonment_limit(agents: int, hours: float, gain: float) -> None:
    ours = World(Predictive(), agents, hours, tick_s=4.0).run()
    plain = World(Progressive(), agents, hours, tick_s=4.0).run()
    assert plain.abandoned == 0
    assert ours.utilisation > plain.utilisation + gain
    assert ours.left() > 0
    assert ours.cancelled > 0 == ours.early_cancels


def test_all_calls_answered_at_once_do_not_bring_the_budget_below_what_was_under_way() -> None:
    """A festival: from one minute to the next everybody answers. The persons lost are those who were already being
    called; from then on only calls with an agent are placed until the budget has recovered."""
    world = World(Predictive(), 10, 0.5, tick_s=4.0, shift=lambda now: 0.2 if now < 1000 else 1.0).run()
    assert world.abandoned > 0
    assert all(found.place == found.floor for found in world.decisions if found.left < 1)
    assert min(found.left for found in world.decisions) > -4
