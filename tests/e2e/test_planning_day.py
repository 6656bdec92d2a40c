"""A planner's morning, from the requirement to a campaign that runs: first at the desk alone, then with the server.

Every step is a command as it is typed. The trunk leads nowhere and no agent is ready, so nobody is called.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from tests.e2e.site import Site
from tests.integration.cli.conftest import Terminal

pytestmark = pytest.mark.sip
TRUNK: Final = '\n[[trunks]]\nname = "carrier"\naddress = "127.0.0.1:5999"\nlines = 30\n'
SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
HEADER: Final = "客户姓名,手机,备用电话,来源,客户经理,客户分层,意向车型"
FAIR: Final = (
    "王芳,13800138001,13900139001,官网,amy,VIP,S7",
    "李强,138 0013 8002,,车展,bob,普通,X5",
    "张三,13800138001,,官网,,普通,S7",
    "赵六,1380013,,官网,,普通,S7",
    "钱七,手机,,车展,,普通,X5",
    "孙八,+86 13800138003,13800138004,车展,,VIP,X5",
)
COUNTS: Final = ("rows", "usable", "duplicates", "refused", "data_qualified_rate")


def written(path: Path, rows: tuple[str, ...], encoding: str) -> str:
    path.write_bytes("\r\n".join((HEADER, *rows, "")).encode(encoding))
    return str(path)


def typed(directory: Path, *words: str) -> Any:
    """As a process of its own, in `directory`."""
    command = [sys.executable, "-m", "dialer", *words, "--json"]
    ran = subprocess.run(command, cwd=directory, capture_output=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr.decode()
    return json.loads(ran.stdout)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """`goldenhour init`, and a trunk that leads nowhere."""
    home = tmp_path / "site"
    typed(tmp_path, "init", str(home))
    settings = home / "goldenhour.toml"
    text = settings.read_text()
    for name, value in (("port", 0), ("rtp_port_from", 25600), ("rtp_port_to", 25999)):
        text = re.sub(rf"(?m)^{name} = \d+", f"{name} = {value}", text)
    settings.write_text(text + TRUNK)
    monkeypatch.chdir(home)
    monkeypatch.delenv("GOLDENHOUR_CONFIG", raising=False)
    monkeypatch.delenv("GOLDENHOUR_DATA", raising=False)
    new = Site(home, 2)
    yield new
    asyncio.run(new.clean_up())


def test_a_planners_morning_at_the_desk_and_with_the_server_running(site: Site) -> None:
    desk = Terminal(site.directory)
    requirement_becomes_campaign(desk)
    agents_get_their_groups(desk)
    list_is_checked_and_loaded(desk)
    promises_and_holds_are_made(desk)
    nothing_wrong_gets_in(desk)
    before = everything_told(desk)
    asyncio.run(site.start(ready=False))
    assert everything_told(desk) == before, "a server tells what the desk told"
    the_day_goes_on_with_the_server(desk)
    assert asyncio.run(site.stop()) == 0
    the_desk_knows_what_the_server_did(desk)


def requirement_becomes_campaign(desk: Terminal) -> None:
    file = desk.site / "requirement.sample.toml"
    desk.json("requirement", "create", str(file), "--by", "Mei")
    desk.json("requirement", "agree", "renewal", "--as", "planner", "--by", "Mei")
    made = ("requirement", "to-campaign", "renewal", "--code", "spring", "--trunk", "carrier", "--by", "Mei")
    assert "must agree first" in desk.error(*made)["message"]
    desk.json("requirement", "agree", "renewal", "--as", "requester", "--by", "Li")
    desk.json(*made)
    shown = desk.json("campaign", "show", "spring")
    assert (shown["state"], shown["settings"]["requirement"]) == ("DRAFT", "renewal")
    assert len(shown["shown"]) <= 20


def agents_get_their_groups(desk: Terminal) -> None:
    for agent in ("amy", "bob"):
        desk.json("agent", "add", agent, "--phone", f"sip:{agent}@127.0.0.1:5998")
    desk.json("group", "create", "seniors", "--name", "资深坐席")
    desk.json("group", "add", "seniors", "amy", "bob")
    desk.json("agent", "skill", "amy", "english", "--level", "3")
    desk.json("campaign", "change", "spring", "--set", "lines=36", "--set", "groups=seniors", "--by", "Mei")
    lint = desk.run("campaign", "lint", "spring", "--json")
    errors = [found for found in json.loads(lint.stdout)["findings"] if found["severity"] == "error"]
    assert (lint.exit_code, [found["code"] for found in errors]) == (2, ["more_lines_than_trunk"])
    assert "36 lines on a 30-channel trunk" in errors[0]["en"]
    assert "30 路" in errors[0]["zh"]
    desk.json("campaign", "undo", "spring", "--by", "Mei")
    desk.json("campaign", "change", "spring", "--set", "lines=12", "--set", "groups=seniors", "--by", "Mei")
    assert desk.json("campaign", "lint", "spring")["may_start"]
    history = desk.json("campaign", "history", "spring")
    assert [(entry["version"], entry["by"]) for entry in history] == [(version, "Mei") for version in (1, 2, 3, 4)]
    changes = desk.json("campaign", "diff", "spring", "1", "4")
    assert {change["field"]: change["after"] for change in changes} == {"lines": 12, "groups": ["seniors"]}


def list_is_checked_and_loaded(desk: Terminal) -> None:
    fair = written(desk.site / "fair.csv", FAIR, "gb18030")
    files = sorted(desk.site.iterdir())
    words = ("list", "check", fair, "--country", "CN", "--map", "number=手机", "--map", "name=客户姓名")
    checked = typed(desk.site, *words)
    assert [checked[name] for name in COUNTS] == [6, 3, 1, 2, 0.5]
    assert sum(checked["refusals"].values()) == 2
    assert checked["refused_file"] == ""
    assert sorted(desk.site.iterdir()) == files, "a check writes nothing"
    desk.json("mapping", "save", "车展", "--map", "number=手机", "--map", "number2=备用电话", "--map", "name=客户姓名")
    loaded = desk.json("import", "spring", fair, "--mapping", "车展", "--allocate", "evenly:amy,bob")
    assert [loaded[name] for name in COUNTS] == [checked[name] for name in COUNTS]
    leads = desk.json("leads", "spring")
    assert [(lead["name"], lead["owner"], len(lead["numbers"])) for lead in leads] == [
        ("王芳", "amy", 2), ("李强", "bob", 1), ("孙八", "amy", 2)
    ]  # fmt: skip
    assert {lead["source"] for lead in leads} == {"官网", "车展"}
    assert desk.json("import", "spring", fair, "--mapping", "车展")["usable"] == 0, "all of them are known"


def promises_and_holds_are_made(desk: Terminal) -> None:
    first, second, _ = [lead["id"] for lead in desk.json("leads", "spring")]
    day = datetime.now(SHANGHAI).date() + timedelta(days=2)
    while day.isoweekday() > 5:
        day += timedelta(days=1)
    night = desk.error("callback", "make", str(first), "--at", f"{day}T22:30+08:00")
    assert "outside the calling hours" in night["message"]
    desk.json("callback", "make", str(first), "--at", f"{day}T15:00+08:00", "--for", "amy", "--note", "price list")
    register = desk.site / "register.csv"
    register.write_text("number\n13800138002\n")
    held = desk.json("dnc", "import", str(register), "--register", "national", "--date", "2026-11-01")
    assert held["register"]["entries"] == 1
    rules = desk.json("leads", "spring", "--explain", str(second))["rules"]
    assert [rule["passed"] for rule in rules if rule["rule"] == "not_suppressed"] == [False]


def nothing_wrong_gets_in(desk: Terminal) -> None:
    (desk.site / "empty.csv").touch()
    before = everything_told(desk)
    wrong = (
        ("campaign", "change", "sprong", "--set", "lines=1"),
        ("campaign", "change", "spring", "--set", "lines=many"),
        ("campaign", "change", "spring", "--set", "deadline=2027-02-30"),
        ("import", "spring", str(desk.site / "empty.csv")),
        ("import", "spring", str(desk.site / "missing.csv")),
        ("import", "spring", str(desk.site / "fair.csv"), "--map", "number=电话号码"),
        ("leads", "add", "spring", "--number", "one-three-eight"),
        ("tickler", "--team", "juniors"),
    )
    errors = [desk.error(*words) for words in wrong]
    names = ("sprong", "lines", "deadline", "empty.csv", "missing.csv", "电话号码", "numbers", "juniors")
    for error, name in zip(errors, names, strict=True):
        assert name in error["message"], error
    assert desk.error("campaign", "start", "spring", code=3)["code"] == "no_server"
    assert everything_told(desk) == before, "what was refused left nothing behind"


def everything_told(desk: Terminal) -> list[Any]:
    """What a planner looks at; all of it depends on what is stored alone."""
    looks = (
        ("requirement", "show", "renewal"),
        ("campaign", "show", "spring"),
        ("group", "list"),
        ("leads", "spring"),
        ("tickler",),
        ("tickler", "--team", "seniors"),
        ("dnc", "list"),
        ("mapping", "list"),
    )
    return [desk.json(*words) for words in looks]


def the_day_goes_on_with_the_server(desk: Terminal) -> None:
    web = ("leads", "add", "spring", "--number", "138 0013 8055", "--name", "陈静", "--external-id", "form-17")
    assert [desk.json(*web)["received"], desk.json(*web)["received"]] == ["added", "repeated"]
    [asked] = desk.json("leads", "spring", "--kind", "WEB")
    assert asked["name"] == "陈静"
    assert desk.error("campaign", "change", "spring", "--set", "lines=many")["field"]
    desk.json("campaign", "change", "spring", "--set", "wrap_up_s=30", "--by", "Mei")
    desk.json("campaign", "clone", "spring", "summer", "--name", "Summer offer", "--by", "Mei")
    fair = str(desk.site / "fair.csv")
    known = desk.json("import", "summer", fair, "--mapping", "车展", "--duplicates", "days:30")
    assert (known["usable"], known["duplicates"]) == (0, 4)
    again = written(desk.site / "again.csv", ("周九,13800138009,,电话,,普通,S7",), "utf-8-sig")
    loaded = desk.json("import", "summer", again, "--mapping", "车展")
    [lead] = desk.json("leads", "summer")
    desk.json("import", "summer", "--undo", str(loaded["id"]))
    assert desk.json("leads", "summer") == []
    assert lead["name"] == "周九"
    [promise] = desk.json("callback", "list")
    desk.json("callback", "cancel", promise["id"], "--reason", "is abroad")
    assert desk.json("campaign", "start", "spring")["state"] == "RUNNING"
    told = desk.json("campaign", "explain", "spring")
    assert (told["state"], told["idle"]) == ("RUNNING", "no_ready_agent")
    desk.json("campaign", "pause", "spring")


def the_desk_knows_what_the_server_did(desk: Terminal) -> None:
    states = {campaign["code"]: campaign["state"] for campaign in desk.json("campaign", "list")}
    assert states == {"spring": "PAUSED", "summer": "DRAFT"}
    assert desk.json("tickler")["count"] == 0
    history = desk.json("campaign", "history", "spring")
    assert [entry["state"] for entry in history if entry["kind"] == "state"] == ["RUNNING", "PAUSED"]
