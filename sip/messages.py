"""Reading SIP messages as text: the few headers this application needs (RFC 3261, RFC 3326)."""

from __future__ import annotations

import re

COMPACT = {
    "v": "Via", "f": "From", "t": "To", "i": "Call-ID", "m": "Contact", "l": "Content-Length", "c": "Content-Type",
    "s": "Subject", "k": "Supported",
}  # fmt: skip

_USER = re.compile(r"<?\s*(?:sips?|tel):([^@;>]+)", re.IGNORECASE)
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')
_CAUSE = re.compile(r";\s*cause\s*=\s*(\d{1,3})", re.IGNORECASE)


def headers_of(message: str) -> dict[str, str]:
    """Header name as sent (compact forms spelt out) to value; repeated headers are joined with a comma."""
    head = message.replace("\r\n", "\n").split("\n\n", 1)[0]
    lines = re.sub(r"\n[ \t]+", " ", head).split("\n")[1:]
    headers: dict[str, str] = {}
    spelt: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            continue
        name = COMPACT.get(name.strip().lower(), name.strip())
        name = spelt.setdefault(name.lower(), name)
        headers[name] = f"{headers[name]}, {value.strip()}" if name in headers else value.strip()
    return headers


def status_line(message: str) -> tuple[int, str] | None:
    """Status and reason phrase of a response; None for a request."""
    match = re.match(r"SIP/2\.0 (\d{3})[ ]?([^\r\n]*)", message)
    return (int(match.group(1)), match.group(2)) if match else None


def header(headers: dict[str, str], name: str) -> str:
    """Case-insensitive look-up; empty when absent."""
    wanted = name.lower()
    return next((value for key, value in headers.items() if key.lower() == wanted), "")


def q850_cause(message: str) -> int | None:
    """Cause of a `Reason: Q.850` header (RFC 3326), wherever it stands among several reasons; None without one."""
    for reason in _split_outside_quotes(header(headers_of(message), "Reason")):
        protocol, _, parameters = reason.partition(";")
        if protocol.strip().lower() in ("q.850", "q850"):
            match = _CAUSE.search(";" + _QUOTED.sub("", parameters))
            if match and 0 < int(match.group(1)) < 128:
                return int(match.group(1))
    return None


def user_of(address: str) -> str:
    """The user part of a From, To or request address (`"A" <sip:+49301@host>;tag=1` gives `+49301`)."""
    match = _USER.search(address)
    return match.group(1).split(":", 1)[0] if match else ""


def request_user(message: str) -> str:
    """The user part of the request line: the number that was really dialled."""
    first = message.split("\n", 1)[0].split(" ")
    return user_of(first[1]) if len(first) > 1 else ""


def _split_outside_quotes(value: str) -> list[str]:
    return [part for part in re.findall(r'(?:[^,"]|"(?:\\.|[^"\\])*")+', value) if part.strip()]
