"""What a dialled number of the bed does becomes status, Q.850 cause and outcome of the leg, and a call record."""

from __future__ import annotations

import pytest

from sip.causes import LegOutcome, Origin
from sip.commands import HangupReason
from sip.events import LegAnswered, LegEnded, LegRinging
from tests.asterisk.instance import Asterisk
from tests.integration.asterisk.dialling import Dialling

pytestmark = [pytest.mark.asterisk, pytest.mark.sip, pytest.mark.asyncio(loop_scope="module")]

O = LegOutcome  # noqa: E741 - the table below reads better
REFUSED = {
    "10": (486, 17, O.BUSY),
    "11": (503, 34, O.CONGESTED),
    "12": (404, 1, O.INVALID_NUMBER),
    "13": (603, 0, O.DECLINED),
    "14": (480, 20, O.NO_ANSWER),
    "15": (403, 21, O.DECLINED),
    "16": (488, 0, O.FAILED),
    "17": (410, 22, O.INVALID_NUMBER),
    "18": (480, 19, O.NO_ANSWER),
    "20": (403, 0, O.FAILED),
    "21": (603, 57, O.FAILED),
    "22": (488, 58, O.FAILED),
}


@pytest.mark.parametrize("ending", REFUSED)
async def test_a_refused_call_ends_with_the_outcome_of_its_number(
    dialling: Dialling, asterisk: Asterisk, ending: str
) -> None:
    status, q850, outcome = REFUSED[ending]
    async with dialling.line() as line:
        leg = await dialling.place(line, f"+86138111100{ending}")
        ended = await dialling.ended(leg)
    assert (ended.cause.origin, ended.cause.sip_status) == (Origin.REMOTE, status)
    assert (ended.cause.q850 or 0, ended.outcome) == (q850, outcome)
    record = await asterisk.cdr(leg.sip_call_id)
    assert (record.called, record.answered) == (f"+86138111100{ending}", False)


@pytest.mark.parametrize("ending", ["10", "12", "13"])
async def test_outcomes_are_the_same_over_the_digest_trunk(dialling: Dialling, ending: str) -> None:
    status, _, outcome = REFUSED[ending]
    async with dialling.line() as line:
        ended = await dialling.ended(await dialling.place(line, f"+86138111100{ending}", "carrier"))
    assert (ended.cause.sip_status, ended.outcome) == (status, outcome)


async def test_a_number_that_rings_on_is_not_answered_when_its_ring_time_is_over(
    dialling: Dialling, asterisk: Asterisk
) -> None:
    async with dialling.line() as line:
        leg = await dialling.place(line, "+8613811110008", ring_time_s=2.0)
        ringing = await dialling.heard.until(LegRinging, leg_id=leg.leg_id)
        assert (ringing.sip_status, ringing.early_media) == (180, False)
        ended = await dialling.ended(leg)
    assert (ended.cause.origin, ended.outcome) == (Origin.RING_TIMEOUT, LegOutcome.NO_ANSWER)
    record = await asterisk.cdr(leg.sip_call_id)
    assert not record.answered
    assert (record.ended_at - record.started_at).total_seconds() == pytest.approx(2.0, abs=0.5)


async def test_a_ringing_call_we_give_up_is_cancelled(dialling: Dialling, asterisk: Asterisk) -> None:
    async with dialling.line() as line:
        leg = await dialling.place(line, "+8613811110008")
        await dialling.heard.until(LegRinging, leg_id=leg.leg_id)
        await dialling.pool.hang_up(leg.leg_id, HangupReason.CANCELLED)
        ended = await dialling.ended(leg)
    assert (ended.cause.origin, ended.outcome) == (Origin.US, LegOutcome.CANCELLED)
    assert not (await asterisk.cdr(leg.sip_call_id)).answered


async def test_a_number_that_only_tries_never_rings(dialling: Dialling) -> None:
    async with dialling.line() as line:
        leg = await dialling.place(line, "+8613811110009", ring_time_s=3.0, no_progress_s=1.0)
        ended = await dialling.ended(leg)
    assert (ended.cause.origin, ended.outcome) == (Origin.RING_TIMEOUT, LegOutcome.NO_ANSWER)
    assert not dialling.heard.all(LegRinging, leg_id=leg.leg_id)


async def test_an_announcement_before_the_refusal_is_early_media(dialling: Dialling) -> None:
    async with dialling.line() as line:
        leg = await dialling.place(line, "+8613811110007")
        ringing = await dialling.heard.until(LegRinging, leg_id=leg.leg_id)
        assert (ringing.sip_status, ringing.early_media) == (183, True)
        ended = await dialling.ended(leg)
    assert (ended.cause.sip_status, ended.outcome) == (404, LegOutcome.INVALID_NUMBER)


async def test_early_media_is_not_taken_for_the_answer(dialling: Dialling, asterisk: Asterisk) -> None:
    async with dialling.line() as line:
        leg = await dialling.place(line, "+8613811110006")
        ringing = await dialling.heard.until(LegRinging, leg_id=leg.leg_id)
        answered = await dialling.heard.until(LegAnswered, leg_id=leg.leg_id)
        await dialling.hang_up(leg)
    assert (answered.at - ringing.at).total_seconds() == pytest.approx(3.0, abs=0.5)
    record = await asterisk.cdr(leg.sip_call_id)
    assert record.answered_at is not None
    assert abs((record.answered_at - answered.at).total_seconds()) < 0.5


async def test_a_slow_answer_is_waited_for(dialling: Dialling, asterisk: Asterisk) -> None:
    async with dialling.line() as line:
        leg = await dialling.answered(line, "+8613811110002", "carrier")
        await dialling.hang_up(leg)
    record = await asterisk.cdr(leg.sip_call_id)
    assert record.answered_at is not None
    assert (record.answered_at - record.started_at).total_seconds() == pytest.approx(8.0, abs=0.5)


async def test_a_customer_who_hangs_up_ends_the_leg_once(dialling: Dialling, asterisk: Asterisk) -> None:
    async with dialling.line() as line:
        leg = await dialling.answered(line, "+8613811110061", "carrier")
        ended = await dialling.ended(leg)
    assert (ended.cause.origin, ended.outcome) == (Origin.REMOTE, LegOutcome.ANSWERED)
    assert len(dialling.heard.all(LegEnded, leg_id=leg.leg_id)) == 1
    assert ended.statistics is not None
    assert ended.statistics.packets_received > 30
    record = await asterisk.cdr(leg.sip_call_id)
    assert abs((record.ended_at - ended.at).total_seconds()) < 0.5
