"""The do-not-call lists of the site: own entries, and registers that are uploaded as a whole."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import phonenumbers
from fastapi import APIRouter, File, Form, Query, UploadFile

from dialer.errors import Invalid, NotFound
from dialer.planning.registers import load_register
from dialer.web.schemas.page import Code, Limit, Page, RowNumber, Text, page_of
from dialer.web.schemas.suppression import (
    EntryView,
    NewSuppression,
    RegisterReportView,
    RegisterView,
    SuppressionView,
)
from dialer.web.services import Services, ServicesHere
from dialer.web.uploads import on_disk, plain_name

router = APIRouter(prefix="/suppressions", tags=["do not call"])
Number = Annotated[Text, Query(min_length=3, max_length=40)]
Country = Annotated[str, Query(pattern=r"^([A-Z]{2})?$")]
By = Annotated[Text, Query(max_length=80)]
_PREFIX: Final = re.compile(r"\+[1-9][0-9]{1,13}")


@router.get("")
async def check(
    number: Number, services: ServicesHere, country: Country = "", campaign: Code | None = None
) -> SuppressionView:
    """Whether the number may be dialled, in `campaign` or, without one, in every campaign."""
    return await _view(services, _e164(number, country, services), await _id(services, campaign))


@router.post("", status_code=201)
async def add(new: NewSuppression, services: ServicesHere) -> SuppressionView:
    """Holds from now on; a call that is under way goes on."""
    e164 = _beginning(new.number) if new.prefix else _e164(new.number, new.country, services)
    campaign_id = await _id(services, new.campaign)
    await services.store.suppressions.add(
        e164,
        reason=new.reason,
        source=new.source,
        by=new.by,
        at=services.clock.now(),
        prefix=new.prefix,
        campaign_id=campaign_id,
        expires_at=_end_of(new.expires_on, services),
    )
    services.list_changed()
    return await _view(services, e164, campaign_id)


@router.delete("")
async def remove(
    number: Number,
    services: ServicesHere,
    *,
    country: Country = "",
    prefix: bool = False,
    campaign: Code | None = None,
    by: By = "",
) -> SuppressionView:
    """The entry stays as history. Leads it has closed stay closed."""
    e164 = _beginning(number) if prefix else _e164(number, country, services)
    campaign_id = await _id(services, campaign)
    lists, now = services.store.suppressions, services.clock.now()
    if not await lists.remove(e164, at=now, by=by, prefix=prefix, campaign_id=campaign_id):
        held = await lists.holds([e164], now=now, campaign_id=campaign_id)
        why = f"; it is held by another list: {held[e164].reason}" if e164 in held else ""
        raise NotFound(f"there is no such entry on the do-not-call list{why}", field="number")
    services.list_changed()
    return await _view(services, e164, campaign_id)


@router.get("/entries")
async def list_entries(
    services: ServicesHere,
    *,
    campaign: Code | None = None,
    everything: Annotated[bool, Query(description="also entries that have expired or were taken back")] = False,
    after: Annotated[str, Query(pattern=r"^[0-9]{0,15}$")] = "",
    limit: Limit = 100,
) -> Page[EntryView]:
    """In the order in which they were made; with `campaign` only those that hold for it alone."""
    now, codes = services.clock.now(), await _codes(services)
    rows = await services.store.suppressions.entries(
        campaign_id=await _id(services, campaign),
        in_force_at=None if everything else now,
        after=int(after or 0),
        limit=limit,
    )
    last = str(rows[-1].suppression_id) if rows else ""
    return page_of([EntryView.of(row, codes, now) for row in rows], limit, last)


@router.get("/registers")
async def list_registers(services: ServicesHere) -> list[RegisterView]:
    """Every version ever uploaded, the newest first."""
    codes = await _codes(services)
    return [RegisterView.of(row, codes) for row in await services.store.suppressions.registers()]


@router.post("/registers")
async def upload_register(
    services: ServicesHere,
    *,
    file: Annotated[UploadFile, File(description="one number a line, or CSV with a column 'number'")],
    name: Annotated[Text, Form(min_length=1, max_length=80)],
    dated: Annotated[date, Form(description="the date the register says of itself")],
    campaign: Annotated[Code | None, Form()] = None,
    expires_on: Annotated[date | None, Form()] = None,
    country: Annotated[str, Form(pattern=r"^([A-Z]{2})?$")] = "",
    by: Annotated[Text, Form(max_length=80)] = "",
) -> RegisterReportView:
    """Replaces the register of that name as a whole; the old version counts until the new one is complete."""
    campaign_id = await _id(services, campaign)
    async with on_disk(file, services.config.data / "imports") as path:
        report = await load_register(
            services.store.suppressions,
            services.clock,
            path,
            name=name,
            dated=dated,
            country=country or services.config.site.country,
            by=by,
            file_name=plain_name(file.filename),
            campaign_id=campaign_id,
            expires_at=_end_of(expires_on, services),
        )
    services.list_changed()
    return RegisterReportView.of(report, await _codes(services))


@router.delete("/registers/{register_id}")
async def drop_register(register_id: RowNumber, services: ServicesHere) -> list[RegisterView]:
    """Its numbers may be dialled again."""
    await services.store.suppressions.drop_register(register_id)
    services.list_changed()
    return await list_registers(services)


async def _view(services: Services, e164: str, campaign_id: int | None) -> SuppressionView:
    now, lists = services.clock.now(), services.store.suppressions
    found = (await lists.holds([e164], now=now, campaign_id=campaign_id)).get(e164)
    codes = await _codes(services)
    return SuppressionView(
        number=e164,
        suppressed=found is not None,
        reason=found.reason if found else "",
        until=found.until if found else None,
        entries=[EntryView.of(row, codes, now) for row in await lists.history(e164)],
    )


async def _id(services: Services, code: str | None) -> int | None:
    return None if code is None else (await services.campaign(code)).campaign_id


async def _codes(services: Services) -> dict[int, str]:
    return {c.campaign_id: c.settings.code for c in await services.store.campaigns()}


def _end_of(day: date | None, services: Services) -> datetime | None:
    if day is None:
        return None
    end = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(services.config.site.time_zone))
    if end <= services.clock.now():
        raise Invalid(f"{day} is over: an entry that has expired keeps nobody from being called", field="expires_on")
    return end


def _beginning(text: str) -> str:
    written = re.sub(r"[ ().\-]", "", text)
    if not _PREFIX.fullmatch(written):
        raise Invalid(
            f"'{text}' is not how numbers begin; write it with plus and country code, such as +8613800", field="number"
        )
    return written


def _e164(number: str, country: str, services: Services) -> str:
    region = country or services.config.site.country
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException as error:
        raise Invalid(f"'{number}' is not a telephone number in {region}", field="number") from error
    if not phonenumbers.is_possible_number(parsed):
        raise Invalid(f"'{number}' is not a telephone number in {region}", field="number")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
