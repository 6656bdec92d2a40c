"""Lists as planners really send them."""

from __future__ import annotations

import codecs
import itertools
import tracemalloc

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from campaigns.importing import (
    AcceptedRow,
    CsvSource,
    ListError,
    ListReader,
    Reason,
    RefusedRow,
    parse_mapping,
    survey,
)
from campaigns.importing.duplicates import NumberIndex
from campaigns.importing.errors import Refusal
from campaigns.importing.lines import LINE_LIMIT, Block, blocks, physical_lines
from campaigns.importing.numbers import normalise
from campaigns.importing.records import RecordReader
from tests.examples import EXAMPLES

WANG, LI, ZHAO = "13800000001", "13900000002", "021-68881234"


def read(
    data: bytes | str, *mapping: str, country: str = "CN", time_zone: str = "", chunk: int = 1 << 16, encoding: str = ""
) -> list[AcceptedRow | RefusedRow]:
    raw = data.encode() if isinstance(data, str) else data
    chunks = [raw[i : i + chunk] for i in range(0, len(raw), chunk)]
    source = CsvSource(chunks, survey(chunks, encoding=encoding, country=country))
    return list(ListReader(source, parse_mapping(mapping), country=country, time_zone=time_zone).rows())


def accepted(rows: list[AcceptedRow | RefusedRow]) -> list[AcceptedRow]:
    assert all(isinstance(row, AcceptedRow) for row in rows), rows
    return [row for row in rows if isinstance(row, AcceptedRow)]


def refused(row: AcceptedRow | RefusedRow) -> RefusedRow:
    assert isinstance(row, RefusedRow)
    return row


def test_a_chinese_list_is_understood_without_any_mapping() -> None:
    text = f"客户姓名,手机号码,家庭电话,车型,优先级\n王伟,{WANG},{ZHAO},SUV,5\n李娜,{LI},,,\n"
    wang, li = accepted(read(text))
    assert wang.name == "王伟"
    assert wang.numbers == (("mobile", "+8613800000001"), ("home", "+862168881234"))
    assert (wang.country, wang.time_zone, wang.priority) == ("CN", "Asia/Shanghai", 5)
    assert wang.fields == {"车型": "SUV"}
    assert (li.line, li.numbers, li.fields) == (3, (("mobile", "+8613900000002"),), {})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_encoding_delimiter_and_line_ends_are_found_out(encoding: str, delimiter: str, ending: str) -> None:
    lines = [delimiter.join(row) for row in (("姓名", "手机", "备注"), ("王伟", WANG, "两厢车"), ("李娜", LI, "a b"))]
    wang, li = accepted(read(ending.join(lines).encode(encoding)))
    assert (wang.name, wang.fields) == ("王伟", {"备注": "两厢车"})
    assert li.numbers == (("mobile", "+8613900000002"),)


def test_first_and_last_name_are_put_together_and_a_spreadsheets_separator_line_is_skipped() -> None:
    text = "sep=;\r\nFirst Name;Last Name;Phone\r\nAnn;Lee;+1 (212) 555-0123\r\n"
    (ann,) = accepted(read(text, country="US"))
    assert (ann.name, ann.numbers, ann.time_zone) == ("Ann Lee", (("main", "+12125550123"),), "America/New_York")
    assert ann.line == 3


def test_an_explicit_mapping_wins_over_the_guess_and_gives_the_dialling_order() -> None:
    text = f"手机,备用,谁\n{WANG},{LI},王伟\n"
    (wang,) = accepted(read(text, "number=备用", "number=手机", "name=谁"))
    assert [e164 for _, e164 in wang.numbers] == ["+8613900000002", "+8613800000001"]
    assert wang.name == "王伟"
    (only,) = accepted(read(text, "number=备用"))
    assert only.numbers == (("other", "+8613900000002"),)
    assert only.fields == {"手机": WANG, "谁": "王伟"}


@pytest.mark.parametrize(("mapping", "words"), [
    ("number=电话", "no such column; the columns are 手机, 谁"),
    ("phone=手机", "ROLE=COLUMN"),
    ("number", "ROLE=COLUMN"),
])  # fmt: skip
def test_a_mapping_that_does_not_fit_is_refused_with_what_would(mapping: str, words: str) -> None:
    with pytest.raises(ListError, match=words) as refusal:
        read(f"手机,谁\n{WANG},王\n", mapping)
    assert refusal.value.field == "mapping"


def test_columns_without_a_name_or_with_the_same_one_lose_nothing() -> None:
    (wang,) = accepted(read(f"手机,备注,,备注\n{WANG},a,b,c\n"))
    assert wang.fields == {"备注": "a", "column 3": "b", "备注 (2)": "c"}


def test_a_quoted_line_break_counts_as_a_line_and_belongs_to_its_row() -> None:
    text = f'手机,备注\n{WANG},"first\nsecond, ""quoted"""\nbad,x\n'
    wang, bad = read(text)
    assert isinstance(wang, AcceptedRow)
    assert wang.fields == {"备注": 'first\nsecond, "quoted"'}
    assert refused(bad).line == 4


@pytest.mark.parametrize(("value", "code", "words"), [
    ("1.38E+10", Reason.NUMBER_ROUNDED, "spreadsheet"),
    ("1,38E+10", Reason.NUMBER_ROUNDED, "spreadsheet"),
    ("021-68881234 ext 12", Reason.NUMBER_EXTENSION, "extension"),
    ("021-68881234转801", Reason.NUMBER_EXTENSION, "extension"),
    ("13800000001/13900000002", Reason.NUMBER_SEVERAL, "own column"),
    ("unknown", Reason.NUMBER_CHARACTERS, "'u'"),
    ("1380000000", Reason.NUMBER_INVALID, "not in use"),
    ("138", Reason.NUMBER_LENGTH, "short"),
    ("+999 12345678", Reason.NUMBER_INVALID, "country code"),
    ("1" * 80, Reason.NUMBER_LENGTH, "64"),
    ("", Reason.NUMBER_MISSING, "no number"),
])  # fmt: skip
def test_a_number_that_cannot_be_dialled_is_refused_with_its_reason(value: str, code: Reason, words: str) -> None:
    (row,) = read(f'姓名,手机\n王伟,"{value}"\n')
    found = refused(row)
    assert (found.line, found.column, found.value, found.code) == (2, "手机", value, code)
    assert words in found.reason


@pytest.mark.parametrize("written", [
    "13800000001", " 138 0000 0001 ", "138-0000-0001", "１３８０００００００１", "'13800000001", "+86 138 0000 0001",
    "0086 13800000001", "8613800000001", '="13800000001"', "13800000001.0", "(+86)138-0000-0001", "\u200b13800000001",
    "138–0000–0001", "＋86 138 0000 0001",
])  # fmt: skip
def test_the_many_ways_to_write_a_number(written: str) -> None:
    assert normalise(written, "CN").e164 == "+8613800000001"


def test_a_foreign_number_keeps_its_own_country_and_zone() -> None:
    (row,) = accepted(read("phone\n+44 20 7946 0958\n"))
    assert (row.country, row.time_zone) == ("GB", "Europe/London")


def test_premium_numbers_are_refused() -> None:
    with pytest.raises(Refusal, match="premium"):
        normalise("+1 900 234 5678", "US")


def test_a_number_of_several_zones_needs_a_zone_from_somebody() -> None:
    mobile = "phone,tz\n0412 345 678,\n"
    (row,) = read(mobile, country="AU")
    assert refused(row).code is Reason.TIME_ZONE_UNKNOWN
    (row,) = accepted(read(mobile, country="AU", time_zone="Australia/Perth"))
    assert row.time_zone == "Australia/Perth"
    (row,) = accepted(read("phone,tz\n0412 345 678,Australia/Sydney\n", country="AU"))
    assert row.time_zone == "Australia/Sydney"
    (row,) = read("phone,tz\n0412 345 678,Sydney\n", country="AU")
    assert (refused(row).column, refused(row).value) == ("tz", "Sydney")


def test_a_spare_number_that_cannot_be_used_does_not_cost_the_row() -> None:
    (row,) = accepted(read(f"手机,座机\n{WANG},无\n"))
    assert row.numbers == (("mobile", "+8613800000001"),)
    assert row.fields == {"座机": "无"}
    assert [remark.code for remark in row.remarks] == [Reason.NUMBER_CHARACTERS]


def test_a_row_without_a_number_of_its_own_is_a_duplicate_and_names_the_line() -> None:
    rows = read(f"手机,座机\n{WANG},\n+86{WANG},\n{LI},{ZHAO}\n{ZHAO},{LI}\n")
    second, fourth = refused(rows[1]), refused(rows[3])
    assert (second.code, second.column) == (Reason.DUPLICATE_IN_FILE, "手机")
    assert (second.value, second.reason) == (f"+86{WANG}", "the same number as in line 2")
    assert (fourth.line, fourth.code) == (5, Reason.DUPLICATE_IN_FILE)


def test_people_who_share_a_landline_are_two_leads_and_the_number_belongs_to_the_first() -> None:
    father, mother = accepted(read(f"手机,座机\n{WANG},{ZHAO}\n{LI},{ZHAO}\n"))
    assert len(father.numbers) == 2
    assert mother.numbers == (("mobile", "+8613900000002"),)
    assert mother.fields == {"座机": ZHAO}
    assert [remark.reason for remark in mother.remarks] == ["the same number as in line 2"]


def test_a_refused_row_does_not_take_its_number_away() -> None:
    rows = read(f"手机,优先级\n{WANG},high\n{WANG},1\n")
    assert refused(rows[0]).code is Reason.PRIORITY
    assert isinstance(rows[1], AcceptedRow)


def test_rows_that_cannot_be_read_are_refused_and_the_rest_goes_on() -> None:
    good = f"{LI},ok\n".encode()
    data = (
        "手机,备注\n".encode()
        + f"{WANG}\n".encode()  # 2: too few columns
        + f"{WANG},a,b\n".encode()  # 3: too many
        + f"{WANG},a\0b\n".encode()  # 4
        + f"{WANG},".encode() + b"\xff\xfe\n"  # 5
        + f"{WANG},".encode() + b"x" * LINE_LIMIT + b"\n"  # 6
        + f'{WANG},"a"b\n'.encode()  # 7
        + "中文,中文\n中文,中文\n中文,中文\n".encode()  # 8-10
        + good
    )  # fmt: skip
    rows = read(data, chunk=1000)
    assert [(row.line, row.code) for row in map(refused, rows[:6])] == [
        (2, Reason.COLUMN_COUNT),
        (3, Reason.COLUMN_COUNT),
        (4, Reason.NUL),
        (5, Reason.ENCODING),
        (6, Reason.TOO_LONG),
        (7, Reason.QUOTING),
    ]
    assert refused(rows[2]).column == "备注"
    assert isinstance(rows[-1], AcceptedRow)
    assert rows[-1].line == 11


def test_a_quote_that_is_never_closed_costs_one_row_only() -> None:
    rows = read(f'手机,备注\n{WANG},"open\n{LI},b\n13700000003,c\n')
    assert [(row.line, isinstance(row, AcceptedRow)) for row in rows] == [(2, False), (3, True), (4, True)]
    assert refused(rows[0]).code is Reason.QUOTING


def test_a_quote_that_is_closed_hundreds_of_lines_later_swallows_no_rows() -> None:
    rows = [f"{13700000000 + number},b" for number in range(300)]
    first, *others = read("\n".join(["手机,备注", f'{WANG},"open', *rows, f'{LI},close"', ""]))
    assert refused(first).code is Reason.QUOTING
    assert [row.line for row in others if isinstance(row, AcceptedRow)] == list(range(3, 304))


def test_quotes_left_open_all_over_the_file_are_an_error_and_cost_no_endless_time() -> None:
    with pytest.raises(ListError, match="never closed"):
        read("手机,备注\n" + f'{WANG},"open\n' * 1 + "".join(f'{n},"x"y\n{n},"\n' for n in range(5000)))


@pytest.mark.parametrize(("data", "words"), [
    (b"", "empty"),
    (b"\n\n", "must name the columns"),
    ("姓名,手机\n".encode("utf-32"), "UTF-32"),
    ("phone,name\n".encode("utf-16-le"), "UTF-16"),
    (b"PK\x03\x04rest", "spreadsheet"),
    (f"{WANG},王\n".encode(), "looks like a telephone number"),
    (b"name,city\nAnn,Oslo\n", "no column holds telephone numbers"),
    (b"name,phone\n" + b"\x81\x20\xff\xff,1\n" * 20, "byte 11 fits no character"),
])  # fmt: skip
def test_a_file_that_cannot_be_read_at_all_is_one_clear_error(data: bytes, words: str) -> None:
    with pytest.raises(ListError, match=words):
        read(data)


def test_a_declared_encoding_is_kept_to() -> None:
    text = f"姓名,手机\n王伟,{WANG}\n"
    with pytest.raises(ListError, match="not UTF-8"):
        read(text.encode("gb18030"), encoding="utf-8")
    with pytest.raises(ListError, match="choose utf-8 or utf-16 or gb18030"):
        read(text, encoding="latin-1")


def test_the_columns_of_an_earlier_refusal_are_not_taken_for_data() -> None:
    (row,) = accepted(read(f"手机,备注,line,column,reason\n{WANG},x,2,手机,too short\n"))
    assert row.fields == {"备注": "x"}


def test_one_endless_line_is_refused_without_being_held() -> None:
    def chunks():
        yield "手机,备注\n".encode() + f"{WANG},".encode()
        for _ in range(400):
            yield b"x" * 65536
        yield f"\n{LI},ok\n".encode()

    tracemalloc.start()
    try:
        reader = ListReader(CsvSource(chunks(), survey(chunks())), parse_mapping(()), country="CN")
        rows = list(reader.rows())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [row.line for row in rows] == [2, 3]
    assert refused(rows[0]).code is Reason.TOO_LONG
    assert peak < 8_000_000  # of 26 MB


@given(st.lists(st.integers(10**9, 10**14), unique=True, max_size=400))
@settings(max_examples=20, deadline=None)
def test_the_index_of_numbers_knows_exactly_what_was_added(numbers: list[int]) -> None:
    index = NumberIndex()
    for line, number in enumerate(numbers, start=2):
        assert index.find(f"+{number}") is None
        assert index.claim(f"+{number}", line) == 0
        assert index.claim(f"+{number}", 999_999) == line
    assert len(index) == len(numbers)
    assert [index.find(f"+{number}") for number in numbers] == list(range(2, len(numbers) + 2))


def test_the_index_grows() -> None:
    index = NumberIndex()
    for number in range(10**10, 10**10 + 5000):
        index.claim(f"+{number}", number - 10**10 + 1)
    assert index.find(f"+{10**10 + 4321}") == 4322
    assert index.find("+12") is None


@given(st.binary(max_size=300), st.integers(1, 50))
@settings(max_examples=4 * EXAMPLES, deadline=None)
def test_lines_are_the_same_however_the_bytes_arrive(data: bytes, size: int) -> None:
    whole = list(physical_lines([data]))
    pieces = list(physical_lines([data[i : i + size] for i in range(0, len(data), size)]))
    assert whole == pieces
    assert [line.data for line in whole] == [
        line.removesuffix(b"\r")
        for line in (data.split(b"\n")[:-1] if data.endswith(b"\n") else data.split(b"\n") if data else [])
    ]
    assert all(data[line.offset :].startswith(line.data) for line in whole)


SNIPPETS = st.sampled_from(
    [b"\n", b"\r\n", b"\r", b",", b";", b"\t", b'"', b'""', b"\0", b"\xff", codecs.BOM_UTF8, "手机".encode(),
     "王".encode("gb18030"), b"phone", b"13800000001", b"+86", b"'", b"1.38E+10", b"=1+1", b"\xe6", b"x" * 300]
)  # fmt: skip


@given(
    st.one_of(st.binary(max_size=400), st.lists(SNIPPETS, max_size=60).map(b"".join)).flatmap(
        lambda body: st.sampled_from([b"", "姓名,手机\n".encode(), b"phone;name\r\n"]).map(lambda head: head + body)
    ),
    st.integers(1, 64),
)
@settings(max_examples=4 * EXAMPLES, deadline=None)
@example(b"phone\n\r", 1)
def test_no_file_ever_crashes_the_import(data: bytes, chunk: int) -> None:
    """Whatever the bytes: rows, each accepted or refused with line and reason, or one error in words."""
    try:
        rows = read(data, chunk=chunk)
    except ListError:
        return
    last = 0
    for row in rows:
        assert last < row.line <= data.count(b"\n") + 1
        last = row.line
        if isinstance(row, RefusedRow):
            assert row.reason
            assert row.values
        else:
            assert row.numbers
            assert all(e164.startswith("+") and e164[1:].isdigit() for _, e164 in row.numbers)


class Slowly(RecordReader):
    """Reads every block line by line."""

    def _at_once(self, block: Block) -> None:
        """Never."""


@given(
    st.lists(SNIPPETS | st.just(b'"a\nb"') | st.just(b',"x,y",'), max_size=40).map(b"".join),
    st.sampled_from(["utf-8", "gb18030"]),
    st.sampled_from([",", ";"]),
    st.integers(1, 200),
)
@settings(max_examples=4 * EXAMPLES, deadline=None)
def test_blocks_read_at_once_give_the_records_of_their_lines(
    data: bytes, encoding: str, delimiter: str, size: int
) -> None:
    def told(reader: type[RecordReader], chunks: list[bytes]) -> list[tuple[int, list[str], object]]:
        try:
            records = reader(blocks(chunks), encoding, delimiter)
            return [(record.line, record.values, record.code) for record in records if any(record.values)]
        except ListError as error:
            return [(0, [], str(error))]

    chunks = [data[i : i + size] for i in range(0, len(data), size)]
    assert told(RecordReader, [data]) == told(Slowly, [data]) == told(RecordReader, chunks)


@pytest.mark.parametrize("head", ["手机,备注\n".encode() + f"{WANG},".encode(), b""])
def test_a_line_of_a_gigabyte_is_refused_in_bounded_memory(head: bytes) -> None:
    """In the middle of the file it costs a row; as the header, the file."""
    piece = b"x" * (1 << 20)

    def chunks():
        yield head
        yield from itertools.repeat(piece, 1 << 10)
        yield f"\n{LI},ok\n".encode()

    tracemalloc.start()
    try:
        source = CsvSource(chunks(), survey(chunks()))
        rows = list(ListReader(source, parse_mapping(()), country="CN").rows()) if head else []
        if not head:
            with pytest.raises(ListError, match="the header: the line is longer"):
                ListReader(source, parse_mapping(()), country="CN")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [row.code for row in rows if isinstance(row, RefusedRow)] == [Reason.TOO_LONG] * bool(head)
    assert peak < 4_000_000
