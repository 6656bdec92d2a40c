"""Our own account of calls and the carrier's call records, paired call by call."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from campaigns.attempt import AttemptOutcome
from dialer.ports import AttemptRow
from sip.causes import LegOutcome
from sip.events import LegAnswered, LegEnded, LegPlaced, LegRinging
from tests.asterisk.cdr import Cdr
from tests.asterisk.instance import Asterisk
from tests.asterisk.reconcile import reconcile
from tests.integration.asterisk.dialling import Dialling, Leg
from tests.integration.sip.floor import eventually

pytestmark = [pytest.mark.asterisk, pytest.mark.sip, pytest.mark.asyncio(loop_scope="module")]

ENDINGS = ("00", "04", "06", "08", "10", "11", "12", "13", "61", "62")


async def _call(dialling: Dialling, ending: str) -> tuple[str, Leg]:
    """One call of any kind; whoever answers is hung up on after a second, unless the other side is faster."""
    number = f"+86138444400{ending}"
    async with dialling.line() as line:
        leg = await dialling.place(line, number, "carrier", ring_time_s=2.0)
        await eventually(lambda: _settled(dialling, leg), within=30, what="an answer or an end")
        with suppress(AssertionError):  # nobody hung up within the second
            await dialling.ended(leg, within=1.0)
        await dialling.hang_up(leg)
    return number, leg


def _settled(dialling: Dialling, leg: Leg) -> bool:
    return bool(dialling.heard.all(LegAnswered, leg_id=leg.leg_id) or dialling.heard.all(LegEnded, leg_id=leg.leg_id))


def _attempt(dialling: Dialling, number: str, leg: Leg) -> AttemptRow:
    def event(kind: type) -> object:
        return next(iter(dialling.heard.all(kind, leg_id=leg.leg_id)), None)

    placed, ringing, answered, ended = (event(kind) for kind in (LegPlaced, LegRinging, LegAnswered, LegEnded))
    assert isinstance(placed, LegPlaced)
    assert isinstance(ended, LegEnded)
    outcome = AttemptOutcome.HUMAN if ended.outcome is LegOutcome.ANSWERED else AttemptOutcome(ended.outcome.value)
    return AttemptRow(
        attempt_id=leg.leg_id, campaign_id=1, campaign_code="bed", lead_id=1, lead_name="", number=number,
        trunk=placed.trunk, worker=placed.worker, sip_call_id=placed.sip_call_id, caller_id="", placed_at=placed.at,
        ringing_at=getattr(ringing, "at", None), answered_at=getattr(answered, "at", None), ended_at=ended.at,
        outcome=outcome, sip_status=ended.cause.sip_status, q850=ended.cause.q850,
    )  # fmt: skip


async def test_every_attempt_has_its_call_record_and_every_record_its_attempt(
    dialling: Dialling, asterisk: Asterisk
) -> None:
    before = {record.sip_call_id for record in asterisk.cdrs()}
    attempts = [_attempt(dialling, *await _call(dialling, ending)) for ending in ENDINGS]

    def fresh(records: list[Cdr]) -> list[Cdr]:
        return [record for record in records if record.sip_call_id not in before]

    records = fresh(await asterisk.cdrs_when(lambda found: len(fresh(found)) >= len(attempts)))
    assert [str(difference) for difference in reconcile(attempts, records)] == []
    assert {record.answered for record in records} == {True, False}

    late = [replace(attempts[0], ended_at=records[0].ended_at + timedelta(seconds=1.5)), *attempts[1:]]
    assert len(reconcile(late, records)) == 1
