"""The figures of a campaign."""

from __future__ import annotations

from typing import Any, Final

import typer

from dialer.cli.campaign import CampaignArgument
from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import as_json, cell, facts, table
from dialer.cli.screening import hung_up_on
from dialer.cli.session import desk

COUNTS: Final = (
    "leads", "attempts", "in_flight", "connected", "abandoned", "contacts", "successes", "effective_calls",
    "mean_talk_s", "recordings",
)  # fmt: skip
RATES: Final = {
    "completion": "leads finished",
    "contact_rate": "answered by a person, of attempts",
    "right_party_contact_rate": "contacts, of attempts",
    "success_rate": "successes, of contacts",
    "deal_rate": "successes, of leads",
    "abandonment_rate": "abandoned, of answered by a person",
    "effective_rate": "effective calls, of contacts",
    "data_qualified_rate": "usable rows, of rows imported",
}
_ALL_DAYS: Final = 3650


def stats(
    campaign: CampaignArgument, config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False
) -> None:
    """Show counts, rates with their 95 % intervals, and what each agent did."""
    with desk(config, data) as api:
        found = api.get(f"/campaigns/{campaign}/statistics")
        screening = api.get("/screening/statistics", campaign=campaign, days=_ALL_DAYS)
    if json_lines:
        as_json(found)
        return
    facts({name.replace("_", " "): found[name] for name in COUNTS})
    facts({f"  {outcome}": count for outcome, count in sorted(found["outcomes"].items())})
    table(("Rate", "Value", "95 % interval", "Of"), [_rate(name, found[name]) for name in RATES], empty="")
    if screening["rows"][0]["screened"]:
        typer.echo(hung_up_on(screening))
    wait = found["answer_to_agent_ms"]
    if wait["count"]:
        typer.echo(f"answer to agent: p50 {wait['p50']:.0f} ms, p95 {wait['p95']:.0f} ms, most {wait['max']:.0f} ms")
    wait, served = found["customer_wait_ms"], found["served_in_time"]
    if wait["count"]:
        typer.echo(
            f"persons who answered: {served['hits']} of {served['of']} had an agent within the limit; waited p50 "
            f"{wait['p50']:.0f} ms, p95 {wait['p95']:.0f} ms, most {wait['max']:.0f} ms"
        )
    if found["by_agent"]:
        rows = [
            (a["agent"], a["calls"], a["contacts"], a["successes"], cell(a["mean_talk_s"])) for a in found["by_agent"]
        ]
        table(("Agent", "Calls", "Contacts", "Successes", "Mean talk s"), rows, empty="")
    _by_script(found["by_script"])


def _by_script(scripts: list[dict[str, Any]]) -> None:
    """What each version of the script brought, and why customers said no to it."""
    if not any(figures["script"] for figures in scripts):
        return
    rows = [
        (s["script"] or "-", s["attempts"], s["contacts"], s["successes"], ", ".join(map(_share, s["refusal_reasons"])))
        for s in scripts
    ]
    table(("Script", "Attempts", "Contacts", "Successes", "Refusal reasons"), rows, empty="")


def _share(reason: dict[str, Any]) -> str:
    return f"{reason['name']} {reason['share']:.0%}"


def _rate(name: str, rate: dict[str, Any]) -> tuple[str, str, str, str]:
    if rate["value"] is None:
        return RATES[name], "-", "", "0"
    interval = f"{rate['low']:.1%} - {rate['high']:.1%}"
    return RATES[name], f"{rate['value']:.1%}", interval, f"{rate['hits']} of {rate['of']}"
