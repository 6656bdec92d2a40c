"""Campaigns: made from a TOML file, started, paused, drained, stopped, and explained."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from campaigns.campaign import CampaignSettings
from dialer.cli.explanation import print_explanation
from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import as_json, facts, items
from dialer.cli.session import desk, engine_desk
from dialer.documents import read_document

app = typer.Typer(help="Create, start, stop and explain campaigns.", no_args_is_help=True)
CampaignArgument = Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The campaign's code.")]
COLUMNS = {"code": "Campaign", "name": "Name", "state": "State", "version": "Version", "created_at": "Created"}


@app.command("create")
def create(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="See campaign.sample.toml.")],
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Create a campaign from a file; it does not dial before it is started."""
    settings = read_document(file, CampaignSettings)
    with desk(config, data) as api:
        created = api.post("/campaigns", settings.model_dump(mode="json", by_alias=True))
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
    campaign: CampaignArgument, config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False
) -> None:
    """Show a campaign's settings and state."""
    with desk(config, data) as api:
        found = api.get(f"/campaigns/{campaign}")
    if json_lines:
        as_json(found)
    else:
        facts(
            {name: found[name] for name in COLUMNS} | {k: v for k, v in found["settings"].items() if k not in COLUMNS}
        )


@app.command("start")
def start(
    campaign: CampaignArgument, config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False
) -> None:
    """Start dialling, in the calling windows and while agents are ready."""
    _order(campaign, "start", config, data, json_lines)


@app.command("pause")
def pause(
    campaign: CampaignArgument, config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False
) -> None:
    """Place no new calls until it is started again."""
    _order(campaign, "pause", config, data, json_lines)


@app.command("drain")
def drain(
    campaign: CampaignArgument, config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False
) -> None:
    """Place no new calls; pause once the last one has ended."""
    _order(campaign, "drain", config, data, json_lines)


@app.command("stop")
def stop(
    campaign: CampaignArgument, config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False
) -> None:
    """Finish the campaign; conversations go on to their end."""
    _order(campaign, "stop", config, data, json_lines)


@app.command("explain")
def explain(
    campaign: CampaignArgument, config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False
) -> None:
    """Say how many leads may be dialled now, what excludes the others, and why the campaign is idle."""
    with desk(config, data) as api:
        print_explanation(api.get(f"/campaigns/{campaign}/explanation"), json_lines=json_lines)


def _order(campaign: str, order: str, config: Path | None, data: Path | None, json_lines: bool) -> None:
    with engine_desk(config, data) as api:
        changed = api.post(f"/campaigns/{campaign}/{order}")
    if json_lines:
        as_json(changed)
    else:
        typer.echo(f"campaign {changed['code']}: {changed['state']}")
