"""Which trunk takes the next call."""

from __future__ import annotations

import math

import pytest

from sip.errors import RateLimited, UnknownTrunk
from sip.pool.admission import Admission
from sip.trunks import Trunk


def office(*trunks: Trunk, up: bool = True) -> Admission:
    admission = Admission()
    for trunk in trunks:
        admission.connect(trunk)
        if up:
            admission.went_up(trunk.name, "w1")
    return admission


def carrier(name: str = "carrier", **fields: float) -> Trunk:
    return Trunk(name=name, address="127.0.0.1", **{"lines": 2, "calls_per_second": 10.0, **fields})


def test_fail_over_goes_to_the_first_trunk_that_is_up_and_has_a_slot_and_a_token() -> None:
    admission = office(carrier("a"), carrier("b"), carrier("c"))
    admission.went_down("a", "w1")
    assert admission.admit(["a", "b", "c"], 0.0) == "b"
    assert admission.admit(["a", "b", "c"], 0.0) == "c", "b has no token at this instant"
    assert admission.admit(["a", "b", "c"], 1.0) == "b"
    assert admission.admit(["a", "b", "c"], 2.0) == "c", "both lines of b are taken"


def test_a_trunk_that_waits_for_its_registration_takes_no_call() -> None:
    admission = office(carrier(), up=False)
    with pytest.raises(UnknownTrunk, match="none of the trunks carrier is up"):
        admission.admit(["carrier"], 0.0)
    assert admission.next_admission_s(["carrier"], 0.0) == math.inf
    admission.went_up("carrier", "w1")
    assert admission.admit(["carrier"], 0.0) == "carrier"


def test_a_trunk_is_up_for_as_long_as_one_worker_has_it() -> None:
    admission = office(carrier())
    admission.went_up("carrier", "w2")
    admission.worker_gone("w1")
    assert admission.admit(["carrier"], 0.0) == "carrier"
    admission.went_down("carrier", "w2")
    with pytest.raises(UnknownTrunk):
        admission.admit(["carrier"], 1.0)


def test_a_slot_goes_from_admission_to_leg_to_end_and_is_counted_once() -> None:
    admission = office(carrier(lines=1))
    admission.admit(["carrier"], 0.0)
    admission.placed("leg", "carrier")
    admission.learnt("leg", "carrier")
    with pytest.raises(RateLimited):
        admission.admit(["carrier"], 1.0)
    admission.ended("leg")
    assert admission.admit(["carrier"], 2.0) == "carrier"


def test_a_leg_that_was_refused_leaves_the_slot_to_be_given_back() -> None:
    admission = office(carrier(lines=1))
    admission.admit(["carrier"], 0.0)
    admission.placed("leg", "carrier")
    admission.not_placed("leg", "carrier")
    with pytest.raises(RateLimited):
        admission.admit(["carrier"], 1.0)
    admission.give_back("carrier")
    admission.give_back("carrier")
    assert admission.admit(["carrier"], 2.0) == "carrier"
    with pytest.raises(RateLimited):
        admission.admit(["carrier"], 3.0)


def test_a_leg_given_up_for_lost_that_comes_up_after_all_takes_its_slot_again() -> None:
    admission = office(carrier(lines=1))
    admission.admit(["carrier"], 0.0)
    admission.placed("late", "carrier")
    admission.not_placed("late", "carrier")
    admission.give_back("carrier")
    admission.learnt("late", "carrier")
    with pytest.raises(RateLimited):
        admission.admit(["carrier"], 1.0)


def test_new_settings_of_a_trunk_keep_its_calls_and_the_tokens_it_has_spent() -> None:
    admission = office(carrier(lines=2, calls_per_second=1.0))
    admission.admit(["carrier"], 0.0)
    admission.placed("leg", "carrier")
    admission.connect(carrier(lines=1, calls_per_second=1.0))
    assert admission.next_admission_s(["carrier"], 0.0) == 1.0
    with pytest.raises(RateLimited):
        admission.admit(["carrier"], 5.0)
    admission.connect(carrier(lines=2, calls_per_second=5.0))
    assert admission.admit(["carrier"], 5.0) == "carrier"
    with pytest.raises(RateLimited):
        admission.admit(["carrier"], 6.0)
