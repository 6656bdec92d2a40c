"""The rules that decide whether a lead may be dialled, and what one of them found."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Rule(StrEnum):
    """In the order in which they are evaluated and shown."""

    CAMPAIGN_RUNNING = "campaign_running"
    LEAD_OPEN = "lead_open"
    NOT_SUPPRESSED = "not_suppressed"
    NUMBER_USABLE = "number_usable"
    COUNTRY_COVERED = "country_covered"
    TIME_ZONE_KNOWN = "time_zone_known"
    NOT_IN_FLIGHT = "not_in_flight"
    DUE = "due"
    PUBLIC_HOLIDAY = "public_holiday"
    WINDOW = "window"
    NUMBER_PER_24H = "number_per_24h"
    NUMBER_PER_30D = "number_per_30d"
    PERSON_CAP = "person_cap"
    ABANDON_LOCKOUT = "abandon_lockout"
    REFUSAL_LOCKOUT = "refusal_lockout"
    DAY_PART = "day_part"
    GUARANTEED_AGENT = "guaranteed_agent"
    LEAD_ATTEMPTS = "lead_attempts"
    LIFETIME = "lifetime"
    APPOINTMENT_AHEAD = "appointment_ahead"
    DEADLINE = "deadline"


class RuleResult(NamedTuple):
    """`clears_at` is None when the rule passed, or when no passing of time alone will clear it."""

    rule: str
    passed: bool
    value: str
    detail: str
    clears_at: datetime | None
