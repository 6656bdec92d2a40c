"""`goldenhour list`: a list on its own, before it goes into a campaign."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from campaigns.importing import CleaningReport, ListError
from campaigns.windows import zone
from dialer.cli.cleaning import show
from dialer.cli.options import JsonOption
from dialer.cli.output import as_json
from dialer.errors import Invalid
from dialer.list_file import ListFile, check_list

app = typer.Typer(help="Look at a list before it goes into a campaign.", no_args_is_help=True)


@app.callback()
def lists() -> None:
    """Look at a list before it goes into a campaign."""


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV or XLSX with a header.")],
    *,
    country: Annotated[str, typer.Option("--country", help="For numbers without a country code.")] = "CN",
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=COLUMN", help="Such as number=手机, number2:work=座机; repeat it."),
    ] = None,
    sheet: Annotated[str, typer.Option("--sheet", help="Of a workbook; the first that is not empty.")] = "",
    time_zone: Annotated[
        str, typer.Option("--time-zone", metavar="ZONE", help="For numbers that leave it open, such as Asia/Shanghai.")
    ] = "",
    encoding: Annotated[str, typer.Option("--encoding", help="Such as gb18030; found out where not given.")] = "",
    source: Annotated[str, typer.Option("--source", help="Of rows that name none.")] = "",
    refused_file: Annotated[
        Path | None,
        typer.Option("--refused-file", metavar="PATH", help="Write the refused rows there; without it, nothing."),
    ] = None,
    json_lines: JsonOption = False,
) -> None:
    """Report how clean a list is: no campaign, no server, nothing stored.

    Nothing is written, unless --refused-file asks for the refused rows; PATH must not exist yet.
    """
    report = _checked(
        file,
        mapping=mapping or [],
        country=country.upper(),
        time_zone=_known_zone(time_zone),
        encoding=encoding,
        sheet=sheet,
        list_source=source,
        refused_file=refused_file,
    )
    if json_lines:
        as_json(report.plain())
    else:
        show(report.plain())


def _checked(
    file: Path,
    *,
    mapping: list[str],
    country: str,
    time_zone: str,
    encoding: str,
    sheet: str,
    list_source: str,
    refused_file: Path | None,
) -> CleaningReport:
    try:
        if refused_file is not None and refused_file.exists():
            raise ListError(f"{refused_file} exists already; choose another file", field="refused_file")
        opened = ListFile(
            file,
            file.name,
            mapping=mapping,
            country=country,
            time_zone=time_zone,
            encoding=encoding,
            sheet=sheet,
            list_source=list_source,
            refused_file=refused_file,
        )
        return check_list(opened)
    except ListError as error:
        raise Invalid(f"{file.name}: {error}", field=error.field) from error
    except OSError as error:
        raise Invalid(f"{file}: cannot be read: {error.strerror or error}", field="FILE") from error


def _known_zone(name: str) -> str:
    if name and zone(name) is None:
        raise Invalid(f"{name!r} is no known time zone; write an IANA name such as Asia/Shanghai", field="--time-zone")
    return name
