"""Appointments moved or cancelled outside a call."""

from __future__ import annotations

from fastapi import APIRouter

from dialer.engine.appointment_desk import AppointmentDesk
from dialer.web.schemas.appointment import CancelledAppointment, MovedAppointment
from dialer.web.schemas.lead import LeadView
from dialer.web.schemas.page import By, RowNumber
from dialer.web.services import Services, ServicesHere

router = APIRouter(prefix="/leads/{lead_id}/appointment", tags=["appointments"])


@router.post("/move")
async def move_appointment(
    lead_id: RowNumber, change: MovedAppointment, services: ServicesHere, by: By = "api"
) -> LeadView:
    """To another time, or booked where there is none; the lead is due for its reminder."""
    await _desk(services).move(lead_id, change.at, by=by, reason=change.reason)
    return await _changed(lead_id, services)


@router.post("/cancel")
async def cancel_appointment(
    lead_id: RowNumber, cancelled: CancelledAppointment, services: ServicesHere, by: By = "api"
) -> LeadView:
    """No more reminders; the lead goes on as if the customer had said so in its last call."""
    await _desk(services).cancel(lead_id, by=by, reason=cancelled.reason)
    return await _changed(lead_id, services)


def _desk(services: Services) -> AppointmentDesk:
    """The running engine's, else one that writes to the store itself."""
    if services.engine is not None:
        return services.engine.appointments
    return AppointmentDesk(
        store=services.store, clock=services.clock, policies=services.policies, commit=services.store.record
    )


async def _changed(lead_id: int, services: Services) -> LeadView:
    services.list_changed()
    return LeadView.of((await services.store.dossier(lead_id, now=services.clock.now())).lead)
