"""The local API as a program sees it, and how it is found: the files a running server keeps in its data directory."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import secrets
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx

from dialer.errors import AccessDenied, AlreadyExists, Invalid, NoServer, NotFound, NotReachable, Refused

API: Final = "/api/v1"
TIMEOUT_S: Final = 30.0
PAGE: Final = 500
Query = str | int | Sequence[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where the server of a data directory listens."""

    host: str
    port: int
    pid: int

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


def endpoint_file(data: Path) -> Path:
    return data / "server.json"


def token_file(data: Path) -> Path:
    return data / "token"


def read_endpoint(data: Path) -> Endpoint | None:
    try:
        return Endpoint(**json.loads(endpoint_file(data).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def write_endpoint(data: Path, endpoint: Endpoint) -> None:
    replace_private(endpoint_file(data), json.dumps(asdict(endpoint)).encode())


def read_token(data: Path) -> str:
    try:
        return token_file(data).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise AccessDenied(f"cannot read {token_file(data)}: run this as the user who runs the server") from error


def ensure_token(data: Path) -> str:
    """The token of this data directory, made at the first start and again when others could have read it."""
    path = token_file(data)
    if path.exists() and not stat.S_IMODE(path.stat().st_mode) & 0o077:
        token = read_token(data)
        if len(token) >= 32:
            return token
    token = secrets.token_urlsafe(32)
    replace_private(path, token.encode())
    return token


def replace_private(path: Path, content: bytes) -> None:
    """Written whole or not at all, readable by the owner only."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


class FileLock:
    """Held by the kernel for as long as the process lives: a killed one leaves nothing to clean up."""

    def __init__(self, path: Path, refusal: str) -> None:
        self._path = path
        self._refusal = refusal
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise AlreadyExists(self._refusal) from error
        self._descriptor = descriptor
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class ServerLock(FileLock):
    """One server for each data directory."""

    def __init__(self, data: Path) -> None:
        super().__init__(data / "server.lock", f"a server is running on {data} already")

    @classmethod
    def is_held(cls, data: Path) -> bool:
        if not (data / "server.lock").exists():
            return False
        try:
            with cls(data):
                return False
        except AlreadyExists:
            return True


class ImportLock(FileLock):
    """Without a server one import at a time: each takes back what it finds half done."""

    def __init__(self, data: Path) -> None:
        super().__init__(data / "imports" / ".lock", f"another import into {data} is under way; wait for its end")


class Api:
    """Blocking calls for the command line; the refusals of the server come back as `Refused`.

    `transport` is None for a server over TCP. The runner owns the event loop that the transport lives on.
    """

    def __init__(
        self, runner: asyncio.Runner, base_url: str, token: str, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._runner = runner
        self._http = httpx.AsyncClient(
            base_url=base_url,
            headers={"authorization": f"Bearer {token}"},
            transport=transport,
            timeout=TIMEOUT_S,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._runner.run(self._http.aclose())

    def get(self, path: str, **query: Query) -> Any:
        return self._send("GET", path, query=query)

    def post(self, path: str, body: Mapping[str, object] | None = None, **query: Query) -> Any:
        return self._send("POST", path, json=body, query=query)

    def put(self, path: str, body: Mapping[str, object] | None = None, **query: Query) -> Any:
        return self._send("PUT", path, json=body, query=query)

    def patch(self, path: str, body: Mapping[str, object], **query: Query) -> Any:
        return self._send("PATCH", path, json=body, query=query)

    def delete(self, path: str, **query: Query) -> Any:
        return self._send("DELETE", path, query=query)

    def take_back(self, path: str) -> Any:
        """A DELETE that may take its time."""
        return self._send("DELETE", path, timeout=None)

    def upload(self, path: str, file: Path, fields: Mapping[str, str | list[str]], **query: Query) -> Any:
        with file.open("rb") as content:
            parts = {"file": (file.name, content)}
            return self._send("POST", path, query=query, files=parts, data=dict(fields), timeout=None)

    def download(self, path: str) -> bytes:
        return self._answer("GET", path).content

    def pages(self, path: str, **query: Query) -> Iterator[Any]:
        """Every item of a long list, a page at a time."""
        after: str | None = ""
        while after is not None:
            page = self.get(path, **query, after=after, limit=PAGE)
            yield from page["items"]
            after = page["next"]

    def _send(self, method: str, path: str, **request: Any) -> Any:
        return self._answer(method, path, **request).json()

    def _answer(
        self, method: str, path: str, *, query: Mapping[str, Query] | None = None, **request: Any
    ) -> httpx.Response:
        given = {name: value for name, value in (query or {}).items() if value not in (None, "", [])}
        try:
            response = self._runner.run(self._http.request(method, API + path, params=given, **request))
        except (httpx.TransportError, TimeoutError) as error:
            reason = str(error) or type(error).__name__
            raise NotReachable(f"the server at {self._http.base_url} does not answer: {reason}") from error
        if response.is_success:
            return response
        raise _refusal(response)


class ServerFault(Exception):
    """A bug or fault on the other side; nothing is known about what was done."""


_KINDS: Final[Mapping[int, type[Refused]]] = {401: AccessDenied, 404: NotFound, 422: Invalid, 503: NotReachable}


def _refusal(response: httpx.Response) -> Exception:
    try:
        error = response.json()["error"]
        code, message, field, details = (error[key] for key in ("code", "message", "field", "details"))
    except (ValueError, KeyError, TypeError):
        return ServerFault(f"the server answered {response.status_code} in a form that is not understood")
    if response.status_code == 500:
        return ServerFault(message)
    kind = NoServer if code == NoServer.code else _KINDS.get(response.status_code, Refused)
    refused = kind(message, field=field, details=details)
    refused.code = code  # type: ignore[misc]  # the server's, which may be finer than the class
    return refused
