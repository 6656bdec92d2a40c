"""From the options of a command to an API that answers: the running server's, or one in this process.

Without a server the same routes run here on the store itself, so a command behaves alike either way; what needs the
engine is refused with `no_server`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from dialer.client import Api, Endpoint, ImportLock, ServerLock, read_endpoint, read_token
from dialer.config import FILE_NAME, Config, LogSection
from dialer.config_file import config_for, load_config, prepare_data_directory
from dialer.errors import NoServer, NotFound, NotReachable
from dialer.logs import set_up_logs


@dataclass(frozen=True, slots=True)
class Site:
    config: Config
    endpoint: Endpoint | None


def find_config(config: Path | None, data: Path | None) -> Config:
    """`config` is a file, or the directory it lies in."""
    path = config or Path(FILE_NAME)
    path = path / FILE_NAME if path.is_dir() else path
    if config is not None or (data is None and path.exists()):
        found = load_config(path)
        return found if data is None else _with_data(found, data)
    if data is None:
        raise NotFound(
            f"there is no {FILE_NAME} here; give --config FILE, or make a site with: goldenhour init DIR",
            field="--config",
        )
    if not (data / "goldenhour.db").exists():
        raise NotFound(f"{data} holds no goldenhour.db; give the settings with --config FILE", field="--data")
    return config_for(data)


def find_site(config: Path | None, data: Path | None) -> Site:
    found = find_config(config, data)
    if not ServerLock.is_held(found.data):
        return Site(found, None)
    endpoint = read_endpoint(found.data)
    if endpoint is None:
        raise NotReachable(f"the server of {found.data} is starting or stopping; try again in a moment")
    return Site(found, endpoint)


@contextmanager
def desk(config: Path | None, data: Path | None, *, importing: bool = False) -> Iterator[Api]:
    """The API, wherever it runs; `importing` where a list is to be stored or taken back."""
    site = find_site(config, data)
    with asyncio.Runner() as runner, ExitStack() as stack:
        if site.endpoint:
            yield stack.enter_context(Api(runner, site.endpoint.url, read_token(site.config.data)))
        else:
            from dialer.wiring import offline_api

            set_up_logs(LogSection(level="warning"))  # standard output belongs to the answer
            prepare_data_directory(site.config.data)
            if importing:
                stack.enter_context(ImportLock(site.config.data))
            yield stack.enter_context(offline_api(runner, site.config))


@contextmanager
def engine_desk(config: Path | None, data: Path | None) -> Iterator[Api]:
    """The API of a running server; refused at once where there is none."""
    site = find_site(config, data)
    if site.endpoint is None:
        where = config or "goldenhour.toml"
        raise NoServer(f"no server is running; start it with: goldenhour serve --config {where}")
    with asyncio.Runner() as runner, Api(runner, site.endpoint.url, read_token(site.config.data)) as api:
        yield api


def _with_data(config: Config, data: Path) -> Config:
    return config.model_copy(update={"site": config.site.model_copy(update={"data": data.resolve()})})
