"""An alarm stands as long as its cause, in virtual time."""

from __future__ import annotations

import asyncio

import pytest

from dialer.domain.events import RecordingFinalized
from sip.errors import MediaFailed
from tests.fakes.clock import VirtualLoop
from tests.fakes.parties import answers
from tests.scenarios.floor import Floor


@pytest.mark.xfail(strict=True, reason="the alarm recording_failed is raised for a worker and never cleared")
def test_the_alarm_of_a_failed_recording_ends_with_one_that_works() -> None:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(one_unrecorded_conversation_among_others())


async def one_unrecorded_conversation_among_others() -> None:
    floor = Floor()
    floor.customers(answers(3.0, talks=10.0))
    floor.telephony.refuse("start_recording", MediaFailed("no space"))
    try:
        await floor.opens(leads=4, wrap_up_s=0)
        await floor.talks()
        assert floor.alarms() == {"recording_failed"}
        await floor.time.passes(minutes=5)
        assert len(floor.told(RecordingFinalized)) == 3
        assert floor.alarms() == set()
    finally:
        await floor.closes()
