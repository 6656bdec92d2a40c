"""A planner looks at a list before it goes anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from tests.integration.cli.conftest import Terminal

ROWS = "客户姓名,手机,座机,来源\n王芳,13800138000,无,web\n李雷,12,,web\n王芳,13800138000,,fair\n"
MAPPED = ("--country", "CN", "--map", "number=手机", "--map", "name=客户姓名")


def everything(site: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in site.rglob("*") if path.is_file()}


def test_a_list_is_checked_without_a_campaign_and_nothing_is_written(terminal: Terminal) -> None:
    path = terminal.write("list.csv", ROWS)
    before = everything(terminal.site)
    report = terminal.json("list", "check", path, *MAPPED)
    assert everything(terminal.site) == before
    assert {key: report[key] for key in ("rows", "usable", "duplicates", "refused", "refused_file")} == {
        "rows": 3, "usable": 1, "duplicates": 1, "refused": 1, "refused_file": "",
    }  # fmt: skip
    assert report["refusals"] == {"number_length": 1}
    assert report["data_qualified_rate"] == pytest.approx(1 / 3)
    assert report["columns"] == {"客户姓名": "name", "手机": "number", "座机": "field", "来源": "source"}


def test_the_report_is_shown_to_people(terminal: Terminal) -> None:
    path = terminal.write("list.csv", ROWS)
    said = terminal.says("list", "check", path, *MAPPED, "--map", "number2:work=座机", "--refused-file", "refused.csv")
    assert "data qualified rate  33.3%" in said
    assert "Spare numbers left out" in said
    assert "number characters" in said
    assert "rows that were not taken: refused.csv" in said


def test_the_refused_rows_are_written_where_told_and_never_over_a_file(terminal: Terminal) -> None:
    path = terminal.write("list.csv", ROWS)
    report = terminal.json("list", "check", path, *MAPPED, "--refused-file", "refused.csv")
    assert report["refused_file"] == "refused.csv"
    assert "李雷,12,,web,3,手机,too short" in Path("refused.csv").read_text()
    assert terminal.error("list", "check", path, "--refused-file", "refused.csv")["field"] == "refused_file"
    assert terminal.error("list", "check", path, "--refused-file", path)["field"] == "refused_file"


def test_a_workbook_is_checked_by_sheet(terminal: Terminal) -> None:
    book = xlsxwriter.Workbook(terminal.site / "list.xlsx")
    book.add_worksheet("旧").write_row("A1", ["手机"])
    sheet = book.add_worksheet("新")
    sheet.write_row("A1", ["手机"])
    sheet.write_number("A2", 13800138000)
    book.close()
    report = terminal.json("list", "check", "list.xlsx", "--sheet", "新")
    assert (report["sheet"], report["rows"], report["usable"]) == ("新", 1, 1)
    assert "there are 旧, 新" in terminal.refuses("list", "check", "list.xlsx", "--sheet", "x")


@pytest.mark.parametrize(("words", "field"), [
    (("--country", "XX"), "country"),
    (("--map", "number=电话"), "mapping"),
    (("--time-zone", "Mars"), "--time-zone"),
    (("--encoding", "ebcdic"), "encoding"),
])  # fmt: skip
def test_what_is_wrong_is_named(terminal: Terminal, words: tuple[str, ...], field: str) -> None:
    assert terminal.error("list", "check", terminal.write("list.csv", ROWS), *words)["field"] == field
    assert terminal.error("list", "check", "missing.csv")["field"] == "FILE"
