"""The do-not-call lists."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import as_json, facts, items, table
from dialer.cli.session import desk
from dialer.errors import Invalid, NotFound

app = typer.Typer(help="Numbers that are not dialled.", no_args_is_help=True)
NumberArgument = Annotated[str, typer.Argument(metavar="NUMBER")]
CountryOption = Annotated[str, typer.Option("--country", help="For a number without a country code.")]
CampaignOption = Annotated[str, typer.Option("--campaign", help="For this campaign alone; without it for all.")]
PrefixOption = Annotated[bool, typer.Option("--prefix", help="NUMBER is how numbers begin, such as +8613800.")]
ExpiresOption = Annotated[str, typer.Option("--expires", metavar="DATE", help="Last day on which it holds.")]
ByOption = Annotated[str, typer.Option("--by", help="Who says so.")]
ENTRIES = {
    "number": "Number", "prefix": "Prefix", "campaign": "Campaign", "reason": "Reason", "source": "Source", "by": "By",
    "at": "Since", "expires_at": "Until", "removed_at": "Taken back",
}  # fmt: skip
REGISTERS = {
    "id": "Version", "name": "Register", "dated": "Date", "state": "State", "entries": "Numbers",
    "campaign": "Campaign", "expires_at": "Until", "started_at": "Uploaded",
}  # fmt: skip


@app.command("add")
def add(
    *,
    number: NumberArgument,
    reason: Annotated[str, typer.Option("--reason")] = "asked not to be called",
    source: Annotated[str, typer.Option("--source")] = "planner",
    by: ByOption = "",
    prefix: PrefixOption = False,
    campaign: CampaignOption = "",
    expires: ExpiresOption = "",
    country: CountryOption = "",
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Do not dial this number again, or none that begins like this."""
    body = {
        "number": number, "country": country, "reason": reason, "source": source, "by": by, "prefix": prefix,
        "campaign": campaign or None, "expires_on": expires or None,
    }  # fmt: skip
    with desk(config, data) as api:
        _print(api.post("/suppressions", body), json_lines)


@app.command("remove")
def remove(
    *,
    number: Annotated[str, typer.Argument(metavar="[NUMBER]")] = "",
    register: Annotated[str, typer.Option("--register", help="Take a whole register out of force.")] = "",
    prefix: PrefixOption = False,
    campaign: CampaignOption = "",
    by: ByOption = "",
    country: CountryOption = "",
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Allow this number again; the entry stays as history."""
    if bool(number) == bool(register):
        raise Invalid("give either NUMBER or --register NAME", field="NUMBER")
    with desk(config, data) as api:
        if register:
            current = [row for row in api.get("/suppressions/registers") if row["state"] == "CURRENT"]
            version = next((row["id"] for row in current if row["name"] == register), None)
            if version is None:
                known = ", ".join(sorted(row["name"] for row in current)) or "none"
                raise NotFound(f"there is no register '{register}' in force; known: {known}", field="--register")
            rows = api.delete(f"/suppressions/registers/{version}")
            items(rows, REGISTERS, json_lines=json_lines, empty="no registers")
            return
        wanted = {"number": number, "country": country, "campaign": campaign, "by": by}
        _print(api.delete("/suppressions", **wanted, prefix=str(prefix).lower()), json_lines)


@app.command("check")
def check(
    number: NumberArgument,
    campaign: Annotated[str, typer.Option("--campaign", help="As for a call of this campaign.")] = "",
    country: CountryOption = "",
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Say whether a number is on a list, and what was ever written about it."""
    with desk(config, data) as api:
        _print(api.get("/suppressions", number=number, country=country, campaign=campaign), json_lines)


@app.command("list")
def list_entries(
    campaign: Annotated[str, typer.Option("--campaign", help="Only what holds for this campaign alone.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Also what has expired or was taken back.")] = False,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """The entries, and the registers with their dates."""
    with desk(config, data) as api:
        wanted = {"campaign": campaign, "everything": str(everything).lower()}
        entries = list(api.pages("/suppressions/entries", **wanted))
        registers = [row for row in api.get("/suppressions/registers") if everything or row["state"] == "CURRENT"]
    if json_lines:
        as_json({"entries": entries, "registers": registers})
        return
    items(entries, ENTRIES, json_lines=False, empty="no entries")
    items(registers, REGISTERS, json_lines=False, empty="no registers")


@app.command("import")
def import_register(
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="One number a line, or CSV with a column 'number'.")],
    register: Annotated[str, typer.Option("--register", help="Its name; the version before is replaced.")],
    dated: Annotated[str, typer.Option("--date", metavar="DATE", help="The date the register says of itself.")],
    campaign: CampaignOption = "",
    expires: ExpiresOption = "",
    country: CountryOption = "",
    by: ByOption = "",
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Upload a register: it replaces the one of that name as a whole, once it is complete."""
    if not file.is_file():
        raise Invalid(f"{file}: there is no such file", field="FILE")
    fields: dict[str, str | list[str]] = {"name": register, "dated": dated, "country": country, "by": by}
    fields |= {name: value for name, value in (("campaign", campaign), ("expires_on", expires)) if value}
    with desk(config, data, importing=True) as api:
        report = api.upload("/suppressions/registers", file, fields)
    if json_lines:
        as_json(report)
        return
    _report(report)


def _report(report: dict[str, Any]) -> None:
    register = report["register"]
    counted = {name: report[name] for name in ("rows", "duplicates", "refused")}
    facts({"register": register["name"], "date": register["dated"], "numbers": register["entries"], **counted})
    if report["examples"]:
        rows = [(bad["line"], bad["value"], bad["reason"]) for bad in report["examples"]]
        table(("Line", "Value", "Reason"), rows, empty="")


def _print(entry: dict[str, Any], json_lines: bool) -> None:
    if json_lines:
        as_json(entry)
        return
    until = f" until {entry['until']}" if entry["until"] else ""
    if entry["suppressed"]:
        typer.echo(f"{entry['number']} is not dialled{until}: {entry['reason']}")
    else:
        typer.echo(f"{entry['number']} is not on the do-not-call list")
    past = [row for row in entry["entries"] if not row["in_force"]]
    if past:
        items(past, ENTRIES, json_lines=False, empty="")
