"""A lead that comes in by itself: judged like the row of a list, stored, and due at once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import msgspec

from campaigns.campaign import Campaign
from campaigns.importing.errors import Refusal
from campaigns.importing.numbers import normalise
from campaigns.importing.plan import Number
from campaigns.windows import zone
from dialer.clock import Clock
from dialer.errors import Invalid
from dialer.ports import NewLead
from dialer.ports.web_leads import Enquiry, Received, WebLeads

_UNUSABLE: Final = "number {} (not usable)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was sent. `external_id` or, where that is empty, `key` names the enquiry: sent again it changes nothing."""

    numbers: Sequence[tuple[str, str]]  # (kind, as people write it) in dialling order
    name: str = ""
    country: str = ""  # for numbers without a country code; "" is the campaign's
    time_zone: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    source: str = "web"
    segment: str = ""
    owner: str = ""
    skill: str = ""
    priority: int = 0
    value: float = 0.0
    external_id: str = ""
    consent: str = ""
    consent_at: datetime | None = None


async def receive(
    web_leads: WebLeads, clock: Clock, campaign: Campaign, asked: Asked, *, key: str = ""
) -> tuple[int, Received]:
    """Raises `Invalid` where no number can be dialled, `AlreadyExists` for a name that another enquiry has."""
    return await web_leads.receive(campaign.campaign_id, _enquiry(campaign, asked, key), at=clock.now())


def _enquiry(campaign: Campaign, asked: Asked, key: str) -> Enquiry:
    numbers, unusable = _numbers(asked, asked.country or campaign.settings.country)
    main = numbers[0][1]
    lead = NewLead(
        row=0, name=asked.name.strip(), numbers=tuple((kind, number.e164) for kind, number in numbers),
        country=main.country or asked.country or campaign.settings.country,
        time_zone=_zone(asked, main, campaign.settings.time_zone), priority=asked.priority,
        fields={**asked.fields, **unusable}, owner=asked.owner, source=asked.source, segment=asked.segment,
        skill=asked.skill, value=asked.value, external_id=asked.external_id,
    )  # fmt: skip
    named = f"x:{asked.external_id}" if asked.external_id else f"k:{key}" if key else ""
    sent = hashlib.sha256(msgspec.json.encode(asked, order="deterministic")).hexdigest()
    return Enquiry(lead=lead, key=named, sha256=sent, consent=asked.consent, consent_at=asked.consent_at)


def _numbers(asked: Asked, country: str) -> tuple[list[tuple[str, Number]], dict[str, str]]:
    """The usable ones, each once. The text of others is kept with the lead, as long as one can be dialled."""
    usable: dict[str, tuple[str, Number]] = {}
    unusable: dict[str, str] = {}
    reasons: list[str] = []
    for place, (kind, text) in enumerate(asked.numbers, 1):
        try:
            number = normalise(text, country)
        except Refusal as refusal:
            unusable[_UNUSABLE.format(place)] = text
            reasons.append(refusal.text)
        else:
            usable.setdefault(number.e164, (kind, number))
    if not usable:
        raise Invalid(
            f"none of the numbers can be dialled: {reasons[0] if reasons else 'there is none'}", field="numbers"
        )
    return list(usable.values()), unusable


def _zone(asked: Asked, main: Number, campaigns_own: str) -> str:
    if asked.time_zone and zone(asked.time_zone) is None:
        raise Invalid(
            f"'{asked.time_zone}' is no known time zone; write an IANA name such as Asia/Shanghai", field="time_zone"
        )
    found = asked.time_zone or main.zone or campaigns_own
    if not found:
        raise Invalid("the number lies in several time zones; send time_zone as well", field="time_zone")
    return found
