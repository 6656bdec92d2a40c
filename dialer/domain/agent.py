"""An agent's states."""

from __future__ import annotations

from enum import StrEnum


class AgentState(StrEnum):
    LOGGED_OUT = "LOGGED_OUT"
    PAUSED = "PAUSED"
    READY = "READY"
    RESERVED = "RESERVED"
    ON_CALL = "ON_CALL"
    WRAP_UP = "WRAP_UP"


class LegMode(StrEnum):
    """How the agent's phone is reached."""

    ON_CONNECT = "on_connect"
    ALWAYS_OPEN = "always_open"
    AUTO = "auto"  # always_open where a worker has the room
