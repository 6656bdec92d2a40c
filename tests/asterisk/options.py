"""Is a SIP server there? Asked with OPTIONS, the way trunks are watched."""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Callable


def _request(target: str, local: tuple[str, int]) -> bytes:
    tag, host, port = secrets.token_hex(8), *local
    lines = (
        f"OPTIONS sip:{target} SIP/2.0",
        f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{tag};rport",
        "Max-Forwards: 70",
        f"From: <sip:ready@{host}>;tag={tag}",
        f"To: <sip:{target}>",
        f"Call-ID: {tag}@{host}",
        "CSeq: 1 OPTIONS",
        "Content-Length: 0",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def options_status(server: str, user: str = "", *, timeout_s: float = 0.2) -> int:
    """Status that `host:port` answers OPTIONS with, asked about `user` when given; 0 when there is no answer."""
    host, port = server.rsplit(":", 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(timeout_s)
        udp.connect((host, int(port)))
        try:
            udp.send(_request(f"{user}@{server}" if user else server, udp.getsockname()))
            answer = udp.recv(4096).split(maxsplit=2)
        except (ConnectionRefusedError, TimeoutError):
            return 0
    return int(answer[1]) if answer[0] == b"SIP/2.0" else 0


def wait_for_options(server: str, user: str, *, within_s: float, alive: Callable[[], bool] = lambda: True) -> bool:
    """Ask until the answer is 200, `within_s` has passed or `alive` says the server has ended."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline and alive():
        if options_status(server, user) == 200:
            return True
        time.sleep(0.05)
    return False
