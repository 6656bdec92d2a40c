from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.disposition import STANDARD, Disposition
from campaigns.lead import Lead, LeadNumber
from campaigns.stage import Stage
from campaigns.stage_moves import NEXT, StageMove, after, missing, move_of, moves


def lead(stage: Stage = Stage.LEAD, *, name: str = "王小明", usable: bool = True, **fields: str) -> Lead:
    number = LeadNumber(number_id=1, e164="+8613800138000", usable=usable)
    return Lead(
        lead_id=1, campaign_id=1, name=name, numbers=(number,), country="CN", time_zone="Asia/Shanghai", stage=stage,
        fields=fields,
    )  # fmt: skip


def test_a_customer_is_valid_once_the_right_person_is_found_and_the_details_are_complete() -> None:
    assert after(lead(), StageMove.FOUND, ()) is Stage.VALID
    assert after(lead(), StageMove.FOUND, ("city",)) is None
    assert missing(lead(city=" "), ("city",)) == ("city",)
    assert after(lead(city="Ningbo"), StageMove.FOUND, ("city",)) is Stage.VALID
    assert missing(lead(name=" ", usable=False), ()) == ("name", "number")


def test_nobody_becomes_an_opportunity_without_sales() -> None:
    ways = {move for (stage, move), target in NEXT.items() if target is Stage.OPPORTUNITY}
    assert ways == {StageMove.CONFIRMED}


def test_a_lost_customer_comes_back_only_by_being_reopened() -> None:
    assert moves(Stage.LOST) == (StageMove.REOPENED,)
    assert moves(Stage.DEAL) == ()


@given(st.sampled_from(Stage), st.lists(st.sampled_from(StageMove), max_size=8))
def test_going_down_never_asks_for_details(stage: Stage, wanted: list[StageMove]) -> None:
    bare = lead(stage, name="", usable=False)
    for move in wanted:
        target = after(bare, move, ("city",))
        assert target in (None, NEXT.get((stage, move)))
        if move in (StageMove.LOST, StageMove.RETURNED, StageMove.APPOINTMENT_CANCELLED):
            assert target is NEXT.get((stage, move))


@pytest.mark.parametrize(
    ("code", "move"),
    [
        ("SALE", StageMove.SOLD),
        ("APPOINTMENT", StageMove.BOOKED),
        ("CALLBACK", StageMove.FOUND),
        ("NOT_INTERESTED", StageMove.FOUND),
        ("DO_NOT_CALL", None),
        ("WRONG_PERSON", None),
        ("MACHINE", None),
    ],
)
def test_what_a_conversation_says_about_the_stage(code: str, move: StageMove | None) -> None:
    [disposition] = [d for d in STANDARD if d.code == code]
    assert move_of(disposition) is move


def test_an_appointment_called_off_takes_the_customer_back() -> None:
    assert move_of(Disposition(code="OFF", label="Called off", cancels_appointment=True, contact=True)) is (
        StageMove.APPOINTMENT_CANCELLED
    )
