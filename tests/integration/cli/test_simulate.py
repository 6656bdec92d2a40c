"""Rehearsals at the terminal: what is printed, what is refused, how it ends."""

from __future__ import annotations

import json
from importlib.resources import files

from tests.integration.cli.conftest import Terminal

TEN_MINUTES = 'agents=[{count=2,from="09:00",to="09:10"}], leads.count=100'


def test_a_table_has_a_column_for_each_variant(terminal: Terminal) -> None:
    said = terminal.run("simulate", "reference", "--set", TEN_MINUTES, "--what-if", "agents.0.count=3")
    assert said.exit_code == 0, said.output
    assert "as it is" in said.stdout
    assert "agents.0.count=3" in said.stdout
    assert "utilisation" in said.stdout


def test_programs_get_json_on_standard_output(terminal: Terminal) -> None:
    said = terminal.run("simulate", "reference", "--set", TEN_MINUTES, "--json", "--seed", "7")
    found = json.loads(said.stdout)
    assert (found["stopped"], found["variants"][0]["reports"][0]["seed"]) == (False, 7)
    assert found["variants"][0]["faults"] == 0


def test_what_is_wrong_is_named_with_its_field(terminal: Terminal) -> None:
    unknown = terminal.run("simulate", "nowhere.toml", "--json")
    assert unknown.exit_code == 2
    assert json.loads(unknown.stderr)["error"]["field"] == "SCENARIO"
    wrong = terminal.run("simulate", "reference", "--set", "behaviour.person=2", "--json")
    assert wrong.exit_code == 2
    assert json.loads(wrong.stderr)["error"]["field"] == "behaviour.person"
    nothing = terminal.run("simulate")
    assert nothing.exit_code == 2
    date = terminal.run("simulate", "--replay", "yesterday", "--data", str(terminal.data))
    assert "must be a date" in date.stderr


def test_settings_are_compared_on_a_campaign_as_it_stands(planned: Terminal) -> None:
    planned.says("agent", "add", "amy", "--phone", "sip:1001@127.0.0.1:6999")
    asked = ("--campaign", "spring", "--on", "2026-11-30", "--policy", "progressive", "--policy", "predictive")
    said = planned.says("simulate", *asked)
    assert "predictive: policy pack cn allows no abandoned call" in said
    assert "predictive：策略包 cn 不允许呼损" in said
    assert "progressive: policy pack" not in said


def test_the_packs_of_the_site_hold_in_its_rehearsals(planned: Terminal) -> None:
    packs = planned.data / "policies"
    packs.mkdir(exist_ok=True)
    shipped = files("campaigns").joinpath("policies", "cn.toml").read_text("utf-8")
    assert "abandon_rate_max = 0.0" in shipped
    (packs / "cn.toml").write_text(shipped.replace("abandon_rate_max = 0.0", "abandon_rate_max = 0.02"), "utf-8")
    planned.says("agent", "add", "amy", "--phone", "sip:1001@127.0.0.1:6999")
    found = planned.json("simulate", "--campaign", "spring", "--on", "2026-11-30", "--policy", "predictive")
    assert found["variants"][0]["held_by"] is None


def test_a_day_that_nothing_is_asked_of_is_refused(terminal: Terminal) -> None:
    assert "--set start=" in terminal.refuses("simulate", "reference", "--on", "2026-12-01")
    assert "--fit" in terminal.refuses("simulate", "reference", "--day", "2026-12-01")


def test_thousands_of_days_go_with_the_fast_world_only(terminal: Terminal) -> None:
    assert "more of them go with --fast" in terminal.run("simulate", "reference", "--days", "400").stderr
    said = terminal.run("simulate", "reference", "--set", TEN_MINUTES, "--fast", "--days", "400", "--json")
    assert json.loads(said.stdout)["variants"][0]["days"] == 400


def test_a_campaign_that_never_called_has_no_day_to_replay(planned: Terminal) -> None:
    said = planned.refuses("simulate", "--campaign", "spring", "--replay", "2026-11-23")
    assert "2026-11-23" in said
