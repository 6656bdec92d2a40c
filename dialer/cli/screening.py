"""Answering machines: how well they are told from persons."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import as_json, cell, table
from dialer.cli.session import desk

app = typer.Typer(help="See how well answering machines are told from persons.", no_args_is_help=True)
HEADINGS = (
    "Trunk", "Screened", "Human", "Machine", "Uncertain", "Delay ms", "Checked", "Persons taken for machines",
    "Machines taken for persons", "Persons hung up on",
)  # fmt: skip


@app.command("stats")
def stats(
    trunk: Annotated[str, typer.Option(help="Only calls over this trunk.")] = "",
    campaign: Annotated[str, typer.Option(help="Only calls of this campaign.")] = "",
    days: Annotated[int, typer.Option(min=1, max=3650, help="Of the last so many days.")] = 30,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Show verdicts and their errors for each trunk, with 95 % intervals."""
    wanted: dict[str, str | int] = {"trunk": trunk, "campaign": campaign, "days": days}
    with desk(config, data) as api:
        found = api.get("/screening/statistics", **{name: value for name, value in wanted.items() if value})
    if json_lines:
        as_json(found)
        return
    if not found["rows"][0]["screened"]:
        typer.echo(f"no call was screened in the last {days} days")
        return
    table(HEADINGS, [_row(row) for row in found["rows"]], empty="")
    if found["counts_as_abandoned"]:
        typer.echo("the policy pack counts persons hung up on as machines as abandoned")


def hung_up_on(found: dict[str, Any]) -> str:
    """One line about a campaign that is screened."""
    row = found["rows"][0]
    counted = ", counted as abandoned by its policy pack" if found["counts_as_abandoned"] else ""
    return (
        f"answering machines: {row['machines']} of {row['screened']} screened calls; persons taken for machines: "
        f"{_share(row['false_positive'])}; hung up on: {_number(row['wrongly_ended'])}{counted}"
    )


def _row(row: dict[str, Any]) -> tuple[Any, ...]:
    checked = row["checked"]
    return (
        row["trunk"] or "all", row["screened"], row["humans"], row["machines"], row["uncertain"],
        cell(row["mean_delay_ms"]), f"{checked['hits']} of {checked['of']}", _share(row["false_positive"]),
        _share(row["false_negative"]), _number(row["wrongly_ended"]),
    )  # fmt: skip


def _share(rate: dict[str, Any]) -> str:
    interval = f"{rate['low']:.1%} - {rate['high']:.1%}"
    return f"{rate['value']:.1%} ({interval})" if rate["value"] is not None else f"not known ({interval})"


def _number(estimate: dict[str, Any]) -> str:
    interval = f"{estimate['low']:.0f} - {estimate['high']:.0f}"
    return f"{estimate['value']:.1f} ({interval})" if estimate["value"] is not None else f"not known ({interval})"
