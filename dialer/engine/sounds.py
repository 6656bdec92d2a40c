"""The built-in sounds that callers and agents hear."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from campaigns.campaign import CampaignSettings
from dialer.engine.settings import EngineSettings

_DIRECTORY: Final = Path(__file__).resolve().parent.parent / "sounds"
_CHINESE: Final = frozenset({"CN", "HK", "MO", "SG", "TW"})


def safe_harbour(campaign: CampaignSettings, settings: EngineSettings) -> str:
    """The campaign's own message, the site's, or the built-in one in the campaign's language."""
    language = "zh" if campaign.country in _CHINESE else "en"
    return campaign.safe_harbour_file or settings.safe_harbour_file or str(_DIRECTORY / f"safe_harbour_{language}.wav")


def beep(settings: EngineSettings) -> str:
    return settings.beep_file or str(_DIRECTORY / "beep.wav")
