"""Agents: who they are, and whether they take calls."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dialer.cli import agent_changes
from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import as_json, facts, items
from dialer.cli.session import desk, engine_desk
from dialer.domain.agent import LegMode

app = typer.Typer(help="Add agents and tell who takes calls.", no_args_is_help=True)
AgentArgument = Annotated[str, typer.Argument(metavar="AGENT", help="The agent's id.")]
COLUMNS = {
    "id": "Agent",
    "name": "Name",
    "phone": "Phone",
    "phone_trunk": "Over trunk",
    "leg_mode": "Leg",
    "state": "State",
    "since": "Since",
    "call": "Call",
}


@app.command("add")
def add(
    *,
    agent: AgentArgument,
    phone: Annotated[str, typer.Option("--phone", help="sip:USER@HOST, or an extension of a PBX.")],
    name: Annotated[str, typer.Option("--name")] = "",
    trunk: Annotated[str, typer.Option("--trunk", help="Trunk over which an extension is reached.")] = "",
    leg_mode: Annotated[LegMode, typer.Option("--leg-mode", help="How the phone is reached.")] = LegMode.AUTO,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Add an agent with the phone on which customers are connected."""
    body = {"id": agent, "name": name, "phone": phone, "phone_trunk": trunk, "leg_mode": leg_mode}
    with desk(config, data) as api:
        added = api.post("/agents", body)
    if json_lines:
        as_json(added)
    else:
        typer.echo(f"agent {added['id']} added")


@app.command("list")
def list_agents(config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False) -> None:
    """List the agents, with their state while a server runs."""
    with desk(config, data) as api:
        items(
            api.get("/agents"),
            COLUMNS,
            json_lines=json_lines,
            empty="no agents yet; add one with: goldenhour agent add",
        )


@app.command("ready")
def ready(
    agent: AgentArgument, config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False
) -> None:
    """Let an agent take calls; logs in first where needed."""
    with engine_desk(config, data) as api:
        _report(api.post(f"/agents/{agent}/ready"), json_lines)


@app.command("pause")
def pause(
    agent: AgentArgument,
    reason: Annotated[str, typer.Option("--reason")] = "",
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Take an agent out of the calls; during a call it holds after the wrap-up."""
    with engine_desk(config, data) as api:
        _report(api.post(f"/agents/{agent}/pause", {"reason": reason}), json_lines)


@app.command("logout")
def log_out(
    agent: AgentArgument, config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False
) -> None:
    """End an agent's shift."""
    with engine_desk(config, data) as api:
        _report(api.post(f"/agents/{agent}/logout"), json_lines)


@app.command("preview")
def preview(
    agent: AgentArgument, config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False
) -> None:
    """Show the lead that an agent is to call or to skip."""
    with engine_desk(config, data) as api:
        _lead(api.get(f"/agents/{agent}/preview"), json_lines)


@app.command("accept")
def accept(
    agent: AgentArgument, config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False
) -> None:
    """Call the lead that is shown to an agent."""
    with engine_desk(config, data) as api:
        _lead(api.post(f"/agents/{agent}/preview/accept"), json_lines)


@app.command("skip")
def skip(
    agent: AgentArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why this customer is not called by this agent.")] = "",
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Give the lead back that is shown to an agent; he does not see it again today."""
    with engine_desk(config, data) as api:
        _lead(api.post(f"/agents/{agent}/preview/skip", {"reason": reason}), json_lines)


app.command("change")(agent_changes.change)
app.command("activate")(agent_changes.activate)
app.command("deactivate")(agent_changes.deactivate)
app.command("skill")(agent_changes.skill)
app.command("qualify")(agent_changes.qualify)


def _report(agent: dict[str, object], json_lines: bool) -> None:
    if json_lines:
        as_json(agent)
    else:
        typer.echo(f"agent {agent['id']}: {agent['state']}")


def _lead(shown: dict[str, Any], json_lines: bool) -> None:
    if json_lines:
        as_json(shown)
        return
    lead = shown["lead"]
    facts(
        {
            "agent": shown["agent"],
            "campaign": shown["campaign"],
            "state": shown["state"],
            "until": shown["until"],
            "lead": lead["id"],
            "name": lead["name"],
            "number": shown["number"],
            "attempts so far": len(shown["attempts"]),
            **lead["fields"],
        }
    )
