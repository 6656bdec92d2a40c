"""One measured figure, its goal and its peer, as one JSON line."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

LIBRARIES = ("pjsua2-python", "sqlalchemy", "aiomqtt", "fastapi", "numpy", "soundfile")
RESULTS = Path(__file__).with_name("results.json")


@dataclass(frozen=True, slots=True)
class Goal:
    op: Literal["<=", ">="]
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`value` is the ratio to the peer where the goal is one; peer fields are None where there is none."""

    figure: str
    value: float
    unit: str
    goal: Goal
    peer: str | None = None
    peer_value: float | None = None
    ratio: float | None = None
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def reached(self) -> bool:
        return self.value <= self.goal.value if self.goal.op == "<=" else self.value >= self.goal.value

    def line(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1))]


def save(figures: Sequence[Figure]) -> None:
    """Merge into the results file: figures not measured this time keep their last line."""
    known = json.loads(RESULTS.read_text())["figures"] if RESULTS.exists() else []
    fresh = {figure.figure: asdict(figure) for figure in figures}
    kept = {line["figure"]: line for line in known} | fresh
    document = {"machine": _machine(), "figures": [kept[name] for name in sorted(kept)]}
    draft = RESULTS.with_suffix(".draft")
    draft.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    draft.rename(RESULTS)


def _machine() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "architecture": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
    }
