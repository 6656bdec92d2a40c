"""The leads of a campaign, and why one of them is dialled or not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from campaigns.lead import LeadState
from dialer.cli.campaign import CampaignArgument
from dialer.cli.explanation import print_verdict
from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import items
from dialer.cli.session import desk
from dialer.client import Api
from dialer.errors import NotFound

COLUMNS = {
    "id": "Lead",
    "name": "Name",
    "number": "Number",
    "time_zone": "Time zone",
    "state": "State",
    "due_at": "Due",
    "closed_reason": "Closed",
    "row": "Row",
}


def leads(
    *,
    campaign: CampaignArgument,
    state: Annotated[LeadState | None, typer.Option("--state")] = None,
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
            rows = list(_rows(api, campaign, state))
            items(rows, COLUMNS, json_lines=json_lines, empty="no leads; load a list with: goldenhour import")
        else:
            explanation = api.get(f"/leads/{explain}/explanation")
            if explanation["campaign"] != campaign:
                raise NotFound(f"lead {explain} belongs to campaign '{explanation['campaign']}'", field="--explain")
            print_verdict(explanation, json_lines=json_lines)


def _rows(api: Api, campaign: str, state: LeadState | None) -> Iterator[dict[str, Any]]:
    """`number` is the first of the numbers, which is dialled first."""
    for lead in api.pages(f"/campaigns/{campaign}/leads", state=state):
        yield lead | {"number": lead["numbers"][0]["number"] if lead["numbers"] else None}
