"""Appointments with customers, when they are moved or cancelled outside a call."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dialer.cli.attempts import aware
from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import as_json, facts
from dialer.cli.session import desk
from dialer.cli.written import ByOption, who

app = typer.Typer(help="Appointments outside a call: move, cancel.", no_args_is_help=True)
LeadArgument = Annotated[int, typer.Argument(metavar="LEAD", min=1, help="The lead's number.")]
SHOWN = ("id", "name", "state", "appointment_at", "due_kind", "due_at", "due_reason", "closed_reason")


@app.command("move")
def move(
    *,
    lead: LeadArgument,
    at: Annotated[str, typer.Option("--at", help="When it is, such as 2026-12-03T15:00.")],
    reason: Annotated[str, typer.Option("--reason")] = "",
    by: ByOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Move an appointment to another time, or book one; its reminder follows."""
    with desk(config, data) as api:
        body = {"at": aware(at, "--at"), "reason": reason}
        _tell(api.post(f"/leads/{lead}/appointment/move", body, by=who(by)), json_lines=json_lines)


@app.command("cancel")
def cancel(
    *,
    lead: LeadArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why, for whoever calls next.")],
    by: ByOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Cancel an appointment; the lead goes on as if the customer had said so in its last call."""
    with desk(config, data) as api:
        _tell(api.post(f"/leads/{lead}/appointment/cancel", {"reason": reason}, by=who(by)), json_lines=json_lines)


def _tell(lead: dict[str, Any], *, json_lines: bool) -> None:
    if json_lines:
        as_json(lead)
    else:
        facts({name: lead[name] for name in SHOWN if lead.get(name) not in (None, "")})
