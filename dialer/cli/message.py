"""What customers hear whom nobody is free for: the campaign's own sounds, by language."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from campaigns.messages import Use
from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import as_json, items
from dialer.cli.session import desk
from dialer.cli.written import ByOption, who
from dialer.errors import Invalid

app = typer.Typer(help="Set and hear what a customer hears whom nobody is free for.", no_args_is_help=True)
CampaignArgument = Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The campaign's code.")]
LanguageArgument = Annotated[str, typer.Argument(metavar="LANGUAGE", help="Such as zh or en.")]
UseOption = Annotated[Use, typer.Option("--use", help="The message, its confirmation of the key, or the time before.")]
COLUMNS: Final = {
    "use": "Sound",
    "language": "Language",
    "origin": "From",
    "duration_s": "Seconds",
    "longest_s": "At most",
}


@app.command("list")
def list_messages(
    campaign: CampaignArgument, config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False
) -> None:
    """Say what customers of each language hear."""
    with desk(config, data) as api:
        items(api.get(f"/campaigns/{campaign}/messages"), COLUMNS, json_lines=json_lines, empty="silence")


@app.command("set")
def set_message(
    campaign: CampaignArgument,
    language: LanguageArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="WAV, FLAC, OGG or MP3.")],
    use: UseOption = Use.MESSAGE,
    by: ByOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Use your own sound, which names the company, a number to call back, and the key for no more calls."""
    if not file.is_file():
        raise Invalid(f"{file} is not there, or no file", field="FILE")
    with desk(config, data) as api:
        found = api.upload(f"/campaigns/{campaign}/messages/{use}/{language}", file, {}, by=who(by))
    if json_lines:
        as_json(found)
        return
    form = ", converted to 8 kHz mono 16 bit" if found["converted"] else ""
    typer.echo(f"campaign {campaign}: {use} in {language} lasts {found['duration_s']:.1f} s{form}")


@app.command("get")
def get(
    campaign: CampaignArgument,
    language: LanguageArgument,
    out: Annotated[Path, typer.Option("--out", metavar="FILE.wav", help="Where to put it.")],
    use: UseOption = Use.MESSAGE,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Copy what a customer of that language hears into a file, to listen to it."""
    with desk(config, data) as api:
        content = api.download(f"/campaigns/{campaign}/messages/{use}/{language}/sound")
    out.write_bytes(content)
    if json_lines:
        as_json({"file": str(out), "bytes": len(content)})
    else:
        typer.echo(f"{out}: what customers of campaign {campaign} hear ({use}, {language})")


@app.command("remove")
def remove(
    campaign: CampaignArgument,
    language: LanguageArgument,
    use: UseOption = Use.MESSAGE,
    by: ByOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Back to the built-in sound."""
    with desk(config, data) as api:
        left = api.delete(f"/campaigns/{campaign}/messages/{use}/{language}", by=who(by))
    items(left, COLUMNS, json_lines=json_lines, empty="silence")
