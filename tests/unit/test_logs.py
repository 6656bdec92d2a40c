"""Logs: a telephone number can be recognised in them, not called."""

from __future__ import annotations

import json
import logging

import pytest
import structlog

from dialer.config import LogSection
from dialer.logs import masked, set_up_logs


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("+8613800138000", "+861*****00"),
        ("13800138000", "138*****00"),
        ("calling +8613800138000 over carrier", "calling +861*****00 over carrier"),
        ("sip:1001@127.0.0.1:5060", "sip:1001@127.0.0.1:5060"),
        ("01a204a4177f77c8abc51a9a33689b9e", "01a204a4177f77c8abc51a9a33689b9e"),
        ("2026-11-22T18:57:38.467098Z", "2026-11-22T18:57:38.467098Z"),
    ],
)
def test_only_telephone_numbers_are_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_numbers_are_masked_in_our_lines_and_in_those_of_libraries(capsys: pytest.CaptureFixture[str]) -> None:
    kept = logging.getLogger().handlers[:]
    try:
        set_up_logs(LogSection(json=True))
        structlog.get_logger("ours").info("call placed", number="+8613800138000", attempt_id="a" * 32)
        logging.getLogger("theirs").warning("no route to %s", "+8613800138000")
    finally:
        logging.getLogger().handlers[:] = kept
        structlog.reset_defaults()
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["call placed", "no route to +861*****00"]
    assert lines[0]["number"] == "+861*****00"
    assert lines[0]["attempt_id"] == "a" * 32
    assert "13800138000" not in json.dumps(lines)
