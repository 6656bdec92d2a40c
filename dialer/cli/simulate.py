"""Rehearsals of days on virtual time: nothing is called, nothing of the site is changed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import typer

from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import as_json
from dialer.errors import Invalid

if TYPE_CHECKING:
    from dialer.config import Config
    from dialer.policies import PolicyBook
    from dialer.twin.cast import Cast
    from dialer.twin.fit import Fitted
    from dialer.twin.scenario import Scenario
    from dialer.twin.site import Site

T = TypeVar("T")
SHIPPED: Final = "reference, small, breaks"

INTERRUPTED: Final = 130
_LARGEST: Final = 64
_MOST_FAST_DAYS: Final = 10_000

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked of a data directory."""

    campaign: str
    on: date | None
    replay: date | None
    fit: Path | None
    day: date | None


def simulate(
    scenario: ScenarioArgument = None,
    policy: PolicyOption = None,
    what_if: WhatIfOption = None,
    changes: SetOption = None,
    days: Annotated[
        int | None,
        typer.Option(min=1, max=_MOST_FAST_DAYS, help="Days in place of the scenario's; more than 366 with --fast."),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed in place of the scenario's.")] = None,
    seeds: Annotated[int, typer.Option(min=1, max=200, help="So many runs, each with the next seed.")] = 1,
    campaign: Annotated[str, typer.Option(help="Rehearse this campaign of the data directory.")] = "",
    on: Annotated[str, typer.Option(help="First day of that rehearsal; tomorrow where not given.")] = "",
    replay: Annotated[str, typer.Option(help="Replay this day of the campaign with other settings.")] = "",
    fit: Annotated[Path | None, typer.Option(help="Data directory whose log says how people behave.")] = None,
    day: Annotated[str, typer.Option(help="Day of that log; the last one with attempts where not given.")] = "",
    config: ConfigOption = None,
    data: DataOption = None,
    processes: Annotated[int, typer.Option(min=0, max=_LARGEST, help="At a time; 0 is one for each core.")] = 0,
    fast: Annotated[bool, typer.Option("--fast", help="By the fast world, without the engine: for many days.")] = False,
    json_lines: JsonOption = False,
) -> int:
    """Rehearse days of calling: the engine itself, with a simulated carrier and simulated agents."""
    from dialer.cli.simulate_words import show
    from dialer.twin.processes import quiet, run_study
    from dialer.twin.study import Study, plain_summary, variants_of

    quiet()
    _not_too_long(days, fast=fast)
    wish = Wish(
        campaign=campaign, on=_date(on, "--on"), replay=_date(replay, "--replay"), fit=fit, day=_date(day, "--day")
    )
    _days_are_used(wish, scenario)
    first = _overridden(find_scenario(scenario), changes or (), days, seed) if scenario else None
    found, cast, rules = prepared(wish, first, config, data, days)
    if first is None:
        found = _overridden(found, changes or (), days, seed)
    if fast:
        return _fast(found, policy or (), what_if or (), json_lines=json_lines)
    study = Study(variants=variants_of(found, policy or (), what_if or ()), seeds=seeds, cast=cast, policies=rules)
    at_once = min(processes or os.cpu_count() or 1, study.size)
    with interruptible() as stop, progress_on_terminal() as tell:
        summaries = run_study(study, stop=stop, tell=tell, processes=at_once if study.size > 1 else 0)
    if json_lines:
        as_json({"stopped": stop.is_set(), "variants": [plain_summary(one) for one in summaries]})
    else:
        show(summaries)
    return INTERRUPTED if stop.is_set() else 0


def _not_too_long(days: int | None, *, fast: bool) -> None:
    from dialer.twin.scenario import MOST_DAYS

    if days is not None and days > MOST_DAYS and not fast:
        raise Invalid(f"--days is at most {MOST_DAYS}; more of them go with --fast", field="--days")


def _days_are_used(wish: Wish, scenario: Path | None) -> None:
    if wish.on is not None and scenario is not None and not wish.campaign:
        raise Invalid(
            "--on goes with --campaign; a scenario begins on its own day: --set start=2026-12-01", field="--on"
        )
    if wish.day is not None and wish.fit is None:
        raise Invalid("--day names a day of a log; say with --fit in which data directory", field="--day")


def _fast(scenario: Scenario, policies: Iterable[str], what_if: Iterable[str], *, json_lines: bool) -> int:
    from dialer.cli.simulate_words import show_fast
    from dialer.twin.fast import run_fast
    from dialer.twin.study import variants_of

    found = [(variant.name, run_fast(variant.scenario)) for variant in variants_of(scenario, policies, what_if)]
    if json_lines:
        as_json({"fast": True, "variants": [{"variant": name, **one.plain()} for name, one in found]})
    else:
        show_fast(found)
    return 0


def prepared(
    wish: Wish, scenario: Scenario | None, config: Path | None, data: Path | None, days: int | None
) -> tuple[Scenario, Cast | None, PolicyBook | None]:
    """What is to be rehearsed: from the scenario file alone, or with what a data directory knows."""
    from dialer.twin.site import with_behaviour

    code = wish.campaign or (scenario.leads.campaign if scenario else "")
    cast: Cast | None = None
    rules: PolicyBook | None = None
    if _wants_site(wish, scenario):
        scenario, cast, rules = _from_site(
            wish, code, scenario, config, data or (wish.fit if config is None else None), days
        )
    if scenario is None:
        raise Invalid(f"name a scenario file, or a shipped one ({SHIPPED}), or --campaign", field="SCENARIO")
    if wish.fit is not None:
        scenario = with_behaviour(scenario, _fitted(wish, code))
    return scenario, cast, rules


def _wants_site(wish: Wish, scenario: Scenario | None) -> bool:
    """A campaign named beside a scenario and --fit only says whose log is meant."""
    if wish.replay is not None or (scenario is not None and scenario.leads.campaign):
        return True
    return bool(wish.campaign) and not (wish.fit is not None and scenario is not None)


def _from_site(
    wish: Wish, code: str, scenario: Scenario | None, config: Path | None, data: Path | None, days: int | None
) -> tuple[Scenario, Cast, PolicyBook]:
    async def look(site: Site) -> tuple[Scenario, Cast, PolicyBook]:
        found = await site.campaign(code)
        if wish.replay is not None:
            return *await site.replay(found, wish.replay, scenario), site.policies
        return *await site.tomorrow(found, wish.on or site.tomorrow_is(), scenario, days=days or 1), site.policies

    return _asked(look, config, data)


def _fitted(wish: Wish, code: str) -> Fitted:
    async def look(site: Site) -> Fitted:
        return await site.fitted(await site.campaign(code), wish.day)

    return _asked(look, None, wish.fit)


def _asked(look: Callable[[Site], Awaitable[T]], config: Path | None, data: Path | None) -> T:
    """Reads the site's database, beside its server where one runs."""
    from dialer.wiring import opened_site

    found = _settings(config, data)

    async def ask() -> T:
        async with opened_site(found) as site:
            return await look(site)

    return asyncio.run(ask())


def _settings(config: Path | None, data: Path | None) -> Config:
    """Those of a data directory are most often in the file beside it."""
    from dialer.cli.session import find_config
    from dialer.config import FILE_NAME

    beside = data.resolve().parent / FILE_NAME if data is not None else None
    if config is None and data is not None and beside is not None and beside.exists():
        found = find_config(beside, None)
        if found.data == data.resolve():
            return found
    return find_config(config, data)


def _date(text: str, option: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(f"{option} must be a date such as 2026-11-23, not {text!r}", field=option) from None


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
