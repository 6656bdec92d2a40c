"""Why a leg ended: SIP status, Q.850 cause and origin, mapped to what it means for the dialled number."""

from __future__ import annotations

from enum import StrEnum

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
