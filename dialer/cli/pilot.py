"""Pilots (试呼): started, read, decided; and what the calls so far let expect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final

import typer

from campaigns.pilot import PilotDecision
from dialer.cli.campaign import CampaignArgument, print_findings, words
from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import as_json, cell, facts, table
from dialer.cli.session import desk
from dialer.cli.written import ByOption, who

app = typer.Typer(help="Pilots: a few calls of a campaign before it goes live.", no_args_is_help=True)
RATES: Final = {
    "data_qualified_rate": "usable rows, of rows imported",
    "contact_rate": "answered by a person, of attempts",
    "right_party_contact_rate": "contacts, of attempts",
    "success_rate": "successes, of contacts",
}


@app.command("start")
def start(
    campaign: CampaignArgument,
    agents: Annotated[
        list[str] | None, typer.Option("--agent", metavar="AGENT", help="Takes part; may be given again.")
    ] = None,
    groups: Annotated[list[str] | None, typer.Option("--group", metavar="GROUP", help="Its members take part.")] = None,
    calls: Annotated[int | None, typer.Option("--calls", help="Conversations in all, 50 to 150; usually 100.")] = None,
    each: Annotated[int | None, typer.Option("--calls-per-agent", help="At most, 5 to 10; usually 10.")] = None,
    by: ByOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Start a pilot; without a plan the one that was paused goes on where it was."""
    plan: dict[str, Any] = {"agents": agents or [], "groups": groups or []}
    plan |= {} if calls is None else {"calls": calls}
    plan |= {} if each is None else {"calls_per_agent": each}
    with desk(config, data) as api:
        _step(api.post(f"/campaigns/{campaign}/pilot", plan, by=who(by)), json_lines)


@app.command("report")
def report(
    campaign: CampaignArgument, config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False
) -> None:
    """Show what the last pilot showed: as of now, and once it was decided as it was then."""
    with desk(config, data) as api:
        found = api.get(f"/campaigns/{campaign}/pilot")
    if json_lines:
        as_json(found)
    else:
        _print(found)


@app.command("decide")
def decide(
    campaign: CampaignArgument,
    decision: Annotated[PilotDecision, typer.Argument(metavar="go|adjust|stop")],
    remark: Annotated[str, typer.Option("--remark", metavar="TEXT", help="Why, and what is to be changed.")] = "",
    by: ByOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Decide: go (the campaign runs), adjust (it pauses for changes and another pilot), stop (it is finished)."""
    wanted = {"decision": decision.value, "remark": remark}
    with desk(config, data) as api:
        _step(api.post(f"/campaigns/{campaign}/pilot/decision", wanted, by=who(by)), json_lines)


@app.command("list")
def list_pilots(
    campaign: CampaignArgument, config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False
) -> None:
    """List the campaign's pilots: what was decided by whom, and what was changed."""
    with desk(config, data) as api:
        found = api.get(f"/campaigns/{campaign}/pilots")
    if json_lines:
        as_json(found)
        return
    rows = [
        (p["started_at"], p["version"], len(p["agents"]), p["calls"], p["decision"] or "", p["decided_by"], p["remark"],
         ", ".join(one["field"] for one in (*p["changed"], *p["changed_after"])))
        for p in found
    ]  # fmt: skip
    headings = ("Started", "Version", "Agents", "Calls", "Decision", "By", "Remark", "Changed")
    table(headings, rows, empty=f"no pilot yet; start one with: goldenhour pilot start {campaign}")


def forecast(
    campaign: CampaignArgument,
    days: Annotated[int, typer.Option("--days", min=1, max=365, help="Calls of so many days back.")] = 7,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Say when a campaign will be done, and whether by its deadline and with its goal."""
    with desk(config, data) as api:
        found = api.get(f"/campaigns/{campaign}/forecast", days=str(days))
    if json_lines:
        as_json(found)
    else:
        _print_forecast(found)


def _step(found: Mapping[str, Any], json_lines: bool) -> None:
    if json_lines:
        as_json(found)
        return
    print_findings(found["warnings"])
    campaign, pilot = found["campaign"], found["pilot"]
    typer.echo(f"campaign {campaign['code']}: {campaign['state']}")
    if pilot["decision"]:
        typer.echo(f"decided by {pilot['decided_by']}: {pilot['decision']}")
        _print_changes(pilot["changed"])
    else:
        each, team = pilot["calls_per_agent"], len(pilot["agents"])
        typer.echo(f"pilot of {pilot['calls']} conversations, at most {each} for each of {team} agents")


def _print(pilot: Mapping[str, Any]) -> None:
    found = pilot["report"]
    facts(
        {
            "started": f"{cell(pilot['started_at'])} by {pilot['started_by']}, version {pilot['version']}",
            "ended": pilot["ended_at"] or "goes on",
            "decision": f"{pilot['decision']} by {pilot['decided_by']}" if pilot["decision"] else "none yet",
            "remark": pilot["remark"],
            "conversations": f"{found['calls']} of {pilot['calls']}",
            "attempts": found["attempts"],
            "mean talk s": found["mean_talk_s"],
        }
    )
    table(("Rate", "Value", "95 % interval", "Of"), [_rate(name, found[name]) for name in RATES], empty="")
    rows = [(a["agent"], a["calls"], a["contacts"], a["successes"], a["mean_talk_s"]) for a in found["agents"]]
    table(("Agent", "Calls", "Contacts", "Successes", "Mean talk s"), rows, empty="")
    reasons = [(one["name"], one["count"], f"{one['share']:.0%}") for one in found["refusal_reasons"]]
    table(("Refused because", "Times", "Share"), reasons, empty="no refusals")
    _print_forecast(found["forecast"])
    notes = [(one["agent"], one["disposition"], one["note"]) for one in found["notes"]]
    if notes:
        table(("Agent", "Disposition", "Note"), notes, empty="")
    for remark in found["remarks"]:
        typer.echo(f"remark: {remark['text']}")
    _print_changes((*pilot["changed"], *pilot["changed_after"]))


def _print_changes(changed: Iterable[Mapping[str, Any]]) -> None:
    for one in changed:
        typer.echo(f"changed: {one['field']}: {words(one['before']) or '-'} -> {words(one['after']) or '-'}")


def _print_forecast(found: Mapping[str, Any] | None) -> None:
    if found is None:
        typer.echo("no forecast before the first attempt has ended")
        return
    low, middle, high = found["attempts_needed"]
    facts(
        {
            "attempts needed": f"{middle} ({low} to {high})",
            "attempts per hour": f"{found['attempts_per_hour']:.0f}",
            "done on": _dates(found["completes_on"]),
            "deadline": _chance(found["deadline"], found["deadline_probability"]),
        }
    )
    rows = [
        (g["goal"], _figure(g, g["target"]), _figure(g, g["expected"]),
         f"{_figure(g, g['low'])} to {_figure(g, g['high'])}", f"{g['probability']:.0%}")
        for g in found["goals"]
    ]  # fmt: skip
    if rows:
        table(("Goal", "Target", "Expected", "In 8 cases of 10", "Probability"), rows, empty="")


def _dates(found: Iterable[str | None]) -> str:
    low, middle, high = (day or "not within the hours known" for day in found)
    return middle if low == middle == high else f"{middle} ({low} to {high})"


def _chance(deadline: str | None, probability: float | None) -> str:
    return "none set" if deadline is None or probability is None else f"{deadline}, kept with {probability:.0%}"


def _figure(goal: Mapping[str, Any], value: float) -> str:
    return f"{value:.1%}" if goal["goal"].endswith("rate") else f"{value:.0f}"


def _rate(name: str, rate: Mapping[str, Any]) -> tuple[str, str, str, str]:
    if rate["value"] is None:
        return RATES[name], "-", "", "0"
    return (
        RATES[name], f"{rate['value']:.1%}", f"{rate['low']:.1%} - {rate['high']:.1%}",
        f"{rate['hits']} of {rate['of']}",
    )  # fmt: skip
