"""Built-in messages: safe-harbour in English and Chinese, and the beep that announces a customer."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

BEEP: Final = str(files(__package__ or "dialer.sounds") / "beep.wav")


def safe_harbour(country: str) -> str:
    """The message a customer hears whom no agent could take, in the language of the campaign's country."""
    language = "zh" if country in ("CN", "TW", "HK", "MO") else "en"
    return str(files(__package__ or "dialer.sounds") / f"safe_harbour_{language}.wav")
