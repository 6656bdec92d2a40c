"""Promised calls by hand, and the 31-day cabinet of what is to be followed up."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dialer.cli.attempts import aware
from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import as_json, facts, items
from dialer.cli.session import desk
from dialer.cli.written import ByOption, who

app = typer.Typer(help="Promised calls: list, make, move, cancel, count.", no_args_is_help=True)
CallbackArgument = Annotated[str, typer.Argument(metavar="CALLBACK", help="The callback's id.")]
AgentsOption = Annotated[list[str] | None, typer.Option("--agent", help="Only of this agent; may be given repeatedly.")]
CampaignOption = Annotated[str, typer.Option("--campaign", help="Only of this campaign.")]
FromOption = Annotated[str, typer.Option("--from", help="Due at this time or later, such as 2026-11-23T09:00.")]
ToOption = Annotated[str, typer.Option("--to", help="Due before this time.")]
COLUMNS = {
    "id": "Callback",
    "due_at": "Due",
    "due_local": "At the customer's",
    "state": "State",
    "overdue": "Overdue",
    "lead": "Lead",
    "lead_name": "Name",
    "agent": "For",
    "next_at": "Next try",
    "campaign": "Campaign",
}
ITEMS = {
    "day": "Day",
    "due_at": "Due",
    "due_local": "At the customer's",
    "kind": "Kind",
    "lead": "Lead",
    "lead_name": "Name",
    "agent": "Agent",
    "campaign": "Campaign",
    "note": "Note",
}


@app.command("list")
def list_callbacks(
    *,
    state: Annotated[list[str] | None, typer.Option("--state", help="OPEN, KEPT, MISSED, CANCELLED, ATTACHED.")] = None,
    agent: AgentsOption = None,
    campaign: CampaignOption = "",
    lead: Annotated[int | None, typer.Option("--lead", min=1)] = None,
    since: FromOption = "",
    until: ToOption = "",
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """List callbacks in the order in which they were promised; the open ones unless states are named."""
    query: dict[str, Any] = {
        "state": state or ["OPEN"],
        "agent": agent,
        "campaign": campaign,
        "lead": lead,
        "since": aware(since, "--from"),
        "until": aware(until, "--to"),
    }
    with desk(config, data) as api:
        found = list(api.pages("/callbacks", **query))
    items(found, COLUMNS, json_lines=json_lines, empty="no such callbacks")


@app.command("show")
def show(
    callback: CallbackArgument, config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False
) -> None:
    """Show one callback and what became of it."""
    with desk(config, data) as api:
        _tell(api.get(f"/callbacks/{callback}"), json_lines=json_lines)


@app.command("make")
def make(
    *,
    lead: Annotated[int, typer.Argument(metavar="LEAD", min=1, help="The lead's number.")],
    at: Annotated[str, typer.Option("--at", help="When to call, such as 2026-11-23T15:30.")],
    agent: Annotated[str, typer.Option("--for", help="Only this agent, for a while; anyone unless given.")] = "",
    note: Annotated[str, typer.Option("--note")] = "",
    by: ByOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Promise a call to a lead."""
    body = {"at": aware(at, "--at"), "agent": None if agent in ("", "anyone") else agent, "note": note}
    with desk(config, data) as api:
        _tell(api.post(f"/leads/{lead}/callback", body, by=who(by)), json_lines=json_lines)


@app.command("move")
def move(
    *,
    callback: CallbackArgument,
    at: Annotated[str, typer.Option("--at", help="The new time.")] = "",
    agent: Annotated[str, typer.Option("--for", help="Another agent, or anyone.")] = "",
    reason: Annotated[str, typer.Option("--reason")] = "",
    by: ByOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Move a callback to another time, to another agent, or both."""
    body = {"at": aware(at, "--at"), "agent": agent or None, "reason": reason}
    with desk(config, data) as api:
        _tell(api.post(f"/callbacks/{callback}/move", body, by=who(by)), json_lines=json_lines)


@app.command("cancel")
def cancel(
    *,
    callback: CallbackArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why: the customer counts on the call.")],
    by: ByOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Take a callback back; the lead goes on by the ordinary rules."""
    with desk(config, data) as api:
        _tell(api.post(f"/callbacks/{callback}/cancel", {"reason": reason}, by=who(by)), json_lines=json_lines)


@app.command("count")
def count(
    *,
    since: FromOption,
    until: ToOption,
    agent: AgentsOption = None,
    campaign: CampaignOption = "",
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Follow-ups done and due: the call-back completion rate of a period."""
    query: dict[str, Any] = {
        "since": aware(since, "--from"),
        "until": aware(until, "--to"),
        "agent": agent,
        "campaign": campaign,
    }
    with desk(config, data) as api:
        found = api.get("/callbacks/counts", **query)
    if json_lines:
        as_json(found)
    else:
        facts(found)


def tickler(
    *,
    agent: AgentsOption = None,
    team: Annotated[str | None, typer.Option("--team", metavar="GROUP", help="The members of an agent group.")] = None,
    since: Annotated[str, typer.Option("--from", help="First day shown, such as 2026-11-23; today unless given.")] = "",
    days: Annotated[int, typer.Option("--days", min=1, max=366)] = 31,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Show the 31-day cabinet: what is to be followed up each day, overdue first."""
    query: dict[str, Any] = {"agent": agent, "team": team, "from": since, "days": days}
    with desk(config, data) as api:
        cabinet = api.get("/tickler", **query)
    if json_lines:
        as_json(cabinet)
        return
    drawers = [("overdue", cabinet["overdue"]), *((day["day"], day) for day in cabinet["days"])]
    cards = [card | {"day": name} for name, drawer in drawers for card in drawer["items"]]
    items(cards, ITEMS, json_lines=False, empty="nothing is due")
    shown = sum(len(drawer["items"]) for _, drawer in drawers)
    more = f", the first {shown} of them here" if shown < cabinet["count"] else ""
    typer.echo(f"{cabinet['count']} due, {cabinet['overdue']['count']} of them overdue{more}")


def _tell(callback: dict[str, Any], *, json_lines: bool) -> None:
    if json_lines:
        as_json(callback)
    else:
        facts({name: value for name, value in callback.items() if value not in (None, "")})
