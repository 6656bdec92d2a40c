"""The disk of the data directory fills up while people talk."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from sip.simulator.behaviour import Kind
from tests.e2e.faults.books import close_and_audit, visible_recordings
from tests.e2e.faults.centre import CAMPAIGN, Centre, centre, numbers
from tests.e2e.faults.small_disk import small_disk
from tests.e2e.faults.sound import conversation, recording_of
from tests.e2e.faults.town import everybody

pytestmark = [pytest.mark.sip, pytest.mark.chaos]

NEEDED_MB = 10
NOTICED_S = 25.0  # the free space is looked at every 15 s


async def test_a_full_disk_stops_the_dialling_and_tears_no_file(tmp_path: Path) -> None:
    early, late, *waiting = leads = numbers(4)
    with small_disk(tmp_path / "site" / "data", megabytes=48) as disk:
        async with centre(
            tmp_path, everybody(Kind.TALKS), agents=2, sections={"recordings": {"smallest_free_mb": NEEDED_MB}}
        ) as floor:
            carrier = floor.town.carrier
            await floor.opens(leads)
            pairs = await floor.conversations([early, late])

            disk.leaves(NEEDED_MB // 2 * 1_000_000)
            await floor.when(
                lambda seen: "disk_full" in {alarm["code"] for alarm in seen["alarms"]}, NOTICED_S, "the alarm"
            )
            assert f"{NEEDED_MB} MB needed" in (await floor.alarms())["disk_full"]
            assert await floor.town.converse(pairs), "a conversation suffered"
            await carrier.hangs_up(early)
            await floor.when(lambda seen: seen["lines"]["free"] == 1, 10, "a free line")
            explanation = await floor.site.get(f"/campaigns/{CAMPAIGN}/explanation")
            assert explanation["idle"] == "disk_full"
            assert explanation["dialable"] == len(waiting)
            await finalized(floor, early)
            (await conversation(floor, await floor.attempt_to(early))).assert_whole()

            disk.leaves(0)
            for _ in range(2):
                assert await floor.town.converse({late: pairs[late]}), "a conversation suffered"
            await carrier.hangs_up(late)
            await asyncio.sleep(3.0)
            assert set(carrier.calls_to()) == {early, late}, "a call was placed although it cannot be recorded"
            assert len(visible_recordings(floor.site.data)) <= 1, "half a recording lies where finished ones are"
            assert floor.site.serving, floor.site.log()

            disk.is_cleared()
            await floor.when(
                lambda seen: "disk_full" not in {alarm["code"] for alarm in seen["alarms"]}, NOTICED_S, "the all-clear"
            )
            again = await floor.conversations(waiting)
            assert await floor.town.converse(again)
            for number in waiting:
                await carrier.hangs_up(number)
            await floor.quiet(within=45)

            outcomes = {attempt["number"]: attempt["outcome"] for attempt in await floor.attempts()}
            assert outcomes == dict.fromkeys(leads, "HUMAN")
            assert carrier.calls_to() == dict.fromkeys(leads, 1)
            for number in waiting:
                (await conversation(floor, await floor.attempt_to(number))).assert_whole()
            kept = await recording_of(floor, await floor.attempt_to(late))
            print(f"\nthe recording over which the disk filled up: {kept['state']}, {kept['remark']!r}")
            assert await floor.alarms() == {}, "an alarm outlived its cause"
            await close_and_audit(floor)


async def finalized(floor: Centre, number: str) -> None:
    async def so() -> bool:
        return (await recording_of(floor, await floor.attempt_to(number)))["state"] == "FINALIZED"

    await floor.site.until(so, within=15, what=f"the recording of {number}")
