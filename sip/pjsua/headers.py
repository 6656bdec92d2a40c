"""Addresses and headers we send; everything that comes from outside is checked before it gets into a message."""

from __future__ import annotations

import re
from typing import Final

from sip.commands import HangupReason, PlaceLeg
from sip.errors import BadDestination
from sip.trunks import Trunk

NUMBER = re.compile(r"\+?[0-9]{1,32}")
ADDRESS = re.compile(r"sips?:(?:[A-Za-z0-9._~!$&'()*+,;=?/%-]+@)?[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:;[A-Za-z0-9=._-]+)*")
HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
CALL_ID = re.compile(r"[A-Za-z0-9._~!%*+`'<>()\[\]{}:/?@-]{1,120}")

Q850_TEXT: Final = {16: "Normal call clearing", 17: "User busy", 19: "No answer", 21: "Call rejected", 34: "No circuit"}

HANGUP_Q850: Final = {
    HangupReason.NORMAL: 16,
    HangupReason.CANCELLED: 16,
    HangupReason.RING_TIMEOUT: 19,
    HangupReason.ABANDONED: 16,
    HangupReason.LONGEST_CALL: 16,
    HangupReason.SHUTDOWN: 41,
}

AUTO_ANSWER: Final = (
    ("Call-Info", "<sip:localhost>;answer-after=0"),
    ("Alert-Info", "<http://localhost>;info=alert-autoanswer;delay=0"),
)


def destination(order: PlaceLeg, trunk: Trunk | None) -> str:
    """The request address of `order`. Raises `BadDestination`."""
    if trunk is None:
        if not ADDRESS.fullmatch(order.destination):
            raise BadDestination(f"{order.destination!r} is not a SIP address such as sip:1001@192.0.2.1:5060")
        return order.destination
    if not NUMBER.fullmatch(order.destination):
        raise BadDestination("a number over a trunk must be digits with an optional leading plus")
    digits = order.destination.lstrip("+") if trunk.strip_plus else order.destination
    return f"sip:{trunk.prefix}{digits}@{trunk.address}"


def caller(order: PlaceLeg, trunk: Trunk | None, own_host: str) -> str:
    """The From address. Raises `BadDestination` for a caller ID that is no number."""
    number = order.caller_id or (trunk.caller_id if trunk else "")
    if number and not NUMBER.fullmatch(number):
        raise BadDestination("caller ID must be digits with an optional leading plus")
    user = number or (trunk.user if trunk else "") or "goldenhour"
    host = trunk_host(trunk) if trunk else own_host
    return f"{quoted(order.caller_name)}<sip:{user}@{host}>"


def trunk_host(trunk: Trunk) -> str:
    """The address without transport parameters, as From and registrar want it."""
    return trunk.address.split(";", 1)[0].removeprefix("sips:").removeprefix("sip:")


def quoted(name: str) -> str:
    """A display name with a trailing blank, or nothing."""
    if not name:
        return ""
    plain(name, "caller name")
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}" '


def placing_headers(order: PlaceLeg, host: str) -> list[tuple[str, str]]:
    """P-Asserted-Identity (RFC 3325), auto-answer and the order's own headers. Raises `BadDestination`."""
    headers: list[tuple[str, str]] = []
    if order.p_asserted_identity:
        headers.append(("P-Asserted-Identity", asserted(order.p_asserted_identity, host)))
    if order.auto_answer:
        headers.extend(AUTO_ANSWER)
    for name, value in order.headers.items():
        if not HEADER_NAME.fullmatch(name):
            raise BadDestination(f"{name!r} is not a SIP header name")
        headers.append((name, plain(value, f"header {name}")))
    return headers


def asserted(identity: str, host: str) -> str:
    if NUMBER.fullmatch(identity):
        return f"<sip:{identity}@{host}>"
    plain(identity, "P-Asserted-Identity")
    return identity if "<" in identity else f"<{identity}>"


def call_id(value: str) -> str:
    if value and not CALL_ID.fullmatch(value):
        raise BadDestination(f"{value!r} is not a SIP Call-ID")
    return value


def plain(value: str, what: str) -> str:
    """Refuse line ends and control characters: they would start another header."""
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise BadDestination(f"{what} has a control character in it")
    return value


def reason_header(cause: int | None) -> list[tuple[str, str]]:
    """RFC 3326, or nothing."""
    if cause is None:
        return []
    text = Q850_TEXT.get(cause)
    return [("Reason", f'Q.850;cause={cause};text="{text}"' if text else f"Q.850;cause={cause}")]


def hangup_headers(reason: HangupReason) -> list[tuple[str, str]]:
    return reason_header(HANGUP_Q850[reason])
