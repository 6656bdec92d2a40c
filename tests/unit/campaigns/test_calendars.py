"""Public holidays, make-up working days and hours of single dates; a year nobody has announced is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from campaigns.calendars import CalendarError, parse_table
from campaigns.calling_time import calling_time
from campaigns.campaign import CampaignSettings
from campaigns.policy import Policy
from campaigns.verdict import verdict
from campaigns.windows import is_open, last_day_over, next_opening
from dialer.calendars import CalendarBook, packaged
from dialer.policies import PolicyBook
from tests.examples import EXAMPLES
from tests.unit.campaigns.builders import SHANGHAI, WITHOUT_HOLIDAYS, at, dossier, lead, local, pack, settings

PARIS, SYDNEY = "Europe/Paris", "Australia/Sydney"
REAL = PolicyBook.load()
NATIONAL_DAY = "2026-10-01"  # a Thursday


def opened(plan: CampaignSettings, when: str, tz: str = SHANGHAI, policy: Policy | None = None) -> bool:
    return is_open(plan.schedule, tz, at(when, tz), policy or REAL.of(plan))


def test_the_chinese_year_of_the_table_is_the_one_of_the_package() -> None:
    shipped, package = CalendarBook.load().of("CN"), packaged("CN")[2026]
    assert {day for day in shipped.holidays if day.year == 2026} == set(package.closed)
    assert {day for day in shipped.working if day.year == 2026} == package.working
    assert date(2026, 2, 17) in shipped.holidays  # the lunar new year
    assert "chinesecalendar" in shipped.sources[2025]
    assert "table" in shipped.sources[2026]


def test_what_is_announced_or_estimated_is_not_known_before_its_time() -> None:
    book = CalendarBook.load()
    assert book.of("CN").covered_until(date(2026, 11, 22)) == date(2026, 12, 31)
    assert book.of("CN").covered_until(date(2027, 1, 1)) is None
    assert not book.of("TW").covers(2027)  # working days are moved by the government
    assert not book.of("IN").covers(2027)  # by the moon
    assert book.of("FR").covers(2027)
    assert not book.of("XX").sources


def test_a_make_up_sunday_is_a_working_day_and_a_holiday_is_not() -> None:
    plan = settings()
    assert not opened(plan, f"{NATIONAL_DAY} 10:00")
    assert opened(plan, "2026-09-20 19:00")  # a Sunday, worked for the national day
    assert not opened(plan, "2026-09-13 11:00")  # any other Sunday
    assert local(next_opening(plan.schedule, SHANGHAI, at("2026-09-30 20:00"), REAL.of(plan))) == "2026-10-08 09:00"


def test_a_campaign_may_call_on_holidays_where_the_pack_does_not_forbid_it() -> None:
    keen = settings(public_holidays=True)
    assert opened(keen, f"{NATIONAL_DAY} 10:00")
    french = settings(country="FR", public_holidays=True)
    assert not opened(french, "2026-07-14 11:00", PARIS)
    assert opened(french, "2026-07-15 11:00", PARIS)


def test_the_hours_of_a_date_replace_the_weekdays_but_not_the_wall_the_holiday_or_the_forbidden_day() -> None:
    plan = settings(
        date_windows=[
            {"date": "2026-11-24", "ranges": [["07:00", "09:30"], ["20:30", "23:00"]]},
            {"date": "2026-11-25", "ranges": []},
            {"date": "2026-11-29", "ranges": [["10:00", "11:00"]]},  # a Sunday
            {"date": NATIONAL_DAY, "ranges": [["10:00", "11:00"]]},
        ]
    )
    times = ("07:30", "08:30", "09:45", "20:45", "21:30")
    assert [opened(plan, f"2026-11-24 {time}") for time in times] == [False, True, False, True, False]
    assert not opened(plan, "2026-11-25 10:00")
    assert opened(plan, "2026-11-29 10:30")
    assert not opened(plan, f"{NATIONAL_DAY} 10:30")
    assert opened(plan.model_copy(update={"public_holidays": True}), f"{NATIONAL_DAY} 10:30")
    sunday = settings(country="AU", date_windows=[{"date": "2026-11-29", "ranges": [["10:00", "11:00"]]}])
    assert not opened(sunday, "2026-11-29 10:30", SYDNEY)


def test_where_the_packs_hours_are_law_a_date_is_open_only_inside_them() -> None:
    plan = settings(country="FR", date_windows=[{"date": "2026-11-24", "ranges": [["10:00", "20:00"]]}])
    assert [opened(plan, f"2026-11-24 {time}", PARIS) for time in ("12:30", "13:30", "14:30")] == [True, False, True]


@pytest.mark.parametrize(("dates", "words"), [
    ([{"date": "2026-11-24", "ranges": [["10:00", "09:00"]]}], "later than"),
    ([{"date": "2026-11-24"}, {"date": "2026-11-24"}], "named twice"),
    ([{"date": "2026-11-24", "ranges": [["10:00+08:00", "11:00"]]}], "UTC offset"),
])  # fmt: skip
def test_wrong_dates_are_refused(dates: list[dict[str, object]], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        settings(date_windows=dates)


def test_a_year_whose_holidays_nobody_knows_is_not_dialled_and_says_so() -> None:
    plan = settings()
    found = verdict(dossier(), plan, REAL.of(plan), at("2027-03-03 10:00"))
    holiday = next(result for result in found.rules if result.rule == "public_holiday")
    assert found.blocker == holiday
    assert "public holidays of CN for 2027 are not known; add them to calendars/cn.toml" in holiday.detail
    assert found.clears_at is None
    evening = verdict(dossier(), plan, REAL.of(plan), at("2026-12-31 20:30"))
    assert evening.blocker is not None
    assert "for 2027 are not known" in evening.blocker.detail
    assert verdict(dossier(), settings(public_holidays=True), REAL.of(plan), at("2027-03-03 10:00")).dialable


def test_the_verdict_names_the_holiday_and_when_it_is_over() -> None:
    plan = settings()
    found = verdict(dossier(of=lead(due_at=at("2026-09-01 09:00"))), plan, REAL.of(plan), at(f"{NATIONAL_DAY} 10:00"))
    assert found.blocker is not None
    assert (found.blocker.rule, found.blocker.value) == ("public_holiday", "National Day")
    assert local(found.clears_at) == "2026-10-08 09:00"
    working = verdict(dossier(), plan, REAL.of(plan), at("2026-11-23 10:00"))
    [rule] = [result for result in working.rules if result.rule == "public_holiday"]
    assert (rule.passed, rule.value, rule.detail) == (True, "no public holiday", "by table of 2026-11-22")


def test_a_site_adds_a_year_corrects_one_and_brings_a_country(tmp_path: Path) -> None:
    (tmp_path / "cn.toml").write_text(
        'country = "CN"\nsource = "notice"\nchecked_on = 2026-11-25\n'
        '[years.2027]\nworking = [2027-02-14]\nclosed = { "Spring Festival" = [2027-02-08] }\n'
        '[years.2026]\ncomplete = false\nopen = [2026-10-07]\nclosed = { "Stocktaking" = [2026-12-30] }\n',
        "utf-8",
    )
    book = PolicyBook.load(calendars=CalendarBook.load(tmp_path))
    plan, policy = settings(), book.of(settings())
    assert opened(plan, "2027-03-03 10:00", policy=policy)
    assert opened(plan, "2027-02-14 19:00", policy=policy)
    assert [opened(plan, f"{day} 10:00", policy=policy) for day in ("2027-02-08", "2026-10-06", "2026-12-30")] == [
        False, False, False,
    ]  # fmt: skip
    assert opened(plan, "2026-10-07 10:00", policy=policy)


def test_corrections_alone_do_not_make_a_year_known() -> None:
    head = 'country = "CN"\nsource = "x"\nchecked_on = 2026-11-25\n'
    text = head + "[years.2027]\ncomplete = false\nopen = [2027-01-01]\n"
    assert not CalendarBook([("own", text)]).of("CN").covers(2027)


@pytest.mark.parametrize(("text", "words"), [
    ('country = "China"', "country"),
    ('country = "CN"\nsource = "x"\nchecked_on = 2026-11-25\n[years.2027]\nworking = [2026-02-14]', "another year"),
    ('country = "CN"\nsource = "x"\nchecked_on = 2026-11-25\n[years.2027]\nworking = [2027-02-14]\n'
     'closed = { "A" = [2027-02-14] }', "both"),
    ("country = ", "not valid TOML"),
])  # fmt: skip
def test_a_wrong_table_is_refused_by_its_field(text: str, words: str) -> None:
    with pytest.raises(CalendarError, match=words):
        parse_table(text)


def test_the_last_day_is_over_first_where_the_sun_rises_first() -> None:
    zones = {SHANGHAI, "Asia/Tokyo", "Nowhere/Land"}
    first = last_day_over(date(2026, 11, 30), zones, at("2026-11-23 10:00"))
    assert first == at("2026-12-01 00:00", "Asia/Tokyo")
    assert last_day_over(date(2026, 11, 30), zones, first) == at("2026-12-01 00:00")
    assert last_day_over(date(2026, 11, 30), zones, at("2026-12-01 00:00")) is None


def test_a_copy_of_the_settings_has_the_hours_of_the_copy() -> None:
    plan = settings()
    assert not plan.schedule.public_holidays
    assert plan.model_copy(update={"public_holidays": True}).schedule.public_holidays


days = st.dates(date(2026, 1, 1), date(2026, 12, 31))
clock = st.times().map(lambda t: t.replace(second=0, microsecond=0))
ranges = st.lists(st.tuples(clock, clock).filter(lambda pair: pair[0] < pair[1]), max_size=3)
own_dates = st.lists(st.tuples(days, ranges), max_size=6, unique_by=lambda own: own[0])
PLACES = st.sampled_from(
    [("CN", SHANGHAI), ("FR", PARIS), ("AU", SYDNEY), ("US", "America/New_York"), ("DE", "Europe/Berlin")]
)


@given(own_dates, st.booleans(), PLACES, days, st.integers(0, 24 * 4 - 1))
@profile(max_examples=3 * EXAMPLES, deadline=None)
def test_a_day_is_open_exactly_as_the_plain_reading_of_the_rules_says(own, holidays, place, day, quarter) -> None:
    country, tz = place
    plan = settings(country=country, public_holidays=holidays, date_windows=[{"date": d, "ranges": r} for d, r in own])
    policy = REAL.of(plan)
    when = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(tz)).astimezone(UTC) + timedelta(minutes=15 * quarter)
    assert is_open(plan.schedule, tz, when, policy) == _plainly(plan, policy, when.astimezone(ZoneInfo(tz)))


def _plainly(plan: CampaignSettings, policy: Policy, then: datetime) -> bool:
    """Written from the words of the rule, without the ranges of the real thing."""
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    day, time, name = then.date(), then.time(), names[then.weekday()]
    if not policy.wall_from <= time < policy.wall_to or name in policy.forbidden_days:
        return False
    closed = policy.holidays == "forbidden" or not plan.public_holidays
    if closed and day in policy.calendar.holidays:
        return False
    own = next((dates.ranges for dates in plan.date_windows if dates.date == day), None)
    lawful = [(w.start, w.end) for w in policy.windows if name in w.days]
    if own is not None:
        inside = any(start <= time < end for start, end in own)
        return inside and (not policy.windows_bind or any(start <= time < end for start, end in lawful))
    if day in policy.calendar.working:
        lawful = [(w.start, w.end) for w in policy.windows if "mon" in w.days]
    return any(start <= time < end for start, end in lawful)


def test_without_a_calendar_nobody_is_called_where_holidays_matter() -> None:
    bare = replace(pack("us"), calendar=WITHOUT_HOLIDAYS.__class__(country="US"))
    assert next_opening((), "America/New_York", at("2026-11-23 10:00"), bare) is None


def test_a_state_rests_on_its_own_holiday_while_the_others_work() -> None:
    policy, cup = PolicyBook.load().country("AU"), at("2026-11-03 11:00", "Australia/Melbourne")  # a Tuesday
    policy = replace(policy, calendar=CalendarBook.load().of("AU"))
    schedule = settings().schedule
    assert not is_open(schedule, "Australia/Melbourne", cup, policy)
    assert is_open(schedule, "Australia/Brisbane", cup, policy)
    [holiday, _] = calling_time(schedule, "Australia/Melbourne", policy, cup)
    assert (holiday.passed, holiday.value) == (False, "Melbourne Cup Day (VIC)")
    opens = next_opening(schedule, "Australia/Melbourne", cup, policy)
    assert opens is not None
    assert opens.astimezone(ZoneInfo("Australia/Melbourne")).date() == date(2026, 11, 4)


def test_where_a_zone_holds_two_regions_it_rests_on_the_days_of_both() -> None:
    calendar = CalendarBook.load().of("AU").here("Australia/Sydney")
    assert calendar.holidays[date(2026, 3, 9)] == "Canberra Day (ACT)"
    assert calendar.holidays[date(2026, 10, 5)].startswith("Labor Day (")
    assert calendar.holidays[date(2026, 1, 26)] == "Australia Day"


def test_a_sites_table_of_a_whole_year_stands_alone() -> None:
    text = 'country = "AU"\nsource = "s"\nchecked_on = 2026-01-01\n[years.2026]\nclosed = { "Xmas" = [2026-12-25] }\n'
    calendar = CalendarBook([("own", text)]).of("AU").here("Australia/Melbourne")
    assert date(2026, 11, 3) not in calendar.holidays
    assert date(2027, 11, 2) in calendar.holidays
