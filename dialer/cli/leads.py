"""The leads of a campaign, and why one of them is dialled or not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer
from typer._click import Context
from typer.core import TyperGroup

from campaigns.lead import DueKind, LeadState
from dialer.cli.campaign import CampaignArgument
from dialer.cli.explanation import print_verdict
from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import as_json, items
from dialer.cli.session import desk
from dialer.client import Api
from dialer.errors import Invalid, NotFound

COLUMNS = {
    "id": "Lead",
    "name": "Name",
    "number": "Number",
    "time_zone": "Time zone",
    "state": "State",
    "due_kind": "Why due",
    "due_at": "Due",
    "closed_reason": "Closed",
    "row": "Row",
}


class Leads(TyperGroup):
    """`goldenhour leads CAMPAIGN` lists: what is no command is the first word of a list."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, "--help"):
            args = ["list", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=Leads, no_args_is_help=True, help="List the leads of a campaign (goldenhour leads CAMPAIGN), or add one."
)


@app.command("list")
def list_leads(
    *,
    campaign: CampaignArgument,
    state: Annotated[LeadState | None, typer.Option("--state")] = None,
    kind: Annotated[DueKind | None, typer.Option("--kind", help="Why it is due.")] = None,
    source: Annotated[str | None, typer.Option("--source", help="Where it came from.")] = None,
    owner: Annotated[str | None, typer.Option("--owner", metavar="AGENT", help="Who knows the customer.")] = None,
    explain: Annotated[
        int | None, typer.Option("--explain", metavar="LEAD", min=1, help="Every rule for one lead.")
    ] = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """List the leads of a campaign, or explain one."""
    with desk(config, data) as api:
        if explain is None:
            rows = list(_rows(api, campaign, state=state, kind=kind, source=source, owner=owner))
            items(rows, COLUMNS, json_lines=json_lines, empty="no leads; load a list with: goldenhour import")
        else:
            explanation = api.get(f"/leads/{explain}/explanation")
            if explanation["campaign"] != campaign:
                raise NotFound(f"lead {explain} belongs to campaign '{explanation['campaign']}'", field="--explain")
            print_verdict(explanation, json_lines=json_lines)


@app.command("add")
def add(
    *,
    campaign: CampaignArgument,
    number: Annotated[list[str], typer.Option("--number", help="In dialling order; may be given repeatedly.")],
    name: Annotated[str, typer.Option("--name")] = "",
    fields: Annotated[list[str] | None, typer.Option("--field", metavar="NAME=VALUE")] = None,
    source: Annotated[str, typer.Option("--source", help="Where it came from.")] = "web",
    owner: Annotated[str, typer.Option("--owner", metavar="AGENT", help="Who knows the customer.")] = "",
    time_zone: Annotated[str, typer.Option("--time-zone", help="Where the number leaves it open.")] = "",
    priority: Annotated[int, typer.Option("--priority", min=-100, max=100)] = 0,
    external_id: Annotated[str, typer.Option("--external-id", help="Sent again, it changes nothing.")] = "",
    consent: Annotated[str, typer.Option("--consent", help="The words the customer agreed to.")] = "",
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Add one lead that is due at once and dialled before all fresh ones, as a web lead is."""
    body = {
        "numbers": [{"number": text} for text in number], "name": name, "fields": _fields(fields or []),
        "source": source, "owner": owner, "time_zone": time_zone, "priority": priority, "external_id": external_id,
        "consent": consent,
    }  # fmt: skip
    with desk(config, data) as api:
        answer = api.post(f"/campaigns/{campaign}/leads", body)
    if json_lines:
        as_json(answer)
    else:
        lead = answer["lead"]
        typer.echo(f"lead {lead['id']}: {answer['received']}, {lead['state']}, due {lead['due_at'] or 'never'}")


def _fields(pairs: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator or not name.strip():
            raise Invalid(f"'{pair}' is no field; write NAME=VALUE", field="--field")
        found[name.strip()] = value
    return found


def _rows(api: Api, campaign: str, **filters: str | None) -> Iterator[dict[str, Any]]:
    """`number` is the first of the numbers, which is dialled first."""
    for lead in api.pages(f"/campaigns/{campaign}/leads", **filters):
        yield lead | {"number": lead["numbers"][0]["number"] if lead["numbers"] else None}
