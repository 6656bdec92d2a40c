"""What a planner writes into a scenario, and what he is told where it cannot be meant."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.campaign import PacingMode
from dialer.documents import BadDocument
from dialer.errors import Invalid
from dialer.twin.people import People
from dialer.twin.scenario import Scenario, load_scenario, scenario_of, settings_of, shipped
from dialer.twin.spread import Spread, observed
from dialer.twin.study import assignments, variants_of

PLAIN: dict[str, Any] = {"agents": [{"count": 2}], "leads": {"count": 10}}


def refused(document: dict[str, Any]) -> BadDocument:
    with pytest.raises(BadDocument) as refusal:
        scenario_of(document)
    return refusal.value


def test_every_scenario_that_ships_can_be_read() -> None:
    assert set(shipped()) == {"reference", "small", "breaks"}
    for path in shipped().values():
        assert load_scenario(path).staff > 0


def test_the_smallest_scenario_is_the_reference_world_with_two_agents() -> None:
    scenario = scenario_of(PLAIN)
    assert (scenario.behaviour.person, scenario.behaviour.talk_s.average) == (0.30, 90.0)
    assert scenario.trunk_lines == 8
    assert settings_of(scenario).trunks == ("carrier",)


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"agents": []}, "agents", "at least 1"),
        ({"agents": [{"from": "17:00", "to": "09:00"}]}, "agents[0]", "later than 'from'"),
        ({"agents": [{"breaks": [{"from": "08:00", "to": "08:15"}]}]}, "agents[0]", "outside the shift"),
        ({"leads": {}}, "leads", "exactly one of count, file and campaign"),
        ({"leads": {"count": 5, "numbers": {"0": 1.0}}}, "leads.numbers", "how many numbers a lead has"),
        ({"behaviour": {"person": 1.2}}, "behaviour.person", "less than or equal to 1"),
        ({"behaviour": {"busy": 0.9, "machine": 0.3}}, "behaviour", "at most 1"),
        ({"behaviour": {"talk_s": {"mean": 90, "high": 3}}}, "behaviour.talk_s", "must be one of"),
        ({"behaviour": {"person_by_hour": {"25": 0.3}}}, "behaviour", "no hour of the day"),
        ({"campaign": {"pacing": "reckless"}}, "campaign.pacing", "must be one of"),
        ({"campaign": {"wrapup_s": 3}}, "campaign.wrapup_s", "did you mean 'wrap_up_s'"),
        ({"time_zone": "Asia/Nowhere"}, "time_zone", "time zone name"),
        ({"lead": {"count": 5}}, "lead", "did you mean 'leads'"),
    ],
)
def test_what_cannot_be_meant_is_named_with_its_field(changes: dict[str, Any], field: str, words: str) -> None:
    refusal = refused({**PLAIN, **changes})
    assert refusal.field == field
    assert words in refusal.message


def test_a_list_that_is_not_there_is_named_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "tomorrow.toml"
    path.write_text('agents = [{ count = 1 }]\nleads = { file = "list.csv" }\n')
    with pytest.raises(BadDocument, match=r"tomorrow.toml: leads.file: there is no such file"):
        load_scenario(path)


def test_settings_are_changed_by_their_dotted_names() -> None:
    scenario = scenario_of(PLAIN)
    assert settings_of(scenario.changed("pacing", "power")).pacing is PacingMode.POWER
    assert scenario.changed("agents.0.from", "10:00").agents[0].start == time(10)
    assert scenario.changed("behaviour.talk_s", 30).behaviour.talk_s == Spread(fixed=30.0)
    with pytest.raises(Invalid, match=r"agents.7: there is no such entry"):
        scenario.changed("agents.7.count", 2)


def test_variants_are_written_as_in_toml_and_a_bare_word_is_text() -> None:
    assert assignments("pacing=power, lines_per_agent=2.5") == [("pacing", "power"), ("lines_per_agent", 2.5)]
    text = 'agents=[{count=3,from="09:00",to="10:00"}], seed=4'
    assert assignments(text) == [("agents", [{"count": 3, "from": "09:00", "to": "10:00"}]), ("seed", 4)]
    with pytest.raises(Invalid, match="KEY=VALUE"):
        assignments("predictive")


def test_a_variant_named_twice_would_be_no_comparison() -> None:
    with pytest.raises(Invalid, match="named twice"):
        variants_of(scenario_of(PLAIN), ["power", "power"], [])


SHAPES = st.one_of(
    st.builds(Spread, fixed=st.floats(0, 1000)),
    st.builds(lambda low, more: Spread(low=low, high=low + more), st.floats(0, 100), st.floats(0, 100)),
    st.builds(Spread, mean=st.floats(0.1, 1000), cv=st.floats(0, 3)),
    st.builds(Spread, mean=st.floats(0.1, 1000), gamma=st.floats(0.5, 50)),
    st.lists(st.floats(0, 1000), min_size=1, max_size=200).map(observed),
)


@given(SHAPES, st.integers(0, 2**32))
def test_nothing_takes_less_than_no_time(shape: Spread, seed: int) -> None:
    assert shape.draw(Random(seed)) >= 0


@given(st.lists(st.floats(0, 1000), min_size=20, max_size=200))
def test_what_was_observed_keeps_its_range(values: list[float]) -> None:
    shape = observed(values)
    draws = [shape.draw(Random(n)) for n in range(20)]
    assert min(values) - 0.001 <= min(draws) <= max(draws) <= max(values) + 0.001


@given(st.lists(st.sampled_from(["a1", "a2", "a3"]), min_size=1, max_size=30), st.integers(0, 99))
def test_an_agents_nth_conversation_is_the_same_whoever_else_talks(order: list[str], seed: int) -> None:
    def people() -> People:
        return People(Scenario.model_validate(PLAIN).behaviour, seed, codes={"SALE": 1.0})

    together, alone = people(), people()
    heard = [talk for agent, talk in ((agent, together.talks(agent)) for agent in order) if agent == "a1"]
    assert heard == [alone.talks("a1") for _ in heard]


def test_the_kth_attempt_has_the_same_fate_whichever_number_it_goes_to() -> None:
    behaviour = Scenario.model_validate(PLAIN).behaviour
    first, other = (People(behaviour, 5, codes={"SALE": 1.0}) for _ in range(2))
    assert [first.called(f"+1{n}", 10) for n in range(50)] == [other.called(f"+2{n}", 10) for n in range(50)]
