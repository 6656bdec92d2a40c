"""What people write into the telephone column, as E.164, or the reason why not."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

from campaigns.importing.errors import Reason, Refusal
from campaigns.importing.plan import LONGEST, Number, plan_of
from campaigns.importing.zones import zone_of

_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SPREADSHEET_TEXT: Final = re.compile(r'^=?"(.*)"$')  # ="13800000000" keeps a spreadsheet from rounding
_ROUNDED: Final = re.compile(r"^[+-]?\d+(?:[.,]\d+)?E[+-]?\d+$", re.IGNORECASE)
_WHOLE: Final = re.compile(r"^(\+?\d+)\.0+$")  # a number cell exported as a decimal
_EXTENSION: Final = re.compile(r"(?:ext\.?|extension|x|#|;|,|转|轉|分机|分機|내선)\s*\.?\s*\d{1,7}$", re.IGNORECASE)
_SEVERAL: Final = re.compile(r"\d{5}\s*[/;,、|\n]\s*\+?\(?\d{5}")
_WRITTEN: Final = re.compile(r"[0-9 ().\-/+]+")
_DASHES: Final = str.maketrans({dash: "-" for dash in "‐‑‒–—―−－ー"} | {"\u00a0": " ", "\t": " "})


def normalise(raw: str, country: str) -> Number:
    """Raises `Refusal`."""
    plan = plan_of(country)
    return (plan.read(raw) if plan is not None else None) or normalise_unusual(raw, country)


def normalise_unusual(raw: str, country: str) -> Number:
    """As `normalise`, by the library alone: every number, an order of magnitude slower."""
    text = _cleaned(raw)
    if text.startswith("00"):
        text = "+" + text[2:]
    elif text.startswith("(+") or text.startswith("+ "):
        text = "+" + text.lstrip("(+ ")
    try:
        parsed = phonenumbers.parse(text, country)
    except NumberParseException as error:
        raise Refusal(Reason.NUMBER_INVALID, _PARSE_WORDS.get(error.error_type, "not a telephone number")) from error
    return _accepted(parsed, country)


def _accepted(parsed: phonenumbers.PhoneNumber, country: str) -> Number:
    kind = phonenumbers.number_type(parsed)
    if kind == PhoneNumberType.UNKNOWN:
        possible = phonenumbers.is_possible_number_with_reason(parsed)
        if words := _LENGTH_WORDS.get(possible):
            raise Refusal(Reason.NUMBER_LENGTH, words)
        raise Refusal(Reason.NUMBER_INVALID, f"not in use as a telephone number (read as one of {country})")
    if kind == PhoneNumberType.PREMIUM_RATE:
        raise Refusal(Reason.NUMBER_PREMIUM, "a premium rate number, which costs the caller extra")
    region = phonenumbers.region_code_for_number(parsed) or ""
    e164 = f"+{parsed.country_code}{phonenumbers.national_significant_number(parsed)}"
    return Number(e164, region if region.isalpha() else "", zone_of(parsed), kind)


def _cleaned(raw: str) -> str:
    if len(raw) > LONGEST:
        raise Refusal(Reason.NUMBER_LENGTH, f"longer than {LONGEST} characters")
    if raw.isascii() and raw.isdigit():
        return raw
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", raw)).translate(_DASHES).strip()
    text = text.lstrip("'’‘`").strip()
    text = _SPREADSHEET_TEXT.sub(r"\1", text).strip()
    text = _WHOLE.sub(r"\1", text)
    text = text.removeprefix("tel:")
    if not text:
        raise Refusal(Reason.NUMBER_MISSING, "no number")
    if _ROUNDED.match(text):
        raise Refusal(
            Reason.NUMBER_ROUNDED,
            "a spreadsheet has rounded this number; format the column as text and export it again",
        )
    if _SEVERAL.search(text):
        raise Refusal(Reason.NUMBER_SEVERAL, "more than one number in a cell; give each its own column")
    if _EXTENSION.search(text):
        raise Refusal(Reason.NUMBER_EXTENSION, "has an extension; only numbers that can be dialled directly")
    if not _WRITTEN.fullmatch(text):
        found = next(character for character in text if not _WRITTEN.fullmatch(character))
        raise Refusal(Reason.NUMBER_CHARACTERS, f"contains {found!r}, which no telephone number has")
    return text


_PARSE_WORDS: Final = {
    NumberParseException.INVALID_COUNTRY_CODE: "the country code after '+' or '00' is not known",
    NumberParseException.NOT_A_NUMBER: "not a telephone number",
    NumberParseException.TOO_SHORT_AFTER_IDD: "too short after the international prefix",
    NumberParseException.TOO_SHORT_NSN: "too short",
    NumberParseException.TOO_LONG: "too long",
}
_LENGTH_WORDS: Final = {
    phonenumbers.ValidationResult.TOO_SHORT: "too short",
    phonenumbers.ValidationResult.TOO_LONG: "too long",
    phonenumbers.ValidationResult.INVALID_LENGTH: "a length that no number of this country has",
    phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "the area code is missing",
}
