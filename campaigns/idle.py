"""Why a campaign is not dialling right now: computed, never stored as a state."""

from __future__ import annotations

from enum import StrEnum


class IdleReason(StrEnum):
    NOT_RUNNING = "not_running"
    OUTSIDE_WINDOW = "outside_window"
    NO_READY_AGENT = "no_ready_agent"
    NO_LEAD_DUE = "no_lead_due"
    LIST_EXHAUSTED = "list_exhausted"
    PILOT_COMPLETE = "pilot_complete"  # as many conversations as the pilot's plan asks for; the decision is awaited
    PILOT_LIMIT = "pilot_limit"  # attempts under way may become the last conversations of the pilot's plan
    AGENTS_COVERED = "agents_covered"  # every ready agent already has an attempt under way
    NO_FREE_LINE = "no_free_line"
    RATE_LIMIT = "rate_limit"
    TRUNK_DOWN = "trunk_down"
    DISK_FULL = "disk_full"
    RECOVERING = "recovering"
