"""What a rehearsal says to people: a table with one column for each variant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import typer

from dialer.cli.output import table

if TYPE_CHECKING:
    from dialer.twin.fast import FastReport
    from dialer.twin.study import Spreading, Summary


def show(found: Sequence[Summary]) -> None:
    rows = [[name, *(words(one) for one in found)] for name, words in _ROWS]
    goals = sorted({name for one in found for name in one.goals})
    rows += [[f"goal of {name} reached", *(_chance(one.goals.get(name)) for one in found)] for name in goals]
    table(("", *(one.variant for one in found)), rows, empty="nothing was rehearsed")
    for one in found:
        if one.held_by:
            typer.echo(f"{one.variant}: policy pack {one.held_by} allows no abandoned call: it dials progressively")
            typer.echo(f"  {one.variant}：策略包 {one.held_by} 不允许呼损，按渐进式外呼")
    if sum(one.faults for one in found):
        typer.echo("goldenhour: the engine ran into faults of its own; they are logged above", err=True)


def show_fast(found: Sequence[tuple[str, FastReport]]) -> None:
    rows: list[list[str]] = [
        ["days", *(str(one.days) for _, one in found)],
        ["attempts", *(str(one.attempts) for _, one in found)],
        ["utilisation", *(f"{one.utilisation:.1%} +/- {1.96 * one.spread:.1%}" for _, one in found)],
        ["abandoned", *(f"{one.abandonment:.2%} ({one.abandoned} of {one.answered})" for _, one in found)],
        ["worst day", *(f"{one.worst_day:.2%}" for _, one in found)],
        ["agents wait, mean", *(f"{one.agents_wait_mean_s:.1f} s" for _, one in found)],
        ["lines, peak", *(str(one.lines_peak) for _, one in found)],
    ]
    table(("", *(name for name, _ in found)), rows, empty="nothing was rehearsed")


def _count(value: Spreading) -> str:
    if value.least == value.most:
        return f"{value.mean:.0f}"
    return f"{value.mean:.0f} ({value.least:.0f} to {value.most:.0f})"


def _seconds(value: Spreading, *, digits: int = 1) -> str:
    return f"{value.mean:.{digits}f} s"


def _percent(value: Spreading | None) -> str:
    if value is None:
        return "-"
    return f"{value.mean:.1%}" + (f" +/- {value.half:.1%}" if value.half else "")


def _rate(found: Summary) -> str:
    rate = found.abandonment
    return "-" if rate.value is None else f"{rate.value:.2%} ({rate.hits} of {rate.of}, at most {rate.high:.2%})"


def _dry(found: Summary) -> str:
    if found.runs_dry_at is None:
        return "no"
    at = found.runs_dry_at[:16].replace("T", " ")
    return at if found.runs_dry.hits == found.runs else f"{at}, in {found.runs_dry.hits} of {found.runs} runs"


def _deadline(found: Summary) -> str:
    return "-" if found.deadline is None else _chance(found.deadline)


def _chance(rate: Any) -> str:
    if rate is None or rate.value is None:
        return "-"
    if rate.of == 1:
        return "yes" if rate.hits else "no"
    return f"{rate.value:.0%} ({rate.low:.0%} to {rate.high:.0%})"


_ROWS: Final[tuple[tuple[str, Callable[[Summary], str]], ...]] = (
    ("runs", lambda s: str(s.runs) if s.whole else f"{s.runs}, stopped on the way"),
    ("attempts", lambda s: _count(s.figures["attempts"])),
    ("conversations", lambda s: _count(s.figures["conversations"])),
    ("contacts", lambda s: _count(s.figures["contacts"])),
    ("successes", lambda s: _count(s.figures["successes"])),
    ("utilisation", lambda s: _percent(s.utilisation)),
    ("abandoned", _rate),
    ("worst day", lambda s: "-" if s.worst_day_abandonment is None else f"{s.worst_day_abandonment:.2%}"),
    ("agents wait, mean", lambda s: _seconds(s.figures["agents_wait_mean_s"])),
    ("agents wait, 95 %", lambda s: _seconds(s.figures["agents_wait_p95_s"])),
    ("customers wait, mean", lambda s: _seconds(s.figures["customers_wait_mean_s"], digits=2)),
    ("customers wait, most", lambda s: _seconds(s.figures["customers_wait_most_s"], digits=2)),
    ("lines, peak", lambda s: _count(s.figures["lines_peak"])),
    ("lines, 95 % of the time", lambda s: _count(s.figures["lines_p95"])),
    ("most calls in a second", lambda s: _count(s.figures["calls_per_second"])),
    ("leads still open", lambda s: _count(s.figures["leads_open"])),
    ("list runs dry", _dry),
    ("deadline holds", _deadline),
)
