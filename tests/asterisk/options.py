"""Is a SIP server there? Asked with OPTIONS, the way trunks are watched."""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Callable


def _request(server: str, local: tuple[str, int]) -> bytes:
    tag, host, port = secrets.token_hex(8), *local
    lines = (
        f"OPTIONS sip:{server} SIP/2.0",
        f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{tag};rport",
        "Max-Forwards: 70",
        f"From: <sip:ready@{host}>;tag={tag}",
        f"To: <sip:{server}>",
        f"Call-ID: {tag}@{host}",
        "CSeq: 1 OPTIONS",
        "Content-Length: 0",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def answers_options(server: str, *, timeout_s: float = 0.2) -> bool:
    """Whether `host:port` takes requests: a 401 is fine, a 503 comes from a server that still starts."""
    host, port = server.rsplit(":", 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(timeout_s)
        udp.connect((host, int(port)))
        try:
            udp.send(_request(server, udp.getsockname()))
            answer = udp.recv(4096)
        except (ConnectionRefusedError, TimeoutError):
            return False
        return answer.startswith(b"SIP/2.0 ") and not answer.startswith(b"SIP/2.0 503")


def wait_for_options(server: str, *, within_s: float, alive: Callable[[], bool] = lambda: True) -> bool:
    """Ask until there is an answer, `within_s` has passed or `alive` says the server has ended."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline and alive():
        if answers_options(server):
            return True
        time.sleep(0.05)
    return False
