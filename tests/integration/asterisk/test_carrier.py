"""The carrier of the bed, seen with SIPp alone: each kind of number behaves as docker/asterisk/README.md says."""

from __future__ import annotations

import pytest

from tests.asterisk.instance import Asterisk
from tests.softphone import sipp

pytestmark = [pytest.mark.asterisk, pytest.mark.foreign]

# last two digits: (provisional responses, final response, Q.850 of its Reason header)
REFUSED = {
    "07": ((183,), 404, 1),
    "10": ((), 486, 17),
    "11": ((), 503, 34),
    "12": ((), 404, 1),
    "13": ((), 603, 0),
    "14": ((), 480, 20),
    "15": ((), 403, 21),
    "16": ((), 488, 0),
    "17": ((), 410, 22),
    "18": ((180,), 480, 19),
    "19": ((180,), 603, 0),
    "20": ((), 403, 0),
    "21": ((), 603, 57),
    "22": ((), 488, 58),
}


@pytest.mark.parametrize("ending", REFUSED)
async def test_a_number_that_is_refused_gets_its_status_and_cause(asterisk: Asterisk, ending: str) -> None:
    provisional, final, q850 = REFUSED[ending]
    heard = await sipp.call("invite", asterisk.address_trunk_address, f"+86138000000{ending}", FINAL=final)
    assert heard.completed, heard.output
    assert heard.statuses == (100, *provisional, final)
    assert heard.response(final).q850 == q850
    record = await asterisk.cdr(heard.call_id)
    assert (record.called, record.answered) == (f"+86138000000{ending}", False)
    assert q850 in (0, record.cause)


@pytest.mark.parametrize(("ending", "provisional", "rings_s"), [("00", (), 0), ("01", (180,), 1), ("06", (183,), 3)])
async def test_a_number_that_answers_rings_as_long_as_it_should(
    asterisk: Asterisk, ending: str, provisional: tuple[int, ...], rings_s: float
) -> None:
    heard = await sipp.call("talk", asterisk.address_trunk_address, f"138000000{ending}", PAUSE=300)
    assert heard.completed, heard.output
    assert heard.statuses == (100, *provisional, 200)
    record = await asterisk.cdr(heard.call_id)
    assert record.answered_at is not None
    assert (record.answered_at - record.started_at).total_seconds() == pytest.approx(rings_s, abs=0.5)
    assert record.talk_s == pytest.approx(0.3, abs=0.3)
    assert record.disposition == "ANSWERED"


async def test_a_number_that_hangs_up_does_so_after_its_seconds(asterisk: Asterisk) -> None:
    heard = await sipp.call("listen", asterisk.address_trunk_address, "13800000062")
    assert heard.completed, heard.output
    assert heard.requests == ("BYE",)
    record = await asterisk.cdr(heard.call_id)
    assert 2.0 <= record.talk_s < 3.0  # Asterisk waits up to 0.5 s for the caller's RTP, which SIPp never sends
    assert record.cause == 16


async def test_a_number_nobody_answers_rings_until_the_caller_gives_up(asterisk: Asterisk) -> None:
    heard = await sipp.call(
        "cancel", asterisk.address_trunk_address, "13800000008", PAUSE=500, RINGS='<recv response="180"/>'
    )
    assert heard.completed, heard.output
    assert heard.statuses == (100, 180, 200, 487)
    record = await asterisk.cdr(heard.call_id)
    assert (record.answered, record.disposition) == (False, "NO ANSWER")


async def test_a_number_without_progress_gets_nothing_but_trying(asterisk: Asterisk) -> None:
    heard = await sipp.call("cancel", asterisk.address_trunk_address, "13800000009", PAUSE=1500, RINGS="")
    assert heard.completed, heard.output
    assert heard.statuses == (100, 200, 487)


async def test_a_trunk_call_with_a_caller_id_is_challenged_and_let_in_with_the_password(asterisk: Asterisk) -> None:
    heard = await sipp.call(
        "invite_digest", asterisk.sip_address, "+8613800000010", FINAL=486, USER="goldenhour",
        PASSWORD=asterisk.trunk_password,
    )  # fmt: skip
    assert heard.completed, heard.output
    assert heard.statuses == (401, 100, 486)


async def test_a_trunk_call_with_a_wrong_password_is_not_let_in(asterisk: Asterisk) -> None:
    heard = await sipp.call(
        "invite_digest", asterisk.sip_address, "+8613800000010", FINAL=401, USER="goldenhour", PASSWORD="guessed"
    )
    assert heard.completed, heard.output
    assert heard.statuses == (401,)


async def test_the_phone_of_an_agent_who_is_not_there_is_unavailable(asterisk: Asterisk) -> None:
    heard = await sipp.call("invite", asterisk.address_trunk_address, "1020", FINAL=480)
    assert heard.completed, heard.output
    assert heard.statuses == (100, 480)
