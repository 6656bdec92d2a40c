"""Recordings: listed, exported with a manifest for the weekly review, and kept from deletion by a legal hold."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from dialer.cli.attempts import aware
from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import as_json, items
from dialer.cli.session import desk, find_config
from dialer.config import Config
from dialer.errors import Invalid
from recordings.errors import RecordingError
from recordings.export import ExportedFile, ExportItem, ExportReport

app = typer.Typer(help="List, export and hold recordings.", no_args_is_help=True)
RecordingArgument = Annotated[str, typer.Argument(metavar="ID", help="The recording's id.")]
ByOption = Annotated[str, typer.Option("--by", help="On whose word.")]
CampaignOption = Annotated[str, typer.Option("--campaign", help="Only of this campaign.")]
AgentOption = Annotated[str, typer.Option("--agent", help="Only of this agent.")]
SinceOption = Annotated[str, typer.Option("--since", help="Begun at this time or later, such as 2026-11-16.")]
UntilOption = Annotated[str, typer.Option("--until", help="Begun before this time.")]
COLUMNS: Final = {
    "id": "Recording",
    "call": "Call",
    "agent": "Agent",
    "state": "State",
    "started_at": "Begun",
    "duration_s": "Seconds",
    "path": "File",
    "remark": "Remark",
    "legal_hold": "Held",
    "hold_reason": "Hold reason",
}


@app.command("list")
def list_recordings(
    *,
    campaign: CampaignOption = "",
    agent: AgentOption = "",
    since: SinceOption = "",
    until: UntilOption = "",
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """List recordings; files are named relative to the recordings directory."""
    query = {"campaign": campaign, "agent": agent, "since": aware(since, "--since"), "until": aware(until, "--until")}
    with desk(config, data) as api:
        items(list(api.pages("/recordings", **query)), COLUMNS, json_lines=json_lines, empty="no recordings yet")


@app.command("export")
def export(
    *,
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="New or empty; gets the files and a manifest.")],
    campaign: CampaignOption = "",
    agent: AgentOption = "",
    since: SinceOption = "",
    until: UntilOption = "",
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Copy recordings out, checked against their checksums, with manifest.csv and manifest.sha256."""
    site = find_config(config, data)
    query = {"campaign": campaign, "agent": agent, "since": aware(since, "--since"), "until": aware(until, "--until")}
    with desk(config, data) as api:
        chosen = [_item(row) for row in api.pages("/recordings", **query, state="FINALIZED")]
    report = _export(site, chosen, directory)
    _print(report, json_lines)
    if report.failed:
        raise typer.Exit(2)


@app.command("hold")
def hold(
    *,
    recording: RecordingArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why it must be kept, such as a case number.")],
    by: ByOption = "supervisor",
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Legal hold: keep a recording, whatever its age, until it is released."""
    with desk(config, data) as api:
        _print_hold(api.post(f"/recordings/{recording}/hold", {"reason": reason, "by": by}), json_lines)


@app.command("release")
def release(
    *,
    recording: RecordingArgument,
    reason: Annotated[str, typer.Option("--reason")] = "no longer needed",
    by: ByOption = "supervisor",
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """End a legal hold: the recording is deleted when it is old enough."""
    with desk(config, data) as api:
        _print_hold(api.post(f"/recordings/{recording}/release", {"reason": reason, "by": by}), json_lines)


def _print_hold(recording: dict[str, Any], json_lines: bool) -> None:
    if json_lines:
        as_json(recording)
    elif recording["legal_hold"]:
        typer.echo(
            f"recording {recording['id']} is on legal hold, by {recording['hold_by']}: {recording['hold_reason']}"
        )
    else:
        typer.echo(f"recording {recording['id']} is not on legal hold")


def _item(row: dict[str, Any]) -> ExportItem:
    columns = {"call": row["call"], "agent": row["agent"] or "", "started_at": row["started_at"] or ""}
    return ExportItem(recording_id=row["id"], path=row["path"], sha256=row["sha256"] or "", columns=columns)


def _export(site: Config, chosen: list[ExportItem], directory: Path) -> ExportReport:
    from recordings.library import RecordingLibrary  # numpy and libsndfile: slow to load for every other command

    try:
        return RecordingLibrary(site.data / "recordings", format=site.recordings.format).export(chosen, directory)
    except (RecordingError, OSError) as error:
        raise Invalid(f"cannot export to {directory}: {error}", field="DIR") from error


def _print(report: ExportReport, json_lines: bool) -> None:
    if json_lines:
        files = [{"recording": f.item.recording_id} | _without_item(f) for f in report.files]
        as_json(
            {"directory": report.directory, "exported": report.exported, "failed": len(report.failed), "files": files}
        )
        return
    typer.echo(f"{report.exported} recordings exported to {report.directory}")
    for failed in report.failed:
        typer.echo(f"not exported: {failed.item.recording_id}: {failed.remark}", err=True)


def _without_item(exported: ExportedFile) -> dict[str, object]:
    return {name: value for name, value in asdict(exported).items() if name != "item"}
