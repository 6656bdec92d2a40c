"""`goldenhour leads allocate`: the leads nobody owns, to agents by a rule."""

from __future__ import annotations

from typing import Annotated

import typer

from dialer.cli.campaign import CampaignArgument
from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import as_json, facts
from dialer.cli.session import desk


def allocate(
    *,
    campaign: CampaignArgument,
    rule: Annotated[
        str,
        typer.Option(
            "--rule",
            metavar="RULE",
            help="round_robin:li,wang · evenly:li,wang · region:上海=li|wang,*=chen · segment:VIP=li,claims=+claims · "
            "skill:english=li|wang",
        ),
    ],
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Give the open leads that nobody owns to agents; nobody loses a lead."""
    with desk(config, data) as api:
        report = api.post(f"/campaigns/{campaign}/allocation", {"rule": rule})
    if json_lines:
        as_json(report)
        return
    facts({f"to {agent}": number for agent, number in report["allocated"].items()})
    facts({name.replace("_", " "): report[name] for name in ("skilled", "not_allocated", "owned")})
