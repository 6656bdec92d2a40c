"""What docs/retries.md tells planners to write is what the settings take, and its table is the table of defaults."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from campaigns.attempt import AttemptOutcome as O
from campaigns.campaign import CampaignSettings, Caps
from campaigns.retry_rules import DEFAULT_RULES

TEXT = (Path(__file__).parents[3] / "docs" / "retries.md").read_text("utf-8")


def test_the_examples_are_accepted() -> None:
    examples = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    assert len(examples) == 2
    for example in examples:
        CampaignSettings.model_validate(tomllib.loads(example))


def test_the_defaults_are_those_of_the_trade() -> None:
    minutes = {outcome: [s / 60 for s in rule.delays_s] for outcome, rule in DEFAULT_RULES.items()}
    assert (minutes[O.BUSY], DEFAULT_RULES[O.BUSY].then) == ([10, 20, 40], O.NO_ANSWER)
    assert (minutes[O.NO_ANSWER], DEFAULT_RULES[O.NO_ANSWER].other_day_part) == ([180, 1440], True)
    assert DEFAULT_RULES[O.MACHINE] == DEFAULT_RULES[O.NO_ANSWER]
    assert minutes[O.CONGESTED][:3] == [5, 5, 5]
    assert DEFAULT_RULES[O.INVALID_NUMBER].limit == DEFAULT_RULES[O.DECLINED].limit == 2
    caps = Caps()
    assert (caps.lead_attempts, caps.lead_period_days, caps.number_per_24h, caps.number_per_30d) == (6, 14, 3, 8)
