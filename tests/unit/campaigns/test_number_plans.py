"""The patterns of a numbering plan and the library itself: two ways to the same number."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.importing.errors import Reason, Refusal
from campaigns.importing.numbers import normalise, normalise_unusual
from campaigns.importing.plan import Number, plan_of

COUNTRIES = sorted(phonenumbers.SUPPORTED_REGIONS)
KINDS = ("fixed_line", "mobile", "toll_free", "voip", "uan", "premium_rate", "shared_cost", "personal_number")


def examples(country: str) -> list[str]:
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(country)
    described = [getattr(metadata, kind) for kind in KINDS]
    return [its.example_number for its in described if its is not None and its.example_number]


def said(text: str, country: str) -> Number | tuple[Reason, str]:
    try:
        return normalise_unusual(text, country)
    except Refusal as refusal:
        return refusal.code, refusal.text


EXAMPLES = {country: examples(country) for country in COUNTRIES}


def test_every_kind_of_number_of_every_country_is_read_as_the_library_reads_it() -> None:
    for country, nationals in EXAMPLES.items():
        plan = plan_of(country)
        assert plan is not None
        code = str(phonenumbers.country_code_for_region(country))
        for national in nationals:
            for written in (national, "0" + national, code + national, f"+{code}{national}", f"00{code}{national}"):
                found = plan.read(written)
                assert found is None or found == said(written, country), (country, written)


@st.composite
def numbers(draw: st.DrawFn) -> tuple[str, str]:
    """Numbers as somebody might write them: right, nearly right and wrong."""
    country = draw(
        st.sampled_from([*["CN", "US", "GB", "DE", "IT", "CA", "RU", "KZ", "AU", "BR", "MX", "AR"], *COUNTRIES])
    )
    digits = list(draw(st.sampled_from(EXAMPLES[country])))
    for position in draw(st.lists(st.integers(0, len(digits) - 1), max_size=4)):
        digits[position] = draw(st.sampled_from("0123456789"))
    if draw(st.booleans()):
        digits.insert(draw(st.integers(1, len(digits))), draw(st.sampled_from([" ", "-", " (", ") ", "5", "--"])))
    code = str(phonenumbers.country_code_for_region(country))
    before = st.sampled_from(["", "", "", "0", "1", "8", "00", "+", code, f"+{code}", f"00{code}", f"+{code}0", "011"])
    return draw(before) + "".join(digits), country


@given(numbers())
@settings(max_examples=250, deadline=None)
def test_the_quick_way_never_says_anything_else_than_the_library(written: tuple[str, str]) -> None:
    """Number, country, time zone and type."""
    plan = plan_of(written[1])
    assert plan is not None
    found = plan.read(written[0])
    assert found is None or found == said(*written)


@pytest.mark.parametrize(("country", "written"), [
    ("CN", "13800138000"), ("CN", "021-68881234"), ("CN", "010 6552 9988"), ("CN", "8613800138000"),
    ("CN", "+86 138 0013 8000"), ("CN", "008613800138000"), ("US", "(212) 555-0123"), ("US", "+1 212 555 0123"),
    ("US", "12125550123"), ("GB", "07400 123456"), ("DE", "030 123456"), ("CA", "416 555 0123"), ("IT", "02 1234 5678"),
])  # fmt: skip
def test_what_lists_are_full_of_goes_the_quick_way(country: str, written: str) -> None:
    plan = plan_of(country)
    assert plan is not None
    assert plan.read(written) == normalise(written, country)


@pytest.mark.parametrize("written", ["1.38E+10", "1380000000", "+44 20 7946 0958", "12", "", "13800138000" * 7, "手机"])
def test_whatever_is_unusual_is_left_to_the_library(written: str) -> None:
    plan = plan_of("CN")
    assert plan is not None
    assert plan.read(written) is None
