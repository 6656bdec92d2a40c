"""Which codecs a leg offers, as text surgery on the audio part of an SDP (RFC 4566); no pjsua2."""

from __future__ import annotations

import re
from collections.abc import Sequence

STATIC = {"0": "PCMU", "8": "PCMA", "9": "G722"}
EVENTS = "TELEPHONE-EVENT"

_RTPMAP = re.compile(r"^a=rtpmap:(\d+) ([^/\s]+)", re.MULTILINE)
_AUDIO = re.compile(r"^(m=audio \d+(?:/\d+)? \S+)((?: \d+)+)", re.MULTILINE)
_FORMAT = re.compile(r"^a=(?:rtpmap|fmtp|rtcp-fb):(\d+) .*\r?\n", re.MULTILINE)


def with_codecs(sdp: str, codecs: Sequence[str]) -> str:
    """`sdp` with only `codecs` (in this order) and telephone-event; unchanged where none of them is in it."""
    audio = _AUDIO.search(sdp)
    if audio is None:
        return sdp
    names = STATIC | {number: name.upper() for number, name in _RTPMAP.findall(sdp)}
    offered = audio.group(2).split()
    kept = [number for codec in codecs for number in offered if names.get(number) == codec]
    if not kept:
        return sdp
    kept += [number for number in offered if names.get(number) == EVENTS]
    slim = _FORMAT.sub(lambda line: line.group(0) if line.group(1) in kept else "", sdp)
    return _AUDIO.sub(lambda match: f"{match.group(1)} {' '.join(kept)}", slim, count=1)
