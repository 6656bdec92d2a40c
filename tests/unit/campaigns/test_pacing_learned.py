"""What pacing learns from its own calls."""

from __future__ import annotations

import json
import math
import random

import numpy as np
import pytest

from campaigns.pacing import AttemptSeen, CallSeen, ConversationSeen, Learned, PacingView, Prior
from campaigns.pacing.conversations import TalkModel, TalkPrior, WrapModel
from campaigns.pacing.ring import BINS, RingModel, RingPrior

NOBODY = np.zeros(0)


def ring_out(model: RingModel, attempts: int, rate: float, *, start_s: float = 0.0, seed: int = 1) -> None:
    """One a second: quick refusals, answers after some ringing, the rest rings out."""
    luck = random.Random(seed)
    for number in range(attempts):
        person = luck.random() < rate
        age = 2 + luck.gammavariate(4, 2) if person else luck.choice((1.5, 27.0, 27.0, 27.0))
        at = start_s + number + age
        model.observe(at_s=at, age_s=min(age, 26.9) if person else age, person=person)
        if number % 20 == 0:
            model.refresh(at, NOBODY)
    model.refresh(start_s + attempts, NOBODY)


@pytest.mark.parametrize("believed", [0.1, 0.25, 0.6])
def test_a_wrong_belief_about_the_answer_rate_is_gone_within_half_an_hour(believed: float) -> None:
    model = RingModel(RingPrior(answer_rate=believed))
    ring_out(model, 400, 0.35)
    assert model.answer_rate() == pytest.approx(0.35, abs=0.05)


def test_the_chance_of_an_answer_falls_with_the_age_of_the_call() -> None:
    model = RingModel()
    ring_out(model, 1000, 0.3)
    fresh, late = model.chances(np.array([30.0]))[[0, 44], 0]
    assert fresh == pytest.approx(0.3, abs=0.05)
    assert late < 0.1 < fresh
    assert 8 < model.moments()[2] < 12


def common_start(under_way: np.ndarray) -> RingModel:
    model = RingModel()
    for _ in range(100):
        model.observe(at_s=1.5, age_s=1.5, person=False)
    for _ in range(3):
        model.observe(at_s=4.0, age_s=4.0, person=True)
    model.refresh(4.4, under_way)
    return model


def test_after_a_common_start_quick_refusals_and_answers_do_not_speak_for_all() -> None:
    """A thousand lines dialled in one second: after four seconds only the quickest have been heard of."""
    assert common_start(np.full(897, 4.4)).answer_rate() == pytest.approx(0.25, abs=0.05)
    assert common_start(NOBODY).answer_rate() < 0.2  # as if a hundred refusals were all there is


def test_an_hour_in_which_more_people_are_at_home_is_noticed_within_ten_minutes() -> None:
    model = RingModel()
    ring_out(model, 3000, 0.15)
    before = model.answer_rate()
    ring_out(model, 600, 0.40, start_s=3000, seed=2)
    assert before == pytest.approx(0.15, abs=0.04)
    assert model.rate_now > 1.2
    assert model.answer_rate() == pytest.approx(0.36, abs=0.08)


def test_a_call_we_cut_off_tells_only_of_the_time_before() -> None:
    model = RingModel()
    model.observe(at_s=20, age_s=17.2, person=False, cut=True)
    assert model.reached[33] == 1
    assert model.reached[34] == 0
    assert model.others.sum() == 0


def conversations(
    model: TalkModel, count: int, mean_s: float, wrap_s: float, seed: int = 3
) -> list[tuple[float, float]]:
    luck, sigma = random.Random(seed), math.sqrt(math.log(2))
    made = [
        (luck.lognormvariate(math.log(mean_s) - math.log(2) / 2, sigma), luck.gammavariate(4, wrap_s / 4))
        for _ in range(count)
    ]
    for talk, wrap in made:
        model.observe(talk, wrap)
    return made


def test_the_rest_of_a_conversation_is_foretold_as_it_will_be() -> None:
    model = TalkModel(TalkPrior(talk_s=150, wrap_s=30))
    conversations(model, 600, 90, 15)
    model.refresh(NOBODY, 15.0)
    truth = conversations(TalkModel(), 4000, 90, 15, seed=4)
    told = seen = 0.0
    for age in (2.0, 12.0, 45.0, 80.0, 135.0):
        rest = [talk + wrap - age for talk, wrap in truth if talk > age]
        for within in (5.0, 15.0, 30.0):
            found = model.chances(np.array([within]))[model.index(np.array([age]))[0], 0]
            share = sum(r <= within for r in rest) / len(rest)
            assert found == pytest.approx(share, abs=0.06)
            told, seen = told + found, seen + share
    assert told == pytest.approx(seen, rel=0.12)  # whoever stays long is met more often


def test_a_small_team_is_not_misled_by_the_believed_length_for_long() -> None:
    """Sixty conversations, some 40 minutes of three agents."""
    model = TalkModel(TalkPrior(talk_s=300, wrap_s=60))
    conversations(model, 60, 60, 10)
    assert model.busy_s() == pytest.approx(75, rel=0.35)


def test_a_wrap_up_of_a_fixed_time_ends_at_it() -> None:
    model = WrapModel()
    for _ in range(200):
        model.observe(15.0)
    model.refresh(NOBODY)
    early, late = model.chances(np.array([2.0]))[model.index(np.array([8.0, 14.0])), 0]
    assert early < 0.1
    assert late > 0.8


def view(**values: object) -> PacingView:
    return PacingView(**{"ready_agents": 0, "covered": 0, "lines_free": 9, "rate_tokens_s": 9.0, **values})


def taught() -> Learned:
    learned = Learned()
    for number in range(300):
        answered = number % 3 == 0
        learned.observe(AttemptSeen(
            at_s=number * 2.0, age_s=9.0 if answered else 27.0, person=answered, hour=10 if number < 200 else 18,
            source="spring.csv" if answered else "old.csv",
        ))  # fmt: skip
        learned.observe(ConversationSeen(talk_s=40.0 + number % 50, wrap_s=10.0))
    return learned


def test_what_was_learned_survives_as_plain_data() -> None:
    learned = taught()
    again = Learned.from_dict(json.loads(json.dumps(learned.to_dict())))
    seen = view(at_s=700.0, talking_s=(30.0, 70.0), wrapping_s=(5.0,), calls=(CallSeen(1, 4.0),))
    assert again.talk.busy_s() == learned.talk.busy_s()
    assert np.allclose(again.odds(seen).frees, learned.odds(seen).frees, atol=0.01)
    assert again.summary()["conversations"] == learned.summary()["conversations"]


@pytest.mark.parametrize("spoil", [
    lambda stored: stored.pop("ring"),
    lambda stored: stored["ring"].update(reached=[1.0]),
    lambda stored: stored["ring"].update(answers=[-1.0] * BINS),
    lambda stored: stored["talk"].update(sums=[1.0, float("nan"), 1.0]),
    lambda stored: stored.update(wrap=None),
])  # fmt: skip
def test_damaged_data_are_refused(spoil) -> None:
    stored = taught().to_dict()
    spoil(stored)
    with pytest.raises(ValueError):
        Learned.from_dict(stored)


def test_hours_and_lists_are_known_by_their_answer_rate() -> None:
    learned = taught()
    assert learned.factor("list:spring.csv") > 1.2 > learned.factor("hour:10")
    assert learned.factor("list:old.csv") < 0.8
    assert learned.factor("list:never seen") == 1.0


def test_a_lead_that_answers_twice_as_often_is_worth_two() -> None:
    learned = taught()
    plain, better = (learned.odds(view(calls=(CallSeen(1, 4.0, 2.0, factor),))).answers for factor in (1.0, 2.0))
    assert np.allclose(better, np.minimum(plain * 2, 1.0))


def test_a_clock_that_was_set_teaches_nothing_impossible() -> None:
    learned = Learned(Prior())
    for odd in (-5.0, float("nan"), float("inf"), 1e12):
        learned.observe(AttemptSeen(at_s=odd, age_s=odd, person=True))
        learned.observe(ConversationSeen(talk_s=odd, wrap_s=odd))
        found = learned.odds(view(at_s=odd, talking_s=(odd,), wrapping_s=(odd,), calls=(CallSeen(1, odd, odd, odd),)))
        for chances in found:
            assert np.isfinite(chances).all()
            assert ((chances >= 0) & (chances <= 1)).all()
    assert len(learned.ring._cohorts) < 10
