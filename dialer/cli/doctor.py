"""`goldenhour doctor`."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated, Final

import typer

from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import as_json
from dialer.cli.session import find_config
from dialer.config import Config
from dialer.errors import NotFound

FAILED: Final = 2


def doctor(
    echo: Annotated[
        str, typer.Option("--echo", metavar="NUMBER", help="Call this number, which echoes, as a test.")
    ] = "",
    trunk: Annotated[str, typer.Option("--trunk", help="Over which trunk; the first where not given.")] = "",
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Check this site: libraries, capacity, disk, database, trunks, and a test call where one is asked for.

    Exit code 2 when a check fails.
    """
    site = find_config(config, data)
    names = [section.name for section in site.trunks]
    if echo and not names:
        raise NotFound("a test call needs a trunk; add [[trunks]] to goldenhour.toml", field="--echo")
    if trunk and trunk not in names:
        raise NotFound(f"there is no trunk '{trunk}'; known: {', '.join(names) or 'none'}", field="--trunk")
    if _run(site, echo, trunk, json_lines):
        raise typer.Exit(FAILED)


def _run(site: Config, echo: str, trunk: str, json_lines: bool) -> bool:
    """Says each finding as it comes, as JSON all of them at the end; true when one failed."""
    from dialer.doctor import Check, Status, examine

    found: list[Check] = []

    def report(check: Check) -> None:
        found.append(check)
        if not json_lines:
            typer.echo(f"{check.status:<5} {check.name}: {check.detail}")
            if check.advice:
                typer.echo(f"      -> {check.advice}")

    asyncio.run(examine(site, report, echo=echo, trunk=trunk))
    if json_lines:
        as_json([asdict(check) for check in found])
    return any(check.status is Status.FAIL for check in found)
