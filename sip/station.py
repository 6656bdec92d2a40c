"""What a station (the SIP thread of one worker process) is told at its start; no pjsua2 here."""

from __future__ import annotations

import msgspec


class StationSettings(msgspec.Struct, frozen=True, kw_only=True):
    worker: str
    bind_address: str = "127.0.0.1"
    sip_port: int = 0  # 0: any free one
    rtp_port_from: int = 20000
    rtp_port_to: int = 29999
    user_agent: str = "Goldenhour"
    log_file: str = ""
    nameservers: tuple[str, ...] = ()  # none: those of /etc/resolv.conf
    accept_incoming: bool = False
    public_address: str = ""
    max_legs_limit: int = 0  # 0: what the build has
