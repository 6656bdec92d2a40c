"""The real routes on a real SQLite store, without sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from dialer.clock import SystemClock
from dialer.config import Config
from dialer.config_file import load_config, prepare_data_directory
from dialer.ports import Store
from dialer.web.app import create_app
from dialer.wiring import admission, opened_store, services

TOKEN = "the-token-of-this-test-site-0123456789"
SETTINGS = """
[server]
largest_upload_mb = 1
allowed_hosts = ["dialer.example"]
[[trunks]]
name = "carrier"
address = "127.0.0.1:5060"
user = "4001"
password = "hunter2"
calls_per_second = 50.0
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "goldenhour.toml").write_text(SETTINGS)
    config = load_config(tmp_path / "goldenhour.toml", {})
    prepare_data_directory(config.data)
    return config


@pytest.fixture
async def store(config: Config) -> AsyncIterator[Store]:
    async with opened_store(config) as store:
        yield store


@pytest.fixture
def app(config: Config, store: Store) -> FastAPI:
    return create_app(services(config, store, SystemClock()), admission(config, TOKEN))


def client(app: FastAPI, **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8642/api/v1", headers=headers)


@pytest.fixture
async def api(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client(app, authorization=f"Bearer {TOKEN}") as api:
        yield api


CAMPAIGN = {"code": "spring", "name": "Spring offer", "trunks": ["carrier"]}


@pytest.fixture
async def campaign(api: httpx.AsyncClient) -> dict[str, object]:
    created = await api.post("/campaigns", json=CAMPAIGN)
    assert created.status_code == 201, created.text
    found: dict[str, object] = created.json()
    return found
