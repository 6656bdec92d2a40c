"""Attempts, and the dispositions agents give them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import as_json, items
from dialer.cli.session import desk, engine_desk, find_config
from dialer.cli.written import ByOption, who
from dialer.errors import Invalid

COLUMNS = {
    "id": "Attempt",
    "lead": "Lead",
    "number": "Number",
    "placed_at": "Placed",
    "connected_at": "Connected",
    "ended_at": "Ended",
    "outcome": "Outcome",
    "sip_status": "SIP",
    "agent": "Agent",
    "disposition": "Disposition",
}


def attempts(
    *,
    campaign: Annotated[str, typer.Option("--campaign", help="Only of this campaign.")] = "",
    lead: Annotated[int | None, typer.Option("--lead", min=1)] = None,
    agent: Annotated[str, typer.Option("--agent")] = "",
    since: Annotated[str, typer.Option("--since", help="Placed at this time or later, such as 2026-11-22T09:00.")] = "",
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """List attempts in the order in which they were placed."""
    root = find_config(config, data).data / "recordings"
    moment = aware(since, "--since")
    with desk(config, data) as api:
        found = list(api.pages("/attempts", campaign=campaign, lead=lead, agent=agent, since=moment))
    rows: list[dict[str, Any]] = [
        row | {"recording": str(root / row["recording"]) if row["recording"] else None} for row in found
    ]
    items(rows, COLUMNS, json_lines=json_lines, empty="no attempts yet")


def dispose(
    *,
    call: Annotated[str, typer.Argument(metavar="CALL", help="The attempt's id.")],
    code: Annotated[str, typer.Argument(metavar="CODE", help="A disposition of the campaign, such as SALE.")],
    note: Annotated[str, typer.Option("--note")] = "",
    callback_at: Annotated[
        str, typer.Option("--callback-at", help="When to call again, such as 2026-11-23T15:30.")
    ] = "",
    callback_for: Annotated[
        str, typer.Option("--for", help="Who calls again: me (the agent of the call), anyone, or an agent's id.")
    ] = "",
    appointment_at: Annotated[
        str, typer.Option("--appointment-at", help="The appointment booked, such as 2026-11-25T10:00.")
    ] = "",
    agent: Annotated[str, typer.Option("--agent", help="In whose name, where it is not the agent of the call.")] = "",
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Record what the agent decided about a call."""
    body = _decision(code, note, callback_at, callback_for, appointment_at) | {"agent": agent or None}
    with engine_desk(config, data) as api:
        disposed = api.post(f"/calls/{call}/disposition", body)
    if json_lines:
        as_json(disposed)
    else:
        typer.echo(f"call {disposed['id']}: {disposed['disposition']}")


def correct(
    *,
    call: Annotated[str, typer.Argument(metavar="CALL", help="The attempt's id.")],
    code: Annotated[str, typer.Argument(metavar="CODE", help="The disposition it should have had.")],
    note: Annotated[str, typer.Option("--note")] = "",
    callback_at: Annotated[str, typer.Option("--callback-at", help="When to call again.")] = "",
    callback_for: Annotated[str, typer.Option("--for", help="Who calls again: me, anyone, or an agent's id.")] = "",
    appointment_at: Annotated[str, typer.Option("--appointment-at", help="The appointment booked.")] = "",
    by: ByOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Correct a disposition that was saved by mistake, within a day; what it meant for the lead is decided again."""
    body = _decision(code, note, callback_at, callback_for, appointment_at)
    with engine_desk(config, data) as api:
        corrected = api.post(f"/calls/{call}/disposition/correction", body, by=who(by))
    if json_lines:
        as_json(corrected)
    else:
        typer.echo(f"call {corrected['id']}: {corrected['disposition']}")


def _decision(code: str, note: str, callback_at: str, callback_for: str, appointment_at: str) -> dict[str, str | None]:
    return {
        "code": code,
        "note": note,
        "callback_at": aware(callback_at, "--callback-at"),
        "callback_for": callback_for,
        "appointment_at": aware(appointment_at, "--appointment-at"),
    }


def aware(text: str, option: str) -> str | None:
    """A time as the user wrote it; without an offset it is this machine's local time."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(f"{option} is '{text}'; write a time such as 2026-11-23T15:30", field=option) from error
    return moment.astimezone().isoformat()
