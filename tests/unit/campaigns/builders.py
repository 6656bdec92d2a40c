"""Values for the rules' tests, with the trade's usual defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.attempt import AttemptOutcome, PastAttempt
from campaigns.calendars import Calendar
from campaigns.campaign import CallingWindow, CampaignSettings
from campaigns.hold import Hold
from campaigns.lead import Dossier, Lead, LeadNumber
from campaigns.policy import Policy
from dialer.calendars import CalendarBook
from dialer.policies import PolicyBook

# Tests look at years nobody has announced yet: in them China has no holidays, and no make-up working days.
_UNANNOUNCED = "".join(f"[years.{year}]\nclosed = {{}}\n" for year in range(2027, 2031))
CALENDARS = CalendarBook([("cn", f'country = "CN"\nsource = "none"\nchecked_on = 2026-11-01\n{_UNANNOUNCED}')])
BOOK = PolicyBook.load(calendars=CALENDARS)
WITHOUT_HOLIDAYS = Calendar(country="XX", sources=dict.fromkeys(range(2000, 2100), "test"))
SHANGHAI = "Asia/Shanghai"
FIRST, SECOND, THIRD = "+8613800000001", "+8613800000002", "+8613800000003"


def pack(name: str) -> Policy:
    """With its country's calendar; the default one with a calendar that knows no holidays."""
    found = BOOK.named(name)
    return replace(found, calendar=CALENDARS.of(found.countries[0]) if found.countries else WITHOUT_HOLIDAYS)


def settings(**changes: Any) -> CampaignSettings:
    return CampaignSettings(**{"code": "spring", "name": "Spring", "trunks": ("carrier",), **changes})


def window(days: str, start: str, end: str) -> CallingWindow:
    return CallingWindow.model_validate({"days": days.split(), "from": start, "to": end})


def at(text: str, tz: str = SHANGHAI) -> datetime:
    """A local wall-clock time as an instant; 2026-11-23 is a Monday."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(tz)).astimezone(UTC)


def local(instant: datetime | None, tz: str = SHANGHAI) -> str:
    assert instant is not None
    return instant.astimezone(ZoneInfo(tz)).strftime("%Y-%m-%d %H:%M")


def lead(*numbers: str, **changes: Any) -> Lead:
    values: dict[str, Any] = {
        "lead_id": 1,
        "campaign_id": 1,
        "name": "Wang",
        "numbers": tuple(LeadNumber(number_id=i, e164=n, position=i) for i, n in enumerate(numbers or (FIRST,))),
        "country": "CN",
        "time_zone": SHANGHAI,
        "due_at": at("2026-11-02 09:00"),
    }
    return Lead(**{**values, **changes})


def attempt(placed_at: datetime, outcome: AttemptOutcome | None, number: str = FIRST, **changes: Any) -> PastAttempt:
    values: dict[str, Any] = {
        "attempt_id": placed_at.isoformat(),
        "campaign_id": 1,
        "lead_id": 1,
        "number": number,
        "placed_at": placed_at,
        "ended_at": None if outcome is None else placed_at + timedelta(seconds=20),
        "outcome": outcome,
    }
    return PastAttempt(**{**values, **changes})


def dossier(
    *history: PastAttempt, of: Lead | None = None, suppressed: Mapping[str, str | Hold] | None = None, **changes: Any
) -> Dossier:
    """`suppressed` by a reason alone is for good."""
    held = {e164: why if isinstance(why, Hold) else Hold(why) for e164, why in (suppressed or {}).items()}
    return Dossier(lead=of or lead(), history=tuple(history), suppressed=held, **changes)
