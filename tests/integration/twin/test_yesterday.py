"""Yesterday's log: how people behaved is found in it again, and the day can be had once more with other settings."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date

import pytest

from campaigns.campaign import Campaign
from dialer.clock import SystemClock
from dialer.errors import Invalid, NotFound
from dialer.policies import PolicyBook
from dialer.twin.clock import VirtualLoop
from dialer.twin.rehearsal import Rehearsal, rehearse
from dialer.twin.report import Report
from dialer.twin.scenario import Scenario, load_scenario, shipped
from dialer.twin.site import Site
from dialer.twin.study import changed

DAY = date(2026, 11, 30)


async def lived(scenario: Scenario) -> tuple[Site, Report]:
    """A day at a site whose log is kept, and what it brought."""
    day = Rehearsal(scenario)
    report = await day.run()
    site = Site(store=day.store, policies=PolicyBook.load(), time_zone=scenario.time_zone, clock=SystemClock())
    return site, report


@pytest.fixture(scope="module")
def yesterday() -> tuple[Site, Report, Campaign]:
    scenario = load_scenario(shipped()["reference"])
    shift = 'agents=[{count=5,from="09:00",to="10:00"}], leads.count=900, caps={lead_attempts=1}'
    loop = VirtualLoop()
    try:
        site, report = loop.run_until_complete(lived(changed(scenario, shift)))
    finally:
        loop.close()
    return site, report, asyncio.run(site.campaign(""))


def test_how_people_behave_is_found_in_the_log_again(yesterday: tuple[Site, Report, Campaign]) -> None:
    site, report, campaign = yesterday
    found = asyncio.run(site.fitted(campaign, DAY))
    assert found.persons == report.persons
    behaviour = found.behaviour
    assert behaviour.person == pytest.approx(0.30, abs=0.06)
    assert behaviour.talk_s.average == pytest.approx(report.talk_s / report.conversations, rel=0.1)
    assert behaviour.wrap_up_s.average == pytest.approx(15.0, rel=0.15)
    assert behaviour.post_dial_s.average == pytest.approx(2.0, abs=0.3)


def test_the_same_day_once_more_with_the_same_settings_goes_as_it_went(
    yesterday: tuple[Site, Report, Campaign],
) -> None:
    site, report, campaign = yesterday
    scenario, cast = asyncio.run(site.replay(campaign, DAY))
    of_an_import = tuple(replace(lead, import_id=7) for lead in cast.leads)
    again = rehearse(scenario, cast=replace(cast, leads=of_an_import))
    assert again.leads == report.leads
    assert again.attempts == pytest.approx(report.attempts, rel=0.1)
    assert again.conversations == pytest.approx(report.conversations, rel=0.1)
    assert again.utilisation == pytest.approx(report.utilisation, abs=0.06)
    assert again.faults == 0


def test_with_other_settings_more_of_the_same_customers_are_reached(yesterday: tuple[Site, Report, Campaign]) -> None:
    site, report, campaign = yesterday
    scenario, cast = asyncio.run(site.replay(campaign, DAY))
    power = rehearse(changed(scenario, "pacing=power, lines_per_agent=2"), cast=cast)
    assert power.conversations > 1.05 * report.conversations
    assert power.utilisation is not None
    assert report.utilisation is not None
    assert power.utilisation > report.utilisation


def test_a_day_without_a_log_cannot_be_replayed(yesterday: tuple[Site, Report, Campaign]) -> None:
    site, _, campaign = yesterday
    with pytest.raises(Invalid, match="made no attempts on 2026-11-29"):
        asyncio.run(site.replay(campaign, date(2026, 11, 29)))
    with pytest.raises(NotFound, match="known: rehearsal"):
        asyncio.run(site.campaign("nowhere"))


def test_tomorrow_is_rehearsed_with_the_list_as_it_stands(yesterday: tuple[Site, Report, Campaign]) -> None:
    site, report, campaign = yesterday
    scenario, cast = asyncio.run(site.tomorrow(campaign, date(2026, 12, 1)))
    assert len(cast.leads) == report.leads_open
    assert len(cast.history) == report.attempts
    assert scenario.staff == 5
    tomorrow = rehearse(changed(scenario, 'agents.0.to="09:20"'), cast=cast)
    assert tomorrow.attempts > 0
    assert tomorrow.faults == 0
