"""Host names without blocking: PJSIP asks name servers by itself, and would else call getaddrinfo on the SIP thread."""

from __future__ import annotations

import re
from pathlib import Path

_HOST = re.compile(r"(?P<before>(?:sips?:)?(?:[^@;]*@)?)(?P<host>[A-Za-z0-9.-]+)(?P<after>(?::\d+)?(?:;.*)?)")


def system_nameservers(file: Path = Path("/etc/resolv.conf")) -> tuple[str, ...]:
    """IPv4 name servers of this machine; none where the file cannot be read."""
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return ()
    words = [line.split() for line in lines]
    return tuple(word[1] for word in words if len(word) > 1 and word[0] == "nameserver" and _is_ipv4(word[1]))


class LocalNames:
    """Names of /etc/hosts, which no name server knows; read once."""

    def __init__(self, file: Path = Path("/etc/hosts")) -> None:
        self._addresses: dict[str, str] = {"localhost": "127.0.0.1"}
        try:
            lines = file.read_text().splitlines()
        except OSError:
            return
        for line in lines:
            address, *names = line.partition("#")[0].split() or [""]
            if _is_ipv4(address):
                self._addresses.update((name.lower(), address) for name in names)

    def localised(self, address: str) -> str:
        """`address` (host, host:port or SIP address) with a name of this machine replaced by its number."""
        match = _HOST.fullmatch(address)
        if match is None:
            return address
        number = self._addresses.get(match["host"].lower())
        return f"{match['before']}{number}{match['after']}" if number else address


def _is_ipv4(text: str) -> bool:
    return re.fullmatch(r"\d{1,3}(\.\d{1,3}){3}", text) is not None
