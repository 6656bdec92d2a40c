"""A year of virtual days breaks no rule (a few people here; thousands in tests/integration/rules)."""

from __future__ import annotations

from collections import Counter

from tests.unit.campaigns.virtual_year import lives, person


def test_a_year_of_calls_to_a_few_people_breaks_no_rule() -> None:
    told: Counter[str] = Counter()
    for seed in range(20):
        told += lives(person(seed))
    assert told["dialled FRESH"] > 25
    assert told["dialled RETRY"] > 60
    assert told["dialled CADENCE"] > 3
    assert told["dialled REMINDER"] > 2
    assert told["parts compared"] > 15
