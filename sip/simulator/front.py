"""One carrier address in front of several line workers: a stateless SIP proxy for dialog-forming requests.

It forwards INVITE, CANCEL and the ACK of a refusal by Call-ID and adds no Record-Route, so that everything
inside a dialog goes straight to the worker (RFC 3261, sections 16.11 and 17.2.3). OPTIONS it answers itself.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

Address = tuple[str, int]
KNOWN_CALLS: Final = 4096
HOP_BY_HOP: Final = frozenset({"INVITE", "ACK", "CANCEL"})


class CarrierFront(asyncio.DatagramProtocol):
    """`choose(call_id)` names the worker's address for a new call, or None when the carrier is full (503)."""

    def __init__(self, choose: Callable[[str], Address | None]) -> None:
        self._choose = choose
        self._calls: OrderedDict[str, Address] = OrderedDict()
        self._transport: asyncio.DatagramTransport | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> Address:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, port))
        name = self._transport.get_extra_info("sockname")
        return name[0], name[1]

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def datagram_received(self, data: bytes, addr: Address) -> None:
        head, separator, body = data.partition(b"\r\n\r\n")
        lines = head.decode("utf-8", "replace").split("\r\n")
        if not separator or not lines[0]:
            return  # keep-alive
        if lines[0].startswith("SIP/2.0"):
            self._response(lines, body)
        else:
            self._request(lines, body, addr)

    def _request(self, lines: list[str], body: bytes, source: Address) -> None:
        method = lines[0].partition(" ")[0]
        if method not in HOP_BY_HOP:
            answer = "200 OK" if method == "OPTIONS" else "405 Method Not Allowed"
            self._answer(lines, source, answer)
            return
        call_id, via = _header(lines, "call-id", "i"), _header(lines, "via", "v")
        target = self._target(call_id, method)
        if target is None:
            if method == "INVITE":
                self._answer(lines, source, "503 Service Unavailable", 'Reason: Q.850;cause=34;text="carrier full"')
            return
        index = _index(lines, "via", "v")
        lines[index] = f"{lines[index]};received={source[0]}"
        # The branch is derived from the caller's, so that a retransmission, CANCEL or ACK matches (16.11).
        branch = hashlib.sha1(via.encode(), usedforsecurity=False).hexdigest()
        host, port = self._own_address()
        lines.insert(index, f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{branch};origin={source[1]}")
        self._send(lines, body, target)

    def _target(self, call_id: str, method: str) -> Address | None:
        known = self._calls.get(call_id)
        if known is not None or method != "INVITE":
            return known
        chosen = self._choose(call_id)
        if chosen is not None:
            self._calls[call_id] = chosen
            while len(self._calls) > KNOWN_CALLS:
                self._calls.popitem(last=False)
        return chosen

    def _response(self, lines: list[str], body: bytes) -> None:
        own = _index(lines, "via", "v")
        first, comma, rest = lines[own].partition(",")
        origin = _parameter(first, "origin")
        if comma:  # several Via values on one line
            lines[own] = "Via: " + rest.strip()
        else:
            del lines[own]
        back = _header(lines, "via", "v")
        if origin and back:
            self._send(lines, body, (_parameter(back, "received") or "127.0.0.1", int(origin)))

    def _answer(self, lines: list[str], source: Address, status: str, *extra: str) -> None:
        kept = [line for line in lines[1:] if line.partition(":")[0].strip().lower() in _ECHOED]
        kept = [f"{line};tag=front" if _is(line, "to", "t") and ";tag=" not in line else line for line in kept]
        self._send([f"SIP/2.0 {status}", *kept, *extra, "Content-Length: 0"], b"", source)

    def _own_address(self) -> Address:
        assert self._transport is not None
        name = self._transport.get_extra_info("sockname")
        return name[0], name[1]

    def _send(self, lines: list[str], body: bytes, target: Address) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto("\r\n".join(lines).encode() + b"\r\n\r\n" + body, target)


_ECHOED: Final = frozenset({"via", "v", "from", "f", "to", "t", "call-id", "i", "cseq"})


def _is(line: str, *names: str) -> bool:
    return line.partition(":")[0].strip().lower() in names


def _index(lines: list[str], *names: str) -> int:
    return next((n for n, line in enumerate(lines) if n and _is(line, *names)), 1)


def _header(lines: list[str], *names: str) -> str:
    return next((line.partition(":")[2].strip() for line in lines[1:] if _is(line, *names)), "")


def _parameter(value: str, name: str) -> str:
    for part in value.split(";")[1:]:
        key, _, content = part.partition("=")
        if key.strip().lower() == name:
            return content.strip()
    return ""
