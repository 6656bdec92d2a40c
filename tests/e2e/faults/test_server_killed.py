"""The server is killed while people talk, while phones ring, and together with its workers."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sip.simulator.behaviour import Kind, Seconds
from tests.e2e.faults.books import close_and_audit, rows
from tests.e2e.faults.centre import ANY_HOUR, CAMPAIGN, Centre, Floor, centre, numbers
from tests.e2e.faults.sound import at, conversation, recording_of
from tests.e2e.faults.town import everybody, short_calls
from tests.e2e.site import eventually

pytestmark = [pytest.mark.sip, pytest.mark.chaos]


async def test_conversations_outlive_a_killed_server_and_nobody_is_called_twice(tmp_path: Path) -> None:
    leads = numbers(7)
    leaves, stays, rings_on, answers_nobody, *rest = leads
    async with centre(tmp_path, everybody(Kind.TALKS), agents=4) as floor:
        carrier = floor.town.carrier
        carrier.kept_ringing |= {rings_on, answers_nobody}
        await floor.opens(leads)
        pairs = await floor.conversations([leaves, stays])
        await floor.when(lambda seen: len(seen["calls"]) == 4, within=10, what="two phones that ring")
        await floor.site.until(lambda: ringing(floor, rings_on, answers_nobody), within=10, what="180 from both")
        workers = floor.site.worker_pids()

        await floor.site.kill()
        assert floor.site.worker_pids() == workers, "a worker died with the server"
        for _ in range(3):
            assert await floor.town.converse(pairs), "a conversation fell silent"
        carrier.kept_ringing.discard(answers_nobody)
        await asyncio.sleep(1.0)
        left_at = datetime.now(UTC)
        await carrier.hangs_up(leaves)
        assert await floor.town.converse({stays: pairs[stays]})

        await floor.site.restart()
        await floor.when(lambda seen: not seen["recovering"], within=15, what="the end of recovery")
        assert floor.site.worker_pids() == workers, "a worker with calls was replaced"
        assert stays in await floor.calls()
        assert await floor.town.converse({stays: pairs[stays]}), "the new server cut a conversation"
        assert (await floor.agents())[(await floor.calls())[stays]["agent_id"]] == "ON_CALL"
        assert (await floor.attempt_to(leaves))["outcome"] == "HUMAN"
        assert abs((at((await floor.attempt_to(leaves))["ended_at"]) - left_at).total_seconds()) < 2

        await floor.everybody_ready()
        carrier.kept_ringing.clear()
        await floor.conversations([rings_on, *rest[:1]])
        for number in (stays, rings_on, rest[0]):
            await carrier.hangs_up(number)
        await floor.conversations(rest[1:])
        for number in rest[1:]:
            await carrier.hangs_up(number)
        await floor.quiet()

        outcomes = {attempt["number"]: attempt["outcome"] for attempt in await floor.attempts()}
        assert outcomes == {**dict.fromkeys(leads, "HUMAN"), answers_nobody: "ABANDONED"}
        assert carrier.calls_to() == dict.fromkeys(leads, 1), "somebody was called twice"
        for number in (leaves, stays):
            (await conversation(floor, await floor.attempt_to(number))).assert_whole()
        await close_and_audit(floor)


async def ringing(floor: Centre, *leads: str) -> bool:
    return set(leads) <= set(await floor.calls("RINGING"))


PATIENT = "abandon_limit_s = 10\nabandon_rate_max = 0.5\n" + ANY_HOUR


@pytest.mark.parametrize("freed", [True, False], ids=["an agent", "the message"])
async def test_who_waited_when_the_server_was_killed_gets_from_the_next_one(tmp_path: Path, freed: bool) -> None:
    """Two people answer, called for one agent; ten seconds are allowed, so that a server can come up in them."""
    leads = numbers(2)
    async with centre(tmp_path, everybody(Kind.TALKS), agents=1, lines=2, pack=PATIENT) as floor:
        carrier = floor.town.carrier
        carrier.kept_ringing |= set(leads)
        await floor.opens(leads, pacing="power", lines_per_agent=2, abandon_limit_s=10, abandon_rate_max=0.5)
        await floor.site.until(lambda: ringing(floor, *leads), within=10, what="180 from both")
        carrier.kept_ringing.clear()
        seen = await floor.when(both_answered, within=5, what="one who talks and one who waits")
        talks, waits = (call["number"] for call in sorted(seen["calls"], key=lambda call: call["state"]))

        await floor.site.kill()
        await floor.site.restart()
        await floor.when(lambda seen: not seen["recovering"], within=8, what="the end of recovery")
        up_s = (datetime.now(UTC) - at((await floor.attempt_to(waits))["answered_at"])).total_seconds()
        freed = freed and up_s < 8.5  # on a busy machine the new server may come too late for an agent
        if freed:
            await carrier.hangs_up(talks)
            await floor.conversations([waits], within=5)
        assert await carrier.hears(waits, within=12), "nobody speaks to him"
        for number in [waits] if freed else [waits, talks]:
            await carrier.hangs_up(number)
        await floor.quiet()

        attempt = await floor.attempt_to(waits)
        spoken_to = attempt["connected_at"] if freed else attempt["message_at"]
        waited = (at(spoken_to) - at(attempt["answered_at"])).total_seconds()
        print(f"\n{waited:.1f} s for {'an agent' if freed else 'the message'}; the server was up at {up_s:.1f} s")
        assert waited < max(10, up_s + 0.5)
        assert attempt["outcome"] == ("HUMAN" if freed else "ABANDONED")
        assert (await floor.attempt_to(talks))["outcome"] == "HUMAN"
        assert carrier.calls_to() == dict.fromkeys(leads, 1), "somebody was called twice"
        await close_and_audit(floor)


def both_answered(seen: Floor) -> bool:
    return sorted(call["state"] for call in seen["calls"]) == ["CONNECTED", "WAITING"]


async def test_killed_with_all_its_workers_it_accounts_for_every_call_and_redials_nobody(tmp_path: Path) -> None:
    leads = numbers(4)
    talking, rings, *fresh = leads
    async with centre(tmp_path, everybody(Kind.TALKS), agents=2) as floor:
        carrier = floor.town.carrier
        carrier.kept_ringing.add(rings)
        await floor.opens(leads)
        pairs = await floor.conversations([talking])
        await floor.site.until(lambda: ringing(floor, rings), within=10, what="a phone that rings")
        assert await floor.town.converse(pairs)
        await asyncio.sleep(2.0)

        floor.site.signal(signal.SIGKILL)
        for pid in floor.site.worker_pids().values():
            os.kill(pid, signal.SIGKILL)
        await floor.site.ended()
        assert floor.site.processes() == []

        await floor.site.restart()
        await floor.when(lambda seen: not seen["recovering"], within=15, what="the end of recovery")
        await floor.everybody_ready()
        await floor.conversations(fresh)
        for number in fresh:
            await carrier.hangs_up(number)
        await floor.quiet()

        outcomes = {attempt["number"]: attempt["outcome"] for attempt in await floor.attempts()}
        assert outcomes == {talking: "LOST", rings: "LOST", **dict.fromkeys(fresh, "HUMAN")}
        assert carrier.calls_to() == dict.fromkeys(leads, 1), "somebody was called again at once"
        broken = await recording_of(floor, await floor.attempt_to(talking))
        if broken["state"] == "FINALIZED":
            assert broken["repaired"]
            sound = await conversation(floor, await floor.attempt_to(talking))
            assert sound.agent.sound_s() > 1.0
            assert sound.customer.sound_s() > 1.0
        else:
            assert broken["remark"], "lost without a reason"
        print(f"\nthe recording of the killed call: {broken['state']}, {broken['duration_s']} s, {broken['remark']!r}")
        await close_and_audit(floor)


@pytest.mark.timeout(180)
async def test_killed_again_and_again_in_full_swing_it_calls_nobody_twice(tmp_path: Path) -> None:
    leads = numbers(100)
    async with centre(tmp_path, short_calls(ring=Seconds(mean=0.6)), agents=3) as floor:
        await floor.opens(leads)
        for dialled in (15, 35, 55):
            await ended(floor, dialled)
            await floor.site.kill()
            await floor.site.restart()
            await floor.everybody_ready()
        leased_by_the_dead = 3 * len(floor.town.agents)  # at most one for each line and life, for a minute
        await ended(floor, len(leads) - leased_by_the_dead)
        await floor.site.post(f"/campaigns/{CAMPAIGN}/pause")
        await floor.quiet()
        told = Counter(attempt["outcome"] for attempt in await floor.attempts())
        print(f"\nafter three kills in full swing: {dict(told)}, {len(floor.town.carrier.invites)} INVITEs")
        assert max(floor.town.carrier.calls_to().values()) == 1, "somebody was called twice"
        assert max(Counter(attempt["number"] for attempt in await floor.attempts()).values()) == 1
        assert told["LOST"] <= leased_by_the_dead
        assert set((await floor.agents()).values()) == {"READY"}
        await close_and_audit(floor)


async def ended(floor: Centre, calls: int) -> None:
    """Waits until so many are over."""
    statement = "SELECT count(*) AS n FROM attempts WHERE ended_at IS NOT NULL"
    await eventually(lambda: rows(floor.site.data, statement)[0]["n"] >= calls, within=40, what=f"end of {calls} calls")
