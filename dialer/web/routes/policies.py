"""Policy packs and calendars: the rules of countries, as data."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path

from campaigns.policy import PolicyError, parse_policy
from dialer.errors import Invalid
from dialer.web.schemas.policy import CalendarView, PolicyText, PolicyView
from dialer.web.services import ServicesHere

router = APIRouter(tags=["policies"])
PackName = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
Country = Annotated[str, Path(pattern=r"^[A-Z]{2}$")]


@router.get("/policies")
async def list_policies(services: ServicesHere) -> list[PolicyView]:
    return [PolicyView.of(services.policies.named(name)) for name in services.policies.names()]


@router.get("/policies/{name}")
async def show_policy(name: PackName, services: ServicesHere) -> PolicyView:
    return PolicyView.of(services.policies.named(name))


@router.post("/policies/check")
async def check_policy(given: PolicyText) -> PolicyView:
    """Whether the text is a policy pack; nothing is stored."""
    try:
        return PolicyView.of(parse_policy(given.text))
    except PolicyError as error:
        raise Invalid(str(error), field="text") from error


@router.get("/calendars/{country}")
async def show_calendar(country: Country, services: ServicesHere) -> CalendarView:
    calendar = services.policies.calendars.of(country)
    today = services.clock.now().astimezone(ZoneInfo(services.config.site.time_zone)).date()
    return CalendarView(
        country=country,
        sources=dict(calendar.sources),
        covered_until=calendar.covered_until(today),
        holidays=dict(sorted(calendar.holidays.items())),
        working=sorted(calendar.working),
    )
