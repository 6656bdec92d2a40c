"""The common ways to write a number of the list's own country, read by patterns made from phonenumbers' metadata.

Whatever is not plain is left to the library, so both always say the same; a test compares them over every country.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from typing import Any, Final, NamedTuple

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumberType
from phonenumbers.tzdata import TIMEZONE_DATA

from campaigns.importing.zones import zone_of

LONGEST: Final = 64  # characters of a number as it is written
_MEMO: Final = 50_000  # time zones remembered by the first digits of a number
# In the order in which the library tries them.
_TYPES: Final = (
    ("premium_rate", PhoneNumberType.PREMIUM_RATE),
    ("toll_free", PhoneNumberType.TOLL_FREE),
    ("shared_cost", PhoneNumberType.SHARED_COST),
    ("voip", PhoneNumberType.VOIP),
    ("personal_number", PhoneNumberType.PERSONAL_NUMBER),
    ("pager", PhoneNumberType.PAGER),
    ("uan", PhoneNumberType.UAN),
    ("voicemail", PhoneNumberType.VOICEMAIL),
)


class Number(NamedTuple):
    """`country` is where the number belongs, ISO 3166-1 alpha-2, which need not be the list's; "" where nobody's.

    `zone` is "" where its digits leave several time zones with different times. `type` is a `PhoneNumberType`."""

    e164: str
    country: str
    zone: str
    type: int


_number: Final = partial(tuple.__new__, Number)  # half the time of a call with names, a million times over


@lru_cache(maxsize=32)
def plan_of(country: str) -> Plan | None:
    """None for a country without a numbering plan."""
    metadata = PhoneMetadata.metadata_for_region(country, None)
    return Plan(country, metadata) if metadata is not None else None


class Plan:
    """`read` is None for whatever is left to the library."""

    def __init__(self, country: str, metadata: Any) -> None:
        self._country = country
        self._code = str(metadata.country_code)
        regions = COUNTRY_CODE_TO_REGION_CODE[metadata.country_code]
        self._national = Stripping(metadata)
        self._abroad = Stripping(PhoneMetadata.metadata_for_region(regions[0], None))  # what the library uses after +
        self._idd = re.compile(metadata.international_prefix or "(?!)")
        told = (metadata.international_prefix, "00", self._code, metadata.national_prefix_for_parsing)
        self._prefixed = re.compile("|".join(f"(?:{prefix})" for prefix in told if prefix)).match
        self._types = Types(metadata)
        self._earlier = [_Claim(region) for region in regions[: regions.index(country)]]
        self._own = re.compile(metadata.leading_digits) if metadata.leading_digits else None
        longest = max((len(prefix) for prefix in TIMEZONE_DATA if prefix.startswith(self._code)), default=1)
        self._told = longest + 1  # characters of an E.164 number that tell its time zone
        self._zones: dict[tuple[str, int], str] = {}

    def read(self, text: str) -> Number | None:
        if not text.isascii():
            return None
        bare = text.isdigit() and self._prefixed(text) is None
        national = text if bare else self._national_part(text)
        if national is None or (kind := self._types.of(national)) is None or kind == PhoneNumberType.PREMIUM_RATE:
            return None
        if self._own is not None and not self._own.match(national):
            return None
        if self._earlier and any(claim.holds(national) for claim in self._earlier):
            return None
        e164 = f"+{self._code}{national}"
        zone = self._zones.get((e164[: self._told], kind))
        return _number((e164, self._country, self._zone(e164, kind) if zone is None else zone, kind))

    def _national_part(self, text: str) -> str | None:
        if text.isdigit():
            return self._after_plus(text[2:]) if text.startswith("00") else self._dialled(text)
        bare = text.replace("-", "").replace(" ", "").replace("(", "").replace(")", "")
        if len(text) > LONGEST or bare.startswith("00"):
            return None
        return self._after_plus(bare[1:]) if text.startswith("+") else self._dialled(bare)

    def _after_plus(self, digits: str) -> str | None:
        if not digits.isdigit() or not digits.startswith(self._code):
            return None
        return self._abroad.stripped(digits[len(self._code) :])

    def _dialled(self, digits: str) -> str | None:
        if not digits.isdigit() or self._idd.match(digits):
            return None
        if digits.startswith(self._code) and not self._national.viable(digits):
            rest = digits[len(self._code) :]
            return None if self._national.prefixed(rest) or not self._national.viable(rest) else rest
        return self._national.stripped(digits)

    def _zone(self, e164: str, kind: int) -> str:
        if len(self._zones) >= _MEMO:
            self._zones.clear()
        zone = zone_of(phonenumbers.parse(e164))
        self._zones[e164[: self._told], kind] = zone
        return zone


class Stripping:
    """National prefixes of a numbering plan, such as the 0 before area codes."""

    def __init__(self, metadata: Any) -> None:
        general = metadata.general_desc
        self._general = re.compile(general.national_number_pattern)
        self._lengths = frozenset(general.possible_length)
        prefix = metadata.national_prefix_for_parsing
        self.prefixed = re.compile(prefix or "(?!)").match
        self._transforms = bool(metadata.national_prefix_transform_rule)

    def viable(self, digits: str) -> bool:
        return self._general.fullmatch(digits) is not None

    def stripped(self, digits: str) -> str | None:
        found = self.prefixed(digits)
        if found is None:
            return digits if len(digits) in self._lengths else None
        if self._transforms:
            return None
        rest = digits[found.end() :]
        if self.viable(digits) and not self.viable(rest):
            rest = digits
        return rest if len(rest) in self._lengths else None


class Types:
    """Which type a national number has: one pattern for each length."""

    def __init__(self, metadata: Any) -> None:
        self._metadata = metadata
        self._by_length: dict[int, re.Pattern[str] | None] = {}

    def of(self, national: str) -> int | None:
        """None where no number looks like that."""
        try:
            pattern = self._by_length[len(national)]
        except KeyError:
            pattern = self._by_length[len(national)] = self._pattern(len(national))
        found = pattern.fullmatch(national) if pattern is not None else None
        return int(found.lastgroup[1:]) if found is not None and found.lastgroup else None

    def _pattern(self, length: int) -> re.Pattern[str] | None:
        general = _pattern_of(self._metadata.general_desc, length)
        kinds = list(self._kinds(length))
        if general is None or not kinds:
            return None
        return re.compile(f"(?=(?:{general})$)(?:" + "|".join(f"(?P<t{kind}>{its})" for kind, its in kinds) + ")")

    def _kinds(self, length: int) -> Iterator[tuple[int, str]]:
        metadata = self._metadata
        for name, kind in _TYPES:
            if (its := _pattern_of(getattr(metadata, name), length)) is not None:
                yield kind, its
        fixed, mobile = _pattern_of(metadata.fixed_line, length), _pattern_of(metadata.mobile, length)
        if metadata.same_mobile_and_fixed_line_pattern:
            mobile = fixed
        if fixed is not None and mobile is not None:
            yield PhoneNumberType.FIXED_LINE_OR_MOBILE, f"(?=(?:{mobile})$)(?:{fixed})"
        if fixed is not None:
            yield PhoneNumberType.FIXED_LINE, fixed
        if mobile is not None and mobile is not fixed:
            yield PhoneNumberType.MOBILE, mobile


class _Claim:
    """Of several countries with one country code, the library asks the better known first."""

    def __init__(self, country: str) -> None:
        metadata: Any = PhoneMetadata.metadata_for_region(country, None)
        self._leading = re.compile(metadata.leading_digits) if metadata.leading_digits else None
        self._types = Types(metadata)

    def holds(self, national: str) -> bool:
        if self._leading is not None:
            return self._leading.match(national) is not None
        return self._types.of(national) is not None


def _pattern_of(description: Any, length: int) -> str | None:
    if description is None or not description.national_number_pattern:
        return None
    lengths: Sequence[int] = description.possible_length
    return str(description.national_number_pattern) if not lengths or length in lengths else None
