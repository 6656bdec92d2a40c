"""Calls from customers: listed, counted, and their unknown callers adopted as leads."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from dialer.cli.attempts import aware
from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import as_json, facts, items
from dialer.cli.session import desk

app = typer.Typer(help="Calls from customers.", no_args_is_help=True)
COLUMNS: Final = {
    "id": "Call",
    "arrived_at": "Arrived",
    "caller": "Caller",
    "lead_name": "Customer",
    "called": "Called",
    "campaign": "Campaign",
    "outcome": "Outcome",
    "agent": "Agent",
    "rings": "Rings",
    "disposition": "Disposition",
    "reason": "Reason",
}
CampaignOption = Annotated[str, typer.Option("--campaign", help="Only of this campaign.")]
SinceOption = Annotated[str, typer.Option("--since", help="Arrived at this time or later, such as 2026-11-22T09:00.")]


@app.command("list")
def list_calls(
    *,
    campaign: CampaignOption = "",
    agent: Annotated[str, typer.Option("--agent")] = "",
    lead: Annotated[int | None, typer.Option("--lead", min=1)] = None,
    outcome: Annotated[str, typer.Option("--outcome", help="ANSWERED, MISSED, ABANDONED, REFUSED or LOST.")] = "",
    to_adopt: Annotated[bool, typer.Option("--to-adopt", help="Only unknown callers who are no leads yet.")] = False,
    since: SinceOption = "",
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """List calls from customers in the order in which they came."""
    query: dict[str, Any] = {
        "campaign": campaign, "agent": agent, "lead": lead, "outcome": outcome.upper(),
        "since": aware(since, "--since"), "to_adopt": "true" if to_adopt else "",
    }  # fmt: skip
    with desk(config, data) as api:
        found = list(api.pages("/inbound-calls", **query))
    items(found, COLUMNS, json_lines=json_lines, empty="nobody has called yet")


@app.command("stats")
def stats(
    *,
    campaign: CampaignOption = "",
    since: SinceOption = "",
    until: Annotated[str, typer.Option("--until", help="Arrived before this time.")] = "",
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """How calls from customers were answered; within three rings is the usual goal."""
    query = {"campaign": campaign, "since": aware(since, "--since"), "until": aware(until, "--until")}
    with desk(config, data) as api:
        found = api.get("/statistics/inbound", **query)
    if json_lines:
        as_json(found)
        return
    within = found["within_three_rings"]
    share = f"{within['value']:.1%}" if within["value"] is not None else "no calls"
    facts({
        **{name: found[name] for name in ("arrived", "answered", "missed", "abandoned", "refused", "lost")},
        "within three rings": f"{within['hits']} of {within['of']} ({share})",
        "mean ringing, s": found["mean_ring_s"],
        "mean talk, s": found["mean_talk_s"],
        "unknown callers": found["unknown_callers"],
        "to adopt": found["to_adopt"],
    })  # fmt: skip


@app.command("card")
def card(
    *,
    call: Annotated[str, typer.Argument(metavar="CALL", help="The call's id.")],
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print what the agent's screen shows of a caller, as JSON."""
    with desk(config, data) as api:
        as_json(api.get(f"/inbound-calls/{call}/card"))


@app.command("adopt")
def adopt(
    *,
    call: Annotated[str, typer.Argument(metavar="CALL", help="The call's id.")],
    name: Annotated[str, typer.Option("--name", help="The caller's name; his number where it is left out.")] = "",
    owner: Annotated[str, typer.Option("--owner", help="The agent who knows him from now on.")] = "",
    campaign: Annotated[str, typer.Option("--campaign", help="Where it is not the call's.")] = "",
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Make an unknown caller a lead; he is due at once where nobody has talked to him."""
    body = {"name": name, "owner": owner or None, "campaign": campaign or None}
    with desk(config, data) as api:
        found = api.post(f"/inbound-calls/{call}/adopt", body, by="command line")
    if json_lines:
        as_json(found)
    else:
        typer.echo(f"caller {found['caller']} is lead {found['lead']} of campaign {found['campaign']}")
