"""What the columns of a list mean: told, kept from the last list, or guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.importing import AcceptedRow, CsvSource, ListError, ListReader, Reason, RefusedRow, Tally, survey
from campaigns.importing.columns import resolve
from campaigns.importing.formulas import defused, restored
from campaigns.importing.mapping import ColumnMapping, parse_mapping
from campaigns.importing.regions import country_of, zone_of_region


def read(
    text: str,
    mapping: ColumnMapping | None = None,
    *,
    country: str = "CN",
    list_source: str = "",
    encoding: str = "utf-8",
) -> list[AcceptedRow | RefusedRow]:
    chunks = [text.encode(encoding)]
    source = CsvSource(chunks, survey(chunks, country=country))
    return list(ListReader(source, mapping or ColumnMapping(), country=country, list_source=list_source).rows())


def accepted(row: AcceptedRow | RefusedRow) -> AcceptedRow:
    assert isinstance(row, AcceptedRow), row
    return row


def refused(row: AcceptedRow | RefusedRow) -> RefusedRow:
    assert isinstance(row, RefusedRow), row
    return row


def test_everything_a_list_says_about_a_lead_arrives() -> None:
    header = "客户编号,客户姓名,手机号码,座机,来源,客户分层,客户经理,所需技能,预期价值,优先级,省份,备注"
    row = 'C17,王芳,13800138000,021-68881234,展会,A,lily,粤语,"1,200.50",5,广东,常客'
    (lead,) = map(accepted, read(f"{header}\n{row}\n"))
    assert lead.numbers == (("mobile", "+8613800138000"), ("landline", "+862168881234"))
    assert (lead.external_id, lead.name, lead.source, lead.segment) == ("C17", "王芳", "展会", "A")
    assert (lead.owner, lead.skill, lead.value, lead.priority) == ("lily", "粤语", 1200.5, 5)
    assert (lead.time_zone, dict(lead.fields)) == ("Asia/Shanghai", {"省份": "广东", "备注": "常客"})


def test_types_and_order_of_numbers_are_told() -> None:
    mapping = parse_mapping(["number2:home=a", "number:mobile=b", "number3=单位"])
    (lead,) = map(accepted, read("a,b,单位\n021-68881234,13800138000,021-68881235\n", mapping))
    assert lead.numbers == (("mobile", "+8613800138000"), ("home", "+862168881234"), ("work", "+862168881235"))


@pytest.mark.parametrize(("item", "words"), [
    ("number:car=手机", "mobile, home, work"),
    ("name2=姓名", "only number"),
    ("source", "ROLE=COLUMN"),
])  # fmt: skip
def test_a_mapping_that_is_not_understood_says_what_would_be(item: str, words: str) -> None:
    with pytest.raises(ListError, match=words):
        parse_mapping([item])


def test_one_role_for_one_column() -> None:
    with pytest.raises(ListError, match="source can be one column only"):
        parse_mapping(["source=a", "source=b"])
    with pytest.raises(ListError, match="cannot be both number and name"):
        resolve(["a"], parse_mapping(["number=a", "name=a"]))


def test_a_mapping_is_kept_and_applied_to_the_next_list() -> None:
    first = resolve(["客户", "手机", "电话2", "来源"], parse_mapping(["number2:work=电话2", "number=手机"]))
    kept = parse_mapping(first.mapping().items(), lenient=True)
    assert kept == first.mapping()
    following = resolve(["来源", "手机", "客户", "新的"], kept)
    assert following.missing == ("电话2",)
    assert following.roles() == {"来源": "source", "手机": "number", "客户": "name", "新的": "field"}
    with pytest.raises(ListError, match=r"no column holds telephone numbers \(missing: 手机, 电话2"):
        resolve(["来源", "客户"], kept)


def test_what_is_told_for_one_list_wins_over_the_kept_mapping() -> None:
    kept = parse_mapping(["number=手机", "name=客户", "source=渠道"], lenient=True)
    found = resolve(["手机", "备用", "客户", "渠道"], kept.under(parse_mapping(["number=备用", "segment=渠道"])))
    assert found.roles() == {"手机": "field", "备用": "number", "客户": "name", "渠道": "segment"}


def test_a_missing_column_that_was_told_is_refused() -> None:
    with pytest.raises(ListError, match="mapping name=谁: there is no such column; the columns are 手机"):
        resolve(["手机"], parse_mapping(["name=谁"]))


@pytest.mark.parametrize(("column", "text", "code"), [
    ("预期价值", "viel", Reason.VALUE),
    ("优先级", "hoch", Reason.PRIORITY),
    ("国家", "Atlantis", Reason.COUNTRY_UNKNOWN),
    ("时区", "Mars/Base", Reason.TIME_ZONE_UNKNOWN),
])  # fmt: skip
def test_a_value_that_is_not_understood_is_refused_by_column_and_leaves_the_number_to_others(
    column: str, text: str, code: Reason
) -> None:
    wrong, right = read(f"手机,{column}\n13800138000,{text}\n13800138000,\n")
    assert (refused(wrong).column, refused(wrong).value, refused(wrong).code) == (column, text, code)
    assert accepted(right).numbers


def test_the_country_of_the_row_reads_its_number() -> None:
    german, english = map(accepted, read("phone,country\n030 123456,Deutschland\n020 7946 0958,GB\n"))
    assert (german.numbers[0][1], german.country, german.time_zone) == ("+4930123456", "DE", "Europe/Berlin")
    assert (english.numbers[0][1], english.time_zone) == ("+442079460958", "Europe/London")


def test_the_region_tells_the_zone_where_a_country_keeps_several() -> None:
    rows = read("phone,state\n2125550123,CA\n2125550124,Hawaii\n2125550125,Texas\n", country="US")
    california, hawaii, texas = map(accepted, rows)
    assert (california.time_zone, hawaii.time_zone) == ("America/Los_Angeles", "Pacific/Honolulu")
    assert texas.time_zone == "America/New_York"
    assert [remark.code for remark in texas.remarks] == [Reason.REGION_UNKNOWN]
    assert california.fields == {"state": "CA"}


@pytest.mark.parametrize(("text", "country"), [
    ("cn", "CN"), ("中国", "CN"), ("U.S.A.", "US"), ("+86", "CN"), ("0049", "DE"), ("1", ""), ("nowhere", ""), ("", ""),
])  # fmt: skip
def test_countries_by_code_name_and_calling_code(text: str, country: str) -> None:
    assert country_of(text) == country


def test_regions_of_countries_with_one_time_are_not_needed() -> None:
    assert zone_of_region("CN", "广东") == ""
    assert zone_of_region("AU", "wa") == "Australia/Perth"


@pytest.mark.parametrize(("encoding", "country", "name"), [
    ("cp1252", "DE", "Müller"), ("cp1251", "RU", "Иванов"), ("big5", "TW", "陳美玲"), ("cp932", "JP", "鈴木さくら"),
    ("gb18030", "US", "王小芳"), ("utf-16", "CN", "王芳"), ("utf-8-sig", "DE", "Müller"),
])  # fmt: skip
def test_lists_of_other_countries_in_their_own_encodings(encoding: str, country: str, name: str) -> None:
    (lead,) = map(accepted, read(f"name;phone\r\n{name};+86 13800138000\r\n", country=country, encoding=encoding))
    assert lead.name == name


def test_half_a_character_of_utf_16_costs_one_row() -> None:
    data = "手机,备注\n13800138000,好\n13800138001,".encode("utf-16") + b"\x00\xd8"
    source = CsvSource([data], survey([data]))
    good, broken = ListReader(source, ColumnMapping(), country="CN").rows()
    assert accepted(good).fields == {"备注": "好"}
    assert refused(broken).code is Reason.ENCODING


def test_the_report_adds_up_by_source() -> None:
    tally = Tally()
    rows = read(
        "手机,座机,来源\n13800138000,无,web\n13800138000,,web\n12,,fair\n13800138001,,\n", list_source="the whole list"
    )
    tally.accept([row for row in rows if isinstance(row, AcceptedRow)])
    tally.refuse([row for row in rows if isinstance(row, RefusedRow)])
    report = tally.report(file_name="x.csv", columns={})
    assert report.quality.plain() == {
        "rows": 4, "usable": 2, "duplicates": 1, "refused": 1, "data_qualified_rate": 0.5,
    }  # fmt: skip
    assert {source: quality.plain()["rows"] for source, quality in report.by_source.items()} == {
        "web": 2, "fair": 1, "the whole list": 1,
    }  # fmt: skip
    assert report.by_source["web"].data_qualified_rate == 0.5
    assert report.refusals == {"number_length": 1}
    assert report.duplicates_by == {"duplicate_in_file": 1}
    assert report.spare_numbers == {"number_characters": 1}


def test_a_list_with_a_source_for_every_row_is_counted_in_bounded_memory() -> None:
    tally = Tally()
    row = accepted(read("手机\n13800138000\n")[0])
    tally.accept([row._replace(source=f"s{number}") for number in range(3000)])
    report = tally.report(file_name="x.csv", columns={})
    assert len(report.by_source) == 1001
    assert sum(quality.rows for quality in report.by_source.values()) == 3000


@pytest.mark.parametrize("value", ["=cmd|' /C calc'!A0", "@SUM(1)", "+1+cmd", "-2+3+cmd", "\t=1", "'=1", "＝1"])
def test_formulas_are_kept_from_running(value: str) -> None:
    assert defused(value).startswith("'")
    assert restored(defused(value)) == value


@pytest.mark.parametrize("value", ["+86 138-0013-8000", "-5", "王芳", "'13800138000", "", "O'Neill"])
def test_numbers_and_words_are_left_alone(value: str) -> None:
    assert defused(value) == value == restored(value)


@given(st.text(alphabet="'=+-@1a\t ", max_size=8))
def test_nothing_is_lost_on_the_way_out_and_back(value: str) -> None:
    assert restored(defused(value)) == value


def test_a_file_of_refused_rows_comes_back_as_it_was() -> None:
    (row,) = map(accepted, read("手机,备注,line,column,reason\n13800138000,'=1+1,2,手机,too short\n"))
    assert row.fields == {"备注": "=1+1"}
