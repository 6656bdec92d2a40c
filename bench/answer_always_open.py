"""The agent's phone stays connected all shift."""

from __future__ import annotations

from bench.answer import answer_to_voice
from bench.figure import Figure
from dialer.domain.agent import LegMode


async def measure() -> list[Figure]:
    return await answer_to_voice("answer_always_open", LegMode.ALWAYS_OPEN, 60.0)
