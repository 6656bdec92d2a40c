"""A line worker dies in the middle of a call."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from sip.simulator.behaviour import Kind
from tests.e2e.faults.books import close_and_audit
from tests.e2e.faults.centre import centre, numbers
from tests.e2e.faults.town import everybody

pytestmark = [pytest.mark.sip, pytest.mark.chaos]


async def test_a_killed_worker_costs_its_own_call_and_is_back_at_once(tmp_path: Path) -> None:
    first, second, third = leads = numbers(3)
    async with centre(tmp_path, everybody(Kind.TALKS), agents=3) as floor:
        await floor.opens(leads)
        pairs = await floor.conversations(leads)
        assert await floor.town.converse(pairs)
        before = await floor.calls()
        victim = before[first]["worker"]
        pid = floor.site.worker_pids()[victim]

        os.kill(pid, signal.SIGKILL)
        began = time.monotonic()
        while floor.site.worker_pids().get(victim, pid) == pid:
            assert time.monotonic() - began < 10, "no other worker was started"
        await floor.when(lambda seen: seen["lines"]["total"] == 3, within=10, what="the worker's line again")
        print(f"\nthe worker was back, ready for calls, after {time.monotonic() - began:.2f} s")

        others = {number: pairs[number] for number in (second, third)}
        assert await floor.town.converse(others), "another call suffered"
        assert {n: c["attempt_id"] for n, c in (await floor.calls()).items()} == {
            number: before[number]["attempt_id"] for number in others
        }
        lost = await floor.attempt_to(first)
        assert (lost["outcome"], lost["worker"]) == ("LOST", victim)
        assert floor.extension(lost["agent"]) == pairs[first]

        (fourth,) = numbers(1, first=4)
        await floor.lists([fourth])
        again = await floor.conversations([fourth])
        assert (await floor.calls())[fourth]["worker"] == victim, "the only free line is the new worker's"
        assert again[fourth] == pairs[first], "the only free agent is the one who lost the call"
        assert await floor.town.converse(again | others)

        for number in (second, third, fourth):
            await floor.town.carrier.hangs_up(number)
        await floor.quiet()
        outcomes = {attempt["number"]: attempt["outcome"] for attempt in await floor.attempts()}
        assert outcomes == {first: "LOST", second: "HUMAN", third: "HUMAN", fourth: "HUMAN"}
        await close_and_audit(floor)
