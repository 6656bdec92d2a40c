"""Names of topics: `goldenhour/v1/<site>/<subject>`."""

from __future__ import annotations

from typing import Final

ROOT: Final = "goldenhour/v1"
# The outbox escapes what people chose. Whatever slips through must still not stop the feed: a client refuses to
# publish to a topic with these in it, and everything behind would wait for ever.
_FORBIDDEN: Final = str.maketrans({"+": "%2B", "#": "%23", "\0": "%00"})


def topic(site: str, subject: str) -> str:
    return f"{ROOT}/{site}/{subject.translate(_FORBIDDEN)}"


def status_topic(site: str) -> str:
    """Retained `online` or `offline`; the broker itself says `offline` when the engine's connection breaks."""
    return f"{ROOT}/{site}/status"
