"""What a verdict leads to, and how wrong verdicts are counted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.disposition import STANDARD
from campaigns.screening import ALONE, ScreeningSettings, Treatment, drawn, treatment
from campaigns.screening_errors import ScreenedCount, expected_share, figures, said

ON = ScreeningSettings(mode="connect_first")
CODES = {one.code: one for one in STANDARD}


def told(settings: ScreeningSettings = ON, verdict: str = "machine", **facts: object) -> Treatment:
    values = {"agent": True, "talked_s": 1.5, "spoken_for": False, "checked": False, **facts}
    return treatment(settings, verdict, **values)  # type: ignore[arg-type]


def test_screening_is_off_unless_a_planner_turns_it_on() -> None:
    assert not ScreeningSettings().on


@pytest.mark.parametrize("verdict", ["human", "uncertain"])
def test_doubt_is_a_person(verdict: str) -> None:
    assert told(verdict=verdict) is Treatment.SERVED


def test_a_message_needs_a_file() -> None:
    with pytest.raises(ValueError, match="message_file"):
        ScreeningSettings(mode="connect_first", after_machine="leave_message")


def test_nobody_is_handed_over_to_nobody() -> None:
    plan = ScreeningSettings(mode="detect_first", after_machine="hand_over")
    assert told(plan, agent=False, talked_s=None) is Treatment.HUNG_UP
    assert told(plan, talked_s=None) is Treatment.HANDED_OVER


@given(st.booleans(), st.booleans(), st.none() | st.floats(0, 100), st.sampled_from(["hang_up", "hand_over"]))
def test_no_call_is_taken_from_an_agent_who_spoke_for_it(
    agent: bool, checked: bool, talked_s: float | None, after: str
) -> None:
    plan = ScreeningSettings(mode="connect_first", after_machine=after)
    assert told(plan, agent=agent, checked=checked, talked_s=talked_s, spoken_for=True) not in ALONE
    if talked_s is not None and talked_s > plan.free_within_s:
        assert told(plan, agent=agent, checked=checked, talked_s=talked_s) not in ALONE


def test_the_checked_share_is_drawn_evenly_and_always_alike() -> None:
    names = [f"attempt-{n}" for n in range(5000)]
    found = [name for name in names if drawn(name, 0.1)]
    assert 400 < len(found) < 600
    assert found == [name for name in names if drawn(name, 0.1)]
    assert not any(drawn(name, 0.0) for name in names)
    assert all(drawn(name, 1.0) for name in names)


def test_what_agents_say_by_their_dispositions() -> None:
    assert said(CODES["MACHINE"], marked=False) is False
    assert said(CODES["NOT_INTERESTED"], marked=False) is True
    assert said(CODES["WRONG_PERSON"], marked=False) is True
    assert said(CODES["NO_TALK"], marked=False) is None
    assert said(None, marked=True) is True
    assert said(CODES["MACHINE"], marked=True) is False, "what he decides in the end counts"


def count(verdict: str, treated: str, person: bool | None, calls: int, trunk: str = "one") -> ScreenedCount:
    return ScreenedCount(
        trunk=trunk, verdict=verdict, treatment=treated, person=person, calls=calls, delay_ms=calls * 1000
    )


def test_persons_among_the_machines_nobody_heard_are_estimated_from_those_that_were_checked() -> None:
    found = figures(
        [
            count("machine", "hung_up", None, 980),
            count("machine", "checked", False, 19),
            count("machine", "checked", True, 1),
            count("human", "served", True, 950),
            count("human", "served", False, 50),
        ]
    )[0]
    assert found.wrongly_ended.value == pytest.approx(49)
    assert found.false_positive.value == pytest.approx(50 / 1000)
    assert found.false_positive.low < 0.05 < found.false_positive.high
    assert found.false_negative.value == pytest.approx(50 / 1000, abs=0.001)
    assert (found.checked.hits, found.checked.of) == (1, 20)


def test_with_nothing_checked_the_false_positives_are_not_known_and_said_to_be_so() -> None:
    found = figures([count("machine", "hung_up", None, 100), count("human", "served", True, 300)])[0]
    assert found.false_positive.value is None
    assert (found.wrongly_ended.value, found.wrongly_ended.high) == (None, 100.0)


def test_each_trunk_has_its_own_figures() -> None:
    total, far, near = figures([count("human", "served", True, 3, "near"), count("machine", "hung_up", None, 4, "far")])
    assert (total.trunk, total.screened) == ("", 7)
    assert (far.trunk, far.machines, far.mean_delay_ms) == ("far", 4, 1000.0)
    assert (near.trunk, near.humans) == ("near", 3)


def test_without_a_call_there_is_nothing_to_say() -> None:
    [total] = figures([])
    assert (total.screened, total.mean_delay_ms, total.false_positive.value) == (0, None, None)


def test_the_expected_share_starts_at_one_in_fifty_and_follows_what_is_found() -> None:
    assert expected_share(0, 0) == pytest.approx(0.02)
    assert expected_share(100, 1000) == pytest.approx(0.096, abs=0.001)
    assert expected_share(0, 10_000) < 0.001
