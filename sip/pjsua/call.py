"""The pjsua2 side of a leg: reads values out of call-back parameters and hands them to the `Leg`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import pjsua2
import structlog

from sip.messages import q850_cause, status_line
from sip.pjsua.sdp import with_codecs
from sip.pjsua.streams import StreamFigures, read_stream

log = structlog.get_logger(__name__)

UNKNOWN_DURATION: Final = 2**32 - 1  # PJSUA_UNKNOWN_DTMF_DURATION as an unsigned value


@dataclass(frozen=True, slots=True)
class Heard:
    """What a state change was about. `from_network` is false for timers, transport errors and our own doing."""

    from_network: bool
    sip_status: int
    text: str
    q850: int | None = None
    has_sdp: bool = False


class CallOwner(Protocol):
    codecs: Sequence[str]

    def on_calling(self, sip_call_id: str) -> None: ...
    def on_progress(self) -> None: ...
    def on_early(self, heard: Heard) -> None: ...
    def on_confirmed(self) -> None: ...
    def on_disconnected(self, heard: Heard) -> None: ...
    def on_media(self) -> None: ...
    def on_stream(self, figures: StreamFigures) -> None: ...
    def on_dtmf(self, digit: str, duration_ms: int) -> None: ...
    def on_broken(self) -> None: ...


def guarded(callback: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """An exception that escaped into SWIG would keep the call alive through `sys.last_traceback`."""

    @functools.wraps(callback)
    def safe(self: Any, prm: Any) -> None:
        try:
            callback(self, prm)
        except Exception:
            log.exception("a SIP call-back failed", callback=callback.__name__)
            self.owner.on_broken()

    return safe


class PjCall(pjsua2.Call):  # type: ignore[misc]
    """Never leaves the SIP thread. `owner` holds it; the owner drops it at the end, so there is no cycle."""

    def __init__(self, account: Any, owner: CallOwner, slot: int = pjsua2.INVALID_ID) -> None:
        super().__init__(account, slot)
        self.owner = owner

    @guarded
    def onCallState(self, prm: Any) -> None:
        info = self.getInfo()
        state = int(info.state)
        if state == pjsua2.PJSIP_INV_STATE_CALLING:
            self.owner.on_calling(str(info.callIdString))
        elif state == pjsua2.PJSIP_INV_STATE_EARLY:
            self.owner.on_early(hear(prm.e, info))
        elif state == pjsua2.PJSIP_INV_STATE_CONFIRMED:
            self.owner.on_confirmed()
        elif state == pjsua2.PJSIP_INV_STATE_DISCONNECTED:
            self.owner.on_disconnected(hear(prm.e, info))

    @guarded
    def onCallTsxState(self, prm: Any) -> None:
        event = prm.e
        if event.type != pjsua2.PJSIP_EVENT_TSX_STATE:
            return
        changed = event.body.tsxState
        transaction = changed.tsx
        if str(transaction.method) == "INVITE" and 100 <= int(transaction.statusCode) < 200:
            self.owner.on_progress()

    @guarded
    def onCallMediaState(self, prm: Any) -> None:
        self.owner.on_media()

    @guarded
    def onCallSdpCreated(self, prm: Any) -> None:
        sdp = prm.sdp
        whole = str(sdp.wholeSdp)
        slim = with_codecs(whole, self.owner.codecs)
        if slim != whole:
            sdp.wholeSdp = slim

    @guarded
    def onStreamDestroyed(self, prm: Any) -> None:
        self.owner.on_stream(read_stream(self, int(prm.streamIdx)))

    @guarded
    def onDtmfDigit(self, prm: Any) -> None:
        duration_ms = int(prm.duration)
        self.owner.on_dtmf(str(prm.digit), 0 if duration_ms == UNKNOWN_DURATION else duration_ms)


def hear(event: Any, info: Any) -> Heard:
    status, text = int(info.lastStatusCode), str(info.lastReason)
    if event.type != pjsua2.PJSIP_EVENT_TSX_STATE:
        return Heard(False, status, text)
    changed = event.body.tsxState
    if changed.type == pjsua2.PJSIP_EVENT_RX_MSG:
        source = changed.src
        rdata = source.rdata
        message = str(rdata.wholeMsg)
        status, text = status_line(message) or (status, text)
        return Heard(True, status, text, q850_cause(message), "\r\n\r\nv=0" in message)
    answering = changed.type == pjsua2.PJSIP_EVENT_TX_MSG and int(info.role) == pjsua2.PJSIP_ROLE_UAS
    return Heard(answering, status, text)
