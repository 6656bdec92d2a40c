"""Several rehearsals of the same days: other settings beside the first ones, and other seeds."""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from statistics import fmean, stdev
from typing import Any, Final

from campaigns.campaign import OVER_DIALLING
from campaigns.policy import limits
from campaigns.statistics import Rate, wilson
from dialer.errors import Invalid
from dialer.policies import PolicyBook
from dialer.twin.cast import Cast
from dialer.twin.report import Report
from dialer.twin.scenario import Scenario, settings_of

MOST_RUNS: Final = 400
AS_IT_IS: Final = "as it is"
_Z95: Final = 1.96
_KEY: Final = re.compile(r"[A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    name: str
    scenario: Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """`cast` None: made up from each variant's scenario and seed. The seeds follow the scenario's own. `policies`: the
    site's, with packs and calendars of its own; None for the shipped ones."""

    variants: tuple[Variant, ...]
    seeds: int = 1
    cast: Cast | None = None
    policies: PolicyBook | None = None

    def rules(self, scenario: Scenario) -> PolicyBook:
        if self.policies is not None and scenario.policies:
            return self.policies
        return PolicyBook.load(rehearsal=not scenario.policies)

    def runs(self) -> Iterator[tuple[int, Scenario]]:
        """The number of the variant, and what is to be rehearsed."""
        for n in range(self.seeds):
            for number, variant in enumerate(self.variants):
                seed = variant.scenario.seed + n
                yield number, variant.scenario.model_copy(update={"seed": seed})

    @property
    def size(self) -> int:
        return self.seeds * len(self.variants)


@dataclass(frozen=True, slots=True)
class Spreading:
    """A figure over the runs: `half` is half the width of the 95 % interval of its mean; 0 of a single run."""

    mean: float
    least: float
    most: float
    half: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One variant over its runs. `deadline` None: none was set or the days end before it with leads still open.
    `held_by`: the policy pack that allows no abandoned call, so that a mode that over-dials was progressive."""

    variant: str
    held_by: str | None
    runs: int
    whole: bool
    utilisation: Spreading | None
    abandonment: Rate
    worst_day_abandonment: float | None
    figures: Mapping[str, Spreading]
    runs_dry: Rate
    runs_dry_at: str | None  # in the middle one of the runs in which it does
    deadline: Rate | None
    goals: Mapping[str, Rate]
    faults: int
    reports: tuple[Report, ...] = field(repr=False)


_FIGURES: Final[Mapping[str, Callable[[Report], float]]] = {
    "attempts": lambda r: r.attempts,
    "conversations": lambda r: r.conversations,
    "contacts": lambda r: r.contacts,
    "successes": lambda r: r.successes,
    "abandoned": lambda r: r.abandoned,
    "leads_open": lambda r: r.leads_open,
    "agents_wait_mean_s": lambda r: r.agents_wait.mean,
    "agents_wait_p95_s": lambda r: r.agents_wait.p95,
    "customers_wait_mean_s": lambda r: r.customers_wait.mean,
    "customers_wait_most_s": lambda r: r.customers_wait.most,
    "lines_peak": lambda r: r.lines.peak,
    "lines_p95": lambda r: r.lines.p95,
    "calls_per_second": lambda r: r.lines.calls_per_second,
}


def summary(variant: Variant, reports: Sequence[Report], rules: PolicyBook) -> Summary:
    used = [r.utilisation for r in reports if r.utilisation is not None]
    worst = [r.worst_day_abandoned for r in reports if r.worst_day_abandoned[1]]
    dry = sorted(r.runs_dry_at for r in reports if r.runs_dry_at is not None)
    decided = [r.deadline_holds for r in reports if r.deadline_holds is not None]
    return Summary(
        variant=variant.name,
        held_by=held_by(variant.scenario, rules),
        runs=len(reports),
        whole=all(r.whole for r in reports),
        utilisation=_spreading(used) if used else None,
        abandonment=wilson(sum(r.abandoned for r in reports), sum(r.persons for r in reports)),
        worst_day_abandonment=max((abandoned / persons for abandoned, persons in worst), default=None),
        figures={name: _spreading([figure(r) for r in reports]) for name, figure in _FIGURES.items()},
        runs_dry=wilson(len(dry), len(reports)),
        runs_dry_at=dry[len(dry) // 2] if dry else None,
        deadline=wilson(sum(decided), len(decided)) if decided else None,
        goals=_goals(reports),
        faults=sum(r.faults for r in reports),
        reports=tuple(reports),
    )


def held_by(scenario: Scenario, rules: PolicyBook) -> str | None:
    settings = settings_of(scenario)
    policy = rules.of(settings)
    held = settings.pacing in OVER_DIALLING and limits(settings, policy).abandon_rate_max <= 0
    return policy.name if held else None


def plain_summary(found: Summary) -> dict[str, Any]:
    """For JSON; every run with all its figures."""
    whole = {f.name: getattr(found, f.name) for f in fields(found) if f.name != "reports"}
    return {**{name: _plain(value) for name, value in whole.items()}, "reports": [r.plain() for r in found.reports]}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def variants_of(scenario: Scenario, policies: Iterable[str], what_if: Iterable[str]) -> tuple[Variant, ...]:
    """The scenario, or each of the `policies` in its place, and then each of `what_if` on the first of them (texts such
    as "pacing=power, agents.0.count=12"). Raises `Invalid` for what cannot be read."""
    named = list(policies)
    first = [Variant(name=p, scenario=scenario.changed("pacing", p)) for p in named]
    if not named:
        first = [Variant(name=AS_IT_IS, scenario=scenario)]
    others = [Variant(name=text, scenario=changed(first[0].scenario, text)) for text in what_if]
    found = (*first, *others)
    twice = [name for name, count in Counter(v.name for v in found).items() if count > 1]
    if twice:
        raise Invalid(f"the variant {twice[0]!r} is named twice; name it once", field="what_if")
    return found


def changed(scenario: Scenario, text: str) -> Scenario:
    """With the settings of a text such as "pacing=predictive, agents.0.count=12" in place of its own."""
    for key, value in assignments(text):
        scenario = scenario.changed(key, value)
    return scenario


def assignments(text: str) -> list[tuple[str, Any]]:
    """Values are written as in TOML; a bare word is text. A comma followed by KEY= begins the next one."""
    found: list[list[str]] = []
    for piece in text.split(","):
        key, equals, value = piece.partition("=")
        if found and (_is_open(found[-1][1]) or not equals):
            found[-1][1] += f",{piece}"
        elif equals and _KEY.fullmatch(key.strip()):
            found.append([key.strip(), value])
        else:
            raise Invalid(f"{text!r} changes nothing; write KEY=VALUE, such as pacing=predictive", field="set")
    return [(key, _value(value.strip(), text)) for key, value in found]


def _is_open(value: str) -> bool:
    return value.count("[") > value.count("]") or value.count("{") > value.count("}")


def _value(text: str, whole: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        if text and all(sign.isalnum() or sign in "_-:. " for sign in text):
            return text
        raise Invalid(f"{whole!r}: {text!r} is no value; write it as in TOML", field="set") from None


def _goals(reports: Sequence[Report]) -> dict[str, Rate]:
    names = {name for r in reports for name in r.goals}
    return {name: wilson(sum(r.goals.get(name, False) for r in reports), len(reports)) for name in sorted(names)}


def _spreading(values: Sequence[float]) -> Spreading:
    half = _Z95 * stdev(values) / math.sqrt(len(values)) if len(values) > 1 else 0.0
    return Spreading(fmean(values), min(values), max(values), half)
