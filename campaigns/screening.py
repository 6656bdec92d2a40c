"""Person or machine: what a campaign wants to be done about answering machines, and what a verdict leads to.

The detector's words arrive as plain text: "human", "machine" or "uncertain".
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

MACHINE: Final = "machine"


class ScreeningMode(StrEnum):
    OFF = "off"
    CONNECT_FIRST = "connect_first"  # the agent is joined at the answer, the detector listens beside them
    DETECT_FIRST = "detect_first"  # nobody is joined before the verdict


class AfterMachine(StrEnum):
    HANG_UP = "hang_up"
    LEAVE_MESSAGE = "leave_message"  # after the beep
    HAND_OVER = "hand_over"  # the agent has it all the same, and knows what it is


class Treatment(StrEnum):
    """What became of a call upon its verdict; kept with the attempt."""

    SERVED = "served"  # a person, as far as we know: nothing changes
    HUNG_UP = "hung_up"
    MESSAGE = "message"  # left alone with our message
    HANDED_OVER = "handed_over"
    CHECKED = "checked"  # given to an agent as if a person: his disposition tells whether the verdict was right
    KEPT = "kept"  # an agent had said before that it is a person, or had decided already
    LATE = "late"  # the verdict came when they had talked for too long to be parted


ALONE: Final = frozenset({Treatment.HUNG_UP, Treatment.MESSAGE})
"""No agent hears the call any more."""


class ScreeningSettings(BaseModel):
    """Off unless a planner turns it on: with a few agents a machine costs less than a person hung up on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: ScreeningMode = ScreeningMode.OFF
    after_machine: AfterMachine = AfterMachine.HANG_UP
    message_file: str = ""  # WAV on the server, 8 kHz mono 16 bit
    free_within_s: float = Field(default=6.0, ge=0.5, le=30)  # of the conversation; a later verdict only informs
    freed_wrap_up_s: float = Field(default=0.0, ge=0, le=60)  # of the agent a machine was taken from
    checked_share: float = Field(default=0.02, ge=0, le=1)  # of the machines, given to agents to check the verdict
    greeting_most_s: float = Field(default=60.0, ge=5, le=180)  # a machine that speaks longer is hung up on
    thresholds: dict[str, float] = Field(default_factory=dict)  # of the detector, by name

    @model_validator(mode="after")
    def _message_is_there(self) -> Self:
        if self.leaves_message and not self.message_file:
            raise ValueError("message_file: name the WAV that is left after the beep, or choose another after_machine")
        return self

    @property
    def on(self) -> bool:
        return self.mode is not ScreeningMode.OFF

    @property
    def holds_back(self) -> bool:
        return self.mode is ScreeningMode.DETECT_FIRST

    @property
    def leaves_message(self) -> bool:
        return self.after_machine is AfterMachine.LEAVE_MESSAGE


def treatment(
    settings: ScreeningSettings, verdict: str, *, agent: bool, talked_s: float | None, spoken_for: bool, checked: bool
) -> Treatment:
    """What a verdict leads to. `agent`: one is joined or kept for the call; `talked_s`: since he was joined, None where
    he was not; `spoken_for`: he has said that it is a person, or has decided already; `checked`: drawn to be checked.
    """
    if verdict != MACHINE:
        return Treatment.SERVED
    if spoken_for:
        return Treatment.KEPT
    if talked_s is not None and talked_s > settings.free_within_s:
        return Treatment.LATE
    if agent and settings.after_machine is AfterMachine.HAND_OVER:
        return Treatment.HANDED_OVER
    if agent and checked:
        return Treatment.CHECKED
    return Treatment.MESSAGE if settings.leaves_message else Treatment.HUNG_UP


def drawn(attempt_id: str, share: float) -> bool:
    """Whether this attempt is one of the share that is checked; always the same answer for the same attempt."""
    digest = hashlib.sha256(f"checked {attempt_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64
