"""What callers and agents hear from us."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final

from dialer.engine.live_call import LiveCall
from dialer.engine.settings import EngineSettings

_DIRECTORY: Final = Path(__file__).resolve().parent.parent / "sounds"
_CHINESE: Final = frozenset({"CN", "HK", "MO", "SG", "TW"})


class Use(StrEnum):
    MESSAGE = "message"  # safe harbour: nobody is free, who called, how not to be called again
    CONFIRMATION = "confirmation"  # he will not be called again
    WAITING = "waiting"  # until an agent is free or the message begins


def files(use: Use, live: LiveCall, settings: EngineSettings) -> Iterator[str]:
    """Best first: the campaign's own, the site's, the built-in one."""
    language = "zh" if live.campaign.settings.country in _CHINESE else "en"
    if use is Use.MESSAGE:
        own = live.campaign.settings.safe_harbour_file, settings.safe_harbour_file
        yield from (path for path in own if path)
        yield str(_DIRECTORY / f"safe_harbour_{language}.wav")
    elif use is Use.CONFIRMATION:
        yield beep(settings)


def beep(settings: EngineSettings) -> str:
    return settings.beep_file or str(_DIRECTORY / "beep.wav")
