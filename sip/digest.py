"""A registrar for the self-test: challenges with 401 and checks the digest answer (RFC 2617, MD5)."""

from __future__ import annotations

import hashlib
import re
import secrets
import socket
import threading
import time
from collections import deque

from sip.messages import header, headers_of

REALM = "goldenhour.selftest"
BURST = 50
BURST_PAUSE_S = 0.005
_PARAMETER = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s,]+))')


def digest_parameters(authorization: str) -> dict[str, str]:
    """`Digest username="a", qop=auth, ...` as a dictionary; empty for another scheme."""
    scheme, _, rest = authorization.strip().partition(" ")
    if scheme.lower() != "digest":
        return {}
    return {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(rest)}


def expected_response(parameters: dict[str, str], *, method: str, password: str) -> str:
    """The `response` that a right answer must carry."""
    ha1 = _md5(f"{parameters.get('username', '')}:{parameters.get('realm', '')}:{password}")
    ha2 = _md5(f"{method}:{parameters.get('uri', '')}")
    nonce = parameters.get("nonce", "")
    if parameters.get("qop"):
        counted = f"{parameters.get('nc', '')}:{parameters.get('cnonce', '')}:{parameters['qop']}"
        return _md5(f"{ha1}:{nonce}:{counted}:{ha2}")
    return _md5(f"{ha1}:{nonce}:{ha2}")


class Registrar:
    """Requests in, replies out; knows one user. INVITEs are busy (486), so that call slots can be counted."""

    def __init__(self, user: str, password: str) -> None:
        self._user = user
        self._password = password
        self._nonce = secrets.token_hex(16)
        self.challenges = 0
        self.accepted = 0

    def reply(self, request: str) -> str | None:
        """The response to one request; None for ACK and for what is no request."""
        method = request.split(" ", 1)[0]
        if method == "REGISTER":
            return self._register(request)
        if method == "INVITE":
            return _response(request, "486 Busy Here")
        return None

    def _register(self, request: str) -> str:
        given = digest_parameters(header(headers_of(request), "Authorization"))
        if not given:
            self.challenges += 1
            challenge = f'Digest realm="{REALM}", nonce="{self._nonce}", algorithm=MD5, qop="auth"'
            return _response(request, "401 Unauthorized", f"WWW-Authenticate: {challenge}")
        if not self._right(given):
            return _response(request, "403 Forbidden")
        self.accepted += 1
        contact = header(headers_of(request), "Contact")
        return _response(request, "200 OK", f"Contact: {contact}", "Expires: 60")

    def _right(self, given: dict[str, str]) -> bool:
        wanted = expected_response(given, method="REGISTER", password=self._password)
        known = given.get("username") == self._user and given.get("nonce") == self._nonce
        return known and secrets.compare_digest(given.get("response", ""), wanted)


class LoopbackRegistrar:
    """A `Registrar` on a UDP port of 127.0.0.1, served by its own thread while the context is open.

    With `held` it keeps its replies back until `release`, then sends them no faster than they can be read.
    """

    def __init__(self, registrar: Registrar, *, held: bool = False) -> None:
        self._registrar = registrar
        self._released = threading.Event()
        if not held:
            self._released.set()
        self._replies: deque[tuple[bytes, tuple[str, int]]] = deque()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.02)
        self._open = True
        self._thread = threading.Thread(target=self._serve, name="sip-selftest", daemon=True)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> LoopbackRegistrar:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._open = False
        self._thread.join(1.0)
        self._socket.close()

    def release(self) -> None:
        self._released.set()

    def _serve(self) -> None:
        while self._open:
            self._read()
            if self._released.is_set():
                self._send()

    def _read(self) -> None:
        try:
            datagram, peer = self._socket.recvfrom(65535)
        except TimeoutError:
            return
        if reply := self._registrar.reply(datagram.decode("utf-8", "replace")):
            self._replies.append((reply.encode(), peer))

    def _send(self) -> None:
        for count in range(len(self._replies)):
            self._socket.sendto(*self._replies.popleft())
            if count % BURST == BURST - 1:
                time.sleep(BURST_PAUSE_S)


def _response(request: str, status: str, *extra: str) -> str:
    """Via, From, To (with a tag), Call-ID and CSeq copied as RFC 3261 8.2.6 wants it."""
    headers = headers_of(request)
    to = header(headers, "To")
    if ";tag=" not in to:
        to += ";tag=" + secrets.token_hex(4)
    lines = [
        f"SIP/2.0 {status}",
        f"Via: {header(headers, 'Via')}",
        f"From: {header(headers, 'From')}",
        f"To: {to}",
        f"Call-ID: {header(headers, 'Call-ID')}",
        f"CSeq: {header(headers, 'CSeq')}",
        *extra,
        "Content-Length: 0",
    ]
    return "\r\n".join(lines) + "\r\n\r\n"


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
