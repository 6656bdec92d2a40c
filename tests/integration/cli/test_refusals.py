"""What scripts rely on: exit codes, one message on standard error, JSON where it was asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialer.client import Endpoint, ServerLock, ensure_token, read_token, token_file, write_endpoint
from dialer.errors import AlreadyExists
from tests.integration.cli.conftest import Terminal


@pytest.mark.parametrize(
    "words",
    [
        ("campaign", "start", "spring"),
        ("campaign", "stop", "spring"),
        ("agent", "ready", "amy"),
        ("agent", "logout", "amy"),
        ("dispose", "0" * 32, "SALE"),
        ("status",),
    ],
)
def test_what_needs_the_engine_says_that_no_server_runs(terminal: Terminal, words: tuple[str, ...]) -> None:
    assert "no server is running; start it with: goldenhour serve" in terminal.refuses(*words, code=3)
    assert terminal.error(*words, code=3)["code"] == "no_server"


@pytest.mark.parametrize(
    "words",
    [
        ("bogus",),
        ("campaign", "bogus"),
        ("campaign", "show"),
        ("attempts", "--lead", "x"),
        ("leads", "spring", "--state", "x"),
    ],
)
def test_wrong_usage_is_bad_input(terminal: Terminal, words: tuple[str, ...]) -> None:
    assert terminal.refuses(*words).startswith("goldenhour: ")
    assert terminal.error(*words)["code"] == "usage"


def test_a_group_without_a_command_shows_its_help(terminal: Terminal) -> None:
    assert "explain" in terminal.refuses("campaign")


def test_a_broken_settings_file_stops_every_command(terminal: Terminal) -> None:
    terminal.write("goldenhour.toml", '[sevrer]\nport = "x"\n')
    for words in (("campaign", "list"), ("attempts",), ("doctor",), ("serve",), ("campaign", "start", "spring")):
        assert "sevrer: unknown key; did you mean 'server'?" in terminal.refuses(*words)


def test_without_settings_one_is_told_where_to_get_them(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "goldenhour init DIR" in terminal.refuses("campaign", "list")
    assert terminal.json("campaign", "list", "--config", str(terminal.site)) == []
    assert "holds no goldenhour.db" in terminal.refuses("attempts", "--data", str(tmp_path))
    terminal.json("agent", "list", "--config", str(terminal.site / "goldenhour.toml"))
    assert terminal.json("attempts", "--data", str(terminal.data)) == []


def test_a_time_that_is_none_is_refused(terminal: Terminal) -> None:
    assert "--since is 'yesterday'" in terminal.refuses("attempts", "--since", "yesterday")


def test_a_server_that_does_not_answer_is_not_taken_for_none(terminal: Terminal) -> None:
    """Otherwise the command would write behind the server's back."""
    with ServerLock(terminal.data):
        assert "is starting or stopping" in terminal.refuses("campaign", "list", code=3)
        ensure_token(terminal.data)
        write_endpoint(terminal.data, Endpoint(host="127.0.0.1", port=9, pid=1))
        assert "does not answer" in terminal.refuses("campaign", "list", code=3)
    assert terminal.json("campaign", "list") == []


def test_a_data_directory_has_one_server(terminal: Terminal) -> None:
    with (
        ServerLock(terminal.data),
        pytest.raises(AlreadyExists, match="a server is running"),
        ServerLock(terminal.data),
    ):
        pass
    assert not ServerLock.is_held(terminal.data)


def test_a_token_that_others_could_read_is_replaced(terminal: Terminal) -> None:
    first = ensure_token(terminal.data)
    assert token_file(terminal.data).stat().st_mode & 0o777 == 0o600
    assert ensure_token(terminal.data) == read_token(terminal.data) == first
    token_file(terminal.data).chmod(0o644)
    assert ensure_token(terminal.data) != first
    assert token_file(terminal.data).stat().st_mode & 0o777 == 0o600


def test_a_fault_of_our_own_is_loud_and_has_its_own_code(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("dialer.cli.session.find_site", broken)
    result = terminal.run("campaign", "list")
    assert result.exit_code == 1
    assert "Traceback" in result.stderr
    assert "RuntimeError: boom" in result.stderr
