"""What pacing learns from its own calls."""

from __future__ import annotations

import json
import math
import random

import numpy as np
import pytest

from campaigns.pacing import (
    AttemptSeen,
    CallSeen,
    ConversationSeen,
    Learned,
    Limit,
    PacingView,
    Predictive,
    Prior,
    RingPrior,
    TalkPrior,
)
from campaigns.pacing.kernel import memory as rows
from campaigns.pacing.kernel.decide import refresh_busy, talk_row, wrap_row
from campaigns.pacing.kernel.memory import BINS
from campaigns.pacing.kernel.ring import refresh_ring, set_moments, tabulate_ring
from campaigns.pacing.learned import mean_busy_s

pytestmark = pytest.mark.usefixtures("warm")
NOBODY = np.zeros(0)


class RingModel:
    """The ring part of what is learned, with its tables."""

    def __init__(self, prior: RingPrior | None = None) -> None:
        self.learned = Learned(Prior(ring=prior or RingPrior()))
        self.memory = self.learned.memory

    def observe(self, **seen: object) -> None:
        self.learned.observe(AttemptSeen(**seen))

    def refresh(self, at_s: float, ages_s: np.ndarray) -> None:
        memory = self.memory
        refresh_ring(memory.ring, memory.cohorts, memory.numbers, at_s, ages_s, len(ages_s), 1.0)
        set_moments(memory.ring, memory.moments)
        tabulate_ring(memory.ring, memory.moments, memory.ring_table)

    def answer_rate(self) -> float:
        return float(self.memory.ring[rows.ANSWERED, BINS])

    @property
    def rate_now(self) -> float:
        return float(self.memory.numbers[rows.RATE_NOW])


class BusyModel:
    """The conversations' part; chances to be free within some seconds."""

    def __init__(self, prior: TalkPrior | None = None) -> None:
        self.learned = Learned(Prior(talk=prior or TalkPrior()), patience_s=1e-6)
        self.memory = self.learned.memory

    def observe(self, talk_s: float, wrap_s: float) -> None:
        self.learned.observe(ConversationSeen(talk_s=talk_s, wrap_s=wrap_s))

    def talking(self, age_s: float, within_s: float) -> float:
        self.draw(within_s)
        return float(self.memory.talk_table[talk_row(age_s), 0])

    def wrapping(self, age_s: float, within_s: float) -> float:
        self.draw(within_s)
        return float(self.memory.wrap_table[wrap_row(age_s), 0])

    def draw(self, within_s: float) -> None:
        self.memory.moments[:] = within_s
        refresh_busy(self.memory, NOBODY, 0, NOBODY, 0)


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
    fresh, late = model.memory.ring_table[[0, 44], -1]
    assert 0.2 < fresh < 0.3  # before the last of the moments
    assert late < 0.1 < fresh
    assert 8 < model.memory.moments[1] < model.memory.moments[2] < 12


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
    assert model.memory.ring[rows.REACHED, 33] == pytest.approx(1, abs=0.01)
    assert model.memory.ring[rows.REACHED, 34] == 0
    assert model.memory.ring[rows.OTHERS].sum() == 0


def conversations(
    model: BusyModel, count: int, mean_s: float, wrap_s: float, seed: int = 3
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
    model = BusyModel(TalkPrior(talk_s=150, wrap_s=30))
    conversations(model, 600, 90, 15)
    truth = conversations(BusyModel(), 4000, 90, 15, seed=4)
    told = seen = 0.0
    for age in (2.0, 12.0, 45.0, 80.0, 135.0):
        rest = [talk + wrap - age for talk, wrap in truth if talk > age]
        for within in (5.0, 15.0, 30.0):
            found = model.talking(age, within)
            share = sum(r <= within for r in rest) / len(rest)
            assert found == pytest.approx(share, abs=0.06)
            told, seen = told + found, seen + share
    assert told == pytest.approx(seen, rel=0.12)  # whoever stays long is met more often


def test_a_small_team_is_not_misled_by_the_believed_length_for_long() -> None:
    """Sixty conversations, some 40 minutes of three agents."""
    model = BusyModel(TalkPrior(talk_s=300, wrap_s=60))
    conversations(model, 60, 60, 10)
    assert mean_busy_s(model.memory.numbers) == pytest.approx(75, rel=0.35)


def test_a_wrap_up_of_a_fixed_time_ends_at_it() -> None:
    model = BusyModel()
    for _ in range(200):
        model.observe(60.0, 15.0)
    assert model.wrapping(8.0, 2.0) < 0.1
    assert model.wrapping(14.0, 2.0) > 0.8


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
    assert again.to_dict() == learned.to_dict()
    assert again.summary()["mean_busy_s"] == learned.summary()["mean_busy_s"]
    told = [Predictive(learned=each).decide(seen).seen for each in (learned, again)]
    assert told[0].free_soon == pytest.approx(told[1].free_soon, abs=0.01)


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
    policy = Predictive(learned=taught())
    one = {"talking_s": (20.0,), "covered": 1}
    plain, better = (
        policy.decide(view(calls=(CallSeen(1, 4.0, 2.0, factor),), **one)).seen.answers_soon for factor in (1.0, 2.0)
    )
    assert better == pytest.approx(min(plain * 2, 1.0))


def test_a_clock_that_was_set_teaches_nothing_impossible() -> None:
    learned = Learned(Prior())
    for odd in (-5.0, float("nan"), float("inf"), 1e12):
        learned.observe(AttemptSeen(at_s=odd, age_s=odd, person=True))
        learned.observe(ConversationSeen(talk_s=odd, wrap_s=odd))
        seen = view(at_s=odd, talking_s=(odd,), wrapping_s=(odd,), calls=(CallSeen(1, odd, odd, odd),))
        Predictive(learned=learned).decide(seen)
        for table in learned.memory[-3:]:
            assert np.isfinite(table).all()
            assert ((table >= 0) & (table <= 1)).all()


def test_what_is_seen_while_the_rules_are_loading_is_learned_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("campaigns.pacing.warm._ready", False)
    policy = Predictive()
    policy.learn(ConversationSeen(talk_s=40.0, wrap_s=10.0))
    waiting = view(ready_agents=2, lines_free=9)
    assert (policy.decide(waiting).place, policy.decide(waiting).limit) == (2, Limit.LOADING)
    monkeypatch.setattr("campaigns.pacing.warm._ready", True)
    assert policy.learned.summary()["conversations"] == 1
    assert policy.decide(waiting).limit != Limit.LOADING
