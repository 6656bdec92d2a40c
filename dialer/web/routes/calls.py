"""Calls that are up, and what is decided about them afterwards."""

from __future__ import annotations

from fastapi import APIRouter

from dialer.engine.disposition_desk import Decision
from dialer.engine.floor import FloorCall
from dialer.web.planning import script_planning
from dialer.web.schemas.attempt import AttemptView, Correct, Dispose, MarkPerson
from dialer.web.schemas.inbound import InboundCallView
from dialer.web.schemas.page import By, Id
from dialer.web.schemas.script import Answers, AnswerView
from dialer.web.services import ServicesHere

router = APIRouter(prefix="/calls", tags=["calls"])


@router.get("")
async def list_calls(services: ServicesHere) -> list[FloorCall]:
    """The calls that are up now."""
    return list(services.running().floor().calls)


@router.post("/{attempt_id}/disposition")
async def dispose(attempt_id: Id, decision: Dispose, services: ServicesHere) -> AttemptView | InboundCallView:
    """Of a call we made, or one from a customer. A callback without a time takes the one the script booked."""
    engine = services.running()
    inbound = await services.store.inbound.find(attempt_id)
    callback_at = decision.callback_at
    if inbound is None:
        attempt = await services.attempt(attempt_id)
        callback_at = callback_at or await script_planning(services).booked(attempt, decision.code)
    await engine.dispose(
        attempt_id,
        decision.code,
        note=decision.note,
        callback_at=callback_at,
        agent_id=decision.agent,
        callback_for=decision.callback_for,
        appointment_at=decision.appointment_at,
    )
    if inbound is not None:
        return InboundCallView.of(await services.inbound_call(attempt_id))
    return AttemptView.of(await services.attempt(attempt_id))


@router.post("/{attempt_id}/answers")
async def save_answers(attempt_id: Id, given: Answers, services: ServicesHere, by: By) -> list[AnswerView]:
    """What the customer answered to the script's questions; it goes into the lead's fields as well."""
    attempt = await services.attempt(attempt_id)
    kept = await script_planning(services).answer(attempt, given.answers, next_call_at=given.next_call_at, by=by)
    return [AnswerView.of(answer) for answer in kept]


@router.get("/{attempt_id}/answers")
async def list_answers(attempt_id: Id, services: ServicesHere) -> list[AnswerView]:
    attempt = await services.attempt(attempt_id)
    return [AnswerView.of(answer) for answer in await script_planning(services).answers(attempt)]


@router.post("/{attempt_id}/disposition/correction")
async def correct(
    attempt_id: Id, correction: Correct, services: ServicesHere, by: By = "api"
) -> AttemptView | InboundCallView:
    """Of a call we made, or one from a customer. What the wrong one meant for the customer is decided again, unless
    there was another call since."""
    engine = services.running()
    inbound = await services.store.inbound.find(attempt_id)
    if inbound is None:
        await services.attempt(attempt_id)
    decision = Decision(
        code=correction.code,
        note=correction.note,
        callback_at=correction.callback_at,
        callback_for=correction.callback_for,
        appointment_at=correction.appointment_at,
    )
    await engine.correct_disposition(attempt_id, decision, by=by)
    if inbound is not None:
        return InboundCallView.of(await services.inbound_call(attempt_id))
    return AttemptView.of(await services.attempt(attempt_id))


@router.post("/{attempt_id}/person")
async def mark_person(attempt_id: Id, marked: MarkPerson, services: ServicesHere) -> AttemptView:
    """Its agent talks to a person: no detector of answering machines takes the call from him any more."""
    engine = services.running()
    await services.attempt(attempt_id)
    await engine.mark_person(attempt_id, agent_id=marked.agent)
    return AttemptView.of(await services.attempt(attempt_id))


@router.post("/{attempt_id}/hangup")
async def hang_up(attempt_id: Id, services: ServicesHere) -> AttemptView:
    """End a call that is up; it shows as ended once the line says so."""
    engine = services.running()
    await services.attempt(attempt_id)
    await engine.hang_up(attempt_id)
    return AttemptView.of(await services.attempt(attempt_id))
