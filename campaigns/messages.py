"""What a customer hears while nobody is free for him, and in which language."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

BUILT_IN_KEY: Final = "9"  # that the built-in messages name
LANGUAGES: Final = ("en", "zh")  # of the built-in messages
LANGUAGE: Final = r"^[a-z]{2,3}$"


class Use(StrEnum):
    MESSAGE = "message"  # safe harbour: nobody is free, who called, how not to be called again
    CONFIRMATION = "confirmation"  # he will not be called again
    WAITING = "waiting"  # until an agent is free or the message begins; nothing unless there is one


LONGEST_S: Final[Mapping[Use, float]] = {Use.MESSAGE: 20.0, Use.CONFIRMATION: 10.0, Use.WAITING: 60.0}

# "message.zh" -> SHA-256 of a sound on the site
Messages = dict[
    Annotated[str, Field(pattern=r"^(message|confirmation|waiting)\.[a-z]{2,3}$")],
    Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")],
]

_OF_COUNTRY: Final[Mapping[str, str]] = {
    country: language
    for language, countries in {
        "zh": "CN HK MO SG TW", "de": "AT DE LI", "fr": "FR MC", "es": "AR CL CO EC ES MX PE UY VE", "it": "IT SM",
        "pt": "AO BR MZ PT", "ja": "JP", "ko": "KR", "ru": "BY KZ RU", "nl": "NL", "pl": "PL", "tr": "TR", "sv": "SE",
        "da": "DK", "no": "NO", "fi": "FI", "cs": "CZ", "el": "GR", "hu": "HU", "ro": "RO", "th": "TH", "vi": "VN",
        "id": "ID", "ms": "MY", "ar": "AE BH EG JO KW OM QA SA", "he": "IL", "uk": "UA",
    }.items()
    for country in countries.split()
}  # fmt: skip
_NAMES: Final[Mapping[str, str]] = {
    "chinese": "zh", "mandarin": "zh", "cantonese": "zh", "中文": "zh", "汉语": "zh", "普通话": "zh", "粤语": "zh",
    "english": "en", "英语": "en", "英文": "en", "german": "de", "deutsch": "de", "德语": "de", "french": "fr",
    "français": "fr", "法语": "fr", "spanish": "es", "español": "es", "西班牙语": "es", "japanese": "ja", "日语": "ja",
    "korean": "ko", "韩语": "ko", "russian": "ru", "俄语": "ru",
}  # fmt: skip
_FIELDS: Final = ("language", "Language", "lang", "语言", "语种")


def languages(fields: Mapping[str, str], country: str, campaign_country: str) -> tuple[str, ...]:
    """Of one customer, best first: what his list says, his country's, the campaign's country's, English."""
    said = next((fields[name] for name in _FIELDS if fields.get(name)), "")
    found = (_code(said), _OF_COUNTRY.get(country, ""), _OF_COUNTRY.get(campaign_country, ""), "en")
    return tuple(dict.fromkeys(language for language in found if language))


def _code(said: str) -> str:
    """`zh-CN`, `Chinese` or `中文` are all `zh`; "" where it names no language."""
    name = said.strip().lower()
    if name in _NAMES:
        return _NAMES[name]
    code = name.replace("_", "-").partition("-")[0]
    return code if 2 <= len(code) <= 3 and code.isascii() and code.isalpha() else ""


def own(messages: Mapping[str, str], use: Use, wanted: tuple[str, ...]) -> str | None:
    """The campaign's sound in the best language it has one in. It names the company: one in English is better than a
    built-in one in his own language."""
    return next((messages[f"{use}.{one}"] for one in wanted if f"{use}.{one}" in messages), None)


def built_in(use: Use, wanted: tuple[str, ...], key: str) -> str | None:
    """Name of a file in `dialer/sounds`; None: there is nothing to be heard."""
    language = next((one for one in wanted if one in LANGUAGES), LANGUAGES[0])
    if use is Use.WAITING:
        return None
    if use is Use.CONFIRMATION:
        return f"opted_out_{language}.wav"
    return f"safe_harbour_key_{language}.wav" if key == BUILT_IN_KEY else f"safe_harbour_{language}.wav"
