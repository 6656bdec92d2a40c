"""Thousands of people and a year of virtual days in five countries; and many more cases for the rules."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter

import pytest

from tests.unit.campaigns.virtual_year import lives, person

MORE = [
    ("unit/campaigns/test_retry_oracle", 4000),
    ("unit/campaigns/test_properties", 250),
    ("unit/campaigns/test_calendars", 200),
    ("unit/campaigns/test_importing", 250),
    ("scenarios/test_random_day", 200),
]
PEOPLE = int(os.environ.get("GOLDENHOUR_PEOPLE", "3000"))


@pytest.mark.timeout(300)
def test_a_year_of_calls_to_thousands_of_people_breaks_no_rule() -> None:
    told: Counter[str] = Counter()
    for seed in range(1000, 1000 + PEOPLE):
        told += lives(person(seed))
    assert told["dialled RETRY"] > 5 * PEOPLE
    assert told["dialled REMINDER"] > PEOPLE / 4
    assert told["parts compared"] > PEOPLE


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("suite", "examples"), MORE)
def test_it_holds_in_many_more_cases(suite: str, examples: int) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "--timeout", "270", f"tests/{suite}.py"],
        env={**os.environ, "GOLDENHOUR_EXAMPLES": str(examples)},
        capture_output=True, text=True, check=False, timeout=280,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-3000:]
