"""The gate before every route: right host, right token, bounded body. Nothing behind it runs otherwise.

The Host check keeps a web page from reaching the API by pointing its own name at this machine (DNS rebinding).
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dialer.web.errors import error_response

LARGEST_BODY: Final = 1_000_000  # bytes, of everything but uploads
LARGEST_SCRIPT: Final = 30_000_000  # with its pictures
UPLOADS: Final = ("/imports", "/registers")  # ends of their paths
LARGEST_SOUND: Final = 20_100_000
SOUNDS: Final = "/messages/"  # in their paths
SCRIPTS: Final = ("/scripts", "/scripts/check")
OWN_NAMES: Final = frozenset({"localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """`hosts` are names without port; `largest_upload` is in bytes."""

    token: str
    hosts: Collection[str]
    largest_upload: int


class Gate:
    def __init__(self, app: ASGIApp, *, admission: Admission) -> None:
        self._app = app
        self._token = admission.token.encode()
        self._hosts = {host.lower() for host in (*OWN_NAMES, *admission.hosts)}
        self._largest_upload = admission.largest_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        limit = self._limit(scope["path"])
        if not self._knows_host(headers.get("host", "")):
            refusal = error_response(421, "wrong_host", "this server does not answer to that host name", field="Host")
        elif not self._knows_token(headers.get("authorization", "")):
            refusal = error_response(401, "access_denied", "send the token as 'Authorization: Bearer TOKEN'")
            refusal.headers["www-authenticate"] = "Bearer"
        elif _declared_length(headers) > limit:
            refusal = error_response(413, "too_large", _too_large(limit))
        else:
            await self._app(scope, _bounded(receive, limit), send)
            return
        await refusal(scope, receive, send)

    def _limit(self, path: str) -> int:
        if path.endswith(SCRIPTS):
            return LARGEST_SCRIPT
        if SOUNDS in path:
            return LARGEST_SOUND
        return self._largest_upload if path.endswith(UPLOADS) else LARGEST_BODY

    def _knows_host(self, host: str) -> bool:
        name, separator, port = host.lower().rpartition(":")
        name = name if separator and port.isdigit() else host.lower()
        return name in self._hosts or _is_address(name)

    def _knows_token(self, authorization: str) -> bool:
        scheme, _, token = authorization.partition(" ")
        sent = token.strip().encode("utf-8", "replace")
        return hmac.compare_digest(sent, self._token) and scheme.lower() == "bearer"


def _is_address(name: str) -> bool:
    """Nobody can make an address resolve to another one."""
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


def _declared_length(headers: Headers) -> int:
    length = headers.get("content-length", "0")
    return int(length) if length.isdecimal() and length.isascii() else 0


def _too_large(limit: int) -> str:
    return f"the request is larger than {limit} bytes"


def _bounded(receive: Receive, limit: int) -> Receive:
    """A body sent in chunks declares no length: count it."""
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise HTTPException(413, _too_large(limit))
        return message

    return counted
