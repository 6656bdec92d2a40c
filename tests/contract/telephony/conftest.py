"""Every story runs on real SIP (marker `sip`), and on the fake as soon as it offers `contract_line`."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator

import pytest

from tests.contract.telephony import real
from tests.contract.telephony.far_end import Line, OpenLine
from tests.contract.telephony.story import Story
from tests.integration.sip.floor import listening


def fake_line() -> OpenLine | None:
    try:
        fake = importlib.import_module("dialer.twin.telephony")
    except ModuleNotFoundError:
        return None
    return getattr(fake, "contract_line", None)


LINES = [pytest.param(real.contract_line, id="line_pool", marks=pytest.mark.sip)]
if (fake := fake_line()) is not None:
    LINES.append(pytest.param(fake, id="fake"))


@pytest.fixture(params=LINES)
async def line(request: pytest.FixtureRequest) -> AsyncIterator[Line]:
    open_line: OpenLine = request.param
    async with open_line() as opened:
        yield opened


@pytest.fixture
async def story(line: Line) -> AsyncIterator[Story]:
    async with listening(line.telephony) as heard:
        yield Story(line.telephony, line.far_end, heard, line.kill_worker)
