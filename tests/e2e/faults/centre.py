"""A call centre at work: a real site, its campaign and agents, and the town it calls."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sip.simulator.behaviour import NumberingPlan
from sip.trunks import Trunk
from tests.e2e.faults.town import Town, town
from tests.e2e.site import Settings, Site, new_site

CAMPAIGN = "faults"
AGENT_ID = "a{}"
# The site's own pack in place of the shipped one: people of this town may be called at any hour, and often.
ANY_HOUR = """
name = "cn"
title = "A town of simulated people"
version = 1
source = "None: nobody is called."
checked_on = 2026-11-01
countries = ["CN"]
wall_from = 00:00:00
wall_to = 23:59:59.999999
number_per_24h = 100
number_per_30d = 100
abandon_lockout_h = 2
min_ring_s = 15
[[windows]]
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
from = 00:00:00
to = 23:59:59.999999
"""
Floor = dict[str, Any]
Attempt = dict[str, Any]


def numbers(count: int, first: int = 1) -> list[str]:
    """+8613812000001 and on."""
    return [f"+8613812{first + n:06d}" for n in range(count)]


@dataclass(slots=True)
class Centre:
    site: Site
    town: Town
    listed: list[str] = field(default_factory=list)

    async def opens(self, leads: Sequence[str], **settings: object) -> None:
        """Agents hired, list imported, campaign running, everybody ready."""
        for number, extension in enumerate(self.town.agents, start=1):
            phone = self.town.phones.phone(extension)
            await self.site.post("/agents", {"id": AGENT_ID.format(number), "phone": phone, "leg_mode": "on_connect"})
        trunks = settings.pop("trunks", ["carrier"])
        campaign = {"code": CAMPAIGN, "name": "Faults", "trunks": trunks, "wrap_up_s": 0, **settings}
        await self.site.post("/campaigns", campaign)
        await self.lists(leads)
        await self.everybody_ready()
        await self.site.post(f"/campaigns/{CAMPAIGN}/start")

    async def lists(self, leads: Sequence[str]) -> None:
        """More leads for the campaign, by the command line."""
        path = self.site.directory / f"list-{len(self.listed)}.csv"
        path.write_text("\n".join(["number", *leads]) + "\n")
        report = await self.site.cli("import", CAMPAIGN, str(path))
        assert report["accepted"] == len(leads), report
        self.listed += leads

    async def everybody_ready(self) -> None:
        for number in range(1, len(self.town.agents) + 1):
            await self.site.post(f"/agents/{AGENT_ID.format(number)}/ready")

    async def attempts(self) -> list[Attempt]:
        """Those of today, in the order in which they were placed."""
        found: list[Attempt] = []
        after = ""
        while True:
            page = await self.site.get("/attempts", campaign=CAMPAIGN, limit=500, after=after)
            found += page["items"]
            if not page["next"]:
                return found
            after = page["next"]

    async def attempt_to(self, number: str) -> Attempt:
        """The one attempt to this number."""
        found = [attempt for attempt in await self.attempts() if attempt["number"] == number]
        assert len(found) == 1, f"{len(found)} attempts to {number}"
        return found[0]

    async def calls(self, state: str = "CONNECTED") -> dict[str, Floor]:
        """Calls that are up in this state, by number."""
        return {call["number"]: call for call in (await self.site.floor())["calls"] if call["state"] == state}

    async def agents(self) -> dict[str, str]:
        return {agent["agent_id"]: agent["state"] for agent in (await self.site.floor())["agents"]}

    async def alarms(self) -> dict[str, str]:
        """Code and message of those that stand."""
        return {alarm["code"]: alarm["message"] for alarm in (await self.site.floor())["alarms"]}

    async def rules(self, lead: int) -> dict[str, dict[str, Any]]:
        """What the product says about a lead, rule by rule."""
        explanation = await self.site.get(f"/leads/{lead}/explanation")
        return {rule["rule"]: rule for rule in explanation["rules"]}

    async def conversations(self, leads: Iterable[str], within: float = 20.0) -> dict[str, str]:
        """Waits until these customers talk to agents: number -> extension of the agent's phone."""
        wanted = set(leads)

        async def all_connected() -> bool:
            return wanted <= set(await self.calls())

        await self.site.until(all_connected, within=within, what=f"conversations with {sorted(wanted)}")
        return {
            number: self.extension(call["agent_id"])
            for number, call in (await self.calls()).items()
            if number in wanted
        }

    def extension(self, agent_id: str) -> str:
        return self.town.agents[int(agent_id.removeprefix("a")) - 1]

    async def quiet(self, within: float = 30.0) -> None:
        """Waits until no call is up, every recording is in its place, and everything is written down."""

        async def still() -> bool:
            floor = await self.site.floor()
            recordings = await self.site.get("/recordings", campaign=CAMPAIGN, limit=500)
            unfinished = [r for r in recordings["items"] if r["state"] not in ("FINALIZED", "LOST")]
            return not floor["calls"] and not floor["journal_waiting"] and not unfinished

        await self.site.until(still, within=within, what="a quiet floor")

    async def when(self, holds: Callable[[Floor], object], within: float, what: str) -> Floor:
        """Waits for a floor on which it is so."""
        seen: list[Floor] = []

        async def so() -> bool:
            seen.append(await self.site.floor())
            return bool(holds(seen[-1]))

        try:
            await self.site.until(so, within=within, what=what)
        except TimeoutError as error:
            raise TimeoutError(f"{error}\nthe last floor: {json.dumps(seen[-1:], indent=1)}") from None
        return seen[-1]


def carrier_trunk(address: str, **settings: Any) -> Trunk:
    return Trunk(
        **{"name": "carrier", "address": address, "caller_id": "+862150001234", "calls_per_second": 50.0, **settings}
    )


@asynccontextmanager
async def centre(
    folder: Path, plan: NumberingPlan, *, agents: int, lines: int | None = None, calls_per_second: float = 50.0,
    trunks: Sequence[Trunk] = (), sections: Mapping[str, Settings] | None = None, pack: str = ANY_HOUR,
) -> AsyncIterator[Centre]:  # fmt: skip
    """`trunks` stand before the town's carrier. Agents and list are up to the test."""
    lines = lines or agents
    async with town(folder / "town", plan, agents=agents, carrier_legs=lines + 1) as people:
        every_trunk = [*trunks, carrier_trunk(people.carrier.address, calls_per_second=calls_per_second)]
        directory = folder / "site"
        async with new_site(directory, every_trunk, workers=lines, rtp_from=40000, sections=sections) as site:
            (site.data / "policies").mkdir(parents=True)
            (site.data / "policies" / "cn.toml").write_text(pack)
            await site.start()
            yield Centre(site, people)
