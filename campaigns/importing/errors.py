"""Why a row, or a whole list, is refused."""

from __future__ import annotations

from enum import StrEnum


class ListError(ValueError):
    """The whole file cannot be read; the message says why, where and what to do. `field`: file or mapping."""

    def __init__(self, message: str, *, field: str = "file") -> None:
        super().__init__(message)
        self.field = field


class Reason(StrEnum):
    """Stable codes for counting; the sentence beside a refused row is for people."""

    ENCODING = "encoding"
    NUL = "nul"
    TOO_LONG = "too_long"
    QUOTING = "quoting"
    COLUMN_COUNT = "column_count"
    NUMBER_MISSING = "number_missing"
    NUMBER_ROUNDED = "number_rounded"
    NUMBER_EXTENSION = "number_extension"
    NUMBER_SEVERAL = "number_several"
    NUMBER_CHARACTERS = "number_characters"
    NUMBER_LENGTH = "number_length"
    NUMBER_INVALID = "number_invalid"
    NUMBER_PREMIUM = "number_premium"
    TIME_ZONE_UNKNOWN = "time_zone_unknown"
    REGION_UNKNOWN = "region_unknown"
    COUNTRY_UNKNOWN = "country_unknown"
    PRIORITY = "priority"
    VALUE = "value"
    CELL_ERROR = "cell_error"
    CELL_ROUNDED = "cell_rounded"
    DUPLICATE_IN_FILE = "duplicate_in_file"
    DUPLICATE_IN_CAMPAIGN = "duplicate_in_campaign"
    DUPLICATE_IN_RUNNING = "duplicate_in_running"
    DUPLICATE_RECENT = "duplicate_recent"


class Refusal(Exception):
    """A value that cannot be used, raised and caught inside the package."""

    def __init__(self, code: Reason, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
