"""A recording is found, heard whole, and heard in parts."""

from __future__ import annotations

import json
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


async def test_a_hold_is_kept_with_its_reason_and_released(
    api: httpx.AsyncClient, recorded: None, store: Store
) -> None:
    held = await api.post(f"/recordings/{RECORDING}/hold", json={"reason": "case 7", "by": "bo"})
    assert held.status_code == 200, held.text
    assert {key: held.json()[key] for key in ("legal_hold", "hold_by", "hold_reason")} == {
        "legal_hold": True, "hold_by": "bo", "hold_reason": "case 7",
    }  # fmt: skip
    assert (await api.get("/recordings")).json()["items"] == [held.json()]
    again = await api.post(f"/recordings/{RECORDING}/hold", json={"reason": "case 8"})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "wrong_state")
    assert "by bo: case 7" in again.json()["error"]["message"]
    released = await api.post(f"/recordings/{RECORDING}/release", json={"reason": "won"})
    assert (released.json()["legal_hold"], released.json()["hold_reason"]) == (False, "")
    assert (await api.post(f"/recordings/{RECORDING}/release", json={"reason": "won"})).status_code == 409
    journal = [json.loads(entry.payload) for entry in await store.outbox(limit=100)]
    told = [(e["name"], e["by"], e["reason"]) for e in journal if e["name"] in ("recording.held", "recording.released")]
    assert told == [("recording.held", "bo", "case 7"), ("recording.released", "api", "won")]


@pytest.mark.parametrize(
    ("body", "field"), [({}, "reason"), ({"reason": " "}, "reason"), ({"reason": "x", "by": ""}, "by")]
)
async def test_a_hold_needs_a_reason(api: httpx.AsyncClient, recorded: None, body: dict[str, str], field: str) -> None:
    answer = await api.post(f"/recordings/{RECORDING}/hold", json=body)
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)
    assert not (await api.get(f"/recordings/{RECORDING}")).json()["legal_hold"]
    assert (await api.post(f"/recordings/{'f' * 32}/hold", json={"reason": "x"})).status_code == 404
