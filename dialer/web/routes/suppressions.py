"""The do-not-call list of the site."""

from __future__ import annotations

from typing import Annotated

import phonenumbers
from fastapi import APIRouter, Query

from dialer.errors import Invalid, NotFound
from dialer.web.schemas.page import Text
from dialer.web.schemas.suppression import NewSuppression, SuppressionView
from dialer.web.services import Services, ServicesHere

router = APIRouter(prefix="/suppressions", tags=["do not call"])
Number = Annotated[Text, Query(min_length=3, max_length=40)]
Country = Annotated[str, Query(pattern=r"^([A-Z]{2})?$")]


@router.get("")
async def check(number: Number, services: ServicesHere, country: Country = "") -> SuppressionView:
    e164 = _e164(number, country, services)
    found = await services.store.suppressed([e164])
    return SuppressionView(number=e164, suppressed=e164 in found, reason=found.get(e164, ""))


@router.post("", status_code=201)
async def add(new: NewSuppression, services: ServicesHere) -> SuppressionView:
    """Holds from now on, for every campaign; a call that is under way goes on."""
    e164 = _e164(new.number, new.country, services)
    await services.store.suppress(e164, reason=new.reason, source=new.source, at=services.clock.now())
    services.list_changed()
    return SuppressionView(number=e164, suppressed=True, reason=(await services.store.suppressed([e164]))[e164])


@router.delete("")
async def remove(number: Number, services: ServicesHere, country: Country = "") -> SuppressionView:
    e164 = _e164(number, country, services)
    if not await services.store.unsuppress(e164):
        raise NotFound("the number is not on the do-not-call list", field="number")
    services.list_changed()
    return SuppressionView(number=e164, suppressed=False, reason="")


def _e164(number: str, country: str, services: Services) -> str:
    region = country or services.config.site.country
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException as error:
        raise Invalid(f"'{number}' is not a telephone number in {region}", field="number") from error
    if not phonenumbers.is_possible_number(parsed):
        raise Invalid(f"'{number}' is not a telephone number in {region}", field="number")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
