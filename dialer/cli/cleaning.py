"""The cleaning report as a planner reads it: of `goldenhour list check`, and of an import."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import typer

from dialer.cli.output import facts, table

_SHOWN: Final = ("rows", "usable", "duplicates", "refused")
_SOURCE: Final = ("source", "rows", "usable", "duplicates", "refused")


def show(report: Mapping[str, Any]) -> None:
    """`report` is the JSON of one: `CleaningReport.plain()`, or what the API answered."""
    facts(_facts(report))
    _counts("Refused because of", report["refusals"])
    _counts("Duplicates", report["duplicates_by"])
    _counts("Spare numbers left out", report["spare_numbers"])
    _counts("Worth a look", report["remarks"])
    _sources(report)
    if report["examples"]:
        rows = [(row["line"], row["column"], row["value"], row["reason"]) for row in report["examples"]]
        typer.echo()
        table(("Line", "Column", "Value", "Reason"), rows, empty="")
    if report["refused_file"]:
        typer.echo(f"\nrows that were not taken: {report['refused_file']}")


def _facts(report: Mapping[str, Any]) -> dict[str, object]:
    shown: dict[str, object] = {name: report[name] for name in _SHOWN}
    shown["data qualified rate"] = f"{report['data_qualified_rate']:.1%}"
    shown["read as"] = f"sheet {report['sheet']}" if report["sheet"] else report["encoding"]
    shown["columns"] = ", ".join(f"{header} = {role}" for header, role in report["columns"].items())
    if report["missing_columns"]:
        shown["missing columns"] = ", ".join(report["missing_columns"])
    return shown


def _counts(heading: str, counts: Mapping[str, int]) -> None:
    if counts:
        typer.echo()
        table((heading, "Number"), [(reason.replace("_", " "), number) for reason, number in counts.items()], empty="")


def _sources(report: Mapping[str, Any]) -> None:
    if report["by_source"]:
        rows = [
            (*(source[name] for name in _SOURCE), f"{source['data_qualified_rate']:.1%}")
            for source in report["by_source"]
        ]
        typer.echo()
        table((*(name.capitalize() for name in _SOURCE), "Qualified"), rows, empty="")
