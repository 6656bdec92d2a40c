"""The people of a list: what the bed makes of their numbers, and what the trade calls that."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from campaigns.attempt import AttemptOutcome

O = AttemptOutcome  # noqa: E741 - the tables of the stories read better
# One for every few hours around the globe.
ZONES: Final = (
    "Pacific/Auckland", "Australia/Sydney", "Asia/Tokyo", "Asia/Shanghai", "Asia/Dubai", "Europe/Berlin",
    "Atlantic/Azores", "America/Sao_Paulo", "America/New_York", "America/Los_Angeles", "Pacific/Honolulu",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """`outcome` is that of every attempt, of which there are `attempts`; `sip_status` None where we ended it ourselves
    or it was answered."""

    number: str
    name: str
    time_zone: str
    outcome: AttemptOutcome | None
    sip_status: int | None = None
    attempts: int = 1

    @property
    def ending(self) -> str:
        """What the numbering plan of the bed goes by."""
        return self.number[-2:]

    @property
    def answers(self) -> bool:
        return self.outcome is AttemptOutcome.HUMAN


def number(block: int, index: int, ending: str) -> str:
    """A Berlin number; every list has its own block, so that lists do not share call records."""
    return f"+4930{block:03d}{index:03d}{ending}"


def zone_at(hour: int, now: datetime) -> str:
    """The zone where the clock is nearest to that hour."""

    def distance(name: str) -> float:
        local = now.astimezone(ZoneInfo(name))
        away = abs(local.hour + local.minute / 60 - hour)
        return min(away, 24 - away)

    return min(ZONES, key=distance)


def write_list(path: Path, people: Iterable[Person], *more: tuple[str, str, str]) -> Path:
    """As a planner would export it; `more` are rows of their own: name, telephone, time zone."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("Customer", "Phone number", "Time zone"))
        writer.writerows((person.name, person.number, person.time_zone) for person in people)
        writer.writerows(more)
    return path
