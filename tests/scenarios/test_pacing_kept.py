"""What the running engine keeps of its decisions, for how long, and what a killed one loses."""

from __future__ import annotations

from dialer.engine.pacing_keeper import KEPT, LOG_S, STATE_S
from dialer.twin.parties import answers
from tests.scenarios.floor import Floor
from tests.scenarios.test_pacing import decisions, goes_home


async def works(floor: Floor) -> None:
    floor.customers(answers(3.0, talks=20.0))
    await floor.opens(leads=30, wrap_up_s=5)
    await floor.time.passes(minutes=5)
    await floor.engine.stop_campaign("autumn", "planner")
    await floor.time.passes(minutes=2)


async def test_decisions_of_a_day_ago_go_though_nothing_is_decided_any_more(floor: Floor) -> None:
    await works(floor)
    stopped = floor.time.now()
    pages = floor.store.pacing._pages
    assert pages
    await floor.time.passes(hours=23)
    assert len(floor.store.pacing._pages) == len(pages), "a day is kept"
    await floor.time.passes(hours=2, minutes=10)
    assert not floor.store.pacing._pages
    assert floor.time.now() - stopped > KEPT


async def test_what_is_too_old_goes_at_the_start_however_short_engines_live(floor: Floor) -> None:
    await works(floor)
    for _ in range(2):
        await floor.dies()
        await floor.time.passes(hours=13)
        await floor.starts()
        await floor.time.settles()
    assert not floor.store.pacing._pages


async def test_a_killed_engine_loses_fifteen_seconds_of_decisions_and_a_minute_of_learning(floor: Floor) -> None:
    """At any moment, not only after a pause."""
    floor.customers(answers(2.0, talks=3.0))
    await floor.opens(agents=2, leads=400, wrap_up_s=0)
    for minutes, seconds in ((5, 3), (1, 14), (0, 53)):
        await floor.time.passes(minutes=minutes, seconds=seconds)
        now, pacer = floor.time.now(), await floor.engine.pacer("autumn")
        learned = await floor.store.pacing.learned(pacer.campaign_id)
        assert learned is not None
        assert (now - learned.at).total_seconds() <= STATE_S
        first_lost = min((entry.first for entry in pacer.log._open), default=now.timestamp())
        assert now.timestamp() - first_lost <= LOG_S + 0.1
    assert len(await decisions(floor)) > 50
    await goes_home(floor, 2)
