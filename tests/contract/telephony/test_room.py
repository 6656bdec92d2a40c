"""Lines, reservations and the trunks' budgets."""

from __future__ import annotations

import math

import pytest

from sip.errors import LineBusy, RateLimited, UnknownTrunk
from sip.events import TrunkUp
from tests.contract.telephony.far_end import Party
from tests.contract.telephony.story import Story


async def test_lines_can_be_reserved_until_there_are_none(story: Story) -> None:
    capacity = story.telephony.capacity()
    assert capacity.workers == 1
    assert capacity.total == capacity.free >= 1
    for number in range(capacity.total):
        assert story.telephony.reserve(f"line-{number}").worker == story.worker
    assert story.telephony.capacity().free == 0
    with pytest.raises(LineBusy):
        story.telephony.reserve("one-more")
    story.telephony.release("line-0")
    assert story.telephony.capacity().free == 1
    assert story.telephony.reserve("one-more").line_id == "one-more"


async def test_reserving_the_same_line_again_takes_no_more_room(story: Story) -> None:
    first = story.telephony.reserve("line")
    free = story.telephony.capacity().free
    assert story.telephony.reserve("line") == first
    assert story.telephony.capacity().free == free


async def test_releasing_what_was_never_reserved_changes_nothing(story: Story) -> None:
    before = story.telephony.capacity()
    story.telephony.release("never")
    assert story.telephony.capacity() == before


async def test_a_customers_leg_beside_an_open_agent_leg_takes_half_a_line_on_its_worker(story: Story) -> None:
    agent = story.telephony.reserve("agent", legs=1)
    await story.talks_to("agent.o")
    beside = story.telephony.reserve("customer", beside="agent.o", legs=1)
    assert beside.worker == agent.worker
    assert story.telephony.capacity().free == story.telephony.capacity().total - 1


async def test_a_line_beside_a_leg_that_is_gone_cannot_be_had(story: Story) -> None:
    with pytest.raises(Exception, match="nobody"):
        story.telephony.reserve("line", beside="nobody")


async def test_a_trunk_by_address_is_usable_at_once_and_an_unknown_one_never(story: Story) -> None:
    with pytest.raises(UnknownTrunk):
        story.telephony.admit(["carrier"])
    assert story.telephony.next_admission_s(["carrier"]) == math.inf
    await story.telephony.connect_trunk(story.far_end.trunk("carrier"))
    assert story.telephony.admit(["carrier"]) == "carrier"
    await story.heard.until(TrunkUp, trunk="carrier")
    with pytest.raises(UnknownTrunk):
        story.telephony.admit(["other"])


async def test_calls_per_second_are_metered_and_the_next_trunk_takes_over(story: Story) -> None:
    for name in ("first", "second"):
        await story.telephony.connect_trunk(story.far_end.trunk(name))
    assert [story.telephony.admit(["first", "second"]) for _ in range(2)] == ["first", "second"]
    with pytest.raises(RateLimited):
        story.telephony.admit(["first", "second"])
    assert 0 < story.telephony.next_admission_s(["first", "second"]) <= 0.5


async def test_a_slot_comes_back_when_the_call_over_the_trunk_ends(story: Story) -> None:
    await story.telephony.connect_trunk(story.far_end.trunk("carrier"))
    for leg in ("one", "two"):
        await admitted(story)
        await story.dials(leg, Party.RINGS_ON, trunk="carrier")
    with pytest.raises(RateLimited):
        await admitted(story)
    await story.telephony.hang_up("one")
    await story.ends("one")
    await admitted(story)
    story.telephony.give_back("carrier")
    await admitted(story)


async def admitted(story: Story) -> None:
    """Past the meter of calls per second, so that only the lines of the trunk count."""
    wait = story.telephony.next_admission_s(["carrier"])
    if wait > 0:
        await story.sleeps(wait + 0.01)
    assert story.telephony.admit(["carrier"]) == "carrier"


async def test_a_trunk_that_is_disconnected_takes_no_more_calls(story: Story) -> None:
    await story.telephony.connect_trunk(story.far_end.trunk("carrier"))
    await story.talks_to("leg", trunk="carrier")
    await story.telephony.hang_up("leg")
    await story.ends("leg")
    await story.telephony.disconnect_trunk("carrier")
    with pytest.raises(UnknownTrunk):
        story.telephony.admit(["carrier"])
    with pytest.raises(UnknownTrunk):
        await story.dials("more", Party.ANSWERS, trunk="carrier")
