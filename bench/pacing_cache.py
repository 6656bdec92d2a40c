"""Keeps every block of simulated days in the user's cache folder, so that an interrupted run goes on where it was."""

from __future__ import annotations

import ast
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Final

import campaigns.pacing
from bench.pacing_scenarios import Cell
from campaigns.world import Day, Scenario

_CAMPAIGNS: Final = Path(campaigns.pacing.__file__).parent.parent
_WORLD: Final = _CAMPAIGNS / "world"
_KERNEL: Final = _CAMPAIGNS / "pacing" / "kernel"
_PACING: Final = ("prior.py", "tuning.py", "budget.py")
_DAY_OF_PEERS: Final = ("run_day", "_next", "_happen")


def folder() -> Path:
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return root / "goldenhour" / "pacing"


def block(cell: Cell, number: int) -> Scenario:
    """The number-th block of its days, counted from 0."""
    first = cell.scenario.seed + number * cell.block_days
    return cell.scenario.model_copy(update={"seed": first, "days": cell.block_days})


def load(cell: Cell, number: int) -> tuple[Day, ...] | None:
    """None where the block has not been run with these sources."""
    try:
        lines = json.loads(_path(cell, number).read_text())
        return tuple(Day(**line) for line in lines)
    except (FileNotFoundError, TypeError, ValueError):
        return None


def save(cell: Cell, number: int, days: tuple[Day, ...]) -> None:
    path = _path(cell, number)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps([asdict(day) for day in days]))
    draft.replace(path)


def _path(cell: Cell, number: int) -> Path:
    sources = _with_kernel() if cell.decides_with_kernel else _without_kernel()
    scenario = block(cell, number).model_dump_json()
    key = hashlib.sha256(f"{sources}\n{scenario}".encode()).hexdigest()
    return folder() / key[:2] / f"{key}.json"


@cache
def _with_kernel() -> str:
    """Everything but the other policies."""
    files = {*_WORLD.glob("*.py"), *_KERNEL.glob("*.py"), *(_CAMPAIGNS / "pacing" / name for name in _PACING)}
    return _digest(tree for path in files - {_WORLD / "peers.py"} for tree in _tree(path))


@cache
def _without_kernel() -> str:
    """Other policies do not depend on how ours decides: of the day only what runs for all of them counts."""
    files = (_WORLD / name for name in ("fates.py", "floor.py", "peers.py"))
    whole = [tree for path in files for tree in _tree(path)]
    return _digest([*whole, *(tree for tree in _tree(_WORLD / "day.py") if _name(tree) in _DAY_OF_PEERS)])


def _tree(path: Path) -> Iterator[ast.stmt]:
    yield from ast.parse(path.read_text()).body


def _name(tree: ast.stmt) -> str:
    return getattr(tree, "name", "")


def _digest(trees: Iterator[ast.stmt] | list[ast.stmt]) -> str:
    """Of what the statements do: comments and the order of files do not count."""
    return hashlib.sha256("\n".join(sorted(ast.dump(tree) for tree in trees)).encode()).hexdigest()
