"""Appointments in people's hands: moved or cancelled outside a call, with the reminders that follow.

Works on the running engine and, without one, on the store alone.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import msgspec

from campaigns.appointments import cancelled, moved
from campaigns.campaign import Campaign
from campaigns.lead import Dossier, LeadState
from campaigns.policy import Policy
from campaigns.step import Step
from dialer.clock import Clock
from dialer.domain.events import AppointmentCancelled, AppointmentMoved, DomainEvent
from dialer.engine.call_end import lead_events
from dialer.engine.callback_desk import Commit, UnderWay, nobody_calls, quiet_dossier
from dialer.engine.promises import under_promise
from dialer.engine.settings import Policies
from dialer.errors import Invalid, WrongState
from dialer.ports import Store


class AppointmentDesk:
    """`commit` makes events durable; `under_way` finds the call to a lead that is up now."""

    def __init__(
        self, *, store: Store, clock: Clock, policies: Policies, commit: Commit, under_way: UnderWay = nobody_calls
    ) -> None:
        self._store, self._clock, self._policies = store, clock, policies
        self._commit, self._under_way = commit, under_way

    async def move(self, lead_id: int, at: datetime, *, by: str, reason: str = "") -> None:
        """To another time; also books one for a lead that has none. The lead is reminded of it as after a booking."""
        dossier, campaign, policy = await self._known(lead_id)
        now = self._clock.now()
        _check_time(at, now)
        step = moved(campaign.settings, policy, dossier, at, now)
        previous = dossier.lead.appointment_at
        change = AppointmentMoved(
            occurred_at=now, campaign_id=campaign.campaign_id, lead_id=lead_id, appointment_at=at, previous=previous,
            by=by, reason=reason,
        )  # fmt: skip
        await self._commit([change, *_events(step, dossier, campaign, now)])

    async def cancel(self, lead_id: int, *, by: str, reason: str) -> None:
        """No more reminders; the lead goes on as if the customer had said so in its last call."""
        dossier, campaign, policy = await self._known(lead_id)
        now, at = self._clock.now(), dossier.lead.appointment_at
        if at is None:
            raise WrongState(f"lead {lead_id} has no appointment", field="lead")
        if at <= now:
            raise WrongState(f"the appointment of lead {lead_id} was at {at.isoformat()}: it is over", field="lead")
        if not reason.strip():
            raise Invalid("say why the appointment is cancelled", field="reason")
        step = cancelled(campaign.settings, policy, dossier, now)
        change = AppointmentCancelled(
            occurred_at=now, campaign_id=campaign.campaign_id, lead_id=lead_id, previous=at, by=by, reason=reason
        )
        await self._commit([change, *_events(step, dossier, campaign, now)])

    async def _known(self, lead_id: int) -> tuple[Dossier, Campaign, Policy]:
        dossier, campaign = await quiet_dossier(self._store, self._clock, self._under_way, lead_id)
        if dossier.lead.state is LeadState.DO_NOT_CALL:
            raise WrongState(f"lead {lead_id} is on the do-not-call list: nobody may remind him", field="lead")
        return dossier, campaign, self._policies.of(campaign.settings, dossier.lead.country)


def _events(step: Step, dossier: Dossier, campaign: Campaign, now: datetime) -> list[DomainEvent]:
    if dossier.callback is None:
        as_booked = replace(dossier, lead=replace(dossier.lead, closed_reason=None))
        return lead_events(step, as_booked, now=now, source="appointment")
    # A promised call comes first; in it the customer is told.
    promise = replace(dossier.callback, due_at=max(dossier.callback.due_at, now))
    kept = under_promise(campaign.settings, dossier.lead, promise, now)
    return [_with_appointment(kept, step)]


def _with_appointment(event: DomainEvent, step: Step) -> DomainEvent:
    return msgspec.structs.replace(
        event, appointment_at=step.appointment_at, appointment_cancelled=step.appointment_cancelled
    )


def _check_time(at: datetime, now: datetime) -> None:
    if at.tzinfo is None:
        raise Invalid("the time needs a UTC offset, such as 2026-11-23T15:00:00+08:00", field="at")
    if at <= now:
        raise Invalid("the appointment lies in the past; choose a time to come", field="at")
