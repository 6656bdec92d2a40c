"""Refusals of the telephony port; each has a stable `code` that crosses process borders."""

from __future__ import annotations

from typing import ClassVar


class TelephonyError(Exception):
    """A command the line worker refused or could not carry out."""

    code: ClassVar[str] = "telephony_error"


class LineBusy(TelephonyError):
    """No room for another leg; give the lead back and try later. Says nothing about the callee."""

    code = "line_busy"


class UnknownLeg(TelephonyError):
    """The leg has ended or never existed on that worker."""

    code = "unknown_leg"


class BadDestination(TelephonyError):
    """Destination or caller ID is not digits with an optional leading plus, or not a valid SIP address."""

    code = "bad_destination"


class UnknownTrunk(TelephonyError):
    """No trunk of that name is up on the worker."""

    code = "unknown_trunk"


class RateLimited(TelephonyError):
    """Every trunk that could carry the call is at its calls-per-second or line limit."""

    code = "rate_limited"


class WorkerGone(TelephonyError):
    """The worker process died or does not answer within the deadline."""

    code = "worker_gone"


class BadState(TelephonyError):
    """The command does not fit the leg's state, for example bridging a leg that is not answered."""

    code = "bad_state"


class MediaFailed(TelephonyError):
    """A sound file or recording could not be opened or written."""

    code = "media_failed"


ERRORS: dict[str, type[TelephonyError]] = {
    kind.code: kind
    for kind in (
        TelephonyError, LineBusy, UnknownLeg, BadDestination, UnknownTrunk,
        RateLimited, WorkerGone, BadState, MediaFailed,
    )
}  # fmt: skip
