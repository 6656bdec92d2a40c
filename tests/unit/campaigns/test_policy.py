"""Policy packs: data that a campaign can tighten and never loosen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from campaigns.policy import Policy, PolicyError, limits, parse_policy, strictest
from campaigns.windows import is_open
from dialer.errors import Invalid
from dialer.policies import PolicyBook
from tests.unit.campaigns.builders import BOOK, CALENDARS, at, pack, settings

TEXT = """
name = "test"
title = "Test"
version = 1
source = "nobody"
checked_on = 2026-11-01
countries = ["DE"]

[[windows]]
days = ["mon"]
from = 09:00:00
to = 20:00:00
"""
SHIPPED = [pack(name) for name in BOOK.names()]


def test_the_packs_that_ship() -> None:
    assert BOOK.names() == ["au", "cn", "cn-debt", "default", "fr", "gb", "in", "kr", "sg", "us", "us-fl-ok"]
    for shipped in SHIPPED:
        assert shipped.source.strip()
        assert shipped.duties
        assert time(8) <= shipped.wall_from < shipped.wall_to <= time(21)
        assert not any("sun" in window.days for window in shipped.windows)
        assert (shipped.number_per_24h, shipped.abandon_limit_s) == (3, 2.0)


def test_the_figures_of_single_countries() -> None:
    us, strict, gb, fr = pack("us"), pack("us-fl-ok"), pack("gb"), pack("fr")
    assert (us.wall_from, us.wall_to, us.min_ring_s) == (time(8), time(21), 15)
    assert us.records_days_min == 5 * 365
    assert strict.wall_to == time(20)
    assert (gb.abandon_lockout, gb.abandon_rate_max) == (timedelta(hours=72), 0.0)
    assert (fr.number_per_30d, fr.refusal_lockout, fr.windows_bind) == (4, timedelta(days=60), True)
    assert pack("cn").recording_days_min == 30
    assert pack("cn").abandon_rate_max == 0.0


def test_the_default_pack_leaves_out_exactly_the_countries_with_one_of_their_own() -> None:
    own = {country for shipped in SHIPPED for country in shipped.countries}
    assert set(pack("default").except_countries) == own
    assert pack("default").covers("DE")
    assert not pack("default").covers("FR")
    assert not pack("default").covers("")


@pytest.mark.parametrize(("change", "words"), [
    (("version = 1", "version = 0"), "version"),
    (("from = 09:00:00", 'from = "soon"'), "windows.0.from"),
    (('countries = ["DE"]', 'countries = ["Germany"]'), "countries.0"),
    (('name = "test"', 'name = "test"\nwall = 1'), "wall: Extra"),
    (('name = "test"', 'name = "test"\nwall_to = 07:00:00'), "later than wall_from"),
    (("to = 20:00:00", "to = 08:00:00"), "split a window"),
    (('name = "test"', "name = "), "not valid TOML"),
    (('name = "test"', 'name = "test"\nrecording_days_min = 365'), "recording_days_max"),
    (('name = "test"', 'name = "test"\nholidays = "sometimes"'), "holidays: Input should be"),
])  # fmt: skip
def test_a_wrong_pack_is_refused_by_the_name_of_its_field(change: tuple[str, str], words: str) -> None:
    with pytest.raises(PolicyError, match=words):
        parse_policy(TEXT.replace(*change))


def test_the_country_decides_and_a_named_pack_only_adds() -> None:
    assert BOOK.of(settings()).name == "cn"
    assert BOOK.of(settings(country="DE")).name == "default"
    florida = BOOK.of(settings(country="US", policy="us-fl-ok"))
    assert (florida.wall_to, florida.covers("US")) == (time(20), True)
    sneaky = BOOK.of(settings(country="GB", policy="us"))
    assert sneaky.abandon_lockout == timedelta(hours=72)
    assert sneaky.abandon_rate_max == 0.0
    foreign = BOOK.of(settings(country="CN"), "FR")
    assert foreign.name == "fr"


def test_an_unknown_pack_is_refused_with_those_there_are() -> None:
    with pytest.raises(Invalid, match="choose one of au, cn, cn-debt"):
        BOOK.of(settings(policy="nowhere"))


def test_the_rehearsal_pack_is_only_for_simulated_carriers() -> None:
    with pytest.raises(Invalid):
        BOOK.of(settings(policy="rehearsal"))
    rehearsal = PolicyBook.load(rehearsal=True).of(settings())
    assert rehearsal.rehearsal
    assert is_open((), "Asia/Shanghai", at("2026-11-29 03:00"), rehearsal)


def test_a_site_can_bring_its_own_packs(tmp_path: Path) -> None:
    (tmp_path / "de.toml").write_text(TEXT.replace('"test"', '"de"'), "utf-8")
    assert PolicyBook.load(tmp_path).of(settings(country="DE")).name == "de"
    (tmp_path / "broken.toml").write_text("name = ", "utf-8")
    with pytest.raises(PolicyError, match=r"broken\.toml"):
        PolicyBook.load(tmp_path)


def test_of_settings_and_pack_the_stricter_holds() -> None:
    loose = limits(settings(ring_time_s=20, abandon_limit_s=9.0, caps={"number_per_24h": 20}), pack("cn"))
    assert (loose.ring_time_s, loose.abandon_limit_s, loose.number_per_24h) == (20, 2.0, 3)
    tight = limits(settings(abandon_limit_s=1.0, caps={"number_per_24h": 1, "number_per_30d": 2}), pack("cn"))
    assert (tight.abandon_limit_s, tight.number_per_24h, tight.number_per_30d) == (1.0, 1, 2)


packs = st.sampled_from(SHIPPED)
moments = st.integers(0, 4 * 365 * 24 * 4).map(lambda quarter: at("2024-01-01 00:00") + timedelta(minutes=15 * quarter))


@given(packs, packs, moments, st.sampled_from(["Asia/Shanghai", "Europe/Paris", "America/New_York"]))
@profile(max_examples=150, deadline=None)
def test_two_packs_together_allow_only_what_both_allow(one: Policy, other: Policy, now, tz: str) -> None:
    """Under the calendar of the called country, which is the same for both."""
    one, other = replace(one, calendar=CALENDARS.of("CN")), replace(other, calendar=CALENDARS.of("CN"))
    both = strictest(one, other)
    if is_open((), tz, now, both):
        assert is_open((), tz, now, one)
        assert is_open((), tz, now, other)
    assert both.number_per_30d == min(one.number_per_30d, other.number_per_30d)
    assert both.label == (one.label if one == other else f"{one.label} + {other.label}")
    assert all(one.holidays_closed(wanted) <= both.holidays_closed(wanted) for wanted in (True, False))
    assert both.abandon_lockout >= max(one.abandon_lockout, other.abandon_lockout)
    assert both.checked_on <= min(one.checked_on, other.checked_on) <= date(2026, 11, 30)
