"""The reason for each idle minute of the day is kept."""

from __future__ import annotations

from campaigns.idle_minutes import SERVER_DOWN
from dialer.domain.events import CampaignIdled
from dialer.twin.parties import answers
from tests.scenarios.floor import Floor


def reasons(floor: Floor) -> list[str]:
    return [event.reason for event in floor.told(CampaignIdled)]


async def test_a_day_is_told_in_a_few_lines(floor: Floor) -> None:
    floor.customers(answers(3.0))
    await floor.opens(leads=2)
    await floor.talks()
    await floor.engine.pause_agent("agent1", "lunch")
    await floor.time.passes(minutes=4)
    await floor.hangs_up()
    await floor.time.passes(minutes=60)
    await floor.engine.make_ready("agent1")
    await floor.time.passes(minutes=3)
    assert reasons(floor) == ["", "no_ready_agent", "", "no_ready_agent"]
    away, back = floor.told(CampaignIdled)[1], floor.told(CampaignIdled)[2]
    assert 62 <= (back.occurred_at - away.occurred_at).total_seconds() / 60 <= 66


async def test_the_time_without_a_server_is_the_servers(floor: Floor) -> None:
    await floor.opens(leads=1, start=True)
    await floor.time.passes(minutes=5)
    await floor.dies()
    await floor.time.passes(minutes=30)
    await floor.starts()
    await floor.time.passes(minutes=3)
    told = floor.told(CampaignIdled)
    down = next(index for index, event in enumerate(told) if event.reason == SERVER_DOWN)
    assert down < len(told) - 1, "it went on after the server was back"
    assert (told[down + 1].occurred_at - told[down].occurred_at).total_seconds() >= 29 * 60
