"""Lists on disk: CSV and workbooks into batches, and the file of refused rows."""

from __future__ import annotations

import csv
import io
import subprocess
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import example, given, settings
from hypothesis import strategies as st

from campaigns.importing import AcceptedRow, CleaningReport, ListError, Reason
from dialer.list_file import Known, ListFile, check_list
from dialer.refused_file import Format, Place, RefusedFile

OLE = b"\xd0\xcf\x11\xe0"
WANG, LI = "13800138000", "13900139000"


def opened(path: Path, *mapping: str, **options: Any) -> ListFile:
    return ListFile(path, path.name, mapping=mapping, country="CN", **options)


def leads(path: Path, *mapping: str, **options: Any) -> tuple[dict[int, AcceptedRow], CleaningReport]:
    """By line."""
    file, found = opened(path, *mapping, **options), {}
    try:
        file.open()
        while (batch := file.next_batch()) is not None:
            found |= {row.line: row for row in batch.accepted}
            file.settle(batch)
        return found, file.report(file.finish())
    finally:
        file.close()


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As it comes from a business department: an empty sheet, a title, a header of two rows, all kinds of cells."""
    path = tmp_path_factory.mktemp("workbook") / "list.xlsx"
    book = xlsxwriter.Workbook(path)
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    book.add_worksheet("说明")
    sheet = book.add_worksheet("名单")
    sheet.merge_range("B2:H2", "春季名单")
    sheet.merge_range("B3:B4", "姓名")
    sheet.merge_range("C3:D3", "联系方式")
    sheet.write_row("C4", ["手机", "座机", "日期", "备注", "编号", "来源"])
    sheet.write_row("B5", ["王芳"])
    sheet.write_number("C5", 13800138000)
    sheet.write_string("D5", "021-68881234")
    sheet.write_datetime("E5", datetime(2026, 3, 1), day)
    sheet.write_formula("F5", "=1/0", None, "#DIV/0!")
    sheet.write_number("G5", 110101199003070000)
    sheet.merge_range("H5:H7", "展会")
    sheet.write_row("B7", ["李雷"])
    sheet.write_formula("C7", "=13900139000+0", None, 1.39e10 + 139000)
    sheet.write_datetime("E7", datetime(2026, 3, 1, 9, 30), moment)
    sheet.write_boolean("F7", True)
    sheet.write_number("G7", 1.5)
    sheet.write_row("B8", ["张三"])
    sheet.write_formula("C8", "=NA()", None, "#N/A")
    sheet.write_row("B9", ["赵四"])
    sheet.write_formula("C9", "=C5", None, "")
    sheet.write_row("B10", ["钱五", "1.38E+10"])
    other = book.add_worksheet("other")
    other.write_row("A1", ["phone", "who"])
    other.write_row("A2", ["13700137000", "Sun"])
    book.close()
    return path


def test_a_sheet_is_read_with_its_titles_dates_formulas_and_merged_cells(workbook: Path) -> None:
    found, report = leads(workbook)
    wang, li = found[5], found[7]
    assert (report.sheet, report.encoding, report.delimiter) == ("名单", "", "")
    assert (wang.name, wang.numbers) == ("王芳", (("mobile", f"+86{WANG}"), ("landline", "+862168881234")))
    assert wang.fields == {"日期": date(2026, 3, 1).isoformat(), "编号": "110101199003070000", "备注": "#DIV/0!"}
    assert {(row.column, row.code) for row in wang.remarks} == {
        ("备注", Reason.CELL_ERROR), ("编号", Reason.CELL_ROUNDED),
    }  # fmt: skip
    assert (li.numbers, li.source) == ((("mobile", f"+86{LI}"),), "展会")
    assert li.fields == {"日期": "2026-03-01 09:30:00", "备注": "TRUE", "编号": "1.5"}


def test_cells_in_error_are_reported_with_the_reason(workbook: Path) -> None:
    _, report = leads(workbook)
    assert [(row.line, row.column, row.value, row.code) for row in report.examples] == [
        (8, "手机", "#N/A", Reason.CELL_ERROR),
        (9, "手机", "", Reason.CELL_ERROR),
        (10, "手机", "1.38E+10", Reason.NUMBER_ROUNDED),
    ]
    assert "open the workbook in a spreadsheet program" in report.examples[1].reason
    assert report.quality.plain()["rows"] == 5
    assert report.remarks == {"cell_error": 1, "cell_rounded": 1}


def test_a_sheet_is_chosen_by_name(workbook: Path) -> None:
    found, report = leads(workbook, sheet="other")
    assert (report.sheet, found[2].name, found[2].numbers) == ("other", "", (("main", "+8613700137000"),))
    with pytest.raises(ListError, match="sheet 'third' is not in the workbook; there are 说明, 名单, other") as refusal:
        leads(workbook, sheet="third")
    assert refusal.value.field == "sheet"


def test_refused_rows_of_a_workbook_become_a_csv_file_that_is_read_again(workbook: Path, tmp_path: Path) -> None:
    _, report = leads(workbook, refused_directory=tmp_path)
    assert report.refused_file == str(tmp_path / "list.refused.csv")
    again = Path(report.refused_file).read_bytes().replace(b"1.38E+10", WANG.encode())
    (tmp_path / "again.csv").write_bytes(again)
    found, _ = leads(tmp_path / "again.csv")
    assert [row.name for row in found.values()] == ["钱五"]


def test_the_process_that_reads_a_workbook_ends_with_the_reading(
    workbook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen

    def noted(*words: Any, **options: Any) -> subprocess.Popen[bytes]:
        begun.append(start(*words, **options))
        return begun[-1]

    monkeypatch.setattr("dialer.spreadsheet.source.subprocess.Popen", noted)
    file = opened(workbook)
    file.open()
    file.close()
    with pytest.raises(ListError, match="there is no such column"):
        check_list(opened(workbook, "number=none"))
    assert [process.returncode is not None for process in begun] == [True, True]


def broken_workbooks(tmp_path: Path) -> dict[str, bytes]:
    empty, word = io.BytesIO(), io.BytesIO()
    xlsxwriter.Workbook(empty).close()
    with zipfile.ZipFile(word, "w") as archive:
        archive.writestr("word/document.xml", "<xml/>")
    cut = empty.getvalue()[:-200]
    hollow = io.BytesIO()
    with zipfile.ZipFile(hollow, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook")
    return {
        "empty": empty.getvalue(),
        "no XLSX workbook": word.getvalue(),
        "broken": cut,
        "broken (": hollow.getvalue(),
        "protected by a password; save it without": OLE + bytes(500) + "EncryptedPackage".encode("utf-16-le"),
        "save it as XLSX": OLE + bytes(600),
    }  # fmt: skip


def test_a_workbook_that_cannot_be_read_is_one_clear_error(tmp_path: Path) -> None:
    for words, content in broken_workbooks(tmp_path).items():
        (tmp_path / "list.xlsx").write_bytes(content)
        with pytest.raises(ListError) as refusal:
            check_list(opened(tmp_path / "list.xlsx"))
        assert words in str(refusal.value)


def test_one_cell_far_away_does_not_take_the_memory_of_the_machine(tmp_path: Path) -> None:
    path = tmp_path / "far.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.write_row("A1", ["手机", "姓名"])
    sheet.write_string(1048575, 16383, "far away")
    book.close()
    with pytest.raises(ListError, match=r"memory|header has"):
        check_list(opened(path))


def write(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(rows) + "\n")
    return path


def test_a_check_writes_nothing_unless_asked(tmp_path: Path) -> None:
    path = write(tmp_path / "list.csv", "手机,备注", f"{WANG},a", "12,=1+1", f"{WANG},b")
    report = check_list(opened(path))
    assert (report.quality.plain()["rows"], report.refused_file) == (3, "")
    assert list(tmp_path.iterdir()) == [path]
    asked = check_list(opened(path, refused_file=tmp_path / "r.csv"))
    assert asked.refused_file == str(tmp_path / "r.csv")
    assert list(csv.reader((tmp_path / "r.csv").open())) == [
        ["手机", "备注", "line", "column", "reason"],
        ["12", "'=1+1", "3", "手机", "too short"],
        [WANG, "b", "4", "手机", "the same number as in line 2"],
    ]
    with pytest.raises(ListError, match="exists already"):
        check_list(opened(path, refused_file=tmp_path / "r.csv"))
    assert sorted(its.name for its in tmp_path.iterdir()) == ["list.csv", "r.csv"]


def test_rows_that_turn_out_to_be_known_elsewhere_are_counted_by_where(tmp_path: Path) -> None:
    file = opened(write(tmp_path / "list.csv", "手机", WANG, LI, "13700137000"))
    file.open()
    batch = file.next_batch()
    assert batch is not None
    file.settle(batch, [(2, f"+86{WANG}"), Known(3, f"+86{LI}", Reason.DUPLICATE_RECENT, "dialled lately")])
    report = file.report(file.finish())
    file.close()
    assert report.duplicates_by == {"duplicate_in_campaign": 1, "duplicate_recent": 1}
    assert (report.quality.usable, report.quality.duplicates) == (1, 2)
    assert report.examples[1].reason == "dialled lately"


def test_a_sheet_of_a_text_file_and_an_unknown_country_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "list.csv", "手机", WANG)
    with pytest.raises(ListError, match="only spreadsheets have sheets"):
        check_list(opened(path, sheet="名单"))
    with pytest.raises(ListError, match="'XX' is not known"):
        ListFile(path, path.name, country="XX")


def test_reasons_with_characters_that_the_list_has_not_are_written_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes("phone;name\n£0\u00bd;Müller\n".encode("cp1252"))
    report = check_list(ListFile(path, "list.csv", country="DE", refused_directory=tmp_path))
    assert report.quality.refused == 1
    assert "Müller" in Path(report.refused_file).read_text("cp1252")


def test_a_refused_file_that_is_not_published_is_gone(tmp_path: Path) -> None:
    path = write(tmp_path / "list.csv", "手机", "12")
    file = opened(path, refused_directory=tmp_path)
    file.open()
    batch = file.next_batch()
    assert batch is not None
    file.settle(batch)
    assert len(list(tmp_path.iterdir())) == 2
    file.close()
    assert list(tmp_path.iterdir()) == [path]


PIECES = st.sampled_from(
    ["\n", "\r\n", "\r", ",", ";", "\t", '"', '""', "\0", "手机", "王", "phone", WANG, "=1+1", "'", "x" * 70000]
)
BODIES = st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=40).map(lambda parts: "".join(parts).encode()))
HEADS = st.sampled_from(
    [b"", "姓名,手机\n".encode(), b"phone;name\r\n", "手机,手机,来源\n".encode("gb18030"),
     "手机,备注\n".encode("utf-16"), "\ufeff手机\t备注\n".encode(), b"PK\x03\x04", b'"phone","a\nb"\n',
     b"sep=;\nphone;x\n", "手機,姓名\n".encode("big5")]
)  # fmt: skip


@given(HEADS, BODIES, st.sampled_from(["CN", "TW", "DE"]))
@settings(max_examples=60, deadline=None)
@example(b"phone,x\n", b'"' * 70000, "CN")
@example(b"phone,x\n", b"=cmd|'/C calc'!A0,\"\n", "CN")
def test_whatever_the_file_there_is_a_report_that_adds_up_or_one_error(
    tmp_path_factory: pytest.TempPathFactory, head: bytes, body: bytes, country: str
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "list.csv"
    path.write_bytes(head + body)
    try:
        report = check_list(ListFile(path, "list.csv", country=country, refused_directory=path.parent))
    except ListError:
        assert list(path.parent.iterdir()) == [path]
        return
    quality = report.quality
    assert quality.rows == quality.usable + sum(report.refusals.values()) + sum(report.duplicates_by.values())
    assert bool(report.refused_file) is (quality.usable < quality.rows)


def test_the_place_of_refused_rows_is_free(tmp_path: Path) -> None:
    (tmp_path / "list.refused.csv").touch()
    assert Place("list.csv", tmp_path).target() == tmp_path / "list.refused-2.csv"
    assert RefusedFile(Place("list.csv", tmp_path), _columns(), Format()).publish() == ""


def _columns() -> Any:
    from campaigns.importing.columns import resolve
    from campaigns.importing.mapping import ColumnMapping

    return resolve(["手机"], ColumnMapping())
