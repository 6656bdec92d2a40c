"""Requirements (外呼业务需求书): written, agreed, made into campaigns, evaluated."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from campaigns.requirement import Party, Requirement
from dialer.cli.campaign import words
from dialer.cli.campaign_changes import print_changes
from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import as_json, cell, facts, items
from dialer.cli.session import desk
from dialer.cli.written import ByOption, ChangesOption, SetOption, UnsetOption, as_toml, changes_of, who
from dialer.documents import read_document
from dialer.errors import Invalid

app = typer.Typer(help="Requirements: write, agree, make campaigns from them, evaluate.", no_args_is_help=True)
RequirementArgument = Annotated[str, typer.Argument(metavar="REQUIREMENT", help="The requirement's code.")]
COLUMNS = {
    "code": "Requirement",
    "title": "Title",
    "requester": "Requester",
    "state": "State",
    "version": "Version",
    "created_at": "Created",
}


class As(StrEnum):
    PLANNER = Party.PLANNER.value
    REQUESTER = Party.REQUESTER.value


@app.command("create")
def create(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="See requirement.sample.toml.")],
    by: ByOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Take a requirement from a file."""
    content = read_document(file, Requirement)
    with desk(config, data) as api:
        _report(api.post("/requirements", content.model_dump(mode="json", by_alias=True), by=who(by)), json_lines)


@app.command("list")
def list_requirements(config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False) -> None:
    """List the requirements."""
    with desk(config, data) as api:
        items(
            api.get("/requirements"), COLUMNS, json_lines=json_lines,
            empty="no requirements yet; write one with: goldenhour requirement create FILE.toml",
        )  # fmt: skip


@app.command("show")
def show(
    requirement: RequirementArgument,
    toml: Annotated[bool, typer.Option("--toml", help="As a file for requirement create.")] = False,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Show a requirement, and the figures of the campaigns made from it."""
    with desk(config, data) as api:
        found = api.get(f"/requirements/{requirement}")
        figures = api.get(f"/requirements/{requirement}/figures")
    if json_lines:
        as_json(found | {"figures": figures})
    elif toml:
        typer.echo(as_toml(Requirement.model_validate(found["content"])), nl=False)
    else:
        facts({heading: found[name] for name, heading in COLUMNS.items()})
        typer.echo("")
        facts({name: words(value) for name, value in found["content"].items() if name not in COLUMNS and words(value)})
        typer.echo("\nso far: " + words(figures))


@app.command("change")
def change(
    *,
    requirement: RequirementArgument,
    assignments: SetOption = None,
    unset: UnsetOption = None,
    file: ChangesOption = None,
    by: ByOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Change a requirement: a new version, to which planner and requester have to agree again."""
    wanted = changes_of(assignments, file)
    if not wanted and not unset:
        raise Invalid("say what is to change: --set KEY=VALUE, --unset KEY or --file FILE.toml", field="--set")
    with desk(config, data) as api:
        body = {"changes": wanted, "unset": unset or []}
        _report(api.patch(f"/requirements/{requirement}", body, by=who(by)), json_lines)


@app.command("agree")
def agree(
    requirement: RequirementArgument,
    party: Annotated[As, typer.Option("--as", help="For whom.")],
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="The name under the agreement.")],
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Agree to the present version; both have to."""
    with desk(config, data) as api:
        agreed = api.post(f"/requirements/{requirement}/agreement", {"party": party.value}, by=by)
    _report(agreed, json_lines)
    if not json_lines and agreed["state"] == "DRAFT":
        other = As.REQUESTER if party is As.PLANNER else As.PLANNER
        typer.echo(f"agreed by the {party.value}; the {other.value} has still to agree")


@app.command("to-campaign")
def to_campaign(
    *,
    requirement: RequirementArgument,
    code: Annotated[str, typer.Option("--code", help="The new campaign's code.")],
    trunks: Annotated[list[str], typer.Option("--trunk", help="In fail-over order; may be repeated.")],
    assignments: SetOption = None,
    by: ByOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Make a campaign from an agreed requirement, and say what must still be decided."""
    body = {"code": code, "trunks": trunks, "changes": changes_of(assignments)}
    with desk(config, data) as api:
        made = api.post(f"/requirements/{requirement}/campaign", body, by=who(by))
    if json_lines:
        as_json(made)
        return
    typer.echo(f"campaign {made['campaign']['code']} created")
    for heading, name in (("from the requirement:", "derived"), ("still to be decided:", "undecided")):
        typer.echo(heading)
        for remark in made[name]:
            typer.echo(f"  {remark['field']}: {remark['en']} · {remark['zh']}")


@app.command("evaluate")
def evaluate(
    requirement: RequirementArgument,
    text: Annotated[str, typer.Option("--words", help="The evaluation for whoever asked for it.")],
    by: ByOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Close a requirement with its evaluation; the figures of its campaigns are kept with it."""
    with desk(config, data) as api:
        _report(api.post(f"/requirements/{requirement}/evaluation", {"words": text}, by=who(by)), json_lines)


@app.command("history")
def history(
    requirement: RequirementArgument,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Who wrote, changed, agreed, made campaigns of it and evaluated it, and when."""
    with desk(config, data) as api:
        steps = api.get(f"/requirements/{requirement}/history")
    if json_lines:
        as_json(steps)
        return
    for step in steps:
        party = f" as {step['party']}" if step["party"] else ""
        said = f": {step['words']}" if step["words"] else ""
        typer.echo(f"{cell(step['at'])}  {step['by']}  {step['kind']}{party}, version {step['version']}{said}")
        print_changes(step["changes"], indent="    ")
        if step["figures"]:
            typer.echo(f"    {words(step['figures'])}")


def _report(requirement: dict[str, Any], json_lines: bool) -> None:
    if json_lines:
        as_json(requirement)
    else:
        typer.echo(f"requirement {requirement['code']}: {requirement['state']}, version {requirement['version']}")
