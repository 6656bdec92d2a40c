"""The demonstration's result as one JSON object, and as a few lines for people."""

from __future__ import annotations

from typing import Any

from campaigns.statistics import percentiles
from dialer.demo.order import DemoOrder
from dialer.ports import AttemptCounts


def report(order: DemoOrder, counts: AttemptCounts, *, lines: int, duration_s: float) -> dict[str, Any]:
    """Durations in seconds unless the key says otherwise; `answer_to_agent_ms` is null where nobody was connected."""
    waits = percentiles(counts.answer_to_agent_ms)
    return {
        "leads": counts.leads,
        "attempts": counts.attempts,
        "outcomes": dict(counts.outcomes),
        "dispositions": dict(counts.dispositions),
        "connected": counts.connected,
        "abandoned": counts.outcomes.get("ABANDONED", 0),
        "recordings": counts.recordings,
        "recording_seconds": round(counts.recording_s, 1),
        "answer_to_agent_ms": {
            "p50": _rounded(waits.p50),
            "p95": _rounded(waits.p95),
            "max": _rounded(waits.max),
        },
        "agents": order.agents,
        "lines": lines,
        "duration_s": round(duration_s, 1),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
