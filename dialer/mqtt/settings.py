"""Where the feed goes and how it behaves."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSettings:
    """`window` is how many events may be on their way to the broker unconfirmed; durations in seconds."""

    host: str
    site: str
    port: int = 1883
    username: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    ca_file: Path | None = None  # None: the system's authorities
    window: int = 100
    keepalive_s: int = 15
    confirm_s: float = 10.0  # longest wait for the broker's answer, at connecting and for each event

    def __post_init__(self) -> None:
        if not self.host:
            raise ValueError("mqtt.host is empty: name the broker, or leave the whole feed out")
        if not self.site or any(c in self.site for c in "/+#\0"):
            raise ValueError(f"site {self.site!r} becomes part of every topic: no '/', '+' or '#', and not empty")
        if not 1 <= self.window <= 1000:
            raise ValueError(f"window is {self.window}: 1 to 1000")

    def tls_context(self) -> ssl.SSLContext | None:
        """Reads the authorities from disk. OSError or `ssl.SSLError` for a bad `ca_file`."""
        return ssl.create_default_context(cafile=self.ca_file) if self.tls else None
