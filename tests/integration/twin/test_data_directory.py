"""A site's own database: yesterday is read out of SQLite and had once more, and nothing is written there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from dialer.clock import SystemClock
from dialer.db.store import open_store
from dialer.domain.events import DomainEvent
from dialer.policies import PolicyBook
from dialer.ports import AttemptDraft, NewLead, Store
from dialer.twin.cast import Cast
from dialer.twin.clock import VirtualLoop
from dialer.twin.rehearsal import Rehearsal, rehearse
from dialer.twin.report import Report
from dialer.twin.scenario import Scenario, load_scenario, settings_of, shipped
from dialer.twin.site import Site
from dialer.twin.study import changed

DAY = date(2026, 11, 30)
Log = list[AttemptDraft | Sequence[DomainEvent]]


def three_agents() -> Scenario:
    shift = 'agents=[{count=3,from="09:00",to="09:40"}], leads.count=200, caps={lead_attempts=1}'
    return changed(load_scenario(shipped()["reference"]), shift)


def a_day() -> tuple[Rehearsal, Report, Log]:
    """Lived through, with all that an engine writes in it, in its order."""
    log: Log = []

    async def live() -> tuple[Rehearsal, Report]:
        day = Rehearsal(three_agents())
        opened, recorded = day.store.open_attempt, day.store.record

        async def open_attempt(draft: AttemptDraft) -> None:
            log.append(draft)
            await opened(draft)

        async def record(events: Sequence[DomainEvent]) -> None:
            log.append(list(events))
            await recorded(events)

        day.store.open_attempt, day.store.record = open_attempt, record  # type: ignore[method-assign]
        return day, await day.run()

    loop = VirtualLoop()
    try:
        day, report = loop.run_until_complete(live())
    finally:
        loop.close()
    return day, report, log


async def written(store: Store, day: Rehearsal, log: Log) -> None:
    """As the engine would have written it."""
    for agent in await day.store.agents():
        await store.save_agent(agent)
    [campaign] = await day.store.campaigns()
    made = await store.add_campaign(campaign.settings, at=campaign.created_at)
    import_id = await store.begin_import(made.campaign_id, file_name="list.csv", sha256="", at=campaign.created_at)
    leads = sorted(day.store.rows.leads.values(), key=lambda lead: lead.lead_id)
    rows = [
        NewLead(
            row=n, name=lead.name, numbers=tuple((number.kind, number.e164) for number in lead.numbers),
            country=lead.country, time_zone=lead.time_zone,
        )
        for n, lead in enumerate(leads, 1)
    ]  # fmt: skip
    assert await store.add_leads(import_id, rows, due_at=campaign.created_at) == []
    await store.finish_import(
        import_id, at=campaign.created_at, rows=len(rows), accepted=len(rows), duplicates=0, refused=0, refused_file=""
    )
    for entry in log:
        if isinstance(entry, AttemptDraft):
            await store.open_attempt(entry)
        else:
            await store.record(entry)


def out_of(path: Path, day: Rehearsal, log: Log) -> tuple[Scenario, Cast, int]:
    async def read() -> tuple[Scenario, Cast, int]:
        store = await open_store(f"sqlite:///{path}")
        try:
            await written(store, day, log)
            site = Site(
                store=store, policies=PolicyBook.load(), time_zone="America/New_York", clock=SystemClock()
            )  # fmt: skip
            campaign = await site.campaign("")
            scenario, cast = await site.replay(campaign, DAY, three_agents())
            return scenario, cast, len(await store.attempts(campaign_id=campaign.campaign_id, limit=1000))
        finally:
            await store.close()

    return asyncio.run(read())


def test_yesterday_goes_as_it_went_when_it_is_read_out_of_a_data_directory(tmp_path: Path) -> None:
    day, report, log = a_day()
    scenario, cast, attempts = out_of(tmp_path / "goldenhour.db", day, log)
    assert attempts == report.attempts
    assert settings_of(scenario).caps.lead_attempts == 1
    before = (tmp_path / "goldenhour.db").read_bytes()
    again = rehearse(scenario, cast=cast)
    assert (tmp_path / "goldenhour.db").read_bytes() == before
    assert again.attempts == pytest.approx(report.attempts, rel=0.1)
    assert again.conversations == pytest.approx(report.conversations, rel=0.1)
    assert again.utilisation == pytest.approx(report.utilisation, abs=0.08)
    assert again.faults == 0
