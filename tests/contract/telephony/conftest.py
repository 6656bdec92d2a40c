"""Every story runs on real SIP (marker `sip`) and on the fake."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.contract.telephony import fake, real
from tests.contract.telephony.far_end import Line, OpenLine
from tests.contract.telephony.story import Story
from tests.integration.sip.floor import listening

LINES = [
    pytest.param(real.contract_line, id="line_pool", marks=pytest.mark.sip),
    pytest.param(fake.contract_line, id="fake"),
]


@pytest.fixture(params=LINES)
async def line(request: pytest.FixtureRequest) -> AsyncIterator[Line]:
    open_line: OpenLine = request.param
    async with open_line() as opened:
        yield opened


@pytest.fixture
async def story(line: Line) -> AsyncIterator[Story]:
    async with listening(line.telephony) as heard:
        yield Story(line.telephony, line.far_end, heard, line.kill_worker)
