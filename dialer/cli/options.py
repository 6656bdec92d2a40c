"""The options every command shares."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", envvar="GOLDENHOUR_CONFIG", help="Settings file; ./goldenhour.toml where not given."
    ),
]
DataOption = Annotated[
    Path | None,
    typer.Option("--data", envvar="GOLDENHOUR_DATA", help="Data directory, in place of the one in the settings."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
