"""`goldenhour import`: lists into campaigns, and out again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from dialer.cli.campaign import CampaignArgument
from dialer.cli.cleaning import show
from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import as_json, facts, items
from dialer.cli.session import desk
from dialer.client import Api
from dialer.errors import Invalid

COLUMNS = {
    "id": "Import",
    "file_name": "File",
    "state": "State",
    "started_at": "Begun",
    "rows": "Rows",
    "accepted": "New",
    "updated": "Updated",
    "duplicates": "Duplicates",
    "refused": "Refused",
    "qualified": "Qualified",
    "refused_file": "Refused rows",
}
_SOURCES: Final = ("import", "source", "rows", "usable", "duplicates", "refused", "qualified")
_LOOK_S: Final = 0.5
INTERRUPTED: Final = 130


class Unnamed(StrEnum):
    KEEP = "keep"
    MARK = "mark"


def import_list(
    *,
    campaign: CampaignArgument,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="CSV or XLSX with a header; without it, earlier imports.")
    ] = None,
    mapping: Annotated[
        list[str] | None, typer.Option("--map", metavar="FIELD=COLUMN", help="Such as number=手机; repeat it.")
    ] = None,
    mapping_name: Annotated[
        str, typer.Option("--mapping", metavar="NAME", help="A mapping that was saved; --map wins over it.")
    ] = "",
    country: Annotated[str, typer.Option("--country", help="For numbers without a country code.")] = "",
    encoding: Annotated[str, typer.Option("--encoding", help="Such as gb18030; found out where not given.")] = "",
    sheet: Annotated[str, typer.Option("--sheet", help="Of a spreadsheet; the first one where not given.")] = "",
    source: Annotated[str, typer.Option("--source", help="Where rows come from that do not say.")] = "",
    append: Annotated[bool, typer.Option("--append", help="Only new people; what happens anyway.")] = False,
    refresh: Annotated[bool, typer.Option("--refresh", help="Bring people up to date who are there.")] = False,
    unnamed: Annotated[
        Unnamed, typer.Option("--unnamed-numbers", help="Of a refreshed lead, not in the file: keep, or mark unusable.")
    ] = Unnamed.KEEP,
    duplicates: Annotated[
        str, typer.Option("--duplicates", metavar="SCOPE", help="file, campaign, running or days:N.")
    ] = "campaign",
    allocate: Annotated[
        str,
        typer.Option("--allocate", metavar="RULE", help="Such as evenly:li,wang; see leads allocate --help."),
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything and store nothing.")] = False,
    resume: Annotated[
        int | None, typer.Option("--resume", metavar="ID", min=1, help="Carry an interrupted import on.")
    ] = None,
    undo: Annotated[int | None, typer.Option("--undo", metavar="ID", min=1, help="Take back a whole import.")] = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Load a list into a campaign; nothing of it is dialled before it is whole. Refused rows go to a file."""
    if append and refresh:
        raise Invalid("--append adds only new people, --refresh also changes the others; choose one", field="--refresh")
    if (undo is not None or resume is not None) and (file is not None or dry_run):
        raise Invalid("--undo and --resume mean an earlier import; leave out FILE and --dry-run", field="--undo")
    if undo is not None and resume is not None:
        raise Invalid("--undo takes back, --resume carries on; choose one", field="--undo")
    fields: dict[str, str | list[str]] = {
        "mapping": mapping or [],
        "mapping_name": mapping_name,
        "country": country,
        "encoding": encoding,
        "sheet": sheet,
        "source": source,
        "mode": "refresh" if refresh else "append",
        "unnamed_numbers": unnamed.value,
        "duplicates": duplicates,
        "allocation": allocate,
        "dry_run": str(dry_run).lower(),
        "wait": "false",
    }
    with desk(config, data, importing=True) as api:
        path = f"/campaigns/{campaign}/imports"
        if undo is not None:
            _undo(api.take_back(f"{path}/{undo}"), json_lines)
        elif resume is not None:
            _follow(api, campaign, api.post(f"{path}/{resume}/resume", wait="false"), json_lines)
        elif file is None:
            imports(api, campaign, json_lines=json_lines)
        else:
            answer = api.upload(path, _readable(file), fields)
            if dry_run:
                _report(answer, json_lines)
            else:
                _follow(api, campaign, answer, json_lines)


def list_imports(
    *, campaign: CampaignArgument, config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False
) -> None:
    """Every list that was loaded into a campaign, and how good each source was."""
    with desk(config, data) as api:
        imports(api, campaign, json_lines=json_lines)


def imports(api: Api, campaign: str, *, json_lines: bool) -> None:
    found = api.get(f"/campaigns/{campaign}/imports")
    for row in found:
        row["qualified"] = _rate(row["data_qualified_rate"])
        if row["state"] in ("running", "interrupted"):
            row["state"] = f"{row['state']} at {row['percent']:.0f} %" if not json_lines else row["state"]
    items(found, COLUMNS, json_lines=json_lines, empty="no imports yet")
    sources = [
        source | {"import": row["id"], "qualified": _rate(source["data_qualified_rate"])}
        for row in found
        for source in row["by_source"]
    ]
    if sources and not json_lines:
        typer.echo()
        items(sources, {name: name.capitalize() for name in _SOURCES}, json_lines=False, empty="")


def _rate(rate: float | None) -> str | None:
    return None if rate is None else f"{rate:.1%}"


def _readable(file: Path) -> Path:
    try:
        with file.open("rb"):
            return file
    except OSError as error:
        raise Invalid(f"{file}: cannot be read: {error.strerror or error}", field="FILE") from error


def _follow(api: Api, campaign: str, begun: dict[str, Any], json_lines: bool) -> None:
    """To its end; an interruption here is one of the import."""
    path, state = f"/campaigns/{campaign}/imports/{begun['id']}", begun
    try:
        with _bar(state["file_name"]) as shown:
            while state["state"] == "running":
                shown(state)
                state = api.get(path, wait_s=str(_LOOK_S))
    except KeyboardInterrupt:
        api.post(f"{path}/cancel")
        _tell_interrupted(campaign, begun["id"])
        raise typer.Exit(INTERRUPTED) from None
    if state["state"] == "undone":
        raise Invalid(f"{state['file_name']}: {state['error'] or 'taken back'}", field="FILE")
    if state["state"] == "interrupted" or state["report"] is None:
        _tell_interrupted(campaign, begun["id"])
        raise typer.Exit(2)
    _report(state["report"] | {"id": state["id"]}, json_lines)


def _tell_interrupted(campaign: str, import_id: int) -> None:
    command = f"goldenhour import {campaign}"
    typer.echo(f"import {import_id} is interrupted, and nothing of it is dialled", err=True)
    typer.echo(f"carry it on: {command} --resume {import_id}", err=True)
    typer.echo(f"take it back: {command} --undo {import_id}", err=True)


@contextmanager
def _bar(name: str) -> Iterator[Any]:
    """Progress on a terminal; nothing where nobody looks."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[words]}"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as progress:
        task = progress.add_task(name, total=100, words="")

        def show_state(state: dict[str, Any]) -> None:
            words = f"{state['rows']:,} rows, {state['accepted']:,} new, {state['duplicates']:,} duplicates, "
            words += f"{state['refused']:,} refused, {state['rows_per_s']:,.0f}/s"
            progress.update(task, completed=state["percent"], words=words)

        yield show_state


def _undo(undone: dict[str, Any], json_lines: bool) -> None:
    if json_lines:
        as_json(undone)
        return
    words = f"import {undone['id']} taken back: {undone['removed']} leads removed, {undone['closed']} closed"
    typer.echo(words + (f", {undone['restored']} as they were before" if undone["restored"] else ""))


def _report(report: dict[str, Any], json_lines: bool) -> None:
    if json_lines:
        as_json(report)
        return
    show(report)
    shown = ["new", "updated", "unchanged", "missing", "suppressed", "also_in_running", "not_allocated"]
    typer.echo()
    facts({name.replace("_", " "): report[name] for name in shown if name == "new" or report[name]})
    if report["allocated"]:
        facts({f"to {agent}": number for agent, number in report["allocated"].items()})
    if report["dry_run"]:
        typer.echo("dry run: nothing was stored")
    else:
        undo = f"goldenhour import {report['campaign']} --undo {report['id']}"
        typer.echo(f"import {report['id']} stored; take it back with: {undo}")
