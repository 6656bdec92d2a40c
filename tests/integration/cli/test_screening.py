"""A supervisor asks at the terminal how often persons are taken for machines, while no server runs."""

from __future__ import annotations

import asyncio
import json

from dialer.db.store import open_store
from tests.integration.api.test_screening import screened
from tests.integration.cli.conftest import Terminal


async def yesterdays_calls(terminal: Terminal) -> None:
    store = await open_store(f"sqlite:///{terminal.data / 'goldenhour.db'}")
    try:
        await screened(store)
    finally:
        await store.close()


def test_the_errors_of_screening_are_shown_for_each_trunk(terminal: Terminal) -> None:
    assert terminal.says("screening", "stats") == "no call was screened in the last 30 days\n"
    asyncio.run(yesterdays_calls(terminal))
    shown = terminal.says("screening", "stats", "--trunk", "carrier")
    assert "Persons taken for machines" in shown
    assert "1 of 1" in shown
    found = terminal.json("screening", "stats", "--campaign", "autumn")
    assert [row["machines"] for row in found["rows"]] == [10, 10]
    assert "answering machines: 10 of 20 screened calls" in terminal.says("stats", "autumn")
    assert terminal.error("screening", "stats", "--campaign", "none")["code"] == "not_found"


def test_a_planner_turns_it_on_and_is_warned_of_what_cannot_be_known(terminal: Terminal) -> None:
    terminal.says("campaign", "create", terminal.write("c.toml", 'code = "spring"\nname = "S"\ntrunks = ["carrier"]\n'))
    wanted = ("--set", "screening.mode=detect_first", "--set", "screening.checked_share=0")
    assert '"off" -> "detect_first"' in terminal.says("campaign", "change", "spring", *wanted)
    codes = {one["code"] for one in _findings(terminal)}
    assert {"verdict_too_late", "errors_unknown"} <= codes
    refused = terminal.error("campaign", "change", "spring", "--set", "screening.mode=sometimes")
    assert refused["field"].startswith("screening")


def _findings(terminal: Terminal) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(terminal.run("campaign", "lint", "spring", "--json").stdout)["findings"]
    return found
