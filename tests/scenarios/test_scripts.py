"""Scripts in calls: every attempt keeps the version it was made with, and a new version takes calls away."""

from __future__ import annotations

import pytest

from campaigns.idle import IdleReason
from campaigns.script_version import Released
from dialer.twin.parties import answers
from tests.scenarios.floor import Floor
from tests.scenarios.test_groups import becomes, calls_of


def passed(*versions: int) -> frozenset[tuple[str, int]]:
    return frozenset(("renewal", version) for version in versions)


async def releases(floor: Floor, version: int, *, requalify: bool = True) -> None:
    """A planner releases a version while the centre works."""
    floor.store.released.append(Released(name="renewal", version=version, requalify=requalify))
    await floor.engine.scripts_changed()


async def test_a_new_version_holds_for_new_calls_and_takes_them_from_who_has_not_passed_it(floor: Floor) -> None:
    floor.customers(answers(3.0, talks=30.0))
    await floor.opens(agents=2, leads=6, start=False, script_name="renewal")
    await releases(floor, 1)
    await becomes(floor, "agent1", passed=passed(1))
    await becomes(floor, "agent2", passed=passed(1, 2))
    await floor.engine.start_campaign("autumn", "li")
    for agent in ("agent1", "agent2"):
        await floor.engine.make_ready(agent)
    for customer in ("customer1", "customer2"):
        await floor.talks(customer)
    assert {calls_of(floor, "agent1"), calls_of(floor, "agent2")} == {1}
    await releases(floor, 2)
    for customer in ("customer1", "customer2"):
        await floor.over(customer)
    await floor.until(lambda: len([row for row in floor.attempts() if row.ended_at]) >= 6, seconds=3000, step=0.5)
    versions = sorted((row.placed_at, row.script_version) for row in floor.attempts())
    assert [version for _, version in versions] == ["renewal 1"] * 2 + ["renewal 2"] * 4
    assert (calls_of(floor, "agent1"), calls_of(floor, "agent2")) == (1, 5)


@pytest.mark.parametrize("requalify", [True, False])
async def test_a_version_says_itself_whether_it_has_to_be_passed(floor: Floor, requalify: bool) -> None:
    floor.customers(answers(3.0, talks=10.0))
    await floor.opens(agents=1, leads=2, start=False, script_name="renewal")
    await releases(floor, 1)
    await releases(floor, 2, requalify=requalify)
    await becomes(floor, "agent1", passed=passed(1))
    await floor.engine.start_campaign("autumn", "li")
    await floor.engine.make_ready("agent1")
    await floor.time.passes(minutes=3)
    if requalify:
        assert (floor.attempts(), floor.idle()) == ([], IdleReason.NO_READY_AGENT)
    else:
        assert {row.script_version for row in floor.attempts()} == {"renewal 2"}


async def test_a_pinned_version_stays_and_survives_a_restart(floor: Floor) -> None:
    floor.customers(answers(3.0, talks=10.0))
    await floor.opens(agents=1, leads=2, start=False, script_name="renewal", script_version=1)
    await releases(floor, 1)
    await releases(floor, 2)
    await becomes(floor, "agent1", passed=passed(1))
    await floor.engine.start_campaign("autumn", "li")
    await floor.engine.make_ready("agent1")
    await floor.over("customer1")
    await floor.dies()
    await floor.starts()
    await floor.engine.make_ready("agent1")
    await floor.over("customer2")
    assert [row.script_version for row in floor.attempts()] == ["renewal 1"] * 2
