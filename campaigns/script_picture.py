"""Pictures of a script, known by their content: what is named .png may be anything."""

from __future__ import annotations

import struct
from typing import Final, Literal

PictureKind = Literal["png", "jpeg", "webp"]
MEDIA_TYPES: Final[dict[PictureKind, str]] = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def kind_of(content: bytes) -> PictureKind | None:
    """None for whatever is no whole picture of these kinds."""
    if content.startswith(_PNG):
        return "png" if content[12:16] == b"IHDR" and b"IEND" in content[-16:] else None
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "webp" if len(content) >= struct.unpack("<I", content[4:8])[0] + 8 else None
    return "jpeg" if content.startswith(b"\xff\xd8\xff") and _has_frame(content) else None


def _has_frame(content: bytes) -> bool:
    """A JPEG is a chain of segments; one of them says how large the picture is."""
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker in _JPEG_FRAMES:
            return b"\xff\xd9" in content[-64:]
        at += 2 + int(struct.unpack(">H", content[at + 2 : at + 4])[0])
    return False
