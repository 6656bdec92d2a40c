"""What a planner is told about pacing before a campaign starts."""

from __future__ import annotations

import pytest

from tests.unit.campaigns.builders import pack
from tests.unit.campaigns.test_lint import codes, facts, lint, only, planned


@pytest.mark.parametrize("mode", ["power", "predictive", "automatic"])
def test_over_dialling_where_no_call_may_be_abandoned(mode: str) -> None:
    finding = only(lint(facts(planned(pacing=mode))))
    assert (finding.code, finding.field) == ("no_call_may_be_abandoned", "pacing")
    assert mode in finding.en
    assert "渐进式" in finding.zh


@pytest.mark.parametrize("mode", ["preview", "progressive"])
def test_modes_that_abandon_nobody_are_fine_everywhere(mode: str) -> None:
    assert lint(facts(planned(pacing=mode))) == ()


def test_a_limit_looser_than_the_packs_and_too_few_lines_for_power() -> None:
    free = {"policy": pack("default"), "policies": {}}
    assert "abandon_rate_max_beyond_policy" in codes(lint(facts(planned(abandon_rate_max=0.05), **free)))
    strict = codes(lint(facts(planned(abandon_rate_max=0.01, pacing="predictive"), **free)))
    assert not {"abandon_rate_max_beyond_policy", "no_call_may_be_abandoned"} & set(strict)
    power = planned(pacing="power", lines_per_agent=4)
    assert "few_lines_for_power" in codes(lint(facts(power, **free)))
    assert "few_lines_for_power" not in codes(lint(facts(planned(pacing="power", lines_per_agent=3.5), **free)))
