"""Plain words for wrong input, and nothing but the answer on standard output."""

from __future__ import annotations

import pytest

from tests.integration.cli.conftest import Terminal


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("dnc", "add", "13800138000", "--expires", "2026-99-01"), "expires_on: must be a date that exists"),
        (("tickler", "--from", "yesterday"), "from: must be a date that exists, such as 2026-11-23"),
        (("campaign", "clone", "spring", "Not so!"), "code: must be 1 to 48 small letters, digits and -"),
        (("callback", "move", "first", "--for", "anyone"), "callback_id: must be an id"),
    ],
)
def test_wrong_input_is_told_in_plain_words(planned: Terminal, words: tuple[str, ...], says: str) -> None:
    assert says in planned.refuses(*words)


def test_a_register_is_answered_with_json_alone_and_an_empty_one_is_called_empty(planned: Terminal) -> None:
    numbers, empty = planned.site / "register.csv", planned.site / "empty.csv"
    numbers.write_text("number\n13700000001\n13700000002\n")
    empty.touch()
    told = planned.json("dnc", "import", str(numbers), "--register", "national", "--date", "2026-11-01")
    assert (told["rows"], told["register"]["entries"]) == (2, 2)
    said = planned.refuses("dnc", "import", str(empty), "--register", "national", "--date", "2026-11-01")
    assert "there is no number in it; register 'national' is unchanged" in said
    assert planned.json("dnc", "check", "13700000001")["suppressed"]


def test_a_country_without_holidays_says_where_to_put_them(terminal: Terminal) -> None:
    assert "XX: not known for today; add them to calendars/xx.toml" in terminal.says("policy", "holidays", "XX")
