"""The server is told to stop while people talk."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from sip.simulator.behaviour import Kind
from tests.e2e.faults.books import audit, close_and_audit, rows
from tests.e2e.faults.centre import centre, numbers
from tests.e2e.faults.sound import conversation
from tests.e2e.faults.town import everybody
from tests.e2e.site import Settings, eventually

pytestmark = [pytest.mark.sip, pytest.mark.chaos]


async def test_told_to_stop_it_waits_for_the_last_conversation_and_places_no_more(tmp_path: Path) -> None:
    leads = numbers(4)
    sections: dict[str, Settings] = {"server": {"shutdown_grace_s": 60.0}}
    async with centre(tmp_path, everybody(Kind.TALKS), agents=2, sections=sections) as floor:
        carrier = floor.town.carrier
        await floor.opens(leads)
        pairs = await floor.conversations(leads[:2])
        floor.site.signal(signal.SIGTERM)
        await eventually(lambda: "dialling stopped" in floor.site.log(), within=10, what="a word of the stop")
        await carrier.hangs_up(leads[0])
        assert await floor.town.converse({leads[1]: pairs[leads[1]]}), "a conversation was cut"
        assert floor.site.serving, "the server did not wait"
        await carrier.hangs_up(leads[1])
        assert await floor.site.ended() == 0
        assert floor.site.processes() == [], "a worker was left with nothing to do"
        assert carrier.calls_to() == dict.fromkeys(leads[:2], 1), "it dialled on after it was told to stop"
        found = {row["number"]: row["outcome"] for row in rows(floor.site.data, "SELECT * FROM attempts")}
        assert found == dict.fromkeys(leads[:2], "HUMAN")
        audit(floor)


async def test_conversations_longer_than_the_grace_are_handed_to_the_next_server(tmp_path: Path) -> None:
    talking, rings = leads = numbers(2)
    async with centre(
        tmp_path, everybody(Kind.TALKS), agents=2, sections={"server": {"shutdown_grace_s": 0.5}}
    ) as floor:
        carrier = floor.town.carrier
        carrier.kept_ringing.add(rings)
        await floor.opens(leads)
        pairs = await floor.conversations([talking])
        await floor.when(lambda seen: len(seen["calls"]) == 2, within=10, what="a phone that rings")
        workers = floor.site.worker_pids()
        assert await floor.site.stop() == 0
        assert floor.site.worker_pids() == workers
        assert await floor.town.converse(pairs), "a conversation was cut"

        await floor.site.start()
        await floor.when(lambda seen: not seen["recovering"], within=15, what="the end of recovery")
        assert await floor.town.converse(pairs), "the new server cut a conversation"
        await floor.everybody_ready()
        carrier.kept_ringing.clear()
        await floor.conversations([rings])
        for number in leads:
            await carrier.hangs_up(number)
        await floor.quiet()
        assert {a["number"]: a["outcome"] for a in await floor.attempts()} == dict.fromkeys(leads, "HUMAN")
        assert carrier.calls_to() == dict.fromkeys(leads, 1)
        (await conversation(floor, await floor.attempt_to(talking))).assert_whole()
        await close_and_audit(floor)
