"""Nothing is said to, and nothing is done for, anybody without the token."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from dialer.ports import Store
from tests.integration.api.conftest import TOKEN, client


def every_route(app: FastAPI) -> list[tuple[str, str]]:
    paths = app.openapi()["paths"]
    routes = [(method.upper(), path) for path, methods in paths.items() for method in methods]
    return [*routes, ("GET", "/api/v1/openapi.json"), ("GET", "/"), ("GET", "/api/v1/nothing"), ("GET", "/docs")]


@pytest.mark.parametrize(
    "sent", [{}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {TOKEN}"}, {"authorization": TOKEN}]
)
async def test_every_route_is_closed_without_the_token(app: FastAPI, store: Store, sent: dict[str, str]) -> None:
    routes = every_route(app)
    assert len(routes) > 30
    async with client(app, **sent) as stranger:
        for method, path in routes:
            url = path.replace("{code}", "spring").replace("{agent_id}", "amy").replace("{attempt_id}", "0" * 32)
            answer = await stranger.request(method, f"http://127.0.0.1{url}")
            assert answer.status_code == 401, (method, path)
            assert answer.json()["error"]["code"] == "access_denied"
            assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_stranger_learns_nothing_by_posting(app: FastAPI, store: Store) -> None:
    async with client(app) as stranger:
        await stranger.post("/agents", json={"id": "mallory", "phone": "sip:m@127.0.0.1"})
    assert await store.agents() == []


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8642", 200),
        ("localhost", 200),
        ("[::1]:8642", 200),
        ("192.0.2.7:8642", 200),
        ("dialer.example", 200),
        ("DIALER.example:1", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("", 421),
    ],
)
async def test_a_page_elsewhere_cannot_point_its_own_name_at_us(app: FastAPI, host: str, status: int) -> None:
    async with client(app, authorization=f"Bearer {TOKEN}") as api:
        assert (await api.get("/health", headers={"host": host})).status_code == status


async def test_a_declared_giant_is_refused_before_it_is_read(api: httpx.AsyncClient) -> None:
    answer = await api.post("/agents", content=b"x", headers={"content-length": "1000001"})
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "too_large"


async def test_a_giant_in_pieces_is_cut_off(api: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in itertools.repeat(None, 1100):
            yield b" " * 1000

    answer = await api.post("/agents", content=pieces(), headers={"content-type": "application/json"})
    assert answer.status_code == 413
    assert "1000000 bytes" in answer.json()["error"]["message"]
