"""A carrier that is nothing but a UDP socket: sees what is on the wire and answers what the test says."""

from __future__ import annotations

import itertools
import socket
import time

from sip.messages import header, headers_of

_numbers = itertools.count(1)


def raw_invite(to: str, contact: str, body: str = "") -> str:
    """A stranger's INVITE."""
    number = next(_numbers)
    lines = [
        f"INVITE sip:1@{to} SIP/2.0",
        f"Via: SIP/2.0/UDP {contact};branch=z9hG4bKraw{number}",
        f"From: <sip:2@{contact}>;tag=a{number}",
        f"To: <sip:1@{to}>",
        f"Call-ID: raw-{number}@{contact}",
        "CSeq: 1 INVITE",
        f"Contact: <sip:2@{contact}>",
        "Max-Forwards: 70",
        *(["Content-Type: application/sdp"] if body else []),
        f"Content-Length: {len(body)}",
        "",
        body,
    ]
    return "\r\n".join(lines)


class Wire:
    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.2)
        self._peer: tuple[str, int] = ("", 0)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._socket.getsockname()[1]}"

    def expect(self, method: str, within: float = 4.0) -> str:
        """The next request of `method` (or response, as `SIP/2.0`); others are passed over."""
        deadline = time.monotonic() + within
        seen = []
        while time.monotonic() < deadline:
            try:
                datagram, self._peer = self._socket.recvfrom(65535)
            except TimeoutError:
                continue
            message = datagram.decode()
            if message.startswith(method + " "):
                return message
            seen.append(message.split("\r\n", 1)[0])
        raise AssertionError(f"no {method} within {within} s, only {seen}")

    def reply(self, request: str, status: str, *extra: str, body: str = "", tag: str = "wire") -> None:
        headers = headers_of(request)
        to = header(headers, "To")
        if ";tag=" not in to and not status.startswith("100"):
            to += f";tag={tag}"
        lines = [
            f"SIP/2.0 {status}",
            f"Via: {header(headers, 'Via')}",
            f"From: {header(headers, 'From')}",
            f"To: {to}",
            f"Call-ID: {header(headers, 'Call-ID')}",
            f"CSeq: {header(headers, 'CSeq')}",
            f"Contact: <sip:wire@{self.address}>",
            *extra,
        ]
        if body:
            lines.append("Content-Type: application/sdp")
        lines += [f"Content-Length: {len(body)}", "", body]
        self._socket.sendto("\r\n".join(lines).encode(), self._peer)

    def send(self, message: str, address: str) -> None:
        host, port = address.split(":")
        self._socket.sendto(message.encode(), (host, int(port)))

    def close(self) -> None:
        self._socket.close()

    def sdp(self, *, port: int = 49170, payload: int = 8, name: str = "PCMA") -> str:
        return (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP {payload}\r\na=rtpmap:{payload} {name}/8000\r\na=sendrecv\r\n"
        )
