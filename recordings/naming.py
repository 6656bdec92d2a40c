"""Where a recording lies. Made of ids and the date only: a path must never tell who was called."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Final, Literal

RecordingFormat = Literal["opus", "wav"]
Side = Literal["customer", "agent"]

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def checked_id(recording_id: str) -> str:
    """The id, if it may be part of a file name; ValueError otherwise."""
    if not _ID.fullmatch(recording_id):
        raise ValueError(f"recording id {recording_id!r}: letters, digits, '-' and '_' only, at most 64")
    return recording_id


def relative_path(
    recording_id: str, campaign_id: int, at: datetime, extension: RecordingFormat = "opus"
) -> PurePosixPath:
    """`2026/11/22/c000012/<id>.opus`, by the UTC date of `at` (aware)."""
    if at.tzinfo is None:
        raise ValueError("a recording is filed by an aware time, not a naive one")
    if campaign_id < 0:
        raise ValueError(f"campaign id {campaign_id}: must not be negative")
    day = at.astimezone(UTC)
    return PurePosixPath(f"{day:%Y/%m/%d}") / f"c{campaign_id:06d}" / f"{checked_id(recording_id)}.{extension}"


def raw_name(recording_id: str, side: Side) -> str:
    """As the line worker names the two mono files it writes."""
    return f"{checked_id(recording_id)}.{side}.wav"


def in_format(path: PurePosixPath, extension: RecordingFormat) -> PurePosixPath:
    return path.with_suffix(f".{extension}")


def recording_of(raw: str) -> str | None:
    """The recording a raw file belongs to; None for any other file."""
    recording_id, _, rest = raw.partition(".")
    return recording_id if rest in ("customer.wav", "agent.wav") and _ID.fullmatch(recording_id) else None
