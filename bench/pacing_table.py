"""The whole table, printed and kept beside the results."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from campaigns.world import Outcome

KEPT: Final = Path(__file__).with_name("pacing.md")
_HEAD: Final = """# Pacing, all policies

Utilisation @ abandonment, in per cent. Everybody starts knowing nothing, in the same second; 8 hours, 500 agents 3
hours; the variants with 20 agents. The adaptive dial level and the two rows of what no dialer knows: at 3 %.
"""


def cell(found: Outcome) -> str:
    return f"{100 * found.utilisation:.1f}@{100 * found.abandonment:.1f}"


def write(rows: dict[str, dict[str, str]]) -> None:
    """Teams in one table, variants in another; rows of policies."""
    titles = list(next(iter(rows.values())))
    teams, variants = [t for t in titles if t.isdigit()], [t for t in titles if not t.isdigit()]
    text = "\n".join([_HEAD, *_lines(rows, teams), "", *_lines(rows, variants), ""])
    KEPT.write_text(text)
    print(text, file=sys.stderr)


def _lines(rows: dict[str, dict[str, str]], titles: list[str]) -> list[str]:
    head = ["| policy | " + " | ".join(titles) + " |", "|---|" + "---|" * len(titles)]
    return head + [f"| {name} | " + " | ".join(cells[title] for title in titles) + " |" for name, cells in rows.items()]
