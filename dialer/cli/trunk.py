"""Trunks, as configured and as they are."""

from __future__ import annotations

import typer

from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import items
from dialer.cli.session import desk

app = typer.Typer(help="Look at the trunks.", no_args_is_help=True)
COLUMNS = {
    "name": "Trunk",
    "address": "Address",
    "register": "Registers",
    "codecs": "Codecs",
    "lines": "Lines",
    "calls_per_second": "Calls/s",
    "state": "State",
    "reason": "Reason",
}


@app.command("list")
def list_trunks(config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False) -> None:
    """List the trunks, with their state while a server runs."""
    with desk(config, data) as api:
        items(api.get("/trunks"), COLUMNS, json_lines=json_lines, empty="no trunks; add [[trunks]] to goldenhour.toml")
