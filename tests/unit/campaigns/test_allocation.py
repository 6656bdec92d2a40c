"""Rules that share leads out."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.allocation import AllocationError, Allocator, Candidate, Placement, parse_allocation

AGENTS = ("li", "wang", "zhao", "chen")
RULES = (
    "owner", "round_robin:li,wang,zhao", "evenly:li,wang,zhao", "region:上海=li|wang,北京=zhao",
    "segment:VIP=li,claims=+claims,*=chen", "skill:english=wang|zhao", "region(城市):深圳=li",
)  # fmt: skip
CANDIDATES = st.builds(
    Candidate,
    owner=st.sampled_from(("", "", "", "li", "stranger")),
    skill=st.sampled_from(("", "english", "law")),
    segment=st.sampled_from(("", "VIP", "claims")),
    fields=st.dictionaries(st.sampled_from(("地区", "城市")), st.sampled_from(("上海", "北京", "深圳"))),
)


def places(rule: str, leads: list[Candidate], load: dict[str, int] | None = None) -> list[Placement]:
    allocator = Allocator(parse_allocation(rule), load=load or {}, agents=AGENTS)
    return [allocator.place(lead) for lead in leads]


@given(st.sampled_from(RULES), st.lists(CANDIDATES, max_size=60))
def test_the_same_leads_go_to_the_same_agents_and_nobody_loses_an_owner(rule: str, leads: list[Candidate]) -> None:
    first = places(rule, leads)
    assert first == places(rule, leads)
    for lead, place in zip(leads, first, strict=True):
        if lead.owner in AGENTS or (lead.owner and rule != "owner"):
            assert place.owner == lead.owner
        assert place.owner in ("", lead.owner, *parse_allocation(rule).named())
        assert place.placed or not place.owner
        assert place.skill == lead.skill or not lead.skill


@given(st.integers(1, 4), st.integers(0, 200))
def test_evenly_differs_by_one_at_most(agents: int, leads: int) -> None:
    placed = Counter(place.owner for place in places(f"evenly:{','.join(AGENTS[:agents])}", [Candidate()] * leads))
    counts = [placed[agent] for agent in AGENTS[:agents]]
    assert sum(counts) == leads
    assert max(counts) - min(counts) <= 1


@given(st.lists(st.integers(0, 30), min_size=2, max_size=4), st.integers(0, 100))
def test_evenly_fills_up_those_with_the_fewest_open_leads(open_leads: list[int], leads: int) -> None:
    load = dict(zip(AGENTS, open_leads, strict=False))
    got = Counter(place.owner for place in places(f"evenly:{','.join(load)}", [Candidate()] * leads, load))
    after = {agent: load[agent] + got[agent] for agent in load}
    for agent in got:
        assert after[agent] <= min(after.values()) + 1


def test_round_robin_takes_turns_and_leaves_owned_leads_out_of_them() -> None:
    leads = [Candidate(), Candidate(owner="chen"), Candidate(), Candidate()]
    assert [place.owner for place in places("round_robin:li,wang", leads)] == ["li", "chen", "wang", "li"]


def test_region_segment_and_skill_go_by_value_and_leave_the_rest_unowned() -> None:
    shanghai, elsewhere = Candidate(fields={"地区": "上海"}), Candidate(fields={"地区": "成都"})
    assert places("region:上海=li", [shanghai, elsewhere]) == [("li", "", True), ("", "", False)]
    assert places("region:上海=li,*=chen", [elsewhere])[0].owner == "chen"
    assert places("segment:VIP=+english", [Candidate(segment="vip")]) == [("", "english", True)]
    assert places("skill:english=wang", [Candidate(skill="English")]) == [("wang", "English", True)]


def test_owner_takes_only_whom_it_knows() -> None:
    leads = [Candidate(owner="li"), Candidate(owner="mars"), Candidate()]
    assert [place.placed for place in places("owner", leads)] == [True, False, False]


@pytest.mark.parametrize(("rule", "words"), [
    ("fairly:li", "write one of owner"),
    ("evenly:", "names nobody"),
    ("evenly:li,li", "named twice"),
    ("owner:li", "stands alone"),
    ("region:上海", "VALUE=li"),
    ("region:上海=li,上海=wang", "named twice"),
    ("segment(城市):VIP=li", "only region"),
    ("segment:VIP=+a|+b", "a lead has one"),
])  # fmt: skip
def test_a_rule_that_is_not_understood_says_how_to_write_it(rule: str, words: str) -> None:
    with pytest.raises(AllocationError, match=words):
        parse_allocation(rule)


def test_a_rule_names_agents_who_are_there_and_active() -> None:
    rule = parse_allocation("region:上海=li|wang,*=zhao")
    rule.check({"li": True, "wang": True, "zhao": True})
    with pytest.raises(AllocationError, match="no agent wang"):
        rule.check({"li": True, "zhao": True})
    with pytest.raises(AllocationError, match="agent zhao is not active"):
        rule.check({"li": True, "wang": True, "zhao": False})
