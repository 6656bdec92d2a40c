"""A campaign's states and what planners may set."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from campaigns.attempt import AttemptOutcome
from campaigns.campaign import CampaignOrder, CampaignState, after, dials, orders
from campaigns.dnc import callable_numbers, is_do_not_call
from campaigns.lead import LeadNumber
from campaigns.retry_rules import DEFAULT_RULES
from tests.unit.campaigns.builders import FIRST, SECOND, THIRD, lead, settings, window


def test_the_life_of_a_campaign() -> None:
    state: CampaignState | None = CampaignState.DRAFT
    for order, expected in [
        (CampaignOrder.START, CampaignState.RUNNING),
        (CampaignOrder.PAUSE, CampaignState.PAUSED),
        (CampaignOrder.START, CampaignState.RUNNING),
        (CampaignOrder.DRAIN, CampaignState.DRAINING),
        (CampaignOrder.DRAINED, CampaignState.PAUSED),
        (CampaignOrder.STOP, CampaignState.FINISHED),
        (CampaignOrder.START, CampaignState.RUNNING),
    ]:
        assert state is not None
        state = after(state, order)
        assert state is expected


def test_an_order_that_does_not_fit_leads_nowhere() -> None:
    assert after(CampaignState.DRAFT, CampaignOrder.PAUSE) is None
    assert after(CampaignState.FINISHED, CampaignOrder.STOP) is None


def test_planners_are_offered_what_they_may_order_and_never_the_engines_own() -> None:
    assert orders(CampaignState.DRAFT) == (CampaignOrder.PILOT, CampaignOrder.START, CampaignOrder.STOP)
    own = {CampaignOrder.DRAINED, CampaignOrder.GO}
    assert all(own.isdisjoint(orders(state)) for state in CampaignState)
    assert [state for state in CampaignState if dials(state)] == [CampaignState.PILOT, CampaignState.RUNNING]


@pytest.mark.parametrize(("changes", "words"), [
    ({"code": "Spring Sale"}, "code"),
    ({"trunks": ()}, "trunks"),
    ({"ring_time_s": 5}, "ring_time_s"),
    ({"caller_id": "13800000000"}, "caller_id"),
    ({"colour": "red"}, "colour"),
    ({"retry": {"BUSY": {"delays_s": [-1]}}}, "90 days"),
    ({"dispositions": ()}, "none of them closes a lead"),
])  # fmt: skip
def test_wrong_settings_are_refused_by_name(changes, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        settings(**changes)


def test_a_window_over_midnight_has_to_be_split() -> None:
    with pytest.raises(ValidationError, match="split a window that crosses midnight"):
        window("mon", "22:00", "02:00")


def test_every_outcome_has_a_retry_rule() -> None:
    assert set(DEFAULT_RULES) == set(AttemptOutcome)


def test_a_lead_is_do_not_call_when_the_list_leaves_it_no_usable_number() -> None:
    person = lead(FIRST, SECOND)
    assert not is_do_not_call(person, {FIRST})
    assert is_do_not_call(person, {FIRST, SECOND})
    assert not is_do_not_call(lead(), {})


def test_numbers_are_called_by_position_and_dead_ones_left_out() -> None:
    numbers = (
        LeadNumber(number_id=3, e164=THIRD, position=2),
        LeadNumber(number_id=1, e164=FIRST, position=0, usable=False),
        LeadNumber(number_id=2, e164=SECOND, position=1),
    )
    assert [n.e164 for n in callable_numbers(lead(numbers=numbers), {})] == [SECOND, THIRD]
