"""Calls that come in over a trunk."""

from __future__ import annotations

import msgspec
import pytest

from sip.errors import LineBusy
from sip.events import LegAnswered, LegIncoming
from tests.contract.telephony.story import Story


async def _calls_over_the_trunk(story: Story) -> LegIncoming:
    trunk = msgspec.structs.replace(story.far_end.trunk("carrier"), inbound=True)
    await story.telephony.connect_trunk(trunk)
    await story.far_end.call_in(trunk="carrier")
    incoming: LegIncoming = await story.heard.until(LegIncoming)
    return incoming


async def test_a_call_over_an_inbound_trunk_names_the_trunk_and_becomes_a_line(story: Story) -> None:
    incoming = await _calls_over_the_trunk(story)
    assert (incoming.trunk, incoming.worker) == ("carrier", story.worker)
    call = incoming.leg_id.removesuffix(".c")
    line = story.telephony.reserve(call, beside=incoming.leg_id, legs=2)
    assert line.worker == story.worker
    await story.telephony.answer(incoming.leg_id)
    await story.heard.until(LegAnswered, leg_id=incoming.leg_id)
    await story.telephony.hang_up(incoming.leg_id)
    await story.ends(incoming.leg_id)
    story.telephony.release(call)


async def test_a_caller_on_a_worker_without_room_gets_no_line(story: Story) -> None:
    """The line that the first conversation holds is not given away; the caller's leg takes only what is left."""
    lines = [story.telephony.reserve(f"line{n}") for n in range(story.telephony.capacity().total)]
    incoming = await _calls_over_the_trunk(story)
    with pytest.raises(LineBusy):
        story.telephony.reserve("call", beside=incoming.leg_id, legs=2)
    await story.telephony.reject(incoming.leg_id, 486)
    await story.ends(incoming.leg_id)
    for line in lines:
        story.telephony.release(line.line_id)


async def test_an_inbound_call_takes_one_of_the_trunks_lines_until_it_ends(story: Story) -> None:
    incoming = await _calls_over_the_trunk(story)
    await story.telephony.answer(incoming.leg_id)
    await story.heard.until(LegAnswered, leg_id=incoming.leg_id)
    assert story.telephony.admit(["carrier"]) == "carrier"  # two lines, one call: one slot is left
    with pytest.raises(Exception, match=r"every trunk|limit"):
        story.telephony.admit(["carrier"])
    story.telephony.give_back("carrier")
    await story.telephony.hang_up(incoming.leg_id)
    await story.ends(incoming.leg_id)
