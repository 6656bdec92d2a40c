"""`goldenhour import`: lists into campaigns, and out again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from dialer.cli.campaign import CampaignArgument
from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import as_json, facts, items, table
from dialer.cli.session import desk
from dialer.client import Api
from dialer.errors import Invalid

COLUMNS = {
    "id": "Import",
    "file_name": "File",
    "started_at": "Begun",
    "rows": "Rows",
    "accepted": "Accepted",
    "duplicates": "Duplicates",
    "refused": "Refused",
    "undone_at": "Taken back",
    "refused_file": "Refused rows",
}


def import_list(
    *,
    campaign: CampaignArgument,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="CSV with a header; without it, earlier imports.")
    ] = None,
    mapping: Annotated[
        list[str] | None, typer.Option("--map", metavar="FIELD=COLUMN", help="Such as number=手机; repeat it.")
    ] = None,
    country: Annotated[str, typer.Option("--country", help="For numbers without a country code.")] = "",
    encoding: Annotated[str, typer.Option("--encoding", help="Such as gb18030; found out where not given.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything and store nothing.")] = False,
    undo: Annotated[int | None, typer.Option("--undo", metavar="ID", min=1, help="Take back a whole import.")] = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Load a list into a campaign, whole or not at all; refused rows go to a file of the same format."""
    if undo is not None and (file is not None or dry_run):
        raise Invalid("--undo takes back an earlier import; leave out FILE and --dry-run", field="--undo")
    with desk(config, data, importing=True) as api:
        if undo is not None:
            _undo(api, campaign, undo, json_lines)
        elif file is None:
            items(api.get(f"/campaigns/{campaign}/imports"), COLUMNS, json_lines=json_lines, empty="no imports yet")
        else:
            fields: dict[str, str | list[str]] = {
                "country": country,
                "encoding": encoding,
                "dry_run": str(dry_run).lower(),
                "mapping": mapping or [],
            }
            _report(api.upload(f"/campaigns/{campaign}/imports", _readable(file), fields), json_lines)


def _readable(file: Path) -> Path:
    try:
        with file.open("rb"):
            return file
    except OSError as error:
        raise Invalid(f"{file}: cannot be read: {error.strerror or error}", field="FILE") from error


def _undo(api: Api, campaign: str, import_id: int, json_lines: bool) -> None:
    undone = api.delete(f"/campaigns/{campaign}/imports/{import_id}")
    if json_lines:
        as_json(undone)
    else:
        typer.echo(f"import {undone['id']} taken back: {undone['removed']} leads removed, {undone['closed']} closed")


def _report(report: dict[str, Any], json_lines: bool) -> None:
    if json_lines:
        as_json(report)
        return
    shown = ("rows", "accepted", "duplicates_in_file", "duplicates_in_campaign", "refused", "suppressed", "encoding")
    facts({name.replace("_", " "): report[name] for name in shown})
    if report["examples"]:
        rows = [(row["line"], row["column"], row["value"], row["reason"]) for row in report["examples"]]
        table(("Line", "Column", "Value", "Reason"), rows, empty="")
    if report["refused_file"]:
        typer.echo(f"rows that were not taken: {report['refused_file']}")
    if report["dry_run"]:
        typer.echo("dry run: nothing was stored")
    else:
        undo = f"goldenhour import {report['campaign']} --undo {report['id']}"
        typer.echo(f"import {report['id']} stored; take it back with: {undo}")
