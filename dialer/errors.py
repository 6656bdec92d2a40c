"""Refusals of user commands: one small class each, with a stable code that API and screens show.

A refusal is an answer, not a fault: nothing was changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class Refused(Exception):
    """`message` says in one sentence what is wrong and what to do; `field` names the offending input."""

    code: ClassVar[str] = "refused"
    http_status: ClassVar[int] = 409

    def __init__(self, message: str, *, field: str = "", details: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.details = dict(details or {})


class NotFound(Refused):
    code = "not_found"
    http_status = 404


class Invalid(Refused):
    code = "invalid"
    http_status = 422


class AlreadyExists(Refused):
    code = "already_exists"


class WrongState(Refused):
    """The command does not fit the state of the campaign, agent or call."""

    code = "wrong_state"


class FewerLinesThanAgents(Refused):
    code = "fewer_lines_than_agents"


class AgentBusy(Refused):
    code = "agent_busy"


class NotReachable(Refused):
    """No server, broker or database where one was expected."""

    code = "not_reachable"
    http_status = 503


class NoServer(NotReachable):
    """The command needs the running engine."""

    code = "no_server"


class AccessDenied(Refused):
    """The token is missing or wrong."""

    code = "access_denied"
    http_status = 401
