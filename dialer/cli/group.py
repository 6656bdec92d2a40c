"""Agent groups (技能组): who is in them decides who gets the calls of campaigns that name them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import as_json, items
from dialer.cli.session import desk

app = typer.Typer(help="Agent groups: make them, put agents in and take them out.", no_args_is_help=True)
GroupArgument = Annotated[str, typer.Argument(metavar="GROUP", help="The group's code.")]
AgentsArgument = Annotated[list[str], typer.Argument(metavar="AGENT...", help="Ids of agents.")]
COLUMNS = {"code": "Group", "name": "Name", "agents": "Agents"}


@app.command("create")
def create(
    group: GroupArgument,
    name: Annotated[str, typer.Option("--name")] = "",
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Make a group."""
    with desk(config, data) as api:
        _report(api.post("/groups", {"code": group, "name": name}), json_lines)


@app.command("list")
def list_groups(config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False) -> None:
    """List the groups with their agents."""
    with desk(config, data) as api:
        items(
            api.get("/groups"), COLUMNS, json_lines=json_lines,
            empty="no groups yet; make one with: goldenhour group create GROUP",
        )  # fmt: skip


@app.command("show")
def show(
    group: GroupArgument, config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False
) -> None:
    """Show a group."""
    with desk(config, data) as api:
        _report(api.get(f"/groups/{group}"), json_lines)


@app.command("add")
def add(
    group: GroupArgument,
    agents: AgentsArgument,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Put agents into a group; they get its campaigns' calls at once."""
    with desk(config, data) as api:
        for agent in agents:
            found = api.put(f"/groups/{group}/agents/{agent}")
    _report(found, json_lines)


@app.command("remove")
def remove(
    group: GroupArgument,
    agents: Annotated[list[str] | None, typer.Argument(metavar="[AGENT...]", help="Nobody named: the group.")] = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Take agents out of a group, or the group itself away; calls they have go on."""
    with desk(config, data) as api:
        if not agents:
            _report(api.delete(f"/groups/{group}"), json_lines, gone=True)
            return
        for agent in agents:
            found = api.delete(f"/groups/{group}/agents/{agent}")
    _report(found, json_lines)


def _report(group: dict[str, Any], json_lines: bool, *, gone: bool = False) -> None:
    if json_lines:
        as_json(group)
    elif gone:
        typer.echo(f"group {group['code']} removed")
    else:
        typer.echo(f"group {group['code']}: {', '.join(group['agents']) or 'nobody yet'}")
