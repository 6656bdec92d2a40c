"""The days behind the table of pacing are kept, so that a run that was cut short goes on where it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import pacing_cache
from bench.pacing_plan import best_adaptive
from bench.pacing_runs import Runs
from bench.pacing_scenarios import Cell, adaptive_cells
from bench.pacing_table import _cell

pytestmark = pytest.mark.timeout(400)  # the first one compiles the world

PROGRESSIVE = Cell("progressive", 3)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.fixture
def runs() -> Iterator[Runs]:
    found = Runs(minutes=5, processes=1)
    yield found
    found.close()


def test_what_one_run_has_measured_the_next_one_knows(runs: Runs) -> None:
    runs.reach("twenty days", [(PROGRESSIVE, 20)])
    another = Runs(minutes=0)
    assert len(another.days(PROGRESSIVE)) == 20
    assert another.outcome(PROGRESSIVE) == runs.outcome(PROGRESSIVE)
    assert [day.seed for day in another.days(PROGRESSIVE)] == list(range(1, 21))


def test_after_its_time_a_run_starts_nothing_and_shows_a_dash() -> None:
    runs = Runs(minutes=0)
    runs.reach("too late", [(PROGRESSIVE, 20)])
    assert runs.days(PROGRESSIVE) == ()
    assert _cell(runs.outcome(PROGRESSIVE)) == "–"


def test_days_of_other_rules_are_not_taken_for_ours(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    runs.reach("ten days", [(PROGRESSIVE, 10)])
    monkeypatch.setattr(pacing_cache, "_without_kernel", lambda: "a world that was changed")
    assert Runs(minutes=0).days(PROGRESSIVE) == ()


def test_a_damaged_file_is_run_again(runs: Runs, tmp_path: Path) -> None:
    runs.reach("ten days", [(PROGRESSIVE, 10)])
    (kept,) = (tmp_path / "goldenhour" / "pacing").rglob("*.json")
    kept.write_text(kept.read_text()[:100])
    runs = Runs(minutes=5, processes=1)
    runs.reach("ten days", [(PROGRESSIVE, 10)])
    runs.close()
    assert len(Runs(minutes=0).days(PROGRESSIVE)) == 10


def test_the_best_setting_is_the_busiest_one_inside_the_limit(runs: Runs) -> None:
    some = [cell for cell in adaptive_cells(20, "") if cell.knobs and cell.knobs.level_max in (1.5, 6.0)][:12]
    runs.reach("settings", [(cell, 4) for cell in some])
    best = best_adaptive(runs, 20, "")
    assert best is not None
    found = {cell: runs.outcome(cell) for cell in some}
    inside = [outcome.utilisation for outcome in found.values() if outcome and outcome.abandonment <= 0.03]
    chosen = runs.outcome(best)
    assert chosen is not None
    assert chosen.utilisation == max(inside)
