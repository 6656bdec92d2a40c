"""An unknown caller becomes a lead: by an agent's decision, or by hand, also while no engine runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Final

from campaigns.campaign import Campaign
from campaigns.importing.errors import Refusal
from campaigns.importing.numbers import normalise
from campaigns.inbound import InboundOutcome
from dialer.clock import Clock
from dialer.domain.events import DomainEvent, InboundAdopted
from dialer.errors import Invalid, NotFound, WrongState
from dialer.ports import Store
from dialer.ports.inbound import InboundRow, NewCaller

SERVED: Final = timedelta(days=1)  # who has talked to an agent is not called back at once
Commit = Callable[[Sequence[DomainEvent]], Awaitable[None]]


async def adopt(
    store: Store, clock: Clock, commit: Commit, inbound_id: str, *, name: str = "", owner: str = "", code: str = "",
    by: str = "",
) -> int:  # fmt: skip
    """The lead that the caller has become, in the campaign `code` ("" is the call's). Once more: the same lead.

    Raises `NotFound`, `Invalid`, or `WrongState` for a number that was withheld or cannot be called.
    """
    row = await store.inbound.find(inbound_id)
    if row is None:
        raise NotFound(f"there is no inbound call {inbound_id!r}; `inbound list` shows them", field="inbound_id")
    if row.lead_id is not None:
        return row.lead_id
    campaign, now = await _campaign(store, row, code), clock.now()
    served = row.outcome in (None, InboundOutcome.ANSWERED)
    new = new_caller(row.caller, campaign, name=name, owner=owner or (row.agent_id or ""))
    lead_id = await store.inbound.enter(new, due_at=now + SERVED if served else now, at=now)
    adopted = InboundAdopted(
        occurred_at=now, inbound_id=inbound_id, campaign_id=campaign.campaign_id, lead_id=lead_id, by=by
    )
    await commit([adopted])
    return lead_id


def new_caller(number: str, campaign: Campaign, *, name: str = "", owner: str = "") -> NewCaller:
    """Raises `WrongState` where the number was withheld or is none that can be called back."""
    if not number:
        raise WrongState("the caller's number was withheld: there is nobody to call back", field="inbound_id")
    try:
        found = normalise(number, campaign.settings.country)
    except Refusal as refusal:
        raise WrongState(f"the caller's number cannot be called back: {refusal}", field="inbound_id") from refusal
    return NewCaller(
        campaign_id=campaign.campaign_id,
        number=found.e164,
        name=name or found.e164,
        country=found.country or campaign.settings.country,
        time_zone=found.zone or campaign.settings.time_zone,
        owner=owner,
    )


async def _campaign(store: Store, row: InboundRow, code: str) -> Campaign:
    if code:
        found = await store.campaign(code)
        if found is None:
            raise NotFound(f"there is no campaign {code!r}; `campaign list` shows them", field="campaign")
        return found
    for campaign in await store.campaigns():
        if campaign.campaign_id == row.campaign_id:
            return campaign
    raise Invalid(f"call {row.inbound_id} came for no campaign; name one", field="campaign")
