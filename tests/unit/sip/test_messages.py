"""Reading SIP messages as text."""

from __future__ import annotations

import pytest

from sip.messages import header, headers_of, q850_cause, request_user, status_line, user_of


def message(*lines: str) -> str:
    return "\r\n".join(["BYE sip:1@h SIP/2.0", *lines, "", ""])


@pytest.mark.parametrize(
    ("value", "cause"),
    [
        ('Q.850;cause=16;text="Normal call clearing"', 16),
        ("q.850 ; cause = 34", 34),
        ('SIP;cause=200;text="Call completed elsewhere", Q.850;cause=26', 26),
        ('Q.850;text="a, b; cause=1";cause=17', 17),
        ("SIP;cause=486", None),
        ("Q.850", None),
        ("Q.850;cause=999", None),
        ("", None),
    ],
)
def test_the_q850_cause_of_a_reason_header(value: str, cause: int | None) -> None:
    assert q850_cause(message(f"Reason: {value}")) == cause


def test_two_reason_headers_are_one_list() -> None:
    assert q850_cause(message("Reason: SIP;cause=503", "reason: Q.850;cause=41")) == 41


def test_no_reason_no_cause() -> None:
    assert q850_cause(message("Via: x")) is None


def test_compact_and_folded_headers() -> None:
    headers = headers_of(message("f: <sip:1@h>", "i: abc", "Subject: one\r\n two"))
    assert (header(headers, "from"), header(headers, "Call-ID"), headers["Subject"]) == ("<sip:1@h>", "abc", "one two")


def test_the_body_is_no_header() -> None:
    assert header(headers_of(message("A: 1") + "Reason: Q.850;cause=17\r\n"), "Reason") == ""


@pytest.mark.parametrize(
    ("address", "user"),
    [
        ('"Ann" <sip:+49301@host:5060;user=phone>;tag=1', "+49301"),
        ("sip:1001@h", "1001"),
        ("<tel:+49301>", "+49301"),
        ("<sip:1:secret@h>", "1"),
        ("anonymous", ""),
    ],
)
def test_users(address: str, user: str) -> None:
    assert user_of(address) == user


def test_the_dialled_number_is_in_the_request_line() -> None:
    assert request_user("INVITE sip:0301@1.2.3.4 SIP/2.0\r\nTo: <sip:other@h>\r\n\r\n") == "0301"


def test_status_lines() -> None:
    assert status_line("SIP/2.0 486 Busy Here\r\n\r\n") == (486, "Busy Here")
    assert status_line("SIP/2.0 200\r\n\r\n") == (200, "")
    assert status_line(message()) is None
