"""Whole rehearsals: the engine at work in virtual time."""

from __future__ import annotations

import random
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from campaigns.attempt import AttemptOutcome
from dialer.errors import Invalid
from dialer.twin.processes import run_study
from dialer.twin.rehearsal import Moment, rehearse
from dialer.twin.report import Report
from dialer.twin.scenario import Scenario, load_scenario, scenario_of, shipped
from dialer.twin.study import Study, changed, variants_of

HANDLING_S, LINE_S, PERSON = 105.0, 19.3, 0.30


def reference(changes: str) -> Scenario:
    return changed(load_scenario(shipped()["reference"]), changes)


def without_times(report: Report) -> dict[str, Any]:
    return {name: value for name, value in asdict(report).items() if name != "took_s"}


def test_the_same_seed_tells_the_same_day_twice_and_another_seed_another_one() -> None:
    scenario = reference('agents=[{count=3,from="09:00",to="09:20"}], pacing=predictive')
    first, again, other = rehearse(scenario), rehearse(scenario), rehearse(changed(scenario, "seed=2"))
    assert without_times(first) == without_times(again)
    assert first.attempts != other.attempts or first.talk_s != other.talk_s
    assert first.faults == 0


@pytest.mark.parametrize(("agents", "until"), [(3, "10:40"), (20, "09:20")])
def test_progressive_keeps_agents_as_busy_as_the_closed_form_says(agents: int, until: str) -> None:
    report = rehearse(reference(f'agents=[{{count={agents},from="09:00",to="{until}"}}]'))
    expected = HANDLING_S / (HANDLING_S + LINE_S / PERSON)
    assert report.utilisation == pytest.approx(expected, abs=0.05)
    assert report.abandoned == 0
    assert report.lines.peak <= agents
    assert report.faults == 0


def test_a_short_list_runs_dry_and_is_done_with() -> None:
    scenario = reference('agents=[{count=5,from="09:00",to="10:00"}], leads.count=60, caps={lead_attempts=1}')
    report = rehearse(scenario)
    assert report.attempts == 60
    assert report.runs_dry_at is not None
    assert report.runs_dry_at < "2026-11-30T09:45"
    assert report.idle_s


def test_the_deadline_holds_where_the_list_is_done_with_before_it() -> None:
    week = 'agents=[{count=5,from="09:00",to="10:00"}], leads.count=40, caps={lead_attempts=1}'
    week += ", behaviour.dispositions={NOT_INTERESTED=1}"
    in_time = reference(f"{week}, deadline=2026-11-30")
    late = reference('agents=[{count=1,from="09:00",to="09:20"}], leads.count=400, deadline=2026-11-30')
    assert rehearse(in_time).deadline_holds is True
    assert rehearse(late).deadline_holds is False
    assert rehearse(changed(late, "deadline=2026-12-24")).deadline_holds is None


def test_how_likely_the_deadline_holds_is_asked_of_several_days() -> None:
    """Of the seeds: the same list is done with in time by half of them, and two more agents make it certain."""
    day = 'agents=[{count=2,from="09:00",to="09:15"}], leads.count=40, caps={lead_attempts=1}, deadline=2026-11-30'
    scenario = reference(f"{day}, behaviour.dispositions={{NOT_INTERESTED=1}}")
    study = Study(variants=variants_of(scenario, [], ["agents.0.count=5"]), seeds=4)
    two, five = run_study(study, stop=threading.Event())
    assert two.deadline is not None
    assert five.deadline is not None
    assert (two.deadline.of, five.deadline.of) == (4, 4)
    assert two.deadline.hits == sum(report.deadline_holds is True for report in two.reports)
    assert 0 < two.deadline.hits < 4
    assert two.deadline.low < two.deadline.value < two.deadline.high
    assert five.deadline.value == 1.0


def test_a_break_is_no_log_in_time_and_nobody_is_called_in_it() -> None:
    rest = 'breaks=[{from="09:20",to="09:50"}]'
    report = rehearse(reference(f'agents=[{{count=2,from="09:00",to="10:00",{rest}}}]'))
    assert report.paused_s == pytest.approx(2 * 1800, abs=600)  # conversations go on into it
    assert report.talk_s + report.wrap_up_s + report.ready_s + report.paused_s == pytest.approx(7200, abs=600)


def test_whoever_stops_it_gets_the_report_so_far() -> None:
    def goes_on(moment: Moment) -> bool:
        return moment.share < 0.3

    report = rehearse(reference('agents=[{count=2,from="09:00",to="11:00"}]'), goes_on=goes_on)
    assert not report.whole
    assert report.attempts > 0
    assert report.talk_s < 2 * 3600


def test_a_pack_that_allows_no_abandoned_call_gets_none() -> None:
    changes = 'agents=[{count=4,from="10:00",to="11:00"}], pacing=predictive, policy="gb"'
    report = rehearse(reference(changes))
    assert report.abandoned == 0
    assert report.lines.peak <= 4


def test_fewer_lines_than_agents_are_refused_as_on_the_real_floor() -> None:
    with pytest.raises(Invalid, match="2 lines for 3 agents"):
        rehearse(reference('agents=[{count=4,from="09:00",to="10:00"}], lines={trunk=2}, policies=false'))


def test_a_list_file_is_read_as_an_import_reads_it(tmp_path: Path) -> None:
    chance = random.Random(1)
    numbers = [f"1{chance.randint(3, 9)}{chance.randint(0, 999_999_999):09d}" for _ in range(30)]
    (tmp_path / "list.csv").write_text("name,number\n" + "\n".join(f"c{n},{e}" for n, e in enumerate(numbers)))
    text = '[[agents]]\ncount = 2\nfrom = "10:00"\nto = "10:30"\n[leads]\nfile = "list.csv"\n'
    (tmp_path / "tomorrow.toml").write_text(text)
    report = rehearse(load_scenario(tmp_path / "tomorrow.toml"))
    assert 20 <= report.leads <= 30
    assert report.attempts > 0


def test_the_rules_of_the_campaign_hold_caps_included() -> None:
    scenario = scenario_of(
        {
            "agents": [{"count": 2, "from": "09:00", "to": "18:00"}],
            "leads": {"count": 10},
            "behaviour": {"person": 0.0, "machine": 0.0, "busy": 1.0},
            "start": "2026-11-30",
        }
    )
    report = rehearse(scenario)
    assert set(report.outcomes) == {str(AttemptOutcome.BUSY)}
    assert report.attempts <= 30  # three on a number in a day
