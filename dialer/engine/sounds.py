"""What callers and agents hear from us."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from campaigns.messages import Use, built_in, languages, own
from dialer.engine.live_call import LiveCall
from dialer.engine.settings import EngineSettings

DIRECTORY: Final = Path(__file__).resolve().parent.parent / "sounds"


def files(use: Use, live: LiveCall, settings: EngineSettings) -> Iterator[str]:
    """Best first: the campaign's own in the customer's language, the site's, the built-in one."""
    campaign, lead = live.campaign.settings, live.dossier.lead
    wanted = languages(lead.fields, lead.country, campaign.country)
    if found := own(campaign.messages, use, wanted):
        yield str(Path(settings.message_directory) / f"{found}.wav")
    if use is Use.MESSAGE:
        yield from (path for path in (campaign.safe_harbour_file, settings.safe_harbour_file) if path)
    if name := built_in(use, wanted, campaign.opt_out_key):
        yield str(DIRECTORY / name)


def beep(settings: EngineSettings) -> str:
    return settings.beep_file or str(DIRECTORY / "beep.wav")
