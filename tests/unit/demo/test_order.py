"""What a demonstration may be asked for, and the list it is given."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from campaigns.attempt import AttemptOutcome
from campaigns.campaign import PacingMode
from dialer.demo.order import DemoOrder
from dialer.demo.people import HEADER, write_sample_list
from dialer.demo.report import report
from dialer.errors import FewerLinesThanAgents, Invalid
from dialer.ports import AttemptCounts


def test_fewer_lines_than_agents_is_refused_with_what_to_do() -> None:
    with pytest.raises(FewerLinesThanAgents, match="--lines 4 or more") as refused:
        DemoOrder(agents=4, lines=3)
    assert refused.value.field == "--lines"


@pytest.mark.parametrize(
    ("option", "wrong"),
    [
        ("--agents", {"agents": 0}),
        ("--lines", {"lines": 61}),
        ("--leads", {"leads": -1}),
        ("--seconds", {"seconds": 0}),
    ],
)
def test_an_impossible_option_is_named_with_what_is_allowed(option: str, wrong: dict[str, int]) -> None:
    with pytest.raises(Invalid, match="must lie between") as refused:
        DemoOrder(**wrong)  # type: ignore[arg-type]
    assert refused.value.field == option


def test_leads_are_not_offered_to_agents_who_cannot_decide() -> None:
    with pytest.raises(Invalid, match="preview") as refused:
        DemoOrder(pacing=PacingMode.PREVIEW)
    assert refused.value.field == "--pacing"


def test_the_sample_list_has_as_many_people_as_asked_and_repeats_with_its_seed(tmp_path: Path) -> None:
    first = write_sample_list(tmp_path / "a.csv", leads=50, seed=3).read_bytes()
    assert write_sample_list(tmp_path / "b.csv", leads=50, seed=3).read_bytes() == first
    assert write_sample_list(tmp_path / "c.csv", leads=50, seed=4).read_bytes() != first
    rows = list(csv.reader(first.decode("utf-8-sig").splitlines()))
    assert tuple(rows[0]) == HEADER
    assert len({row[1] for row in rows[1:]}) == 50


def test_a_report_without_a_conversation_has_no_waiting_times() -> None:
    counts = AttemptCounts(
        leads=1,
        leads_by_state={"OPEN": 1},
        attempts=1,
        outcomes={AttemptOutcome.BUSY.value: 1},
        dispositions={},
        connected=0,
        answered_by_person=0,
        contacts=0,
        successes=0,
        effective_calls=0,
        talk_s=0.0,
        recordings=0,
        recording_s=0.0,
        answer_to_agent_ms=(),
        customer_waits_ms=(),
        connected_in_time=0,
        connected_late=0,
        by_agent={},
        by_hour={},
    )
    told = report(DemoOrder(), counts, lines=6, duration_s=1.25)
    assert told["answer_to_agent_ms"] == {"p50": None, "p95": None, "max": None}
    assert (told["outcomes"], told["abandoned"]) == ({"BUSY": 1}, 0)
