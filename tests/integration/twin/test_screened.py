"""Machines that answer, and a detector with the rates of its own: what screening brings and what it costs."""

from __future__ import annotations

import pytest

from campaigns.attempt import AttemptOutcome
from dialer.twin.rehearsal import rehearse
from dialer.twin.report import Report
from dialer.twin.scenario import load_scenario, shipped
from dialer.twin.study import changed

DAY = 'agents=[{count=4,from="09:00",to="09:30"}], behaviour={person=0.3,machine=0.5,machine_is_told=false,machine_s=15'
SCREENED = 'screening={mode="connect_first",checked_share=0.0}'


def day(detector: str = "", *, settings: str = SCREENED) -> Report:
    comma = "," if detector else ""
    return rehearse(changed(load_scenario(shipped()["reference"]), f"{DAY}{comma}{detector}}}, {settings}"))


@pytest.fixture(scope="module")
def right() -> Report:
    return day()


def test_agents_listen_to_no_greeting_where_a_detector_does(right: Report) -> None:
    heard = day(settings='screening={mode="off"}')
    assert heard.dispositions["MACHINE"] > 10
    assert AttemptOutcome.MACHINE not in heard.outcomes
    assert right.outcomes[AttemptOutcome.MACHINE] > 10
    assert right.persons == right.outcomes[AttemptOutcome.HUMAN]
    assert right.attempts > heard.attempts


def test_a_detector_that_misses_half_of_them_leaves_that_half_to_the_agents(right: Report) -> None:
    half = day("machine_found=0.5")
    assert half.outcomes[AttemptOutcome.MACHINE] / half.dispositions["MACHINE"] == pytest.approx(0.5, abs=0.15)
    assert half.outcomes[AttemptOutcome.HUMAN] > right.outcomes[AttemptOutcome.HUMAN]


def test_persons_taken_for_machines_are_hung_up_on_and_are_no_contacts(right: Report) -> None:
    report = day("person_mistaken=0.3")
    machines, persons = report.outcomes[AttemptOutcome.MACHINE], report.outcomes[AttemptOutcome.HUMAN]
    mistaken = machines - report.dispositions["MACHINE"]
    assert mistaken / (mistaken + persons) == pytest.approx(0.3, abs=0.12)
    assert report.contacts / report.conversations < right.contacts / right.conversations
