"""What a call must not wait for longer than."""

from __future__ import annotations

from enum import StrEnum


class Deadline(StrEnum):
    RING_OVER = "ring_over"  # the worker should have reported the end of ringing
    RING_CHECK = "ring_check"  # rung long enough to be cancelled, should agents be missing
    AGENT_ANSWER = "agent_answer"
    QUEUE = "queue"  # a caller has waited long enough for somebody to become free
    MESSAGE = "message"  # safe harbour
    VERDICT = "verdict"  # person or machine: taken for a person from here on
    GREETING = "greeting"  # the machine should have finished speaking
    VOICEMAIL = "voicemail"  # our message to it should be over
    GOODBYE = "goodbye"  # the message is over, or could not be played
    BRIDGED = "bridged"  # the worker took the bridge and should have said that both hear each other
    NEARS_LONGEST = "nears_longest"
    LONGEST = "longest"
    END = "end"  # we hung up and the leg's end should have been reported


class Deadlines:
    """Times of the loop's clock."""

    def __init__(self) -> None:
        self._at: dict[Deadline, float] = {}

    def set(self, deadline: Deadline, at: float) -> None:
        self._at[deadline] = at

    def clear(self, *deadlines: Deadline) -> None:
        for deadline in deadlines:
            self._at.pop(deadline, None)

    def clear_all(self) -> None:
        self._at.clear()

    def at(self, deadline: Deadline) -> float | None:
        return self._at.get(deadline)

    def first(self) -> float | None:
        return min(self._at.values(), default=None)

    def due(self, now: float) -> Deadline | None:
        """The earliest that is over; it is taken out."""
        deadline = min(self._at, key=self._at.__getitem__, default=None)
        if deadline is None or self._at[deadline] > now:
            return None
        del self._at[deadline]
        return deadline
