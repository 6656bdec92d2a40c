"""The do-not-call list."""

from __future__ import annotations

from typing import Annotated

import typer

from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import as_json
from dialer.cli.session import desk

app = typer.Typer(help="Numbers that are never dialled, in any campaign.", no_args_is_help=True)
NumberArgument = Annotated[str, typer.Argument(metavar="NUMBER")]
CountryOption = Annotated[str, typer.Option("--country", help="For a number without a country code.")]


@app.command("add")
def add(
    *,
    number: NumberArgument,
    reason: Annotated[str, typer.Option("--reason")] = "asked not to be called",
    source: Annotated[str, typer.Option("--source")] = "planner",
    country: CountryOption = "",
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Never dial this number again."""
    body = {"number": number, "country": country, "reason": reason, "source": source}
    with desk(config, data) as api:
        _print(api.post("/suppressions", body), json_lines)


@app.command("remove")
def remove(
    number: NumberArgument,
    country: CountryOption = "",
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Allow this number again."""
    with desk(config, data) as api:
        _print(api.delete("/suppressions", number=number, country=country), json_lines)


@app.command("check")
def check(
    number: NumberArgument,
    country: CountryOption = "",
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Say whether a number is on the list."""
    with desk(config, data) as api:
        _print(api.get("/suppressions", number=number, country=country), json_lines)


def _print(entry: dict[str, str], json_lines: bool) -> None:
    if json_lines:
        as_json(entry)
    elif entry["suppressed"]:
        typer.echo(f"{entry['number']} is not dialled: {entry['reason']}")
    else:
        typer.echo(f"{entry['number']} is not on the do-not-call list")
