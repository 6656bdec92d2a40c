"""Verdicts and funnels, for people."""

from __future__ import annotations

from typing import Any

import typer

from dialer.cli.output import as_json, cell, table


def print_verdict(lead: dict[str, Any], *, json_lines: bool) -> None:
    if json_lines:
        as_json(lead)
        return
    rows = [
        ("ok" if r["passed"] else "BLOCKS", r["rule"], r["value"], r["detail"], r["clears_at"]) for r in lead["rules"]
    ]
    table(("", "Rule", "Value", "Meaning", "Clears"), rows, empty="no rules")
    if lead["due_local"]:
        typer.echo(f"due {lead['due_local']} ({lead['due_kind'].lower()})")
    if lead["waits_for"]:
        typer.echo(f"only {lead['waits_for']} may take the call until {cell(lead['waits_until'])}")
    if lead["dialable"]:
        typer.echo(f"lead {lead['lead']} may be dialled now, on {lead['number']}")
    else:
        until = f", until {cell(lead['clears_at'])}" if lead["clears_at"] else ""
        typer.echo(f"lead {lead['lead']} is not dialled: {lead['blocker']}{until}")


def print_explanation(campaign: dict[str, Any], *, json_lines: bool) -> None:
    if json_lines:
        as_json(campaign)
        return
    typer.echo(f"campaign {campaign['campaign']}: {campaign['state']}")
    typer.echo(f"{campaign['leads']} leads, {campaign['dialable']} of them may be dialled now")
    rows = [(step["leads"], step["words"], step["clears_at"]) for step in campaign["excluded"]]
    if rows:
        table(("Leads", "Excluded because", "First free"), rows, empty="")
    if campaign["idle"]:
        typer.echo(f"not dialling now: {campaign['idle'].replace('_', ' ')}")


def print_idle_day(day: dict[str, Any], *, json_lines: bool) -> None:
    if json_lines:
        as_json(day)
        return
    typer.echo(f"campaign {day['campaign']} on {day['day']} ({day['time_zone']})")
    rows = [(cell(run["start"]), cell(run["end"]), run["minutes"], run["words"]) for run in day["runs"]]
    table(("From", "To", "Minutes", "Why"), rows, empty="nothing is known of this day")
