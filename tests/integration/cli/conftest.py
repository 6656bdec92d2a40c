"""A planner at the terminal of a machine on which no server runs; the store is a real SQLite file."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from dialer.cli.app import app
from dialer.config_file import write_sample

TRUNK = '\n[[trunks]]\nname = "carrier"\naddress = "127.0.0.1:5060"\n'
CAMPAIGN = 'code = "spring"\nname = "Spring offer"\ntrunks = ["carrier"]\n'
LIST = "姓名,手机\n王芳,13800138000\n李雷,13800138001\n张三,12\n"


COMMAND = get_command(app)


@dataclass
class Result:
    exit_code: object
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        return self.stdout + self.stderr


class Terminal:
    """Runs commands in a site's directory."""

    def __init__(self, site: Path) -> None:
        self.site = site
        self.data = site / "data"

    def run(self, *words: str) -> Result:
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
            COMMAND.main(list(words))
        return Result(ended.value.code, out.getvalue(), err.getvalue())

    def says(self, *words: str) -> str:
        """What a command that must succeed prints."""
        result = self.run(*words)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *words: str) -> Any:
        return json.loads(self.says(*words, "--json"))

    def refuses(self, *words: str, code: int = 2) -> str:
        """The message of a command that must be refused: on standard error, nothing on standard output."""
        result = self.run(*words)
        assert result.exit_code == code, result.output
        assert result.stdout == ""
        return result.stderr

    def error(self, *words: str, code: int = 2) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.refuses(*words, "--json", code=code))["error"]
        return found

    def write(self, name: str, text: str) -> str:
        path = self.site / name
        path.write_text(text, encoding="utf-8")
        return str(path)


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    site = tmp_path / "site"
    write_sample(site)
    with (site / "goldenhour.toml").open("a") as settings:
        settings.write(TRUNK)
    monkeypatch.chdir(site)
    monkeypatch.delenv("GOLDENHOUR_CONFIG", raising=False)
    monkeypatch.delenv("GOLDENHOUR_DATA", raising=False)
    return Terminal(site)


@pytest.fixture
def planned(terminal: Terminal) -> Terminal:
    """With a campaign and its list."""
    terminal.says("campaign", "create", terminal.write("spring.toml", CAMPAIGN))
    terminal.says("import", "spring", terminal.write("list.csv", LIST), "--map", "number=手机", "--map", "name=姓名")
    return terminal
