"""A carrier that refuses everything, and one that says nothing at all."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from sip.simulator.behaviour import Kind
from tests.e2e.faults.books import close_and_audit
from tests.e2e.faults.centre import CAMPAIGN, Attempt, Centre, carrier_trunk, centre, numbers
from tests.e2e.faults.deaf_trunk import deaf_trunk
from tests.e2e.faults.sound import at, seconds
from tests.e2e.faults.town import everybody

pytestmark = [pytest.mark.sip, pytest.mark.chaos]

LIMIT = 5  # failures in a row open the breaker
BACK_OFF_S = 30.0
NO_PROGRESS_S = 5.0
SOON_AGAIN = {"CONGESTED": {"delays_s": [1]}}


async def breaker_is(floor: Centre, trunk: str, state: str, within: float) -> None:
    def so(seen: dict[str, list[dict[str, str]]]) -> bool:
        return {t["name"]: t["breaker"] for t in seen["trunks"]}[trunk] == state

    await floor.when(so, within=within, what=f"the breaker of {trunk} in state {state}")


async def assert_nobody_is_charged(floor: Centre, leads: int) -> None:
    page = await floor.site.get(f"/campaigns/{CAMPAIGN}/leads", limit=500)
    assert [lead["state"] for lead in page["items"]] == ["OPEN"] * leads
    for lead in page["items"]:
        rules = await floor.rules(lead["id"])
        counted = {name: rules[name]["value"] for name in ("number_per_24h", "number_per_30d", "lead_attempts")}
        assert all(value.startswith("0 of ") for value in counted.values()), counted


def one_by_one_until_it_worked(attempts: Sequence[Attempt]) -> bool:
    """The trial call was alone: the next was placed only after somebody had been reached."""
    after_rest = [attempt for attempt in attempts if attempt["outcome"] != "CONGESTED"]
    trial, following = after_rest[:2]
    return at(following["placed_at"]) >= at(trial["ringing_at"] or trial["answered_at"])


async def test_a_trunk_that_refuses_everything_rests_and_its_leads_lose_nothing(tmp_path: Path) -> None:
    leads = numbers(6)
    async with centre(tmp_path, everybody(Kind.CONGESTION), agents=2) as floor:
        carrier = floor.town.carrier
        await floor.opens(leads, retry=SOON_AGAIN)
        await breaker_is(floor, "carrier", "OPEN", within=20)
        assert "carrier" in (await floor.alarms())["trunk_breaker"]
        assert "503" in (await floor.alarms())["trunk_breaker"]
        assert "trunk_breaker" in (await floor.site.get("/health"))["alarms"]
        await floor.when(lambda seen: not seen["calls"], within=10, what="the end of the last refused call")
        tried = len(carrier.invites)
        assert LIMIT <= tried <= LIMIT + 1, "a call of the other line may have been on its way"

        explanation = await floor.site.get(f"/campaigns/{CAMPAIGN}/explanation")
        assert explanation["idle"] == "trunk_down"
        await assert_nobody_is_charged(floor, len(leads))
        attempts = await floor.attempts()
        assert {(a["outcome"], a["sip_status"], a["q850"]) for a in attempts} == {("CONGESTED", 503, 34)}
        await asyncio.sleep(3.0)  # every lead is due again by now
        assert len(carrier.invites) == tried, "a resting trunk was used"

        carrier.plan = everybody(Kind.TALKS)
        await breaker_is(floor, "carrier", "CLOSED", within=BACK_OFF_S + 15)
        await floor.when(lambda seen: sum(c["state"] == "CONNECTED" for c in seen["calls"]) == 2, 15, "both agents")
        assert "trunk_breaker" not in await floor.alarms()
        attempts = await floor.attempts()
        assert one_by_one_until_it_worked(attempts)
        rested = seconds({"a": attempts[tried - 1]["ended_at"], "b": attempts[tried]["placed_at"]}, "a", "b")
        assert rested >= BACK_OFF_S - 1
        await floor.site.post(f"/campaigns/{CAMPAIGN}/pause")
        for number in await floor.calls():
            await carrier.hangs_up(number)
        await close_and_audit(floor)


async def test_calls_move_from_a_silent_trunk_to_the_next_one(tmp_path: Path) -> None:
    leads = numbers(6)
    async with deaf_trunk() as deaf:
        trunks = [carrier_trunk(deaf.address, name="deaf")]
        async with centre(tmp_path, everybody(Kind.TALKS), agents=3, lines=6, trunks=trunks) as floor:
            await floor.opens(leads, trunks=["deaf", "carrier"], retry=SOON_AGAIN)
            await breaker_is(floor, "deaf", "OPEN", within=30)
            assert "silence" in (await floor.alarms())["trunk_breaker"]
            await floor.when(
                lambda seen: sum(call["state"] == "CONNECTED" for call in seen["calls"]) == 3,
                within=30, what="conversations over the second trunk",
            )  # fmt: skip
            assert {call["trunk"] for call in (await floor.calls()).values()} == {"carrier"}

            attempts = await floor.attempts()
            silent = [attempt for attempt in attempts if attempt["trunk"] == "deaf"]
            assert {attempt["outcome"] for attempt in silent} == {"CONGESTED"}
            assert {attempt["sip_call_id"] for attempt in silent} == deaf.call_ids
            waits = [seconds(attempt, "placed_at", "ended_at") for attempt in silent]
            assert min(waits) >= NO_PROGRESS_S - 0.5, "given up before the limit"
            assert max(waits) < NO_PROGRESS_S + 3, "held on after the limit"
            assert len(silent) <= LIMIT + 2, "calls went on into the silence"
            await floor.site.post(f"/campaigns/{CAMPAIGN}/pause")
            for number in await floor.calls():
                await floor.town.carrier.hangs_up(number)
            await floor.quiet()
            await assert_nobody_is_charged_for(floor, [a for a in silent if a["number"] not in leads_reached(attempts)])
            await close_and_audit(floor)


def leads_reached(attempts: Sequence[Attempt]) -> set[str]:
    return {attempt["number"] for attempt in attempts if attempt["trunk"] == "carrier"}


async def assert_nobody_is_charged_for(floor: Centre, attempts: Sequence[Attempt]) -> None:
    assert attempts, "everybody was reached after all"
    for attempt in attempts:
        rules = await floor.rules(attempt["lead"])
        assert rules["number_per_24h"]["value"].startswith("0 of "), rules["number_per_24h"]
