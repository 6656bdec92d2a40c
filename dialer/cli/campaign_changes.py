"""What becomes of a campaign's settings over time: changed, cloned, taken back, compared."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import typer

from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import as_json, cell, table
from dialer.cli.session import desk
from dialer.cli.written import ByOption, ChangesOption, SetOption, UnsetOption, changes_of, who
from dialer.errors import Invalid

CampaignArgument = Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The campaign's code.")]


def change(
    *,
    campaign: CampaignArgument,
    assignments: SetOption = None,
    unset: UnsetOption = None,
    file: ChangesOption = None,
    note: Annotated[str, typer.Option("--note", help="Why, for the history.")] = "",
    version: Annotated[
        int | None, typer.Option("--version", min=1, help="Refuse where this is not the present version.")
    ] = None,
    by: ByOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Change settings: a new version, which holds from the next attempt on, also while the campaign runs."""
    wanted = changes_of(assignments, file)
    if not wanted and not unset:
        raise Invalid("say what is to change: --set KEY=VALUE, --unset KEY or --file FILE.toml", field="--set")
    body = {"changes": wanted, "unset": unset or [], "note": note, "version": version}
    with desk(config, data) as api:
        before = api.get(f"/campaigns/{campaign}")
        changed = api.patch(f"/campaigns/{campaign}", body, by=who(by))
        steps = _between(api, campaign, before["version"], changed["version"])
    if json_lines:
        as_json(changed)
        return
    print_changes(steps)
    same = changed["version"] == before["version"]
    typer.echo(
        f"campaign {campaign}: nothing to change" if same else f"campaign {campaign}: version {changed['version']}"
    )


def clone(
    *,
    campaign: CampaignArgument,
    new_code: Annotated[str, typer.Argument(metavar="NEW", help="The code of the new campaign.")],
    name: Annotated[str, typer.Option("--name", help="Its name; the original's otherwise.")] = "",
    assignments: SetOption = None,
    by: ByOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Make a campaign with the same settings and without leads."""
    body = {"code": new_code, "name": name, "changes": changes_of(assignments)}
    with desk(config, data) as api:
        made = api.post(f"/campaigns/{campaign}/clone", body, by=who(by))
    if json_lines:
        as_json(made)
    else:
        typer.echo(f"campaign {made['code']} created as {campaign} is; it has no leads yet")


def undo(
    *,
    campaign: CampaignArgument,
    to: Annotated[int | None, typer.Option("--to", min=1, help="The version to be equal to.")] = None,
    by: ByOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Take the last change back, or everything since a version: a new version equal to the old one."""
    with desk(config, data) as api:
        changed = api.post(f"/campaigns/{campaign}/undo", {"to": to}, by=who(by))
        steps = _between(api, campaign, changed["version"] - 1, changed["version"])
    if json_lines:
        as_json(changed)
        return
    print_changes(steps)
    typer.echo(f"campaign {campaign}: version {changed['version']}")


def history(
    campaign: CampaignArgument, config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False
) -> None:
    """Who changed what and when, and who started, paused and stopped it."""
    with desk(config, data) as api:
        entries = api.get(f"/campaigns/{campaign}/history")
    if json_lines:
        as_json(entries)
        return
    for entry in entries:
        what = (
            f"version {entry['version']}" if entry["kind"] == "version" else f"{entry['previous']} > {entry['state']}"
        )
        note = f" ({entry['note']})" if entry["note"] else ""
        typer.echo(f"{cell(entry['at'])}  {entry['by'] or '-'}  {what}{note}")
        print_changes(entry["changes"], indent="    ")


def diff(
    campaign: CampaignArgument,
    first: Annotated[int, typer.Argument(metavar="VERSION", min=1)],
    second: Annotated[int, typer.Argument(metavar="VERSION", min=1)],
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Compare two versions of a campaign's settings."""
    with desk(config, data) as api:
        found = _between(api, campaign, first, second)
    if json_lines:
        as_json(found)
    else:
        rows = [(row["field"], _short(row["before"]), _short(row["after"])) for row in found]
        table(("Setting", f"Version {first}", f"Version {second}"), rows, empty="both versions say the same")


def print_changes(changes: Iterable[Mapping[str, Any]], *, indent: str = "") -> None:
    for row in changes:
        typer.echo(f"{indent}{row['field']}: {_short(row['before'])} -> {_short(row['after'])}")


def _between(api: Any, campaign: str, first: int, second: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(f"/campaigns/{campaign}/diff", first=first, second=second)
    return found


def _short(value: Any) -> str:
    text = "(nothing)" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 100 else text[:97] + "..."
