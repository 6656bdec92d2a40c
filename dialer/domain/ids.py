"""Identifiers: time-ordered, made before the row exists, so that a leg's name can be derived from its attempt's."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime


def new_id(now: datetime) -> str:
    """A UUIDv7 (RFC 9562) as 32 hex digits: sorts by time."""
    milliseconds = int(now.timestamp() * 1000)
    value = (
        (milliseconds & (2**48 - 1)) << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    )
    return uuid.UUID(int=value).hex


def customer_leg(attempt_id: str) -> str:
    return f"{attempt_id}.c"


def agent_leg(attempt_id: str, agent_id: str = "") -> str:
    """The agent's leg in on_connect mode: one for each call and agent tried, so that a survivor names its agent."""
    return f"{attempt_id}.a.{agent_id}" if agent_id else f"{attempt_id}.a"


def open_leg(agent_id: str, session: str) -> str:
    """The agent's leg in always_open mode, one for each log-in."""
    return f"{session}.o.{agent_id}"


def attempt_of(leg_id: str) -> str | None:
    """The attempt a leg belongs to; None for always-open agent legs and incoming calls."""
    head, _, rest = leg_id.partition(".")
    return head if rest in ("c", "a") or rest.startswith("a.") else None


def agent_of(leg_id: str) -> str | None:
    """The agent whose phone a leg reaches; None for customers' legs."""
    _, _, rest = leg_id.partition(".")
    kind, _, agent_id = rest.partition(".")
    return agent_id if kind in ("a", "o") and agent_id else None
