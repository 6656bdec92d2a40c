"""A recording is found, heard whole, and heard in parts."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

import httpx
import pytest

from dialer.config import Config
from dialer.domain.events import RecordingBegun, RecordingFinalized, RecordingLost, RecordingReserved
from dialer.ports import Store
from tests.integration.api.test_nouns import NOW, attempt, lead

ATTEMPT, RECORDING, PATH = "0" * 31 + "a", "0" * 31 + "b", "1/2026/11/23/000b.opus"
SOUND = bytes(range(256)) * 40


@pytest.fixture
async def recorded(store: Store, campaign: dict[str, int], config: Config) -> None:
    await attempt(store, campaign["id"], await lead(store, campaign["id"]), ATTEMPT)
    path = config.data / "recordings" / PATH
    path.parent.mkdir(parents=True)
    path.write_bytes(SOUND)
    digest = sha256(SOUND).hexdigest()
    await store.record(
        [
            RecordingReserved(occurred_at=NOW, recording_id=RECORDING, attempt_id=ATTEMPT, path=PATH),
            RecordingBegun(occurred_at=NOW, recording_id=RECORDING),
            RecordingFinalized(
                occurred_at=NOW + timedelta(seconds=9), recording_id=RECORDING, path=PATH, duration_s=9.0,
                size_bytes=len(SOUND), sha256=digest,
            ),
        ]
    )  # fmt: skip


async def test_it_is_listed_with_its_checksum(api: httpx.AsyncClient, recorded: None) -> None:
    items = (await api.get("/recordings", params={"campaign": "spring", "state": "FINALIZED"})).json()["items"]
    assert [(r["id"], r["call"], r["sha256"]) for r in items] == [(RECORDING, ATTEMPT, sha256(SOUND).hexdigest())]
    assert (await api.get(f"/recordings/{RECORDING}")).json() == items[0]
    assert (await api.get("/recordings", params={"state": "LOST"})).json()["items"] == []
    assert (await api.get(f"/attempts/{ATTEMPT}")).json()["recording"] == PATH


async def test_it_is_heard_whole_and_in_parts(api: httpx.AsyncClient, recorded: None) -> None:
    whole = await api.get(f"/recordings/{RECORDING}/sound")
    assert (whole.status_code, whole.content, whole.headers["accept-ranges"]) == (200, SOUND, "bytes")
    assert whole.headers["content-type"].startswith("audio/")
    part = await api.get(f"/recordings/{RECORDING}/sound", headers={"range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, SOUND[100:200])
    beyond = await api.get(f"/recordings/{RECORDING}/sound", headers={"range": "bytes=99999-"})
    assert beyond.status_code == 416


async def test_a_lost_one_says_why_there_is_no_sound(api: httpx.AsyncClient, recorded: None, store: Store) -> None:
    other = "0" * 31 + "c"
    await store.record(
        [
            RecordingReserved(occurred_at=NOW, recording_id=other, attempt_id=ATTEMPT, path="1/c.opus"),
            RecordingLost(occurred_at=NOW, recording_id=other, reason="the worker died"),
        ]
    )
    answer = await api.get(f"/recordings/{other}/sound")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    assert "the worker died" in answer.json()["error"]["message"]
