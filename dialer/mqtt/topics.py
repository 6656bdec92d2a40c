"""Names of topics: `goldenhour/v1/<site>/<subject>`."""

from __future__ import annotations

from typing import Final

ROOT: Final = "goldenhour/v1"
# Wildcards and NUL may not stand in a topic that is published to; ids chosen by people may contain them.
_ESCAPES: Final = str.maketrans({"%": "%25", "+": "%2B", "#": "%23", "\0": "%00"})


def topic(site: str, subject: str) -> str:
    return f"{ROOT}/{site}/{subject.translate(_ESCAPES)}"


def status_topic(site: str) -> str:
    """Retained `online` or `offline`; the broker itself says `offline` when the engine's connection breaks."""
    return f"{ROOT}/{site}/status"
