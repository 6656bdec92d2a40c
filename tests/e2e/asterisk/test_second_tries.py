"""A second try comes when it is due, whatever else is on the list."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from tests.asterisk.instance import Asterisk
from tests.e2e.asterisk.people import O, Person, number, write_list, zone_at
from tests.e2e.asterisk.staff import STAFF, hire, phones
from tests.e2e.site import Site, running_site

pytestmark = [pytest.mark.asterisk, pytest.mark.foreign, pytest.mark.sip]

BLOCK: Final = 550
DELAY_S: Final = 2
CAMPAIGN: Final = f"""
code = "again"
name = "Try again"
country = "DE"
trunks = ["pbx"]

[[windows]]
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
from = 08:00:00
to = 21:00:00

[retry.BUSY]
delays_s = [{DELAY_S}]
limit = 2
"""


async def test_somebody_asleep_does_not_delay_the_second_try_of_somebody_awake(
    asterisk: Asterisk, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    awake = Person(number=number(BLOCK, 0, "10"), name="Awake", time_zone=zone_at(13, now), outcome=O.BUSY)
    asleep = Person(number=number(BLOCK, 1, "00"), name="Asleep", time_zone=zone_at(2, now), outcome=None)
    async with (
        running_site(tmp_path / "site", [asterisk.address_trunk("pbx")], workers=1) as site,
        phones(asterisk, tmp_path, STAFF[:1]),
    ):
        await hire(site, STAFF[:1], trunk="pbx")
        plan = site.directory / "again.toml"
        plan.write_text(CAMPAIGN)
        await site.cli("campaign", "create", str(plan))
        await site.cli("import", "again", str(write_list(site.directory / "list.csv", [awake, asleep])))
        await site.cli("campaign", "start", "again")
        await site.until(lambda: _tried(site, 1), within=20, what="first try")
        await site.until(lambda: _tried(site, 2), within=DELAY_S + 6, what="second try")


async def _tried(site: Site, times: int) -> bool:
    rows = (await site.get("/attempts", campaign="again"))["items"]
    return len([row for row in rows if row["ended_at"]]) == times
