"""The addresses behind a trunk's name, looked up before workers are told whom to expect calls from."""

from __future__ import annotations

import asyncio
import socket
from typing import Final

import msgspec
import structlog

from sip.incoming import host_of, is_number
from sip.trunks import Trunk

log = structlog.get_logger(__name__)

_LOOK_UP_S: Final = 5.0


async def with_addresses(trunk: Trunk) -> Trunk:
    """With the IPv4 addresses of its names in `inbound_from`; a name that cannot be looked up adds none."""
    if not trunk.inbound:
        return trunk
    names = {host_of(trunk.address), host_of(trunk.outbound_proxy)} - {""}
    found = {address for name in names if not is_number(name) for address in await _look_up(trunk.name, name)}
    return msgspec.structs.replace(trunk, inbound_from=(*trunk.inbound_from, *sorted(found)))


async def _look_up(trunk: str, name: str) -> list[str]:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(_LOOK_UP_S):
            found = await loop.getaddrinfo(name, None, family=socket.AF_INET, type=socket.SOCK_DGRAM)
    except (OSError, TimeoutError) as error:
        log.warning("no address found for a trunk: its calls are refused", trunk=trunk, host=name, error=str(error))
        return []
    return [str(entry[4][0]) for entry in found]
