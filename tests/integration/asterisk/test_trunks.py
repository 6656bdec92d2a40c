"""Trunks: registration at the bed, and carriers that misbehave (played by SIPp)."""

from __future__ import annotations

import msgspec
import pytest

from sip.causes import LegOutcome, Origin
from sip.commands import HangupReason
from sip.events import LegAnswered, LegEnded, LegRinging, TrunkDown, TrunkUp
from sip.trunks import Codec, Trunk
from tests.asterisk.instance import Asterisk
from tests.integration.asterisk.dialling import Dialling
from tests.softphone import sipp

pytestmark = [pytest.mark.asterisk, pytest.mark.sip, pytest.mark.asyncio(loop_scope="module")]


async def test_a_wrong_password_keeps_the_trunk_down(dialling: Dialling, asterisk: Asterisk) -> None:
    wrong = msgspec.structs.replace(asterisk.digest_trunk("wrong"), password="guessed")
    await dialling.pool.connect_trunk(wrong)
    try:
        down = await dialling.heard.until(TrunkDown, trunk="wrong")
        assert down.sip_status in (401, 403)
        assert not dialling.heard.all(TrunkUp, trunk="wrong")
    finally:
        await dialling.pool.disconnect_trunk("wrong")


async def _carrier(dialling: Dialling, name: str, address: str) -> str:
    await dialling.pool.connect_trunk(Trunk(name=name, address=address, calls_per_second=50.0))
    await dialling.heard.until(TrunkUp, trunk=name)
    return name


@pytest.mark.foreign
async def test_a_silent_trunk_is_congested_and_not_the_callees_doing(dialling: Dialling) -> None:
    async with sipp.answering("silent") as carrier, dialling.line() as line:
        trunk = await _carrier(dialling, "silent", carrier.sip_address)
        leg = await dialling.place(line, "+8613833330001", trunk, no_progress_s=1.0)
        ended = await dialling.ended(leg)
        await dialling.pool.disconnect_trunk(trunk)
    assert (ended.cause.origin, ended.outcome) == (Origin.NO_PROGRESS, LegOutcome.CONGESTED)


@pytest.mark.foreign
async def test_a_trunk_that_refuses_everything_is_congested(dialling: Dialling) -> None:
    async with sipp.answering("refuses", calls=3, FINAL=503, TEXT="Service Unavailable") as carrier:
        trunk = await _carrier(dialling, "refuses", carrier.sip_address)
        for _ in range(3):
            async with dialling.line() as line:
                ended = await dialling.ended(await dialling.place(line, "+8613833330002", trunk))
            assert (ended.cause.sip_status, ended.cause.q850) == (503, None)
            assert ended.outcome is LegOutcome.CONGESTED
        assert (await carrier.finished(10)).completed
        await dialling.pool.disconnect_trunk(trunk)


@pytest.mark.foreign
async def test_an_answer_that_crosses_our_cancel_is_acknowledged_and_hung_up(dialling: Dialling) -> None:
    async with sipp.answering("crossing") as carrier, dialling.line() as line:
        trunk = await _carrier(dialling, "crossing", carrier.sip_address)
        leg = await dialling.place(line, "+8613833330003", trunk)
        await dialling.heard.until(LegRinging, leg_id=leg.leg_id)
        await dialling.pool.hang_up(leg.leg_id, HangupReason.CANCELLED)
        conversation = await carrier.finished(15)
        ended = await dialling.ended(leg)
        await dialling.pool.disconnect_trunk(trunk)
    assert conversation.completed, conversation.output
    assert conversation.requests == ("INVITE", "CANCEL", "ACK", "BYE")
    assert ended.outcome is LegOutcome.CANCELLED
    assert len(dialling.heard.all(LegEnded, leg_id=leg.leg_id)) == 1
    assert not dialling.heard.all(LegAnswered, leg_id=leg.leg_id)


@pytest.mark.foreign
async def test_headers_and_caller_id_are_on_the_invite(dialling: Dialling) -> None:
    async with sipp.answering("answers") as carrier, dialling.line() as line:
        trunk = await _carrier(dialling, "answers", carrier.sip_address)
        leg = await dialling.answered(
            line, "+8613833330004", trunk, caller_id="+861012345678", p_asserted_identity="+861012345678",
            headers={"X-Campaign": "autumn"},
        )  # fmt: skip
        await dialling.hang_up(leg)
        conversation = await carrier.finished(10)
        await dialling.pool.disconnect_trunk(trunk)
    invite = conversation.messages[0]
    assert invite.start_line.startswith("INVITE sip:+8613833330004@")
    assert "+861012345678" in invite.headers["from"]
    assert "+861012345678" in invite.headers["p-asserted-identity"]
    assert invite.headers["x-campaign"] == "autumn"
    assert invite.headers["call-id"] == leg.sip_call_id


@pytest.mark.foreign
async def test_a_phone_called_by_its_address_is_asked_to_answer_by_itself(dialling: Dialling) -> None:
    async with sipp.answering("answers") as desk_phone, dialling.line() as line:
        leg = await dialling.answered(line, f"sip:1001@{desk_phone.sip_address}", "", auto_answer=True)
        await dialling.hang_up(leg)
        invite = (await desk_phone.finished(10)).messages[0]
    assert "answer-after=0" in invite.headers["call-info"]
    assert invite.headers["alert-info"]


@pytest.mark.parametrize("codec", [Codec.PCMA, Codec.PCMU, Codec.G722])
async def test_the_trunks_codec_is_the_one_used(dialling: Dialling, asterisk: Asterisk, codec: Codec) -> None:
    trunk = msgspec.structs.replace(asterisk.address_trunk(f"only-{codec.value}"), codecs=(codec,))
    await dialling.pool.connect_trunk(trunk)
    await dialling.heard.until(TrunkUp, trunk=trunk.name)
    async with dialling.line() as line:
        leg = await dialling.place(line, "+8613833330061", trunk.name)
        ended = await dialling.ended(leg)
    await dialling.pool.disconnect_trunk(trunk.name)
    assert ended.statistics is not None
    assert ended.statistics.codec.partition("/")[0] == codec.value
    assert ended.statistics.packets_received > 30
