"""What a call means for what was promised, as events; and refusals of promises that cannot be kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from campaigns.callback import Callback, CallbackOrder, after
from campaigns.campaign import CampaignSettings
from campaigns.lead import Dossier, Lead, LeadState
from campaigns.policy import Policy
from campaigns.promise import Aftermath, TimeRefused, check_time, first_try
from campaigns.retry import Again
from campaigns.windows import zone
from dialer.domain.events import (
    CallbackMoved,
    CallbackPromised,
    CallbackReopened,
    CallbackSettled,
    DomainEvent,
    LeadRescheduled,
)
from dialer.domain.ids import new_id
from dialer.errors import Invalid, NotFound, WrongState
from dialer.ports import Store

_WHY: Final = {
    CallbackOrder.KEEP: "",
    CallbackOrder.MISS: "the lead was closed before a conversation took place",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Who promises, in which conversation."""

    by: str
    attempt_id: str | None = None
    note: str = ""


def with_promises(
    found: Aftermath, dossier: Dossier, meaning: list[DomainEvent], *, made: Made, now: datetime
) -> list[DomainEvent]:
    """`meaning` for the lead, between what is settled before it and what is promised after it."""
    lead, events = dossier.lead, list[DomainEvent]()
    if dossier.callback is not None and found.order is not None:
        events.append(settle(dossier.callback, found.order, by=made.by, attempt_id=made.attempt_id, now=now))
    events += meaning
    if found.promised is not None:
        events.append(
            CallbackPromised(
                occurred_at=now,
                callback_id=new_id(now),
                campaign_id=lead.campaign_id,
                lead_id=lead.lead_id,
                agent_id=found.promised.agent_id,
                due_at=found.promised.due_at,
                by=made.by,
                attempt_id=made.attempt_id,
                note=made.note,
            )
        )
    return events


def settle(
    callback: Callback, order: CallbackOrder, *, by: str, attempt_id: str | None, now: datetime, reason: str = ""
) -> CallbackSettled:
    """Raises `WrongState` where it is settled already."""
    state = after(callback.state, order)
    if state is None:
        raise WrongState(
            f"callback {callback.callback_id} is {callback.state} already", field="callback",
            details={"state": callback.state.value},
        )  # fmt: skip
    return CallbackSettled(
        occurred_at=now,
        callback_id=callback.callback_id,
        campaign_id=callback.campaign_id,
        lead_id=callback.lead_id,
        agent_id=callback.agent_id,
        state=state,
        by=by,
        attempt_id=attempt_id,
        reason=reason or _WHY.get(order, ""),
    )


def reopen(callback: Callback, attempt_id: str, now: datetime) -> CallbackReopened:
    return CallbackReopened(
        occurred_at=now,
        callback_id=callback.callback_id,
        campaign_id=callback.campaign_id,
        lead_id=callback.lead_id,
        agent_id=callback.agent_id,
        attempt_id=attempt_id,
    )


def moved(callback: Callback, *, due_at: datetime, agent_id: str | None, by: str, reason: str, now: datetime) -> (
    CallbackMoved
):  # fmt: skip
    return CallbackMoved(
        occurred_at=now,
        callback_id=callback.callback_id,
        campaign_id=callback.campaign_id,
        lead_id=callback.lead_id,
        agent_id=agent_id,
        due_at=due_at,
        previous_due_at=callback.due_at,
        previous_agent_id=callback.agent_id,
        by=by,
        reason=reason,
    )


def rescheduled(lead: Lead, again: Again, now: datetime) -> LeadRescheduled:
    return LeadRescheduled(
        occurred_at=now,
        campaign_id=lead.campaign_id,
        lead_id=lead.lead_id,
        due_at=again.due_at,
        reason=again.reason,
        agent_guaranteed=again.agent_guaranteed,
        due_kind=again.kind,
        for_agent=again.for_agent,
        escalates_at=again.escalates_at,
    )


def under_promise(settings: CampaignSettings, lead: Lead, callback: Callback, now: datetime) -> LeadRescheduled:
    """The lead due as the callback says."""
    return rescheduled(lead, first_try(settings, callback, guaranteed=lead.agent_guaranteed), now)


def check_promise(settings: CampaignSettings, policy: Policy, lead: Lead, at: datetime, now: datetime) -> None:
    """Raises `Invalid` with the nearest times that are allowed, and `WrongState` for who must not be called."""
    if at.tzinfo is None:
        raise Invalid("callback_at needs a UTC offset, such as 2026-11-23T15:00:00+08:00", field="callback_at")
    if lead.state is LeadState.DO_NOT_CALL:
        raise WrongState("the customer is on the do-not-call list: no call can be promised", field="lead")
    refused = check_time(settings, policy, lead.time_zone, at, now)
    if refused is not None:
        raise _time_refused(refused, zone(lead.time_zone))


def _time_refused(refused: TimeRefused, found: ZoneInfo | None) -> Invalid:
    near = {"before": refused.before, "after": refused.after}
    words = [
        f"{name} is {at.astimezone(found):%a %Y-%m-%d %H:%M}"
        for name, at in (("the nearest time before", refused.before), ("the nearest after", refused.after))
        if at is not None
    ]
    choice = f"; {' and '.join(words)} there" if words else "; choose another time"
    return Invalid(
        f"callback_at is refused: {refused.reason}{choice}",
        field="callback_at",
        details={name: at.isoformat() for name, at in near.items() if at is not None},
    )


async def known_agent(store: Store, agent_id: str, *, field: str) -> str:
    """Raises `NotFound` for a name nobody has, `WrongState` for an agent who does not work here any more."""
    agent = await store.agent(agent_id)
    if agent is None:
        known = ", ".join(sorted(a.agent_id for a in await store.agents() if a.active)) or "none yet"
        raise NotFound(f"there is no agent {agent_id!r}; known: {known}", field=field)
    if not agent.active:
        raise WrongState(f"agent {agent_id} is no longer active; choose another one, or anyone", field=field)
    return agent_id
