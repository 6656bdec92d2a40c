"""The columns of a row that are not telephone numbers: each read, or refused with its reason."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from campaigns.importing.errors import Reason, Refusal
from campaigns.importing.regions import country_of
from campaigns.windows import zone

_MONEY: Final = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
_CURRENCIES: Final = "¥$€£元"


def priority(text: str) -> int:
    try:
        found = int(text)
    except ValueError:
        found = 1000
    if not -100 <= found <= 100:
        raise Refusal(Reason.PRIORITY, "priority is a whole number from -100 to 100")
    return found


def value(text: str) -> float:
    """Of an attempt, in the planner's currency."""
    plain = unicodedata.normalize("NFKC", text).strip().strip(_CURRENCIES + "¥").strip()
    if not _MONEY.fullmatch(plain) or len(plain) > 20:
        raise Refusal(Reason.VALUE, "the expected value is a number such as 1200 or 1,200.50")
    return float(plain.replace(",", ""))


def time_zone(text: str) -> str:
    if zone(text) is None:
        raise Refusal(Reason.TIME_ZONE_UNKNOWN, "no known time zone; write an IANA name such as Asia/Shanghai")
    return text


def country(text: str) -> str:
    if not (found := country_of(text)):
        raise Refusal(Reason.COUNTRY_UNKNOWN, "no known country; write its ISO code, such as CN")
    return found
