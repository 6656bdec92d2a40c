"""What the machine and the installed libraries give: interpreter, OpenSSL, sound, disk."""

from __future__ import annotations

import shutil
import ssl
import sys
import tempfile
from pathlib import Path
from typing import Final

import numpy
import soundfile

from dialer.config import Config
from dialer.doctor.check import Check, failed, passed, warned

SECONDS_PER_GB: Final = {"opus": 160_000, "wav": 31_000}  # measured on speech, stereo at 8 kHz
RATE: Final = 8000


def check_python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] in ((3, 11), (3, 12)):
        return passed("python", f"Python {version}")
    return failed("python", f"Python {version}", "use Python 3.11 or 3.12, which the pjsua2 wheel is made for")


def check_openssl() -> Check:
    """The interpreter's; what pjsua2 brings along is seen on the line worker."""
    if ssl.OPENSSL_VERSION_INFO >= (1, 1, 1):
        return passed("openssl", ssl.OPENSSL_VERSION)
    return failed("openssl", ssl.OPENSSL_VERSION, "use a Python that is built with OpenSSL 1.1.1 or newer")


def check_sound(config: Config) -> Check:
    """Writes and reads back a second of the format that recordings are kept in."""
    suffix, kind = (".opus", "OGG/OPUS") if config.recordings.format == "opus" else (".wav", "WAV/PCM_16")
    container, subtype = kind.split("/")
    tone = (numpy.sin(numpy.arange(RATE) * 2 * numpy.pi * 440 / RATE) * 8000).astype(numpy.int16)
    with tempfile.TemporaryDirectory(prefix="goldenhour-") as directory:
        path = Path(directory) / f"tone{suffix}"
        try:
            soundfile.write(path, numpy.column_stack((tone, tone)), RATE, format=container, subtype=subtype)
            frames = soundfile.info(path).frames
        except (soundfile.LibsndfileError, OSError, ValueError) as error:
            return failed("audio", f"{kind} cannot be written: {error}", 'set recordings.format = "wav"')
    if frames < RATE:
        return failed("audio", f"{kind} loses sound: {frames} of {RATE} frames", 'set recordings.format = "wav"')
    return passed("audio", f"{kind} by libsndfile {soundfile.__libsndfile_version__}; no sound device is needed")


def check_disk(config: Config) -> Check:
    folder = next(path for path in (config.data, *config.data.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    hours = free / 1e9 * SECONDS_PER_GB[config.recordings.format] / 3600
    detail = f"{free / 1e9:.1f} GB free in {folder}, about {hours:.0f} hours of recordings"
    least = config.recordings.smallest_free_mb * 1_000_000
    if free < least:
        return failed("disk", detail, "free some space; no call is placed below recordings.smallest_free_mb")
    if free < 4 * least:
        return warned("disk", detail, "free some space soon, or shorten recordings.retention_days")
    return passed("disk", detail)


def check_data(config: Config) -> Check:
    if not config.data.exists():
        return warned("data directory", f"{config.data} does not exist yet", "it is made by the first goldenhour serve")
    mode = config.data.stat().st_mode & 0o777
    if mode & 0o077:
        return warned("data directory", f"{config.data} is open to others (mode {mode:o})", f"chmod 700 {config.data}")
    return passed("data directory", f"{config.data}, for this user only")
