"""Policy packs, and the calendars of public holidays."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import as_json, facts, items, table
from dialer.cli.session import desk
from dialer.errors import Invalid

app = typer.Typer(help="The rules of countries: hours, caps, public holidays.", no_args_is_help=True)
PACKS = {
    "name": "Pack", "version": "Version", "title": "Holds for", "checked_on": "Checked on", "wall_from": "From",
    "wall_to": "To", "holidays": "Holidays", "number_per_24h": "In 24 h", "number_per_30d": "In 30 d",
}  # fmt: skip


@app.command("list")
def list_packs(config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False) -> None:
    """The packs that a campaign may name, and that hold for its country without being named."""
    with desk(config, data) as api:
        items(api.get("/policies"), PACKS, json_lines=json_lines, empty="no packs")


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(metavar="PACK")],
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Every rule of a pack, its source and what it leaves to the planner."""
    with desk(config, data) as api:
        _print(api.get(f"/policies/{name}"), json_lines)


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Say whether FILE is a pack; it is in force once it lies in the directory `policies` of the data directory."""
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{file}: cannot be read: {error}", field="FILE") from error
    with desk(config, data) as api:
        _print(api.post("/policies/check", {"text": text}), json_lines)


@app.command("holidays")
def holidays(
    country: Annotated[str, typer.Argument(metavar="COUNTRY", help="Such as CN.")],
    year: Annotated[int | None, typer.Option("--year")] = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """The public holidays and make-up working days that are known, and until when."""
    with desk(config, data) as api:
        found = api.get(f"/calendars/{country.upper()}")
    if json_lines:
        as_json(found)
        return
    days = [*found["holidays"].items(), *((day, "working day") for day in found["working"])]
    wanted = sorted((day, name) for day, name in days if year is None or day.startswith(str(year)))
    table(("Day", "What"), wanted, empty="no public holidays are known")
    if found["covered_until"]:
        typer.echo(f"{found['country']}: known until {found['covered_until']}")
    else:
        name = found["country"]
        typer.echo(f"{name}: not known for today; add them to calendars/{name.lower()}.toml in the data directory")


def _print(pack: dict[str, Any], json_lines: bool) -> None:
    if json_lines:
        as_json(pack)
        return
    hours = [f"{'/'.join(w['days'])} {w['from']}-{w['to']}" for w in pack["windows"]]
    facts({name.replace("_", " "): value for name, value in (pack | {"windows": hours}).items() if name != "duties"})
    for duty in pack["duties"]:
        typer.echo(f"- {duty}")
