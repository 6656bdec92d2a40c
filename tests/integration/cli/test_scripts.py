"""Call scripts at the terminal, tried before anybody is called."""

from __future__ import annotations

import json

import pytest

from tests.integration.cli.conftest import Terminal

ANSWERS = {
    "answers": {"right-person": True, "renewed": "否", "used-for": "自驾游", "visit-on": "2027-03-01"},
    "choices": {"offer": "同意到店"},
}


@pytest.fixture
def sample(terminal: Terminal) -> str:
    terminal.says("script", "sample", "--language", "zh", "renewal.toml")
    return str(terminal.site / "renewal.toml")


def test_a_script_is_tried_without_a_customer(terminal: Terminal, sample: str) -> None:
    terminal.says("script", "import", sample)
    answers = terminal.write("answers.json", json.dumps(ANSWERS))
    end = json.loads(terminal.says("script", "try", "car-renewal", "--answers", answers))
    assert (end["finished"], end["path"]) == (True, ["greeting", "reminder", "offer", "appointment"])
    silent = terminal.write("silent.json", json.dumps({**ANSWERS, "said": []}))
    stuck = terminal.run("script", "try", "car-renewal", "--answers", silent, "--field", "name=王芳")
    place = json.loads(stuck.stdout)
    assert (stuck.exit_code, place["lacking"]) == (2, ["identity", "recording"])
    assert place["node"]["say"].startswith("您好，请问是王芳吗？")
    assert "cannot be read" in terminal.refuses("script", "try", "car-renewal", "--answers", "nothing.json")
    assert [hit["title"] for hit in terminal.json("script", "search", "car-renewal", "太贵")] == ["价格太贵了"]
