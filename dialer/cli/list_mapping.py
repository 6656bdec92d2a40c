"""`goldenhour mapping`: which column means what, kept by name for the lists to come."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import quote

import typer

from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import as_json, facts, items
from dialer.cli.session import desk

app = typer.Typer(help="Mappings of columns, kept by name.", no_args_is_help=True, rich_markup_mode=None)
NameArgument = Annotated[str, typer.Argument(metavar="NAME")]
_COLUMNS: Final = {"name": "Name", "mapping": "Mapping", "saved_at": "Saved"}


@app.command("save")
def save(
    *,
    name: NameArgument,
    mapping: Annotated[
        list[str], typer.Option("--map", metavar="FIELD=COLUMN", help="Such as number=手机; repeat it.")
    ],
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Keep a mapping, in place of an earlier one of that name."""
    with desk(config, data) as api:
        saved = api.put(f"/mappings/{quote(name)}", {"mapping": mapping})
    if json_lines:
        as_json(saved)
    else:
        typer.echo(f"saved; use it with: goldenhour import CAMPAIGN FILE --mapping {name}")


@app.command("list")
def list_mappings(*, config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False) -> None:
    """Every mapping of this site."""
    with desk(config, data) as api:
        items(api.get("/mappings"), _COLUMNS, json_lines=json_lines, empty="no mappings yet")


@app.command("show")
def show(
    *, name: NameArgument, config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False
) -> None:
    """One mapping."""
    with desk(config, data) as api:
        saved = api.get(f"/mappings/{quote(name)}")
    as_json(saved) if json_lines else facts(saved)


@app.command("delete")
def delete(
    *, name: NameArgument, config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False
) -> None:
    """Forget a mapping."""
    with desk(config, data) as api:
        deleted = api.delete(f"/mappings/{quote(name)}")
    as_json(deleted) if json_lines else typer.echo(f"mapping {name} deleted")
