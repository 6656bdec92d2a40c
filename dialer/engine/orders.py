"""Commands to the lines, each with a deadline: a lost reply costs one call at most, never the dialer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import structlog

from sip.errors import BadDestination, TelephonyError, UnknownLeg, WorkerGone

log = structlog.get_logger(__name__)


class NoReply(WorkerGone):
    """The command was still under way when we stopped waiting: what it took, the telephony counts as taken."""


async def carried_out(command: Awaitable[None], *, within: float) -> TelephonyError | None:
    """None when the worker accepted it, else why not. `WorkerGone` leaves open whether it was carried out."""
    try:
        async with asyncio.timeout(within):
            await command
    except TimeoutError:
        return NoReply("no reply within the deadline")
    except TelephonyError as error:
        if isinstance(error, BadDestination):  # its words may hold a customer's number
            log.warning("line_command_failed", code=error.code)
        elif not isinstance(error, UnknownLeg):
            log.warning("line_command_failed", code=error.code, error=str(error))
        return error
    return None
