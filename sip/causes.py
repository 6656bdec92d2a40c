"""Why a leg ended: SIP status, Q.850 cause and origin, mapped to what it means for the dialled number."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec


class Origin(StrEnum):
    """Who or what ended the leg."""

    REMOTE = "remote"  # a SIP response or BYE of the other party
    US = "us"  # our own hangup command
    RING_TIMEOUT = "ring_timeout"  # our ring time ran out and we cancelled
    NO_PROGRESS = "no_progress"  # no 1xx within the limit (5 s): the trunk is silent
    LOCAL_FAILURE = "local_failure"  # transport error, transaction timeout, capacity: never the callee's doing


class LegOutcome(StrEnum):
    """What the end of a leg says about the number that was dialled; values equal the application's outcomes."""

    ANSWERED = "ANSWERED"  # reached CONFIRMED; who answered is decided elsewhere
    BUSY = "BUSY"
    NO_ANSWER = "NO_ANSWER"
    INVALID_NUMBER = "INVALID_NUMBER"
    DECLINED = "DECLINED"
    CONGESTED = "CONGESTED"
    CANCELLED = "CANCELLED"  # we gave up before an answer for our own reasons
    FAILED = "FAILED"  # trunk misconfigured (401 403 407) or no common codec (415 488 606)


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a leg as the network told it.

    `sip_status` is 0 where no final response was seen; `q850` is the cause of a `Reason: Q.850` header
    (RFC 3326) when there was one and wins over the status.
    """

    origin: Origin
    sip_status: int = 0
    q850: int | None = None
    text: str = ""


BY_Q850: Final[Mapping[int, LegOutcome]] = {
    17: LegOutcome.BUSY,
    **dict.fromkeys((18, 19, 20, 31), LegOutcome.NO_ANSWER),
    **dict.fromkeys((1, 3, 22, 28), LegOutcome.INVALID_NUMBER),
    21: LegOutcome.DECLINED,
    **dict.fromkeys((27, 34, 38, 41, 42, 44, 47), LegOutcome.CONGESTED),
    57: LegOutcome.FAILED,  # bearer capability not authorised: the trunk is misconfigured
    **dict.fromkeys((65, 88), LegOutcome.FAILED),  # no common codec
}

BY_STATUS: Final[Mapping[int, LegOutcome]] = {
    **dict.fromkeys((486, 600), LegOutcome.BUSY),
    **dict.fromkeys((480, 408, 487), LegOutcome.NO_ANSWER),
    **dict.fromkeys((404, 410, 484, 485, 604), LegOutcome.INVALID_NUMBER),
    **dict.fromkeys((603, 607, 608), LegOutcome.DECLINED),
    **dict.fromkeys((500, 502, 503, 504), LegOutcome.CONGESTED),
    **dict.fromkeys((401, 403, 407), LegOutcome.FAILED),  # trunk misconfigured
    **dict.fromkeys((415, 488, 606), LegOutcome.FAILED),  # no common codec
}

BY_CLASS: Final[Mapping[int, LegOutcome]] = {
    3: LegOutcome.FAILED,  # a redirection is not followed: the trunk is misconfigured
    4: LegOutcome.FAILED,
    5: LegOutcome.CONGESTED,
    6: LegOutcome.DECLINED,
}

BY_ORIGIN: Final[Mapping[Origin, LegOutcome]] = {
    Origin.US: LegOutcome.CANCELLED,
    Origin.RING_TIMEOUT: LegOutcome.NO_ANSWER,
    Origin.NO_PROGRESS: LegOutcome.CONGESTED,
    Origin.LOCAL_FAILURE: LegOutcome.CONGESTED,
}


def outcome_of(cause: Cause, *, answered: bool) -> LegOutcome:
    """What the end of a leg means for the number: our own doing first, then Q.850, then the SIP status.

    A Q.850 cause that is not in the table says nothing and leaves the word to the status.
    """
    if answered:
        return LegOutcome.ANSWERED
    if cause.origin in BY_ORIGIN:
        return BY_ORIGIN[cause.origin]
    if cause.q850 is not None and cause.q850 in BY_Q850:
        return BY_Q850[cause.q850]
    return BY_STATUS.get(cause.sip_status, BY_CLASS.get(cause.sip_status // 100, LegOutcome.FAILED))
