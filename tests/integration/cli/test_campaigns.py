"""A planner turns a requirement into a campaign, changes it, takes changes back and asks what is wrong with it."""

from __future__ import annotations

import pytest

from dialer.config_file import write_sample
from tests.integration.cli.conftest import CAMPAIGN, Terminal

REQUIREMENT = """
code = "renewal"
title = "续保提醒"
requester = "李经理"
purpose = "renewals"
target_group = "private customers"
offer = "10 % off"
deadline = 2099-03-31
script = "Good day"
[goal]
contacts = 2000
[calling_times]
evening = true
[repeat]
no_answer_after_h = [2, 24]
[success]
counts = ["SALE"]
"""


@pytest.fixture
def agreed(terminal: Terminal) -> Terminal:
    terminal.says("requirement", "create", terminal.write("renewal.toml", REQUIREMENT), "--by", "plan")
    terminal.says("requirement", "agree", "renewal", "--as", "planner", "--by", "Mei")
    terminal.says("requirement", "agree", "renewal", "--as", "requester", "--by", "李经理")
    return terminal


@pytest.fixture
def spring(terminal: Terminal) -> Terminal:
    terminal.says("campaign", "create", terminal.write("spring.toml", CAMPAIGN), "--by", "Mei")
    return terminal


def test_a_requirement_becomes_a_campaign(agreed: Terminal) -> None:
    text = agreed.says("requirement", "to-campaign", "renewal", "--code", "spring", "--trunk", "carrier")
    assert "campaign spring created" in text
    assert "counts as success: SALE" in text
    assert "caller_id" in text.partition("still to be decided:")[2]
    made = agreed.json("campaign", "show", "spring")
    assert (made["state"], made["name"], made["settings"]["deadline"]) == ("DRAFT", "续保提醒", "2099-03-31")
    assert made["settings"]["requirement"] == "renewal"
    shown = agreed.json("requirement", "show", "renewal")
    assert (shown["state"], shown["figures"]["contacts"]) == ("CAMPAIGN_MADE", 0)
    agreed.says("requirement", "evaluate", "renewal", "--words", "well done", "--by", "Mei")
    history = agreed.json("requirement", "history", "renewal")
    assert [(step["kind"], step["by"]) for step in history][:3] == [
        ("created", "plan"),
        ("agreed", "Mei"),
        ("agreed", "李经理"),
    ]
    assert (history[-1]["words"], history[-1]["figures"]["leads"]) == ("well done", 0)


def test_nothing_is_made_of_what_was_not_agreed(agreed: Terminal) -> None:
    agreed.says("requirement", "change", "renewal", "--set", "offer=20 % off", "--set", "goal.contacts=500")
    assert agreed.json("requirement", "show", "renewal")["state"] == "DRAFT"
    refused = agreed.refuses("requirement", "to-campaign", "renewal", "--code", "spring", "--trunk", "carrier")
    assert "planner and requester must agree first" in refused
    assert agreed.json("campaign", "list") == []
    changes = agreed.json("requirement", "history", "renewal")[-1]["changes"]
    assert changes == [
        {"field": "offer", "before": "10 % off", "after": "20 % off"},
        {"field": "goal.contacts", "before": 2000, "after": 500},
    ]


def test_a_requirement_is_written_out_as_the_file_it_can_be_read_from(agreed: Terminal) -> None:
    text = agreed.says("requirement", "show", "renewal", "--toml").replace('"renewal"', '"again"')
    agreed.says("requirement", "create", agreed.write("again.toml", text))
    first, second = (agreed.json("requirement", "show", code)["content"] for code in ("renewal", "again"))
    assert first | {"code": ""} == second | {"code": ""}


def test_a_requirement_file_is_refused_by_name_and_key(terminal: Terminal) -> None:
    path = terminal.write("bad.toml", REQUIREMENT.replace("requester", "reqester"))
    message = terminal.refuses("requirement", "create", path)
    assert f"{path}: requester: is required" in message
    assert "did you mean 'requester'?" in message


def test_a_change_is_a_new_version_with_who_and_what(spring: Terminal) -> None:
    words = (
        "--set",
        "lines=12",
        "--set",
        "caps.lead_attempts=4",
        "--note",
        "more lines",
    )
    text = spring.says("campaign", "change", "spring", *words, "--by", "Li")
    assert "lines: 0 -> 12" in text
    assert "version 2" in text
    entry = spring.json("campaign", "history", "spring")[-1]
    assert (entry["kind"], entry["version"], entry["by"], entry["note"]) == ("version", 2, "Li", "more lines")
    assert {change["field"] for change in entry["changes"]} == {"lines", "caps.lead_attempts"}
    assert spring.json("campaign", "diff", "spring", "1", "2") == entry["changes"]
    assert "nothing to change" in spring.says("campaign", "change", "spring", "--set", "lines=12")


def test_changes_come_from_a_file_too(spring: Terminal) -> None:
    path = spring.write("changes.toml", 'name = "New"\n[[windows]]\ndays = ["mon"]\nfrom = 09:00:00\nto = 12:00:00\n')
    changed = spring.json("campaign", "change", "spring", "--file", path, "--set", "agents=")
    assert (changed["name"], changed["settings"]["windows"][0]["from"]) == ("New", "09:00:00")
    back = spring.json("campaign", "change", "spring", "--unset", "windows")
    assert back["settings"]["windows"] == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--set", "lnies=3"), "did you mean 'lines'?"),
        (("--set", "lines=many"), "lines: must be a whole number"),
        (("--set", "trunks=carrot"), "'carrot', which this site does not know; known: carrier"),
        (("--set", "agents=zoe"), "agents[0] is 'zoe'"),
        (("--set", "code=summer"), "keeps its code"),
        (("--set", "policy=mars"), "no policy pack 'mars'"),
        (("--unset", "nonsense"), "there is no setting 'nonsense'"),
        (("--set", "lines"), "write KEY=VALUE"),
        (("--set", "lines=3", "--version", "7"), "at version 1 by now, not 7"),
        ((), "say what is to change"),
    ],
)
def test_a_change_that_cannot_be_is_refused_whole(spring: Terminal, words: tuple[str, ...], says: str) -> None:
    assert says in spring.refuses("campaign", "change", "spring", *words)
    assert spring.json("campaign", "show", "spring")["version"] == 1


def test_changes_are_taken_back(spring: Terminal) -> None:
    first = spring.json("campaign", "show", "spring")["settings"]
    for lines in (3, 4):
        spring.says("campaign", "change", "spring", "--set", f"lines={lines}")
    assert "lines: 4 -> 3" in spring.says("campaign", "undo", "spring")
    undone = spring.json("campaign", "undo", "spring", "--to", "1")
    assert (undone["version"], undone["settings"]) == (5, first)
    assert "is as it was in version 1 already" in spring.refuses("campaign", "undo", "spring", "--to", "1")
    assert "no version 9" in spring.refuses("campaign", "undo", "spring", "--to", "9")


def test_a_campaign_is_cloned_without_its_leads(planned: Terminal) -> None:
    planned.says("campaign", "clone", "spring", "summer", "--name", "Summer", "--set", "lines=5")
    copy = planned.json("campaign", "show", "summer")
    assert (copy["name"], copy["settings"]["lines"], copy["state"], copy["version"]) == ("Summer", 5, "DRAFT", 1)
    assert planned.json("leads", "summer") == []
    assert planned.json("campaign", "history", "summer")[0]["note"] == "cloned from spring, version 1"
    assert planned.error("campaign", "clone", "spring", "summer")["code"] == "already_exists"


def test_a_campaign_is_written_out_as_the_file_it_can_be_read_from(spring: Terminal) -> None:
    spring.says("campaign", "change", "spring", "--set", "retry.BUSY.delays_s=[60]", "--set", "goal.contacts=5")
    text = spring.says("campaign", "show", "spring", "--toml").replace('"spring"', '"again"')
    spring.says("campaign", "create", spring.write("again.toml", text))
    first, second = (spring.json("campaign", "show", code)["settings"] for code in ("spring", "again"))
    assert first | {"code": ""} == second | {"code": ""}


def test_few_settings_are_shown_and_all_on_request(spring: Terminal) -> None:
    few = spring.json("campaign", "show", "spring")["shown"]
    assert len(few) <= 20
    text = spring.says("campaign", "show", "spring")
    assert "policy pack cn" in text
    assert "abandon_limit_s" not in text
    assert "abandon_limit_s" in spring.says("campaign", "show", "spring", "--all")


def test_what_is_wrong_is_said_before_the_start(spring: Terminal) -> None:
    spring.says("campaign", "change", "spring", "--set", "lines=36")
    result = spring.run("campaign", "lint", "spring")
    assert result.exit_code == 2
    assert "error: lines: 36 lines on a 30-channel trunk (carrier); set lines to 30 or less" in result.stdout
    assert "36 条线路" in result.stdout
    spring.says("campaign", "change", "spring", "--unset", "lines")
    spring.says("agent", "add", "amy", "--phone", "sip:amy@127.0.0.1")
    found = spring.json("campaign", "lint", "spring")
    assert found["may_start"]
    codes = {finding["code"] for finding in found["findings"]} - {"holidays_not_covered"}  # late in the year
    assert codes == {"no_leads", "caller_id_missing", "script_missing"}


def test_the_samples_can_be_used_as_they_are(terminal: Terminal) -> None:
    write_sample(terminal.site / "samples")
    terminal.says("campaign", "create", str(terminal.site / "samples" / "campaign.sample.toml"))
    terminal.says("requirement", "create", str(terminal.site / "samples" / "requirement.sample.toml"))
