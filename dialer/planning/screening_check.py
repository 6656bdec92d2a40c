"""What can be wrong with a campaign's screening: its thresholds, and the message it leaves."""

from __future__ import annotations

import wave
from typing import Final

from campaigns.screening import ScreeningSettings
from dialer.engine.detector import thresholds
from dialer.errors import Invalid

LONGEST_S: Final = 60.0
RATE: Final = 8000


def check_screening(screening: ScreeningSettings) -> None:
    """Reads the file. Raises `Invalid`, saying what to do."""
    thresholds(screening)
    if screening.leaves_message:
        check_message(screening.message_file)


def check_message(path: str) -> None:
    """Raises `Invalid`, saying what to do."""
    try:
        with wave.open(path, "rb") as sound:
            form = sound.getnchannels(), sound.getsampwidth(), sound.getframerate()
            seconds = sound.getnframes() / sound.getframerate()
    except (OSError, EOFError, wave.Error) as error:
        raise _invalid(f"{path} cannot be read ({error}); name a WAV file on the server") from None
    if form != (1, 2, RATE):
        raise _invalid(
            f"{path} must be mono, 16 bit and {RATE} Hz, such as ffmpeg -i IN -ac 1 -ar {RATE} OUT.wav makes"
        )
    if not 0.5 <= seconds <= LONGEST_S:
        raise _invalid(f"{path} lasts {seconds:.1f} s; a message takes between 0.5 and {LONGEST_S:.0f} s")


def _invalid(what: str) -> Invalid:
    return Invalid(f"screening.message_file: {what}", field="screening")
