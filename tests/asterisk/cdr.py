"""Call detail records as docker/asterisk/etc/cdr_custom.conf writes them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

COLUMNS = (
    "sip_call_id", "called", "src", "channel", "start", "answer", "end", "disposition", "cause", "digits",
    "dstchannel", "uniqueid",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Cdr:
    """One call as Asterisk saw it.

    `cause` is the Q.850 cause it ended with, None when the caller hung up; `digits` what the collector heard.
    """

    sip_call_id: str
    called: str
    source: str
    channel: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime
    disposition: str  # ANSWERED, NO ANSWER, BUSY, FAILED, CONGESTION
    cause: int | None
    digits: str = ""

    @property
    def answered(self) -> bool:
        return self.answered_at is not None

    @property
    def talk_s(self) -> float:
        return (self.ended_at - self.answered_at).total_seconds() if self.answered_at else 0.0


def _moment(seconds: str) -> datetime | None:
    value = float(seconds or 0)
    return datetime.fromtimestamp(value, UTC) if value > 0 else None


def _certain(moment: datetime | None, line: int, column: str) -> datetime:
    if moment is None:
        raise ValueError(f"call record line {line}: {column} is empty")
    return moment


def parse(rows: list[str]) -> list[Cdr]:
    """Records from CSV lines; raises `ValueError` naming the line that does not fit."""
    found = []
    for line, fields in enumerate(csv.reader(rows), start=1):
        if len(fields) != len(COLUMNS):
            raise ValueError(f"call record line {line} has {len(fields)} fields instead of {len(COLUMNS)}: {fields}")
        row = dict(zip(COLUMNS, fields, strict=True))
        found.append(
            Cdr(
                sip_call_id=row["sip_call_id"],
                called=row["called"],
                source=row["src"],
                channel=row["channel"],
                started_at=_certain(_moment(row["start"]), line, "start"),
                answered_at=_moment(row["answer"]),
                ended_at=_certain(_moment(row["end"]), line, "end"),
                disposition=row["disposition"],
                cause=int(row["cause"] or 0) or None,
                digits=row["digits"],
            )
        )
    return found


def read(path: Path) -> list[Cdr]:
    """The finished records; a line that is just being written is left for the next time."""
    if not path.exists():
        return []
    whole, _, _ = path.read_text().rpartition("\n")
    return parse(whole.splitlines())
