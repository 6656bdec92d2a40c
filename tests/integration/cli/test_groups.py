"""A planner puts agents into groups, notes what they are able to do, and what keeps calls from them."""

from __future__ import annotations

import pytest

from tests.integration.cli.conftest import CAMPAIGN, Terminal


@pytest.fixture
def centre(terminal: Terminal) -> Terminal:
    for agent in ("amy", "bob"):
        terminal.says("agent", "add", agent, "--phone", f"sip:{agent}@127.0.0.1")
    terminal.says("group", "create", "seniors", "--name", "资深坐席")
    return terminal


def test_agents_join_and_leave_groups(centre: Terminal) -> None:
    assert "seniors: amy, bob" in centre.says("group", "add", "seniors", "amy", "bob")
    assert centre.json("group", "remove", "seniors", "bob")["agents"] == ["amy"]
    assert centre.json("group", "list") == [{"code": "seniors", "name": "资深坐席", "agents": ["amy"]}]
    assert centre.json("group", "show", "seniors")["agents"] == ["amy"]
    assert "group seniors removed" in centre.says("group", "remove", "seniors")
    assert "no groups yet" in centre.says("group", "list")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("group", "create", "seniors"), "is a group 'seniors' already"),
        (("group", "add", "juniors", "amy"), "no group 'juniors'; known: seniors"),
        (("group", "add", "seniors", "zoe"), "no agent 'zoe'"),
        (("group", "remove", "seniors", "amy"), "is not in group 'seniors'"),
        (("agent", "skill", "amy", "english", "--drop"), "has no skill 'english'"),
        (("agent", "qualify", "amy", "renewal", "2", "--withdraw"), "has not passed version 2"),
        (("agent", "change", "amy"), "say what is to change"),
        (("agent", "change", "amy", "--phone", "1001"), "reached over one of the trunks"),
    ],
)
def test_what_cannot_be_is_refused(centre: Terminal, words: tuple[str, ...], says: str) -> None:
    assert says in centre.refuses(*words)


def test_an_agent_is_changed(centre: Terminal) -> None:
    changed = centre.json("agent", "change", "amy", "--newcomer", "--daily-cap", "15", "--name", "Amy")
    assert (changed["newcomer"], changed["daily_cap"], changed["name"]) == (True, 15, "Amy")
    assert centre.json("agent", "change", "amy", "--phone", "1001", "--trunk", "carrier")["phone_trunk"] == "carrier"
    back = centre.json("agent", "change", "amy", "--phone", "sip:amy@127.0.0.1", "--daily-cap", "0", "--experienced")
    assert (back["phone_trunk"], back["daily_cap"], back["newcomer"]) == ("", None, False)
    centre.says("agent", "skill", "amy", "english", "--level", "3")
    assert "skills english 3; passed renewal 2" in centre.says("agent", "qualify", "amy", "renewal", "2")
    assert "not active" in centre.says("agent", "deactivate", "amy")
    assert centre.json("agent", "activate", "amy")["active"]


def test_a_campaign_names_groups_that_exist_and_needs_agents_in_them(centre: Terminal) -> None:
    centre.says("campaign", "create", centre.write("spring.toml", CAMPAIGN))
    assert "'juniors'" in centre.refuses("campaign", "change", "spring", "--set", "groups=juniors")
    centre.says("campaign", "change", "spring", "--set", "groups=seniors", "--set", "skills=english")

    def found() -> set[str]:
        result = centre.run("campaign", "lint", "spring", "--json")
        import json

        return {finding["code"] for finding in json.loads(result.stdout)["findings"]}

    assert "no_agents" in found()
    centre.says("group", "add", "seniors", "amy")
    assert "no_agents" in found()
    centre.says("agent", "skill", "amy", "english")
    assert "no_agents" not in found()
    centre.says("group", "remove", "seniors")
    assert "unknown_groups" in found()
