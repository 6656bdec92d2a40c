"""Trunks, as configured and as they are."""

from __future__ import annotations

from typing import Annotated

import typer

from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import as_json, facts, items
from dialer.cli.session import desk, engine_desk

app = typer.Typer(help="Look at the trunks, and take them back into service.", no_args_is_help=True)
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


@app.command("mend")
def mend(
    trunk: Annotated[str, typer.Argument(help="The trunk's name.")],
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Take a trunk back into service that was stopped for its refusals, once the cause is mended."""
    with engine_desk(config, data) as api:
        view = api.post(f"/trunks/{trunk}/mend")
    if json_lines:
        as_json(view)
    else:
        facts({heading: view[key] for key, heading in COLUMNS.items()})
