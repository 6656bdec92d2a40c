"""Call scripts at the terminal, whole: from the sample to a released version, pictures and all."""

from __future__ import annotations

from pathlib import Path

from campaigns.script_version import CheckItem
from tests.integration.cli.conftest import Terminal, terminal
from tests.integration.cli.test_scripts import sample
from tests.integration.test_script_file import PNG

__all__ = ["sample", "terminal"]  # fixtures


def test_a_script_goes_from_its_file_to_its_release(terminal: Terminal, sample: str) -> None:
    assert "nothing is wrong" in terminal.says("script", "check", sample)
    assert "version 1: DRAFT" in terminal.says("script", "import", sample, "--by", "Li")
    terminal.says("script", "submit", "car-renewal", "--by", "Li")
    assert "still to be ticked: flow" in terminal.refuses("script", "approve", "car-renewal", "--by", "Wang")
    terminal.says("script", "tick", "car-renewal", *CheckItem, "--by", "Wang")
    assert "somebody else" in terminal.refuses("script", "approve", "car-renewal", "--by", "Li")
    terminal.says("script", "approve", "car-renewal", "--by", "Wang")
    assert terminal.json("script", "release", "car-renewal", "--by", "Wang")["state"] == "RELEASED"
    text = Path(sample).read_text(encoding="utf-8").replace("送两次保养。", "送三次保养。")
    terminal.says("script", "import", terminal.write("second.toml", text), "--note", "more")
    assert "interaction.offer.say" in terminal.says("script", "diff", "car-renewal", "1", "2")
    assert [row["version"] for row in terminal.json("script", "versions", "car-renewal")] == [1, 2]


def test_pictures_beside_the_file_are_taken_along(terminal: Terminal, sample: str) -> None:
    text = Path(sample).read_text(encoding="utf-8") + '\n[[pictures]]\nname = "price"\nfile = "price.png"\n'
    file = terminal.write("with.toml", text)
    assert "price.png cannot be read" in terminal.refuses("script", "import", file)
    (terminal.site / "price.png").write_bytes(PNG)
    terminal.says("script", "import", file)
    terminal.says("script", "export", "car-renewal", "out.toml")
    assert "already" in terminal.refuses("script", "export", "car-renewal", "out.toml")
    assert "version 1: DRAFT" in terminal.says("script", "import", "out.toml")
    [picture] = terminal.json("script", "show", "car-renewal")["content"]["pictures"]
    assert picture["name"] == "price"


def test_a_file_with_errors_ends_in_exit_code_2(terminal: Terminal, sample: str) -> None:
    text = Path(sample).read_text(encoding="utf-8") + '\n[[closing]]\nnode = "lost"\n'
    result = terminal.run("script", "check", terminal.write("lost.toml", text))
    assert (result.exit_code, "nothing leads here" in result.stdout) == (2, True)
