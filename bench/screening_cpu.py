"""Processor time of a detector of answering machines beside a call, on a stock worker, Python included.

Both legs of a bridged, recorded conversation are screened by detectors that never settle; the figure is what one of
them adds to the worker's use of a core. A call is screened for a few seconds only.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bench.conversation import conversation
from bench.figure import Figure, Goal
from bench.process import share_of_core
from bench.stage import stage
from sip.amd import AmdSettings

SECONDS: Final = 20.0
ROUNDS: Final = 2
NEVER: Final = 1e6
UNSETTLED: Final = replace(
    AmdSettings(), longest_s=NEVER, initial_silence_s=NEVER, greeting_s=NEVER, leaning_greeting_s=NEVER,
    after_hello_s=NEVER, after_greeting_s=NEVER, tone_s=NEVER, wavering_tone_s=NEVER, cut_off_tone_s=NEVER,
)  # fmt: skip


async def measure() -> list[Figure]:
    plain: list[float] = []
    screened: list[float] = []
    async with stage() as scene:
        pid = scene.lines.worker_pid(next(iter(scene.lines.workers())))
        for number in range(ROUNDS):
            line_id = f"bench{number}"
            async with conversation(scene, line_id):
                plain.append(await share_of_core(pid, SECONDS))
                for leg in (f"{line_id}.c", f"{line_id}.a"):
                    await scene.lines.screen(leg, UNSETTLED)
                screened.append(await share_of_core(pid, SECONDS))
    cost = (sum(screened) - sum(plain)) / ROUNDS / 2
    return [
        Figure(
            figure="screening_cpu",
            value=round(cost, 2),
            unit="% of a core",
            goal=Goal("<=", 1.0),
            details={
                "worker_with_conversation": [round(value, 2) for value in plain],
                "worker_with_two_detectors": [round(value, 2) for value in screened],
                "seconds_each": SECONDS,
            },
        )
    ]
