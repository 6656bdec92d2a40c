"""The agent's phone is called when the customer answers."""

from __future__ import annotations

from bench.answer import answer_to_voice
from bench.figure import Figure
from dialer.domain.agent import LegMode


async def measure() -> list[Figure]:
    return await answer_to_voice("answer_on_connect", LegMode.ON_CONNECT, 300.0)
