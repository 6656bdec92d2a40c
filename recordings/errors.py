"""What can go wrong with a recording: one small class each, with a stable code."""

from __future__ import annotations

from typing import ClassVar


class RecordingError(Exception):
    """The message says in one sentence what is wrong and, where somebody can act, what to do."""

    code: ClassVar[str] = "recording_error"


class RecordingMissing(RecordingError):
    """No file where the recording should be."""

    code = "recording_missing"


class RecordingDamaged(RecordingError):
    """A file is there but its sound cannot be used."""

    code = "recording_damaged"


class EncodingFailed(RecordingError):
    """What was written could not be read back as it should be; the raw files stay."""

    code = "encoding_failed"


class RecordingAltered(RecordingError):
    """The file is not the one whose checksum was stored."""

    code = "recording_altered"


class DiskFull(RecordingError):
    """Nothing was lost: the raw files stay, the same call may be made again once there is room."""

    code = "disk_full"


class WrongRange(RecordingError):
    """A cut that lies outside of the recording."""

    code = "wrong_range"


class DeletionRefused(RecordingError):
    code = "deletion_refused"


class ExportRefused(RecordingError):
    code = "export_refused"
