"""The first trunk of a campaign is dead: its breaker opens, and the list is called over the second."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from sip.trunks import Trunk
from tests.asterisk.instance import Asterisk
from tests.asterisk.reconcile import reconcile
from tests.e2e.asterisk.books import attempt_row
from tests.e2e.asterisk.people import O, Person, number, write_list, zone_at
from tests.e2e.asterisk.staff import Shift, hire, phones
from tests.e2e.site import Site, running_site
from tests.softphone.sipp import free_udp_port

pytestmark = [pytest.mark.asterisk, pytest.mark.foreign, pytest.mark.sip, pytest.mark.timeout(180)]

BLOCK: Final = 310
CALLEES: Final = (
    ("00", O.HUMAN, 200), ("10", O.BUSY, 486), ("62", O.HUMAN, 200), ("12", O.INVALID_NUMBER, 404),
    ("13", O.DECLINED, 603), ("00", O.HUMAN, 200),
)  # fmt: skip
FAILURES_THAT_OPEN: Final = 5
CAMPAIGN: Final = """
code = "twice"
name = "Two ways out"
country = "DE"
trunks = ["dead", "pbx"]
ring_time_s = 15

[[windows]]
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
from = 08:00:00
to = 21:00:00

[retry.CONGESTED]
delays_s = [1]
"""


async def test_a_dead_trunk_is_left_alone_and_the_list_is_called_over_the_next(
    asterisk: Asterisk, tmp_path: Path
) -> None:
    dead = Trunk(name="dead", address=f"127.0.0.1:{free_udp_port()}", calls_per_second=50.0, caller_id="+861087654321")
    zone = zone_at(13, datetime.now(UTC))
    people = [
        Person(number=number(BLOCK, i, ending), name=f"Person {i}", time_zone=zone, outcome=outcome, sip_status=status)
        for i, (ending, outcome, status) in enumerate(CALLEES)
    ]
    async with (
        running_site(tmp_path / "site", (dead, asterisk.address_trunk("pbx")), workers=4) as site,
        phones(asterisk, tmp_path) as handsets,
    ):
        before = len(asterisk.cdrs())
        await _begin(site, people)
        shift = Shift(site, handsets, lambda _: "NOT_INTERESTED")
        await shift.until(lambda: _through(site, people), within=90, what="end of the list")
        floor, attempts = await site.floor(), await site.cli("attempts", "--campaign", "twice")
        assert await site.stop() == 0
    over = {name: [row for row in attempts if row["trunk"] == name] for name in ("dead", "pbx")}

    assert {row["outcome"] for row in over["dead"]} == {"CONGESTED"}
    assert not any(row["sip_status"] or row["ringing_at"] or row["answered_at"] for row in over["dead"])
    opened = sorted(row["ended_at"] for row in over["dead"])[FAILURES_THAT_OPEN - 1]
    assert FAILURES_THAT_OPEN <= len(over["dead"]) < FAILURES_THAT_OPEN + len(handsets)
    assert {row["trunk"] for row in attempts if row["placed_at"] > opened} == {"pbx"}
    assert {trunk["name"]: trunk["breaker"] for trunk in floor["trunks"]} == {"dead": "OPEN", "pbx": "CLOSED"}
    assert [(alarm["code"], alarm["subject"]) for alarm in floor["alarms"]] == [("trunk_breaker", "dead")]

    assert Counter(row["number"] for row in over["pbx"]) == Counter(person.number for person in people)
    told = {row["number"]: (row["outcome"], row["sip_status"]) for row in over["pbx"]}
    assert told == {person.number: (person.outcome, person.sip_status) for person in people}

    records = [record for record in asterisk.cdrs()[before:] if record.called.startswith(number(BLOCK, 0, "")[:-3])]
    assert [str(d) for d in reconcile([attempt_row(row) for row in over["pbx"]], records)] == []


async def _begin(site: Site, people: list[Person]) -> None:
    await hire(site, trunk="pbx")
    plan = site.directory / "twice.toml"
    plan.write_text(CAMPAIGN)
    await site.cli("campaign", "create", str(plan))
    await site.cli("import", "twice", str(write_list(site.directory / "list.csv", people)))
    await site.cli("campaign", "start", "twice")


async def _through(site: Site, people: list[Person]) -> bool:
    """Everybody was reached over the trunk that lives, and all is reported."""
    rows: list[dict[str, Any]] = (await site.get("/attempts", campaign="twice", limit=1000))["items"]
    floor = await site.floor()
    reached = {row["number"] for row in rows if row["trunk"] == "pbx" and row["ended_at"]}
    return (
        len(reached) == len(people)
        and not floor["calls"]
        and all(agent["state"] == "READY" for agent in floor["agents"])
    )
