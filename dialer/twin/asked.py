"""What is asked over the API, made into a study."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from dialer.errors import Invalid
from dialer.twin.cast import Cast
from dialer.twin.processes import Progress, run_study
from dialer.twin.scenario import Scenario, scenario_of, validated
from dialer.twin.site import Site, with_behaviour
from dialer.twin.study import MOST_RUNS, Study, changed, plain_summary, variants_of

Work = Callable[[threading.Event, Callable[[float, int], None]], list[dict[str, Any]]]


class Asked(BaseModel):
    """`scenario` as in a scenario file, or a `campaign`: rehearsed from `on` on (tomorrow where not given), or its day
    `replay` once more. `fit`: people behave as in the campaign's log of that day, or ("last") of its last one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scenario: dict[str, Any] | None = None
    campaign: str = ""
    on: date | None = None
    replay: date | None = None
    fit: str = Field(default="", pattern=r"^(last|[0-9]{4}-[0-9]{2}-[0-9]{2})?$")
    policies: tuple[str, ...] = Field(default=(), max_length=10)
    what_if: tuple[str, ...] = Field(default=(), max_length=20)
    changes: tuple[str, ...] = Field(default=(), max_length=50)
    days: int | None = Field(default=None, ge=1, le=60)
    seed: int | None = Field(default=None, ge=0)
    seeds: int = Field(default=1, ge=1, le=100)


async def prepare(site: Site, document: Mapping[str, Any]) -> Work:
    """Reads what it needs of the site; what comes back blocks and runs in processes of its own.

    Raises `Refused` for whatever cannot be rehearsed."""
    asked = validated(dict(document), Asked, name="simulation")
    study = await _study(site, asked)
    if study.size > MOST_RUNS:
        raise Invalid(f"{study.size} runs are too many; at most {MOST_RUNS} (variants times seeds)", field="seeds")

    def work(stop: threading.Event, tell: Callable[[float, int], None]) -> list[dict[str, Any]]:
        def progress(found: Progress) -> None:
            tell(found.share, found.attempts)

        return [plain_summary(one) for one in run_study(study, stop=stop, tell=progress, processes=1)]

    return work


async def _study(site: Site, asked: Asked) -> Study:
    scenario, cast = await _first(site, asked)
    for text in asked.changes:
        scenario = changed(scenario, text)
    own = {name: value for name in ("days", "seed") if (value := getattr(asked, name)) is not None}
    scenario = scenario.model_copy(update=own)
    return Study(
        variants=variants_of(scenario, asked.policies, asked.what_if),
        seeds=asked.seeds,
        cast=cast,
        policies=site.policies,
    )


async def _first(site: Site, asked: Asked) -> tuple[Scenario, Cast | None]:
    scenario = scenario_of(asked.scenario) if asked.scenario is not None else None
    cast: Cast | None = None
    if scenario is not None and scenario.leads.file is not None:
        raise Invalid(
            "list files are read by the command line; import the list and name the campaign", field="leads.file"
        )
    if asked.campaign or asked.replay is not None:
        campaign = await site.campaign(asked.campaign)
        if asked.replay is not None:
            scenario, cast = await site.replay(campaign, asked.replay, scenario)
        else:
            scenario, cast = await site.tomorrow(
                campaign, asked.on or site.tomorrow_is(), scenario, days=asked.days or 1
            )
        if asked.fit:
            day = None if asked.fit == "last" else date.fromisoformat(asked.fit)
            scenario = with_behaviour(scenario, await site.fitted(campaign, day))
    if scenario is None:
        raise Invalid("give a scenario, or the code of a campaign", field="scenario")
    return scenario, cast
