"""Each mode, told as a supervisor would: what it places, what it shows, what stops it."""

from __future__ import annotations

import json
import math

import pytest

from campaigns.idle import IdleReason
from campaigns.pacing import (
    LIMIT_WORDS,
    NOTE_WORDS,
    Automatic,
    CallSeen,
    Counted,
    Limit,
    Note,
    PacingView,
    Power,
    Predictive,
    PredictiveSettings,
    Preview,
    PreviewEvent,
    PreviewState,
    Progressive,
    Window,
    preview_after,
)
from campaigns.pacing.kernel.steering import room
from campaigns.pacing.tuning import rules_of
from campaigns.pacing.view import seen_of

pytestmark = pytest.mark.usefixtures("warm")


def counted(answered: int = 2000, abandoned: int = 20) -> tuple[Window, ...]:
    return (Window(name="24h", answered=answered, abandoned=abandoned),)


def view(**values: object) -> PacingView:
    """Ten agents who talk, two in wrap-up; six calls ring."""
    calls = tuple(CallSeen(number, 4.0 * number, 4.0 * number - 2 if number else None) for number in range(6))
    given: dict[str, object] = {
        "ready_agents": 0, "covered": 6, "lines_free": 40, "rate_tokens_s": 20.0, "at_s": 1000.0, "calls": calls,
        "talking_s": tuple(15.0 * n for n in range(1, 11)), "wrapping_s": (3.0, 12.0), "windows": counted(),
    }  # fmt: skip
    return PacingView(**{**given, **values})


def quiet(ready: int = 4, **values: object) -> PacingView:
    return view(ready_agents=ready, covered=0, calls=(), **values)


@pytest.mark.parametrize(("mode", "place"), [(Progressive(), 4), (Power(2, 0.03), 8), (Power(3.5, 0.03), 14)])
def test_a_fixed_number_of_lines_for_each_ready_agent(mode, place: int) -> None:
    found = mode.decide(quiet())
    assert (found.place, found.floor, found.limit) == (place, 4, Limit.AGENTS_COVERED)


def test_more_than_four_lines_per_agent_are_refused() -> None:
    with pytest.raises(ValueError, match="between 1 and 4"):
        Power(5, 0.03)


@pytest.mark.parametrize(("windows", "cap", "place", "limit"), [
    (counted(1000, 30), 0.03, 4, Limit.BUDGET_SPENT),
    (counted(1000, 26), 0.03, 4 + 3, Limit.BUDGET_GUARD),  # 4 left, one in reserve
    ((), 0.03, 4, Limit.NO_TALLY),
    (counted(), 0.0, 4, Limit.NONE_ALLOWED),
])  # fmt: skip
def test_power_over_dials_only_what_the_budget_could_lose(windows, cap: float, place: int, limit: Limit) -> None:
    found = Power(3, cap).decide(quiet(windows=windows))
    assert (found.place, found.limit) == (place, limit)


def test_predictive_dials_before_an_agent_is_free() -> None:
    wrapping_up = {"talking_s": (60.0,) * 6, "wrapping_s": (10.0, 13.0, 15.0, 16.0, 18.0, 20.0)}
    found = Predictive().decide(view(covered=2, calls=view().calls[:2], **wrapping_up))
    assert found.place > 0 == found.floor
    assert Progressive().decide(view(covered=2)).place == 0
    assert found.theta is not None
    assert found.seen is not None
    assert (found.seen.talking, found.seen.wrapping, found.seen.in_flight) == (6, 6, 2)
    assert found.seen.free_soon > found.seen.answers_soon > 0


def test_it_stops_where_one_more_call_is_too_risky_and_says_how_risky() -> None:
    found = Predictive(PredictiveSettings(burst=1.0)).decide(view())
    assert found.limit == Limit.RISK
    assert found.risk > found.theta
    assert found.idle is IdleReason.AGENTS_COVERED
    assert found.words() == "one more call would too probably find no agent"


@pytest.mark.parametrize(("change", "limit"), [
    ({"open": False}, Limit.OUTSIDE_WINDOW),
    ({"talking_s": (), "wrapping_s": (), "leaving": 12}, Limit.NO_READY_AGENT),
    ({"lines_free": 0}, Limit.NO_FREE_LINE),
    ({"lines_free": -3}, Limit.NO_FREE_LINE),
    ({"rate_tokens_s": 0.9}, Limit.RATE_LIMIT),
    ({"rate_tokens_s": math.nan}, Limit.RATE_LIMIT),
    ({"capacity_free": 0}, Limit.NO_CAPACITY),
    ({"windows": ()}, Limit.NO_TALLY),
    ({"windows": counted(1000, 29)}, Limit.BUDGET_SPENT),
    ({"windows": (*counted(), Window(name="30d", answered=9000, abandoned=270))}, Limit.BUDGET_SPENT),
])  # fmt: skip
def test_what_forbids_a_call_is_named(change: dict[str, object], limit: Limit) -> None:
    found = Predictive().decide(view(covered=0, calls=(), **change))
    assert (found.place, found.limit) == (0, limit)


@pytest.mark.parametrize("mode", [Predictive, Automatic])
def test_a_policy_without_abandoned_calls_is_never_over_dialled(mode) -> None:
    found = mode(PredictiveSettings(abandon_rate_max=0)).decide(quiet(windows=counted(100_000, 0)))
    assert (found.place, found.limit) == (4, Limit.NONE_ALLOWED)


def test_agents_on_their_way_to_a_break_and_promised_agents_take_no_calls() -> None:
    """The same twelve busy agents, four of whom have asked for a break; or four of them promised to callbacks."""
    soon = (10.0, 13.0, 15.0, 16.0, 18.0, 20.0, 21.0, 22.0)
    all_of_them = Predictive(PredictiveSettings(burst=1.0)).decide(view(covered=0, calls=(), wrapping_s=soon)).place
    few = view(covered=0, calls=(), wrapping_s=soon[:4], leaving=4)
    promised = view(covered=0, calls=(), wrapping_s=soon, promised=4)
    for fewer in (few, promised):
        assert Predictive(PredictiveSettings(burst=1.0)).decide(fewer).place < all_of_them
    assert Progressive().decide(quiet(ready=4, promised=3)).place == 1


def test_calls_that_ring_long_are_given_up_while_nobody_is_about_to_be_free() -> None:
    everybody_just_began = {"talking_s": (1.0,) * 12, "wrapping_s": ()}
    found = Predictive().decide(view(**everybody_just_began))
    assert found.cancel == (5,)  # it has rung 18 s; the others less than 15
    assert Predictive().decide(view(ready_agents=1, **everybody_just_began)).cancel == ()
    patient = Predictive(PredictiveSettings(cancel_after_s=20))
    assert patient.decide(view(**everybody_just_began)).cancel == ()
    with pytest.raises(ValueError):
        PredictiveSettings(cancel_after_s=14)


def test_the_risk_taken_follows_what_is_left_of_the_budget() -> None:
    thetas = [Predictive().decide(view(windows=counted(2000, lost))).theta for lost in (57, 54, 48, 40, 0)]
    assert thetas == sorted(thetas)
    assert thetas[0] < 0.01
    assert thetas[-1] == pytest.approx(3 * 0.04)


def test_a_hard_stop_at_the_cap_is_none_for_a_team_that_has_room() -> None:
    """With a good call left the small team goes on over-dialling, only more carefully."""
    found = Predictive(PredictiveSettings(burst=1.0)).decide(quiet(ready=4, windows=counted(2000, 56)))
    assert found.place > found.floor == 4


def test_the_last_call_of_the_budget_is_not_risked_however_small_the_risk() -> None:
    places = []
    for abandoned in (56, 57):  # two calls left; one
        nearly_done = quiet(ready=0, talking_s=(), wrapping_s=(25.0,) * 4, windows=counted(2000, abandoned))
        found = Predictive(PredictiveSettings(theta=0.36)).decide(nearly_done)
        assert found.risk is not None
        assert found.risk < 0.02 < found.theta
        places.append((found.place, found.limit))
    assert places == [(1, Limit.BURST), (0, Limit.BUDGET_GUARD)]


def test_theta_learns_from_answers_only_while_it_is_what_holds_back() -> None:
    plenty = Counted(windows=counted(5000, 0), agents=12)
    held_by_lines = Predictive()
    held_by_lines.decide(view(lines_free=0))
    held_by_risk = Predictive(PredictiveSettings(burst=1.0))
    held_by_risk.decide(view())
    for policy in (held_by_lines, held_by_risk):
        before = policy.learned.log_theta
        for _ in range(10):
            policy.learn(plenty)
        assert (policy.learned.log_theta > before) is (policy is held_by_risk)


def test_one_bad_minute_does_not_wreck_theta_for_the_day() -> None:
    policy = Predictive()
    for lost in range(20):
        policy.learn(Counted(windows=counted(600, lost), agents=12))
    assert policy.learned.log_theta > math.log(0.04) - 0.1


def test_larger_teams_keep_more_in_reserve() -> None:
    rules = rules_of(abandon_rate_max=0.03, patience_s=2.0)
    assert [round(room(agents, 1e9, rules), 1) for agents in (0, 3, 50)] == [3.0, 4.5, 15.1]


def test_what_was_kept_is_spent_before_the_calling_time_ends() -> None:
    """Ten calls left for twelve agents: in the middle of the day, and in its last minutes."""
    noon, evening = (
        Predictive().decide(view(windows=counted(2000, 50), closes_in_s=left_s)).theta for left_s in (None, 300.0)
    )
    assert evening > noon * 1.5


def test_automatic_begins_progressive_over_dials_while_sure_and_falls_back() -> None:
    told = []
    for windows in (counted(80, 0), counted(2000, 10), counted(2000, 44)):
        found = Automatic(PredictiveSettings(burst=1.0)).decide(quiet(windows=windows))
        told.append((found.note, found.place > found.floor, Limit(found.limit)))
    assert [(note, over) for note, over, _ in told] == [
        (Note.LEARNING, False), (Note.OVER_DIALLING, True), (Note.FELL_BACK, False),
    ]  # fmt: skip
    assert (told[0][2], told[2][2]) == (Limit.LEARNING, Limit.LIMIT_NEAR)


def test_automatic_does_not_lose_courage_while_it_learns() -> None:
    policy = Automatic()
    for answered in range(150):
        policy.learn(Counted(windows=counted(answered, 0), agents=3))
    assert policy.predictive.learned.log_theta == pytest.approx(math.log(0.04))


def test_automatic_tells_both_languages_what_it_does() -> None:
    found = Automatic().decide(quiet(windows=counted(2000, 44)))
    assert found.words() == (
        "progressive again: the abandonment limit is near; the abandonment limit is near: one call per ready agent"
    )
    assert found.words(chinese=True).startswith("已退回渐进式")


def test_every_reason_has_its_words_and_its_place_on_the_screen() -> None:
    assert set(LIMIT_WORDS) == set(Limit)
    assert set(NOTE_WORDS) == set(Note)
    assert all(english and chinese for english, chinese in [*LIMIT_WORDS.values(), *NOTE_WORDS.values()])
    for limit in Limit:
        found = Progressive().decide(quiet())
        assert isinstance(type(found)(place=0, limit=limit).idle, IdleReason)


def test_preview_shows_leads_to_free_agents_and_places_what_they_accept() -> None:
    found = Preview().decide(quiet(ready=5, previewing=2, accepted=1))
    assert (found.place, found.offer, found.limit) == (1, 2, Limit.AGENTS_DECIDE)
    held = Preview().decide(quiet(ready=5, accepted=2, rate_tokens_s=1.0))
    assert (held.place, held.limit) == (1, Limit.RATE_LIMIT)
    shut = Preview().decide(quiet(ready=5, accepted=2, open=False))
    assert (shut.place, shut.offer, shut.limit) == (0, 0, Limit.OUTSIDE_WINDOW)


@pytest.mark.parametrize(("events", "state"), [
    (["accept", "place"], PreviewState.DIALLED),
    (["skip"], PreviewState.SKIPPED),
    (["time_out"], PreviewState.LAPSED),
    (["accept", "withdraw"], PreviewState.WITHDRAWN),
    (["skip", "accept"], None),  # a button pressed twice
    (["accept", "accept"], None),
    (["place"], None),
])  # fmt: skip
def test_an_agent_accepts_or_skips_once(events: list[str], state: PreviewState | None) -> None:
    found: PreviewState | None = PreviewState.SHOWN
    for event in events:
        assert found is not None
        found = preview_after(found, PreviewEvent(event))
    assert found is state


def test_what_pacing_knows_survives_a_restart_and_nothing_else_is_taken_for_it() -> None:
    policy = Predictive()
    policy.learn(Counted(windows=counted(600, 40), agents=12))
    stored = json.loads(json.dumps(policy.to_dict()))
    again = Predictive()
    again.restore(stored)
    assert again.learned.log_theta == policy.learned.log_theta
    for spoiled in ({}, {**stored, "version": 2}, {**stored, "log_theta": 5.0}, {**stored, "learned": {}}):
        with pytest.raises(ValueError, match="reset it"):
            again.restore(spoiled)
    assert again.learned.log_theta == policy.learned.log_theta


def test_a_campaign_without_a_limit_of_lines_is_told_the_room_of_the_workers() -> None:
    view = PacingView(ready_agents=1, covered=0, lines_free=1_000_000, capacity_free=7, rate_tokens_s=5.0)
    assert seen_of(view).lines_free == 7
