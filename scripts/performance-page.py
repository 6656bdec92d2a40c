#!/usr/bin/env python3
"""Writes the measured values of bench/results.json into the table of docs/performance.md."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
page = ROOT / "docs" / "performance.md"
figures = {line["figure"]: line for line in json.loads((ROOT / "bench" / "results.json").read_text())["figures"]}


def measured(row: re.Match[str]) -> str:
    figure = figures[row["name"]]
    return f"| `{row['name']}` | {row['goal']} | {figure['value']:g} {figure['unit'].partition(',')[0]} | {row['rest']}"


page.write_text(
    re.sub(r"^\| `(?P<name>\w+)` \| (?P<goal>[^|]+) \| [^|]+ \| (?P<rest>.*)$", measured, page.read_text(), flags=re.M)
)
