"""Who can take whom."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from dialer.domain.matching import Candidate, Cover, Demand, Team, cover, longest_waiting, spare

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
BOTH = Team(campaigns=frozenset({1, 2}))
ONLY_ONE = Team(campaigns=frozenset({1}))
OPEN_W1 = Team(campaigns=frozenset({1}), worker="w1")


def test_one_more_for_each_agent_without_a_call_on_the_way() -> None:
    assert spare({BOTH: 3}, {Demand(campaign_id=1, worker="w1"): 1}, 2) == 2
    assert spare({BOTH: 3}, {Demand(campaign_id=1): 5}, 2) == 0
    assert spare({}, {}, 1) == 0


def test_agents_who_serve_all_make_way_for_those_who_serve_one() -> None:
    """The one call of campaign 1 is first given to the agent who serves both, then moved."""
    assert spare({BOTH: 1, ONLY_ONE: 1}, {Demand(campaign_id=1): 1}, 2) == 1
    assert spare({BOTH: 1, ONLY_ONE: 1}, {Demand(campaign_id=2): 1}, 1) == 1
    assert spare({BOTH: 1, ONLY_ONE: 1}, {Demand(campaign_id=2): 1}, 2) == 0


def test_an_open_leg_takes_only_calls_on_its_own_worker() -> None:
    here, there = Demand(campaign_id=1, worker="w1"), Demand(campaign_id=1, worker="w2")
    assert OPEN_W1.takes(here)
    assert not OPEN_W1.takes(there)
    assert OPEN_W1.takes(Demand(campaign_id=1)), "not placed yet: it may go beside the leg"
    assert not ONLY_ONE.takes(Demand(campaign_id=1, worker="w1", whole_line=False)), "no room to call a phone"
    _, uncovered = cover({OPEN_W1: 1}, {there: 1})
    assert uncovered == Counter({there: 1})


def test_the_team_that_covers_one_more_is_named() -> None:
    assert Cover({OPEN_W1: 1}).next_team(Demand(campaign_id=1)) == OPEN_W1
    assert Cover({OPEN_W1: 1}).next_team(Demand(campaign_id=2)) is None


def test_the_longest_waiting_who_was_not_tried_yet() -> None:
    def candidate(name: str, waited: int, campaigns: frozenset[int] = frozenset({1})) -> Candidate:
        return Candidate(agent_id=name, waiting_since=NOON - timedelta(seconds=waited), campaigns=campaigns)

    team = [candidate("li", 5), candidate("mei", 50), candidate("bo", 500, frozenset({2}))]
    found = longest_waiting(team, Demand(campaign_id=1), tried=frozenset())
    assert found is not None
    assert found.agent_id == "mei"
    found = longest_waiting(team, Demand(campaign_id=1), tried=frozenset({"mei"}))
    assert found is not None
    assert found.agent_id == "li"
    assert longest_waiting(team, Demand(campaign_id=3), tried=frozenset()) is None


teams = st.dictionaries(
    st.builds(Team, campaigns=st.frozensets(st.integers(1, 3), min_size=1), worker=st.sampled_from(["", "w1", "w2"])),
    st.integers(0, 3),
    max_size=5,
)
demands = st.dictionaries(
    st.builds(Demand, campaign_id=st.integers(1, 3), worker=st.sampled_from(["w1", "w2"]), whole_line=st.booleans()),
    st.integers(0, 3),
    max_size=5,
)


@given(teams, demands)
def test_as_many_as_possible_are_covered(available: dict[Team, int], wanted: dict[Demand, int]) -> None:
    """By Hall's theorem: what is left over is the largest lack of any set of attempts."""
    _, uncovered = cover(available, wanted)
    kinds = [demand for demand, count in wanted.items() if count]
    lack = 0
    for size in range(1, len(kinds) + 1):
        for some in combinations(kinds, size):
            able = sum(count for team, count in available.items() if any(team.takes(d) for d in some))
            lack = max(lack, sum(wanted[d] for d in some) - able)
    assert uncovered.total() == lack
