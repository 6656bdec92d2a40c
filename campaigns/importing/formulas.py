"""Values that a spreadsheet would run as a formula, kept from running in the files we write, and put back on reading.

An apostrophe before the value does both: spreadsheets show such a value as text, and `restored` takes off exactly what
`defused` put there, so that a file of refused rows loses nothing on its way back. Numbers are left alone: +86 138... is
no formula.
"""

from __future__ import annotations

import re
from typing import Final

_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_NUMBER: Final = re.compile(r"[+-]?[0-9 ().\-/]*")


def defused(value: str) -> str:
    return "'" + value if _runs(value.lstrip("'")) else value


def restored(value: str) -> str:
    return value[1:] if value.startswith("'") and _runs(value.lstrip("'")) else value


def _runs(value: str) -> bool:
    return value.startswith(_STARTS) and not _NUMBER.fullmatch(value)
