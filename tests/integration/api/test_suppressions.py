"""Do-not-call lists, policy packs and calendars over the API."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest


async def test_an_entry_has_scope_expiry_and_history(api: httpx.AsyncClient, campaign: dict[str, int]) -> None:
    held = {"number": "138 0013 8000", "campaign": "spring", "expires_on": "2099-01-31", "by": "lin"}
    said = (await api.post("/suppressions", json=held)).json()
    assert (said["suppressed"], said["until"]) == (True, "2099-01-31T16:00:00Z")
    asked = {"number": "+8613800138000"}
    assert not (await api.get("/suppressions", params=asked)).json()["suppressed"]
    assert (await api.get("/suppressions", params={**asked, "campaign": "spring"})).json()["suppressed"]
    [entry] = (await api.get("/suppressions/entries")).json()["items"]
    assert (entry["campaign"], entry["by"], entry["in_force"]) == ("spring", "lin", True)
    gone = await api.delete("/suppressions", params={**asked, "campaign": "spring", "by": "mei"})
    assert not gone.json()["suppressed"]
    assert (await api.get("/suppressions/entries")).json()["items"] == []
    [kept] = (await api.get("/suppressions/entries", params={"everything": True})).json()["items"]
    assert kept["removed_by"] == "mei"


async def test_a_prefix_is_written_with_its_country(api: httpx.AsyncClient) -> None:
    assert (await api.post("/suppressions", json={"number": "+8613800", "prefix": True})).status_code == 201
    found = (await api.get("/suppressions", params={"number": "13800138000"})).json()
    assert found["suppressed"]
    assert "everything from +8613800" in found["reason"]
    assert (await api.post("/suppressions", json={"number": "13800", "prefix": True})).status_code == 422
    old = await api.post("/suppressions", json={"number": "13800138000", "expires_on": "2020-01-01"})
    assert (old.status_code, old.json()["error"]["field"]) == (422, "expires_on")


@pytest.mark.parametrize(
    "content",
    [
        b"+8613800138000\n13800138001\n",
        "姓名,手机\n王芳,13800138000\n李雷,138 0013 8001\n".encode("gb18030"),
        b"\xef\xbb\xbfnumber;name\r\n13800138000;x\r\n13800138001;y\r\n",
        "number\n13800138000\n13800138001\n".encode("utf-16"),
    ],
    ids=["plain", "gb18030", "semicolons", "utf-16"],
)
async def test_a_register_replaces_its_last_version_as_a_whole(api: httpx.AsyncClient, content: bytes) -> None:
    about = {"name": "national", "dated": "2026-11-01"}
    first = await api.post("/suppressions/registers", data=about, files={"file": ("r.csv", b"13900139000\n")})
    assert first.json()["register"]["entries"] == 1
    second = await api.post("/suppressions/registers", data=about, files={"file": ("r.csv", content)})
    assert (second.json()["rows"], second.json()["register"]["entries"]) == (2, 2)
    assert (await api.get("/suppressions", params={"number": "13800138001"})).json()["suppressed"]
    assert not (await api.get("/suppressions", params={"number": "13900139000"})).json()["suppressed"]
    wrong = await api.post("/suppressions/registers", data=about, files={"file": ("r.csv", b"name\nA\nB1\n")})
    assert (wrong.status_code, wrong.json()["error"]["field"]) == (422, "file")
    assert "register 'national' is unchanged" in wrong.json()["error"]["message"]
    assert (await api.get("/suppressions", params={"number": "13800138001"})).json()["suppressed"]


async def test_an_endless_line_does_not_fill_the_memory(api: httpx.AsyncClient) -> None:
    content = b"13800138000\n13800138001," + b"9" * 900_000 + b"\n13800138002\n"
    about = {"name": "national", "dated": "2026-11-01"}
    report = await api.post("/suppressions/registers", data=about, files={"file": ("r.csv", content)})
    assert report.status_code == 200, report.text
    assert report.json()["register"]["entries"] == 3


async def test_packs_and_calendars_can_be_read_and_a_pack_checked(api: httpx.AsyncClient) -> None:
    names = [pack["name"] for pack in (await api.get("/policies")).json()]
    assert {"cn", "fr", "us-fl-ok"} <= set(names)
    assert "rehearsal" not in names
    assert (await api.get("/policies/fr")).json()["person_per_30d"] == 4
    assert (await api.get("/policies/nowhere")).status_code == 422
    shipped = Path(__file__).parents[3] / "campaigns" / "policies" / "cn.toml"
    assert (await api.post("/policies/check", json={"text": shipped.read_text("utf-8")})).json()["name"] == "cn"
    refused = await api.post("/policies/check", json={"text": "name = 1"})
    assert (refused.status_code, refused.json()["error"]["field"]) == (422, "text")
    china = (await api.get("/calendars/CN")).json()
    assert china["holidays"]["2026-10-01"] == "National Day"
    assert "2026-10-10" in china["working"]
