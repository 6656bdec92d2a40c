"""Finished recordings, listened to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from tests import audio
from tests.audio import WINDOW_S, Sound
from tests.e2e.faults.centre import Attempt, Centre

SILENT = 0.003


@dataclass(frozen=True, slots=True)
class Conversation:
    agent: Sound
    customer: Sound
    talk_s: float

    def assert_whole(self) -> None:
        """As long as the talk, and both speak all the way through: no hole where something was killed."""
        length = self.agent.duration_s
        assert abs(length - self.talk_s) < 1.0, f"{length:.2f} s recorded of {self.talk_s:.2f} s"
        for who, side in (("agent", self.agent), ("customer", self.customer)):
            assert longest_silence_s(side) < 2.0, f"{who}: {longest_silence_s(side):.1f} s of silence"


def longest_silence_s(side: Sound) -> float:
    runs = ((silent, sum(1 for _ in run)) for silent, run in groupby(side.windows(), key=lambda w: w.rms < SILENT))
    return max((count * WINDOW_S for silent, count in runs if silent), default=0.0)


async def recording_of(centre: Centre, attempt: Attempt) -> dict[str, object]:
    page = await centre.site.get("/recordings", limit=500)
    [row] = [row for row in page["items"] if row["call"] == attempt["id"]]
    return dict(row)


async def conversation(centre: Centre, attempt: Attempt) -> Conversation:
    row = await recording_of(centre, attempt)
    assert row["state"] == "FINALIZED", row
    agent, customer = audio.read(centre.site.data / "recordings" / str(row["path"]))
    return Conversation(agent, customer, seconds(attempt, "connected_at", "ended_at"))


def seconds(attempt: Attempt, since: str, until: str) -> float:
    return (at(attempt[until]) - at(attempt[since])).total_seconds()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)
