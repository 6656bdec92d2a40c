"""An alarm stands as long as its cause."""

from __future__ import annotations

from dialer.domain.events import RecordingFinalized
from dialer.twin.parties import answers
from sip.errors import MediaFailed
from tests.scenarios.floor import Floor


async def test_the_alarm_of_a_failed_recording_ends_with_one_that_works(floor: Floor) -> None:
    floor.customers(answers(3.0, talks=10.0))
    floor.telephony.refuse("start_recording", MediaFailed("no space"))
    await floor.opens(leads=4, wrap_up_s=0)
    await floor.talks()
    assert floor.alarms() == {"recording_failed"}
    await floor.time.passes(minutes=5)
    assert len(floor.told(RecordingFinalized)) == 3
    assert floor.alarms() == set()
