"""A carrier whose address takes every packet and never answers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class DeafTrunk(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.call_ids: set[str] = set()
        self.address = ""

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        text = data.decode(errors="replace")
        if text.startswith("INVITE ") and (found := re.search(r"^Call-ID:\s*(\S+)", text, re.MULTILINE)):
            self.call_ids.add(found[1])


@asynccontextmanager
async def deaf_trunk() -> AsyncIterator[DeafTrunk]:
    loop = asyncio.get_running_loop()
    transport, trunk = await loop.create_datagram_endpoint(DeafTrunk, local_addr=("127.0.0.1", 0))
    host, port = transport.get_extra_info("sockname")
    trunk.address = f"{host}:{port}"
    try:
        yield trunk
    finally:
        transport.close()
