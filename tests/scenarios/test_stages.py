"""What agents say about their conversations moves customers through the funnel."""

from __future__ import annotations

from campaigns.stage import Stage
from dialer.domain.events import LeadStageMoved
from dialer.twin.parties import answers
from tests.scenarios.floor import Floor


async def talked(floor: Floor, code: str, **campaign: object) -> None:
    floor.customers(answers(3.0))
    await floor.opens(**campaign)  # type: ignore[arg-type]
    call = await floor.talks()
    await floor.time.passes(seconds=30)
    await floor.hangs_up()
    await floor.engine.dispose(call.attempt_id, code)


async def test_the_right_person_makes_a_valid_customer(floor: Floor) -> None:
    await talked(floor, "CALLBACK")
    assert floor.lead().stage is Stage.VALID
    [moved] = floor.told(LeadStageMoved)
    assert (moved.by, moved.move, moved.previous) == ("agent1", "found", Stage.LEAD)


async def test_a_customer_whose_details_are_missing_stays_where_he_is(floor: Floor) -> None:
    await talked(floor, "CALLBACK", required_details=("city",))
    assert floor.lead().stage is Stage.LEAD
    assert floor.told(LeadStageMoved) == []


async def test_a_sale_on_the_phone_is_a_deal(floor: Floor) -> None:
    await talked(floor, "SALE")
    assert floor.lead().stage is Stage.DEAL
