"""Campaigns: made from a TOML file, looked at, started, paused, drained, stopped, and explained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from campaigns.campaign import CampaignSettings
from dialer.cli import campaign_changes, message
from dialer.cli.explanation import print_explanation, print_idle_day
from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import as_json, facts, items, table
from dialer.cli.session import desk, engine_desk
from dialer.cli.written import ByOption, as_toml, who
from dialer.documents import read_document

app = typer.Typer(help="Create, change, start, stop and explain campaigns.", no_args_is_help=True)
CampaignArgument = Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The campaign's code.")]
COLUMNS = {"code": "Campaign", "name": "Name", "state": "State", "version": "Version", "created_at": "Created"}


@app.command("create")
def create(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="See campaign.sample.toml.")],
    by: ByOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Create a campaign from a file; it does not dial before it is started."""
    settings = read_document(file, CampaignSettings)
    with desk(config, data) as api:
        created = api.post("/campaigns", settings.model_dump(mode="json", by_alias=True), by=who(by))
    if json_lines:
        as_json(created)
    else:
        typer.echo(
            f"campaign {created['code']} created; load a list with: goldenhour import {created['code']} FILE.csv"
        )


@app.command("list")
def list_campaigns(config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False) -> None:
    """List the campaigns."""
    with desk(config, data) as api:
        items(
            api.get("/campaigns"), COLUMNS, json_lines=json_lines,
            empty="no campaigns yet; create one with: goldenhour campaign create FILE.toml",
        )  # fmt: skip


@app.command("show")
def show(
    campaign: CampaignArgument,
    everything: Annotated[bool, typer.Option("--all", help="Also what the policy pack and the defaults say.")] = False,
    toml: Annotated[bool, typer.Option("--toml", help="As a file for campaign create.")] = False,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Show a campaign's state and its settings, with where each value comes from."""
    with desk(config, data) as api:
        found = api.get(f"/campaigns/{campaign}")
        shown = api.get(f"/campaigns/{campaign}/settings", everything="true" if everything else "")
    if json_lines:
        as_json(found | {"shown": shown})
    elif toml:
        typer.echo(as_toml(CampaignSettings.model_validate(found["settings"])), nl=False)
    else:
        facts({heading: found[name] for name, heading in COLUMNS.items()})
        typer.echo("")
        rows = [(row["name"], words(row["value"]), row["origin"]) for row in shown]
        table(("Setting", "Value", "From"), rows, empty="")


@app.command("lint")
def lint(
    campaign: CampaignArgument, config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False
) -> None:
    """Say what is wrong with a campaign before it starts; exit code 2 where there are errors."""
    with desk(config, data) as api:
        found = api.get(f"/campaigns/{campaign}/lint")
    if json_lines:
        as_json(found)
    else:
        print_findings(found["findings"])
        typer.echo("it may start" if found["may_start"] else "it does not start before the errors are gone")
    if not found["may_start"]:
        raise typer.Exit(2)


@app.command("start")
def start(
    campaign: CampaignArgument,
    by: ByOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Start dialling, in the calling windows and while agents are ready; refused where lint finds errors."""
    _order(campaign, "start", by, config, data, json_lines)


@app.command("pause")
def pause(
    campaign: CampaignArgument,
    by: ByOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Place no new calls until it is started again."""
    _order(campaign, "pause", by, config, data, json_lines)


@app.command("drain")
def drain(
    campaign: CampaignArgument,
    by: ByOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Place no new calls; pause once the last one has ended."""
    _order(campaign, "drain", by, config, data, json_lines)


@app.command("stop")
def stop(
    campaign: CampaignArgument,
    by: ByOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Finish the campaign; conversations go on to their end."""
    _order(campaign, "stop", by, config, data, json_lines)


@app.command("explain")
def explain(
    campaign: CampaignArgument, config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False
) -> None:
    """Say how many leads may be dialled now, what excludes the others, and why the campaign is idle."""
    with desk(config, data) as api:
        print_explanation(api.get(f"/campaigns/{campaign}/explanation"), json_lines=json_lines)


@app.command("idle")
def idle(
    campaign: CampaignArgument,
    day: Annotated[str | None, typer.Option("--day", metavar="YYYY-MM-DD", help="Today unless given.")] = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Say for each minute of a day why the campaign placed no calls."""
    with desk(config, data) as api:
        print_idle_day(api.get(f"/campaigns/{campaign}/idle", day=day), json_lines=json_lines)


app.add_typer(message.app, name="message")
app.command("change")(campaign_changes.change)
app.command("clone")(campaign_changes.clone)
app.command("undo")(campaign_changes.undo)
app.command("history")(campaign_changes.history)
app.command("diff")(campaign_changes.diff)


def _order(campaign: str, order: str, by: str | None, config: Path | None, data: Path | None, json_lines: bool) -> None:
    with engine_desk(config, data) as api:
        changed = api.post(f"/campaigns/{campaign}/{order}", by=who(by))
    if json_lines:
        as_json(changed)
        return
    print_findings(changed.get("warnings", ()))
    typer.echo(f"campaign {changed['code']}: {changed['state']}")


def print_findings(findings: Iterable[Mapping[str, Any]]) -> None:
    for finding in findings:
        typer.echo(f"{finding['severity']}: {finding['field']}: {finding['en']}; {finding['do_en']}")
        typer.echo(f"  {finding['zh']}；{finding['do_zh']}")


def words(value: Any) -> str:
    """One line for a setting: windows as hours, rows by their codes, tables as key=value."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={words(inside)}" for name, inside in value.items() if inside not in (None, ""))
    if isinstance(value, list):
        return "; ".join(words_of_row(row) for row in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def words_of_row(row: Any) -> str:
    if isinstance(row, Mapping) and {"days", "from", "to"} <= row.keys():
        return f"{'/'.join(row['days'])} {row['from'][:5]}-{row['to'][:5]}"
    if isinstance(row, Mapping) and "code" in row:
        return str(row["code"])
    return words(row)
