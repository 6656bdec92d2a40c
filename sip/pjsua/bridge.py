"""The wanted audio topology, kept in Python: PJSIP forgets connections at every re-INVITE."""

from __future__ import annotations

from typing import Any, Protocol

import pjsua2
import structlog

log = structlog.get_logger(__name__)


class Port(Protocol):
    """Something that gives or takes sound: a leg, a player, a recorder."""

    def audio(self) -> Any | None:
        """Its `pjsua2.AudioMedia`, fetched fresh; None while it has none (hold, not answered, ended)."""
        ...


class Bridge:
    def __init__(self) -> None:
        self._wanted: dict[tuple[Port, Port], None] = {}

    def connect(self, source: Port, sink: Port) -> None:
        """Now, and again whenever either side gets its media back."""
        self._wanted[source, sink] = None
        self._transmit(source, sink)

    def disconnect(self, source: Port, sink: Port) -> None:
        if (source, sink) not in self._wanted:
            return
        del self._wanted[source, sink]
        giving, taking = source.audio(), sink.audio()
        if giving is None or taking is None:
            return
        try:
            giving.stopTransmit(taking)
        except pjsua2.Error as error:
            log.warning("a bridge connection was gone already", reason=error.reason)

    def wants(self, source: Port, sink: Port) -> bool:
        return (source, sink) in self._wanted

    def remove(self, port: Port) -> None:
        """Disconnect everything from and to `port`."""
        for source, sink in [pair for pair in self._wanted if port in pair]:
            self.disconnect(source, sink)

    def reapply(self, port: Port) -> None:
        """`port` may have a new slot: connect whatever it should be connected to."""
        for source, sink in [pair for pair in self._wanted if port in pair]:
            self._transmit(source, sink)

    def _transmit(self, source: Port, sink: Port) -> None:
        giving, taking = source.audio(), sink.audio()
        if giving is not None and taking is not None:
            giving.startTransmit(taking)
