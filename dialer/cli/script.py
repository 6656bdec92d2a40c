"""Call scripts (脚本): written as files, checked, reviewed, released, compared."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from campaigns.script_version import CheckItem, ScriptOrder
from dialer.cli.campaign_changes import print_changes
from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import as_json, cell, facts, items
from dialer.cli.script_source import whole
from dialer.cli.script_try import try_script
from dialer.cli.session import desk
from dialer.cli.written import ByOption, who
from dialer.errors import AlreadyExists, Invalid

app = typer.Typer(help="Call scripts: write, check, review, release, try.", no_args_is_help=True)
ScriptArgument = Annotated[str, typer.Argument(metavar="SCRIPT", help="The script's name.")]
FileArgument = Annotated[Path, typer.Argument(metavar="FILE.toml", help="See: goldenhour script sample.")]
VersionOption = Annotated[int | None, typer.Option("--version", metavar="N", min=1, help="The latest otherwise.")]
SAMPLES = {"en": "script.sample.toml", "zh": "script-zh.sample.toml"}
COLUMNS = {
    "name": "Script", "title": "Title", "kind": "Kind", "version": "Version", "state": "State", "author": "Author",
    "changed_at": "Changed",
}  # fmt: skip
FINDINGS = {"severity": "", "node": "Node", "message": "What"}
STEPS = {"at": "At", "version": "Version", "kind": "Step", "by": "By", "words": "Words"}
HITS = {"kind": "", "title": "Asked", "answers": "Say"}


@app.command("sample")
def sample(
    file: Annotated[Path | None, typer.Argument(metavar="FILE.toml", help="Printed where left out.")] = None,
    language: Annotated[Literal["en", "zh"], typer.Option("--language")] = "en",
) -> None:
    """Write a script to begin with."""
    text = (Path(__file__).parents[1] / SAMPLES[language]).read_text(encoding="utf-8")
    if file is None:
        typer.echo(text, nl=False)
        return
    _save(file, text)


@app.command("check")
def check(
    file: FileArgument, config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False
) -> None:
    """Say what is wrong with a file; nothing is kept. Exit code 2 where there are errors."""
    with desk(config, data) as api:
        found = api.post("/scripts/check", {"text": whole(file)})
    items(found, FINDINGS, json_lines=json_lines, empty="nothing is wrong")
    if any(finding["severity"] == "error" for finding in found):
        raise typer.Exit(2)


@app.command("import")
def import_script(
    file: FileArgument,
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="What was changed.")] = "",
    by: ByOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Take a script from its file: over its draft, or as a new version."""
    with desk(config, data) as api:
        found = api.post("/scripts", {"text": whole(file), "note": note}, by=who(by))
    if json_lines:
        as_json(found)
        return
    _line(found)
    if found["findings"]:
        items(found["findings"], FINDINGS, json_lines=False, empty="")


@app.command("export")
def export(
    script: ScriptArgument,
    file: Annotated[Path | None, typer.Argument(metavar="FILE.toml", help="Printed where left out.")] = None,
    version: VersionOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Write a script as one file, pictures in it."""
    with desk(config, data) as api:
        text = api.get(f"/scripts/{script}/file", version=version)["text"]
    if file is None:
        typer.echo(text, nl=False)
    else:
        _save(file, text)


@app.command("list")
def list_scripts(config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False) -> None:
    """List the scripts with their latest versions."""
    with desk(config, data) as api:
        items(
            api.get("/scripts"), COLUMNS, json_lines=json_lines,
            empty="no scripts yet; begin with: goldenhour script sample FILE.toml",
        )  # fmt: skip


@app.command("show")
def show(
    script: ScriptArgument,
    version: VersionOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Show a version: its state, checklist, and what is wrong with it."""
    with desk(config, data) as api:
        found = api.get(f"/scripts/{script}", version=version)
    if json_lines:
        as_json(found)
        return
    facts({name: value for name, value in found.items() if name not in ("content", "findings", "checklist")})
    typer.echo("checklist:")
    for tick in found["checklist"]:
        done = f"{tick['by']}, {cell(tick['at'])}" if tick["by"] else "-"
        typer.echo(f"  {tick['item']:<16} {tick['en']} · {tick['zh']}: {done} {tick['remark']}".rstrip())
    items(found["findings"], FINDINGS, json_lines=False, empty="nothing is wrong")


@app.command("versions")
def versions(
    script: ScriptArgument, config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False
) -> None:
    """List all versions of a script."""
    with desk(config, data) as api:
        columns = {**COLUMNS, "approved_by": "Approved by", "released_at": "Released"}
        items(api.get(f"/scripts/{script}/versions"), columns, json_lines=json_lines, empty="")


@app.command("history")
def history(
    script: ScriptArgument, config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False
) -> None:
    """Who wrote, ticked, approved and released what, and when."""
    with desk(config, data) as api:
        items(api.get(f"/scripts/{script}/history"), STEPS, json_lines=json_lines, empty="")


@app.command("diff")
def diff(
    script: ScriptArgument,
    first: Annotated[int, typer.Argument(metavar="VERSION", min=1)],
    second: Annotated[int, typer.Argument(metavar="VERSION", min=1)],
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """What differs between two versions."""
    with desk(config, data) as api:
        found = api.get(f"/scripts/{script}/diff", first=first, second=second)
    if json_lines:
        as_json(found)
    else:
        print_changes(found, indent="")


@app.command("search")
def search(
    script: ScriptArgument,
    words: Annotated[list[str], typer.Argument(metavar="WORDS...")],
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Find what to say to a customer's question or objection."""
    with desk(config, data) as api:
        found = api.get(f"/scripts/{script}/search", words=" ".join(words))
    items(found, HITS, json_lines=json_lines, empty="nothing fits these words")


@app.command("tick")
def tick(
    script: ScriptArgument,
    checked: Annotated[list[CheckItem], typer.Argument(metavar="ITEM...", help=", ".join(CheckItem))],
    version: VersionOption = None,
    remark: Annotated[str, typer.Option("--remark", metavar="TEXT")] = "",
    by: ByOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Tick items of the checklist while a version is in review."""
    with desk(config, data) as api:
        number = version or api.get(f"/scripts/{script}")["version"]
        for item in checked:
            path = f"/scripts/{script}/versions/{number}/checklist/{item.value}"
            found = api.put(path, {"remark": remark}, by=who(by))
    _report(found, json_lines)


def _order(order: ScriptOrder, words: str) -> None:
    def carry_out(
        script: ScriptArgument,
        version: VersionOption = None,
        said: Annotated[str, typer.Option("--words", metavar="TEXT", help="For the history.")] = "",
        by: ByOption = None,
        config: ConfigOption = None,
        data: DataOption = None,
        json_lines: JsonOption = False,
    ) -> None:
        with desk(config, data) as api:
            number = version or api.get(f"/scripts/{script}")["version"]
            path = f"/scripts/{script}/versions/{number}/{order.value}"
            _report(api.post(path, {"words": said}, by=who(by)), json_lines)

    app.command(order.value.replace("_", "-"), help=words)(carry_out)


_order(ScriptOrder.SUBMIT, "Hand a draft in for review.")
_order(ScriptOrder.SEND_BACK, "Give a version in review back to its author; say why with --words.")
_order(ScriptOrder.APPROVE, "Approve a version in review; by somebody else than who wrote it.")
_order(ScriptOrder.RETIRE, "Use a released version no more.")


@app.command("release")
def release(
    script: ScriptArgument,
    version: VersionOption = None,
    requalify: Annotated[
        bool, typer.Option("--requalify/--no-requalify", help="Whether agents have to pass this version as well.")
    ] = True,
    by: ByOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Release an approved version: new calls are made with it."""
    with desk(config, data) as api:
        number = version or api.get(f"/scripts/{script}")["version"]
        path = f"/scripts/{script}/versions/{number}/release"
        _report(api.post(path, {"requalify": requalify}, by=who(by)), json_lines)


app.command("try")(try_script)


def _save(file: Path, text: str) -> None:
    try:
        with file.open("x", encoding="utf-8") as target:
            target.write(text)
    except FileExistsError as error:
        raise AlreadyExists(f"{file} is there already; nothing is overwritten", field="FILE.toml") from error
    except OSError as error:
        raise Invalid(f"{file} cannot be written: {error.strerror or error}", field="FILE.toml") from error
    typer.echo(f"wrote {file}")


def _report(found: dict[str, Any], json_lines: bool) -> None:
    if json_lines:
        as_json(found)
    else:
        _line(found)


def _line(found: dict[str, Any]) -> None:
    left = [tick["item"] for tick in found["checklist"] if not tick["by"]] if found["state"] == "IN_REVIEW" else []
    still = f"; still to be ticked: {', '.join(left)}" if left else ""
    approved = f"; approved by {found['approved_by']}" if found["approved_by"] else ""
    typer.echo(f"script {found['name']} version {found['version']}: {found['state']}{approved}{still}")
