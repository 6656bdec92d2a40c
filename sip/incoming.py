"""Who may call us, and what their calls are named; pure."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Iterable
from typing import Final

from sip.trunks import Trunk

_SEEN_MS: Final = 60_000


def new_leg_id(now_ms: int) -> str:
    """`<call>.c`, where the call's 32 hex digits sort by time (UUIDv7, RFC 9562): a line of that name takes the leg."""
    value = (now_ms & (2**48 - 1)) << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    return f"{value:032x}.c"


def host_of(address: str) -> str:
    """Without scheme, user, port and parameters: `sip:x@192.0.2.1:5060;lr` gives `192.0.2.1`."""
    plain = address.removeprefix("sips:").removeprefix("sip:").split(";", 1)[0].rpartition("@")[2]
    if plain.startswith("["):
        return plain[1:].partition("]")[0]
    return plain.partition(":")[0] if plain.count(":") <= 1 else plain


def is_number(host: str) -> bool:
    """An IP address, not a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def calling(trunks: Iterable[Trunk], source: str, dialled: str) -> Trunk | None:
    """The inbound trunk that a request from `source` (`host:port`) comes over; None for a stranger.

    Where two trunks share an address, the one whose user was `dialled` is meant.
    """
    host = host_of(source)
    if not is_number(host):
        return None
    known = [trunk for trunk in trunks if trunk.inbound and _expects(trunk, host)]
    return next((trunk for trunk in known if trunk.user and trunk.user == dialled), next(iter(known), None))


def _expects(trunk: Trunk, host: str) -> bool:
    caller = ipaddress.ip_address(host)
    for allowed in (host_of(trunk.address), host_of(trunk.outbound_proxy), *trunk.inbound_from):
        try:
            if caller in ipaddress.ip_network(allowed, strict=False):
                return True
        except ValueError:
            continue  # a name: its addresses stand in `inbound_from`
    return False


class Strangers:
    """Counts who was turned away, and says when it is time for a line in the log: once a minute at most."""

    def __init__(self) -> None:
        self.count = 0
        self._told_at: int | None = None

    def refused(self, now_ms: int) -> bool:
        self.count += 1
        if self._told_at is not None and now_ms - self._told_at < _SEEN_MS:
            return False
        self._told_at = now_ms
        return True
