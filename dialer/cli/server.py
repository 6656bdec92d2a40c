"""The site itself: made, served, asked how it is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import as_json, facts
from dialer.cli.session import engine_desk
from dialer.config import FILE_NAME
from dialer.config_file import load_config, write_sample


def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where the site is to live.")],
    json_lines: JsonOption = False,
) -> None:
    """Write commented settings and an empty data directory; nothing is overwritten."""
    written = [str(path) for path in write_sample(directory)]
    if json_lines:
        as_json({"written": written})
        return
    for path in written:
        typer.echo(f"wrote {path}")
    typer.echo(f"next: add a trunk to {directory / FILE_NAME}, then: goldenhour serve --config {directory / FILE_NAME}")


def serve(
    config: Annotated[Path, typer.Option("--config", "-c", envvar="GOLDENHOUR_CONFIG", help="Settings file.")] = Path(
        FILE_NAME
    ),
) -> None:
    """Run the site until it is told to stop.

    SIGTERM or Ctrl-C stops dialling and lets live conversations end, for as long as server.shutdown_grace_s allows;
    after that, or at a second signal, the conversations go on in their workers until the next start.
    """
    from dialer.server import run_server

    run_server(load_config(config / FILE_NAME if config.is_dir() else config))


def status(config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False) -> None:
    """Say how the running server is."""
    with engine_desk(config, data) as api:
        health = api.get("/health")
    if json_lines:
        as_json(health)
    else:
        facts(health)
