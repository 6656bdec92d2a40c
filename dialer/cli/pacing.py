"""How a campaign is paced: what was learned and counted, and why it placed a call or did not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import typer

from dialer.cli.campaign import CampaignArgument
from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import as_json, cell, facts, table
from dialer.cli.session import desk
from dialer.cli.written import ByOption, who
from dialer.errors import Invalid

app = typer.Typer(help="Pacing: how many calls a campaign places, and why.", no_args_is_help=True)


@app.command("show")
def show(
    campaign: CampaignArgument, config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False
) -> None:
    """Show the mode, the abandonment rate over the policy's windows, and what was learned."""
    with desk(config, data) as api:
        _print_pacing(api.get(f"/campaigns/{campaign}/pacing"), json_lines=json_lines)


@app.command("reset")
def reset(
    campaign: CampaignArgument,
    by: ByOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Forget what was learned, for a list of quite another kind; the count of abandoned calls stays."""
    with desk(config, data) as api:
        found = api.post(f"/campaigns/{campaign}/pacing/reset", by=who(by))
    if json_lines:
        as_json(found)
    else:
        typer.echo(f"campaign {campaign}: pacing has forgotten what it learned")


@app.command("why")
def why(
    campaign: CampaignArgument,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="HH:MM[:SS] today, or 2026-11-23T10:15:00; now.")
    ] = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Say why it placed as many calls as it did at a time within the last 24 hours."""
    params = {} if at is None else {"at": moment(at).isoformat()}
    with desk(config, data) as api:
        found = api.get(f"/campaigns/{campaign}/pacing/decisions", **params)
    if json_lines:
        as_json(found)
        return
    _print_why(found)


def moment(text: str) -> datetime:
    """On the clock of this machine where it names no offset. Raises `Invalid`."""
    now = datetime.now().astimezone()
    if text.count(":") in (1, 2) and "-" not in text and "T" not in text:
        text = f"{now:%Y-%m-%d}T{text if len(text.partition(':')[0]) == 2 else '0' + text}"
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError as error:
        raise Invalid(f"{text!r} is no time; write HH:MM:SS, or 2026-11-23T10:15:00", field="--at") from error


def _print_pacing(found: Mapping[str, Any], *, json_lines: bool) -> None:
    if json_lines:
        as_json(found)
        return
    facts(
        {
            "campaign": found["campaign"],
            "mode": found["mode"],
            "places calls without an agent": found["over_dials"],
            "most abandoned": f"{found['abandon_rate_max']:.1%}",
            "abandoned after": f"{found['abandon_limit_s']:g} s",
            "now": "; ".join(filter(None, (found["words"], found["words_zh"]))),
            **{name.replace("_", " "): value for name, value in found["learned"].items()},
        }
    )
    rows = [
        (w["window"], w["answered"], w["abandoned"], _percent(w["rate"]), f"{w['low']:.2%} - {w['high']:.2%}")
        for w in found["windows"]
    ]
    table(("Window", "Answered", "Abandoned", "Rate", "95 % interval"), rows, empty="")
    if found["rates"]:
        table(("Of", "Answer rate against the campaign's"), list(found["rates"].items()), empty="")


def _print_why(found: Mapping[str, Any]) -> None:
    decision = found["decision"]
    if decision is None:
        typer.echo("no decision is known from before that time; the next ones:")
    else:
        typer.echo(f"{_span(decision)}: {decision['words']}")
        typer.echo(decision["words_zh"])
    others = [*found["before"], *([decision] if decision else []), *found["after"]]
    rows = [
        ("->" if one is decision else "", _span(one), one["times"], one["placed"], one["limit_words"],
         _percent(one["risk"]), _percent(one["theta"]), cell(one["left"]))
        for one in others
    ]  # fmt: skip
    table(("", "Time", "Times", "Placed", "Not more because", "Risk", "Taken", "Left"), rows, empty="")


def _span(decision: Mapping[str, Any]) -> str:
    first, last = cell(decision["first"]), cell(decision["last"])
    return first if first == last else f"{first} - {last[-8:]}"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.2%}"
