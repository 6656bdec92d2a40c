"""Rehearsals of days on virtual time: nothing is called, nothing of the site is changed."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from dialer.cli.options import JsonOption
from dialer.cli.output import as_json
from dialer.errors import Invalid

if TYPE_CHECKING:
    from dialer.twin.scenario import Scenario

INTERRUPTED: Final = 130
_LARGEST: Final = 64

ScenarioArgument = Annotated[
    Path | None, typer.Argument(help="Scenario file (TOML), or the name of a shipped one: reference, small, breaks.")
]
PolicyOption = Annotated[
    list[str] | None,
    typer.Option("--policy", help="Pacing mode in place of the scenario's; again for one more variant."),
]
WhatIfOption = Annotated[
    list[str] | None,
    typer.Option("--what-if", help="One more variant, such as 'pacing=power, agents.0.count=12'; may be given again."),
]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", help="A setting in place of the scenario's, such as behaviour.person=0.2.")
]


def simulate(
    scenario: ScenarioArgument = None,
    policy: PolicyOption = None,
    what_if: WhatIfOption = None,
    changes: SetOption = None,
    days: Annotated[int | None, typer.Option(min=1, max=366, help="Days in place of the scenario's.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed in place of the scenario's.")] = None,
    seeds: Annotated[int, typer.Option(min=1, max=200, help="So many runs, each with the next seed.")] = 1,
    processes: Annotated[int, typer.Option(min=0, max=_LARGEST, help="At a time; 0 is one for each core.")] = 0,
    json_lines: JsonOption = False,
) -> int:
    """Rehearse days of calling: the engine itself, with a simulated carrier and simulated agents."""
    from dialer.cli.simulate_words import show
    from dialer.twin.processes import quiet, run_study
    from dialer.twin.study import Study, variants_of

    quiet()
    if scenario is None:
        raise Invalid("name a scenario file, or a shipped one: reference, small, breaks", field="SCENARIO")
    first = _overridden(find_scenario(scenario), changes or (), days, seed)
    study = Study(variants=variants_of(first, policy or (), what_if or ()), seeds=seeds)
    at_once = min(processes or os.cpu_count() or 1, study.size)
    with interruptible() as stop, progress_on_terminal() as tell:
        found = run_study(study, stop=stop, tell=tell, processes=at_once if study.size > 1 else 0)
    if json_lines:
        as_json({"stopped": stop.is_set(), "variants": [plain(one) for one in found]})
    else:
        show(found)
    return INTERRUPTED if stop.is_set() else 0


def find_scenario(path: Path) -> Scenario:
    """A file, or one of those that ship with the product by its name."""
    from dialer.twin.scenario import load_scenario, shipped

    known = shipped()
    if not path.exists() and str(path) in known:
        return load_scenario(known[str(path)])
    if not path.exists():
        raise Invalid(f"there is no scenario file {path}; shipped ones: {', '.join(sorted(known))}", field="SCENARIO")
    return load_scenario(path)


def _overridden(
    scenario: Scenario, changes: list[str] | tuple[str, ...], days: int | None, seed: int | None
) -> Scenario:
    from dialer.twin.study import changed

    for text in changes:
        scenario = changed(scenario, text)
    own = {name: value for name, value in (("days", days), ("seed", seed)) if value is not None}
    return scenario.model_copy(update=own)


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """A first Ctrl-C ends the rehearsals in order, with the report so far; a second one ends the command."""
    stop = threading.Event()

    def asked(number: int, frame: Any) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = signal.signal(signal.SIGINT, asked)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def progress_on_terminal() -> Iterator[Callable[[Any], None]]:
    """A bar on standard error where that is a terminal; standard output belongs to the answer."""
    if not sys.stderr.isatty():
        yield lambda progress: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("rehearsing", total=1.0)

        def tell(progress: Any) -> None:
            runs = f"{progress.done} of {progress.of} runs, " if progress.of > 1 else ""
            bar.update(task, completed=progress.share, description=f"{runs}{progress.attempts} attempts")

        yield tell


def plain(found: Any) -> dict[str, Any]:
    """A summary for JSON."""
    from dialer.twin.study import plain_summary

    return plain_summary(found)
