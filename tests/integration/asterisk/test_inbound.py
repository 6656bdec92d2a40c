"""A customer calls through a real registrar that rings every contact the site has: one worker takes it, once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from campaigns.inbound import InboundOutcome
from dialer.domain.inbound import InboundState
from sip.events import LegAnswered, LegRinging
from tests.asterisk.instance import Asterisk
from tests.integration.sip.floor import eventually, no_worker_stays
from tests.integration.sip.test_inbound import CALLER_HZ, CUSTOMER, both_hear, known_to_mei, site

__all__ = ["no_worker_stays"]

pytestmark = [pytest.mark.asterisk, pytest.mark.sip]
OUR_NUMBER = "+864008008000"


async def test_a_call_that_the_registrar_forks_to_all_workers_is_answered_once_by_the_agent_who_knows_the_customer(
    asterisk: Asterisk, tmp_path: Path
) -> None:
    trunk = msgspec.structs.replace(asterisk.digest_trunk("carrier"), inbound=True)
    async with site(tmp_path, workers=3, trunk=trunk) as here:
        await known_to_mei(here)
        await here.engine.make_ready("mei")
        await eventually(lambda: not here.engine._telephony._admission.down_at("w3"), what="registered")  # type: ignore[attr-defined]
        await here.calls(destination=f"sip:{OUR_NUMBER}@{asterisk.address_trunk_address}")
        await here.heard.until(LegRinging, leg_id="customer", within=2.0)
        phone = await here.agent_picks_up()
        await here.heard.until(LegAnswered, leg_id="customer")
        await here.speaks("customer", CALLER_HZ)
        await eventually(
            lambda: [one.state for one in here.engine.floor().inbound] == [InboundState.CONNECTED], what="joined, once"
        )
        [card] = here.engine.floor().inbound
        assert (card.lead_name, card.number, card.agent_id) == ("Ms Wu", CUSTOMER, "mei")
        await both_hear(here, phone)
        await here.far.hang_up("customer")
        row = await here.over()
        await asyncio.sleep(1.5)  # branches that were refused would have been written by now
        rows = await here.store.inbound.page()
    assert [one.outcome for one in rows] == [InboundOutcome.ANSWERED], rows
    assert (row.agent_id, row.rings) == ("mei", 1)


async def test_a_caller_whom_nobody_takes_is_told_so_by_the_carrier(asterisk: Asterisk, tmp_path: Path) -> None:
    trunk = msgspec.structs.replace(asterisk.digest_trunk("carrier"), inbound=True)
    async with site(tmp_path, workers=1, trunk=trunk) as here:
        await eventually(lambda: not here.engine._telephony._admission.down_at("w1"), what="registered")  # type: ignore[attr-defined]
        await here.calls(destination=f"sip:{OUR_NUMBER}@{asterisk.address_trunk_address}")
        row = await here.over()
    assert (row.outcome, row.caller) == (InboundOutcome.MISSED, CUSTOMER)
