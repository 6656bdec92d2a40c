"""What is changed about an agent: phone, limits, skills, passed scripts, whether he works here at all."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import as_json
from dialer.cli.session import desk
from dialer.cli.written import ByOption, who
from dialer.domain.agent import LegMode
from dialer.errors import Invalid

AgentArgument = Annotated[str, typer.Argument(metavar="AGENT", help="The agent's id.")]
ScriptArgument = Annotated[str, typer.Argument(metavar="SCRIPT", help="The script's name.")]
VersionArgument = Annotated[int, typer.Argument(metavar="VERSION", min=1)]


def change(
    *,
    agent: AgentArgument,
    name: Annotated[str | None, typer.Option("--name")] = None,
    phone: Annotated[str | None, typer.Option("--phone", help="sip:USER@HOST, or an extension of a PBX.")] = None,
    trunk: Annotated[str | None, typer.Option("--trunk", help="Trunk over which an extension is reached.")] = None,
    leg_mode: Annotated[LegMode | None, typer.Option("--leg-mode")] = None,
    newcomer: Annotated[
        bool | None, typer.Option("--newcomer/--experienced", help="A new agent has 20 effective calls a day.")
    ] = None,
    daily_cap: Annotated[
        int | None, typer.Option("--daily-cap", min=0, max=1000, help="Effective calls a day; 0: no limit of his own.")
    ] = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Change an agent; the phone from the next call on."""
    given = {"name": name, "phone": phone, "phone_trunk": trunk, "leg_mode": leg_mode, "newcomer": newcomer}
    wanted: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    if daily_cap is not None:
        wanted["daily_cap"] = daily_cap or None
    if not wanted:
        raise Invalid("say what is to change, such as --phone or --newcomer", field="agent")
    with desk(config, data) as api:
        _report(api.patch(f"/agents/{agent}", wanted), json_lines)


def activate(
    agent: AgentArgument, config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False
) -> None:
    """Let an agent work here again."""
    with desk(config, data) as api:
        _report(api.patch(f"/agents/{agent}", {"active": True}), json_lines)


def deactivate(
    agent: AgentArgument, config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False
) -> None:
    """No more calls and no log-in; the call he has goes on."""
    with desk(config, data) as api:
        _report(api.patch(f"/agents/{agent}", {"active": False}), json_lines)


def skill(
    agent: AgentArgument,
    name: Annotated[str, typer.Argument(metavar="SKILL")],
    level: Annotated[int, typer.Option("--level", min=1, max=10, help="10 is the highest.")] = 1,
    drop: Annotated[bool, typer.Option("--drop", help="He has it no more.")] = False,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Say what an agent is able to do; campaigns ask for skills."""
    path = f"/agents/{agent}/skills/{name}"
    with desk(config, data) as api:
        _report(api.delete(path) if drop else api.put(path, {"level": level}), json_lines)


def qualify(
    agent: AgentArgument,
    script: ScriptArgument,
    version: VersionArgument,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take it back.")] = False,
    by: ByOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Note that an agent has passed a version of a script and may go live with it."""
    path = f"/agents/{agent}/qualifications"
    with desk(config, data) as api:
        if withdraw:
            _report(api.delete(path, script=script, version=version), json_lines)
        else:
            _report(api.post(path, {"script": script, "version": version}, by=who(by)), json_lines)


def _report(agent: dict[str, Any], json_lines: bool) -> None:
    if json_lines:
        as_json(agent)
        return
    skills = [f"{name} {level}" for name, level in agent["skills"].items()]
    scripts = [f"{name} {version}" for name, version in agent["passed"]]
    lists = (("groups", agent["groups"]), ("skills", skills), ("passed", scripts))
    facts = [f"{word} {', '.join(values)}" for word, values in lists if values]
    facts += ["newcomer"] if agent["newcomer"] else []
    facts += [f"{agent['daily_cap']} effective calls a day"] if agent["daily_cap"] else []
    typer.echo(f"agent {agent['id']}: {'; '.join(['active' if agent['active'] else 'not active', *facts])}")
