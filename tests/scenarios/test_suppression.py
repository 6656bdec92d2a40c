"""Nothing is dialled while it is suppressed, however far its lead has come; afterwards it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import pytest

from campaigns.lead import LeadState
from tests.scenarios.floor import Floor

Way = Callable[[Floor, str], Awaitable[Any]]


async def entry(floor: Floor, number: str, **changes: Any) -> None:
    said = {"reason": "asked", "source": "phone", "by": "lin", "at": floor.time.now(), **changes}
    await floor.store.suppressions.add(number, **said)


async def register(floor: Floor, number: str) -> None:
    lists, now = floor.store.suppressions, floor.time.now()
    version = await lists.begin_register("national", dated=date(2026, 11, 1), at=now, by="lin")
    await lists.add_to_register(version, [number])
    await lists.finish_register(version, at=now)


async def campaign_entry(floor: Floor, number: str) -> None:
    await entry(floor, number, campaign_id=floor.lead().campaign_id)


async def prefix(floor: Floor, number: str) -> None:
    await entry(floor, number[:8], prefix=True)


@pytest.mark.parametrize("way", [entry, prefix, campaign_entry, register])
async def test_a_lead_already_leased_is_not_dialled(floor: Floor, way: Way) -> None:
    """The list speaks in the moment between the rules and the attempt's row."""
    await floor.opens(start=False)
    number, write = floor.lead().numbers[0].e164, floor.store.open_attempt

    async def open_attempt(draft: Any) -> None:
        await way(floor, number)
        await write(draft)

    floor.store.open_attempt = open_attempt  # type: ignore[method-assign]
    await floor.engine.start_campaign("autumn", "planner")
    await floor.engine.make_ready("agent1")
    await floor.time.passes(minutes=5)
    assert floor.attempts() == []
    assert floor.telephony.placed == []


async def test_who_is_held_for_a_time_is_dialled_when_it_is_over(floor: Floor) -> None:
    await floor.opens(start=False)
    until = floor.time.now() + timedelta(minutes=30)
    await entry(floor, floor.lead().numbers[0].e164, expires_at=until)
    await floor.engine.start_campaign("autumn", "planner")
    await floor.engine.make_ready("agent1")
    await floor.time.passes(minutes=29)
    assert floor.attempts() == []
    assert floor.lead().state is LeadState.OPEN
    await floor.time.passes(minutes=2)
    [call] = floor.attempts()
    assert call.placed_at >= until
