"""A planner sets a campaign up, loads its list, looks at it, and takes things back."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from dialer import __version__
from dialer.client import ImportLock
from tests.integration.cli.conftest import CAMPAIGN, LIST, Terminal


def test_it_tells_its_version(terminal: Terminal) -> None:
    assert terminal.says("--version") == f"goldenhour {__version__}\n"


def test_two_imports_at_the_same_time_do_not_take_each_other_back(planned: Terminal) -> None:
    with ImportLock(planned.data):
        assert "another import" in planned.refuses("import", "spring", "list.csv")
    assert len(planned.json("leads", "spring")) == 2


def test_a_site_is_made_once(terminal: Terminal, tmp_path: Path) -> None:
    assert "goldenhour serve" in terminal.says("init", str(tmp_path / "new"))
    assert "exists already" in terminal.refuses("init", str(tmp_path / "new"))


def test_a_campaign_is_created_listed_and_shown(terminal: Terminal) -> None:
    assert "no campaigns yet" in terminal.says("campaign", "list")
    created = terminal.json("campaign", "create", terminal.write("spring.toml", CAMPAIGN))
    assert terminal.json("campaign", "list") == [created]
    assert terminal.json("campaign", "show", "spring").items() >= created.items()
    assert "DRAFT" in terminal.says("campaign", "list")


def test_a_campaign_file_is_refused_by_name_and_key_and_nothing_is_created(terminal: Terminal) -> None:
    path = terminal.write("bad.toml", CAMPAIGN + "ring_tiem_s = 30\nwrap_up_s = -1\n")
    message = terminal.refuses("campaign", "create", path)
    assert f"{path}: ring_tiem_s: unknown key; did you mean 'ring_time_s'?" in message
    assert f"{path}: wrap_up_s: must be greater than or equal to 0 (it is -1)" in message
    error = terminal.error("campaign", "create", path)
    assert (error["code"], error["details"]["file"]) == ("bad_document", path)
    assert {problem["key"] for problem in error["details"]["problems"]} == {"ring_tiem_s", "wrap_up_s"}
    assert terminal.json("campaign", "list") == []


def test_a_campaign_needs_trunks_of_this_site(terminal: Terminal) -> None:
    path = terminal.write("bad.toml", CAMPAIGN.replace("carrier", "carrot"))
    assert "'carrot', which this site does not know; known: carrier" in terminal.refuses("campaign", "create", path)


def test_a_list_is_imported_and_what_was_refused_is_explained(terminal: Terminal) -> None:
    terminal.says("campaign", "create", terminal.write("spring.toml", CAMPAIGN))
    path = terminal.write("list.csv", LIST)
    columns = ("--map", "number=手机", "--map", "name=姓名")
    rehearsal = terminal.json("import", "spring", path, *columns, "--dry-run")
    assert (rehearsal["id"], rehearsal["accepted"], rehearsal["refused"]) == (None, 2, 1)
    assert terminal.json("leads", "spring") == []
    report = terminal.json("import", "spring", path, *columns)
    assert (report["rows"], report["accepted"], report["refused"]) == (3, 2, 1)
    assert report["examples"][0]["line"] == 4
    rows = list(csv.reader(Path(report["refused_file"]).read_text(encoding="utf-8").splitlines()))
    assert rows[1][:2] == ["张三", "12"]
    again = terminal.json("import", "spring", path, *columns)
    assert (again["accepted"], again["duplicates_in_campaign"]) == (0, 2)
    leads = terminal.json("leads", "spring")
    assert [(lead["name"], lead["number"]) for lead in leads] == [
        ("王芳", "+8613800138000"),
        ("李雷", "+8613800138001"),
    ]
    assert [row["id"] for row in terminal.json("import", "spring")] == [1, 2]


def test_a_whole_import_is_taken_back(planned: Terminal) -> None:
    assert planned.json("import", "spring", "--undo", "1") == {"id": 1, "removed": 2, "closed": 0, "restored": 0}
    assert planned.json("leads", "spring") == []
    assert "was taken back already" in planned.refuses("import", "spring", "--undo", "1")
    assert planned.error("import", "spring", "--undo", "9")["code"] == "not_found"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nothing.csv",), "cannot be read"),
        (("list.csv", "--map", "number=Telefon"), "Telefon"),
        (("list.csv", "--undo", "1"), "leave out FILE"),
        (("list.csv", "--country", "China"), "country"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused_whole(planned: Terminal, words: tuple[str, ...], says: str) -> None:
    assert says in planned.refuses("import", "spring", *words)
    assert len(planned.json("leads", "spring")) == 2


def test_a_lead_that_is_not_dialled_is_explained(planned: Terminal) -> None:
    text = planned.says("leads", "spring", "--explain", "1")
    assert "BLOCKS" in text
    assert "is not dialled: campaign_running" in text
    explanation = planned.json("campaign", "explain", "spring")
    assert (explanation["leads"], explanation["dialable"], explanation["idle"]) == (2, 0, "not_running")
    assert [step["rule"] for step in explanation["excluded"]] == ["campaign_running"]
    assert "there is no campaign 'autumn'; known: spring" in planned.refuses("campaign", "explain", "autumn")


def test_a_number_is_never_dialled_again_until_it_is_taken_off_the_list(planned: Terminal) -> None:
    assert "+8613800138000 is not dialled" in planned.says("dnc", "add", "138 0013 8000", "--reason", "asked")
    rules = planned.json("leads", "spring", "--explain", "1")["rules"]
    assert next(rule for rule in rules if rule["rule"] == "not_suppressed")["passed"] is False
    planned.says("dnc", "remove", "+8613800138000")
    assert not planned.json("dnc", "check", "13800138000")["suppressed"]
    assert "not a telephone number" in planned.refuses("dnc", "add", "hello")


def test_agents_need_a_phone_that_can_be_reached(terminal: Terminal) -> None:
    terminal.says("agent", "add", "amy", "--phone", "1001", "--trunk", "carrier", "--name", "Amy")
    assert terminal.error("agent", "add", "amy", "--phone", "sip:amy@127.0.0.1")["code"] == "already_exists"
    assert terminal.error("agent", "add", "bob", "--phone", "1002", "--trunk", "x")["field"] == "phone_trunk"
    assert [(a["id"], a["name"], a["state"]) for a in terminal.json("agent", "list")] == [("amy", "Amy", None)]


def test_figures_of_a_campaign_without_calls_divide_by_nothing(planned: Terminal) -> None:
    assert "answered by a person, of attempts" in planned.says("stats", "spring")
    figures = planned.json("stats", "spring")
    assert figures["contact_rate"]["value"] is None
    assert figures["data_qualified_rate"]["value"] == pytest.approx(2 / 3)


@pytest.mark.parametrize("listing", [("attempts",), ("recordings", "list"), ("agent", "list"), ("campaign", "list")])
def test_an_empty_list_is_an_empty_list_for_programs(terminal: Terminal, listing: tuple[str, ...]) -> None:
    assert terminal.json(*listing) == []
    assert "yet" in terminal.says(*listing)


def test_python_dash_m_is_the_same_command(terminal: Terminal) -> None:
    repository = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-m", "dialer", "trunk", "list", "--json", "--config", str(terminal.site / "goldenhour.toml")],
        cwd=repository, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert '"name": "carrier"' in done.stdout
