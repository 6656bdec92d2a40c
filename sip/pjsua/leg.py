"""One leg: its state, its timers and how it ended. Owns the pjsua2 call and lets go of it at the end."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, Protocol

import pjsua2

from sip.causes import Cause, Origin, outcome_of
from sip.commands import HangupReason
from sip.errors import BadState
from sip.events import (
    AnyEvent,
    DtmfReceived,
    HeldLeg,
    LegAnswered,
    LegEnded,
    LegPlaced,
    LegRinging,
    LegStatistics,
    Levels,
)
from sip.pjsua.call import Heard, PjCall
from sip.pjsua.headers import hangup_headers, reason_header
from sip.pjsua.pj import put, refusal
from sip.pjsua.streams import StreamFigures, read_stream
from sip.pjsua.thread import Timer
from sip.trunks import Codec


class LegState(StrEnum):
    PLACING = "placing"
    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"


class Sign(StrEnum):
    """What moves a leg on."""

    RINGS = "rings"
    CONFIRMED = "confirmed"
    DISCONNECTED = "disconnected"


S = LegState
RINGING: Final = 180
NEXT: Final[Mapping[tuple[LegState, Sign], LegState]] = {
    (S.PLACING, Sign.RINGS): S.RINGING,
    (S.PLACING, Sign.CONFIRMED): S.ANSWERED,
    (S.RINGING, Sign.CONFIRMED): S.ANSWERED,
    **{(state, Sign.DISCONNECTED): S.ENDED for state in (S.PLACING, S.RINGING, S.ANSWERED)},
}


class Desk(Protocol):
    """What a leg needs of its station."""

    def emit(self, kind: type[AnyEvent], **fields: Any) -> None: ...
    def later(self, seconds: float, action: Any) -> Timer: ...
    def media_changed(self, leg: Leg) -> None: ...
    def leg_heard(self, leg: Leg) -> None:
        """The network has sound of its own before the answer, or the leg is answered."""
        ...

    def leg_closing(self, leg: Leg) -> None:
        """Before `LegEnded`: end what hangs on the leg."""
        ...

    def leg_closed(self, leg: Leg, call: Any) -> None: ...


class Leg:
    def __init__(self, desk: Desk, leg_id: str, *, outbound: bool, trunk: str = "", codecs: Sequence[str] = ()) -> None:
        self._desk = desk
        self.leg_id = leg_id
        self.outbound = outbound
        self.trunk = trunk
        self.codecs: Sequence[str] = codecs or tuple(Codec)
        self.state = S.PLACING
        self.sip_call_id = ""
        self.muted = False
        self.ringing_at: float | None = None  # of `time.monotonic`, as the next one
        self.answered_at: float | None = None
        self.early_media = False
        self._call: PjCall | None = None
        self._ear: Any | None = None
        self._figures = StreamFigures()
        self._ending: Origin | None = None
        self._ring_timer: Timer | None = None
        self._progress_timer: Timer | None = None

    def __repr__(self) -> str:
        return f"<Leg {self.leg_id} {self.state}>"

    # orders

    def place(self, account: Any, uri: str, prm: Any, *, ring_time_s: float, no_progress_s: float) -> None:
        """Send the INVITE. Raises a `TelephonyError` when nothing was sent; then the leg never existed."""
        self._ring_timer = self._desk.later(ring_time_s, lambda: self._give_up(Origin.RING_TIMEOUT))
        self._progress_timer = self._desk.later(no_progress_s, lambda: self._give_up(Origin.NO_PROGRESS))
        self._call = PjCall(account, self)
        call = self._call
        try:
            call.makeCall(uri, prm)
        except pjsua2.Error as error:
            if self.state is not S.ENDED:
                self._let_go()
                raise refusal(error, "placing the call") from None

    def adopt(self, account: Any, slot: int) -> None:
        """An incoming call becomes this leg."""
        self._call = PjCall(account, self, slot)
        info = self._call.getInfo()
        self.sip_call_id = str(info.callIdString)

    def ring(self, *, early_media: bool) -> None:
        self._answer(183 if early_media else RINGING)
        self._move(Sign.RINGS)

    def answer(self, *, send_media: bool) -> None:
        self.muted = not send_media
        self._answer(200)

    def hang_up(
        self, origin: Origin, reason: HangupReason = HangupReason.NORMAL, *, status: int = 0, q850: int | None = None
    ) -> None:
        """CANCEL, BYE or a final response; `LegEnded` is emitted before this returns."""
        if self._call is None:
            return
        self._ending = origin
        prm = pjsua2.CallOpParam()
        if status:
            prm.statusCode = status
        for name, value in reason_header(q850) if status else hangup_headers(reason):
            header = pjsua2.SipHeader()
            put(header, hName=name, hValue=value)
            prm.txOption.headers.append(header)
        try:
            self._call.hangup(prm)
        except pjsua2.Error as error:
            raise refusal(error, "hanging up") from None

    def send_dtmf(self, digits: str, duration_ms: int) -> None:
        prm = pjsua2.CallSendDtmfParam()
        put(prm, method=pjsua2.PJSUA_DTMF_METHOD_RFC2833, duration=duration_ms, digits=digits)
        try:
            self._answered_call().sendDtmf(prm)
        except pjsua2.Error as error:
            raise refusal(error, "sending DTMF") from None

    # questions

    def audio(self) -> Any | None:
        """Fresh every time: a kept slot number can be another customer's call."""
        if self._call is None or not self._call.hasMedia():
            return None
        try:
            return self._call.getAudioMedia(-1)
        except pjsua2.Error:
            return None

    def hears_us(self) -> bool:
        """Media is active in both directions: false while the party has us on hold."""
        if self._call is None:
            return False
        info = self._call.getInfo()
        return any(media.status == pjsua2.PJSUA_CALL_MEDIA_ACTIVE for media in info.media)

    def received(self) -> float | None:
        """The loudness heard from the party now, 0.0 to 1.0; None while there is no sound to hear.

        Asked fifty times a second: the slot is looked up once, and again after every change of the media.
        """
        if self._ear is None:
            self._ear = self.audio()
        if self._ear is None:
            return None
        try:
            return float(self._ear.getTxLevel()) / 100
        except pjsua2.Error:
            self._ear = None
            return None

    def levels(self) -> Levels:
        media = self.audio()
        if media is None:
            return Levels(received=0.0, sent=0.0)
        return Levels(received=media.getTxLevel() / 100, sent=media.getRxLevel() / 100)

    def statistics(self) -> LegStatistics:
        if self._call is not None and self._call.hasMedia():
            try:
                return self._figures.plus(read_stream(self._call, 0)).statistics()
            except pjsua2.Error:
                pass
        return self._figures.statistics()

    def held(self, *, bridged_to: str | None, recording_id: str | None) -> HeldLeg:
        return HeldLeg(
            leg_id=self.leg_id,
            direction="outbound" if self.outbound else "inbound",
            state=str(self.state),
            sip_call_id=self.sip_call_id,
            bridged_to=bridged_to,
            recording_id=recording_id,
        )

    # what PJSIP tells (CallOwner)

    def on_calling(self, sip_call_id: str) -> None:
        self.sip_call_id = sip_call_id
        self._emit(LegPlaced, sip_call_id=sip_call_id, trunk=self.trunk)

    def on_progress(self) -> None:
        if self._progress_timer is not None:
            self._progress_timer.cancel()

    def on_early(self, heard: Heard) -> None:
        self.on_progress()
        if self.outbound and self._move(Sign.RINGS):
            self.ringing_at = time.monotonic()
            self._emit(LegRinging, sip_status=heard.sip_status, early_media=heard.has_sdp)
        if self.outbound and heard.has_sdp and not self.early_media:
            self.early_media = True
            self._desk.leg_heard(self)

    def on_confirmed(self) -> None:
        self._cancel_timers()
        if self._move(Sign.CONFIRMED):
            self.answered_at = time.monotonic()
            self._emit(LegAnswered)
            self._desk.leg_heard(self)

    def on_disconnected(self, heard: Heard) -> None:
        answered = self.state is S.ANSWERED
        if not self._move(Sign.DISCONNECTED):
            return
        cause = self._cause(heard, answered=answered)
        self._desk.leg_closing(self)
        outcome = outcome_of(cause, answered=answered)
        call = self._let_go()
        statistics = self._figures.statistics() if self._figures.codec else None
        self._emit(LegEnded, cause=cause, outcome=outcome, statistics=statistics)
        self._desk.leg_closed(self, call)

    def on_media(self) -> None:
        self._ear = None
        self._desk.media_changed(self)

    def on_stream(self, figures: StreamFigures) -> None:
        self._ear = None
        self._figures = self._figures.plus(figures)

    def on_dtmf(self, digit: str, duration_ms: int) -> None:
        self._emit(DtmfReceived, digit=digit, duration_ms=duration_ms)

    def on_broken(self) -> None:
        """A call-back failed: end the leg once PJSIP is off the stack, so that nothing stays up unwatched."""
        self._desk.later(0.0, lambda: self.hang_up(Origin.LOCAL_FAILURE))

    # inside

    def _answered_call(self) -> PjCall:
        if self._call is None or self.state is not S.ANSWERED:
            raise BadState(f"leg {self.leg_id} is {self.state}, not answered")
        return self._call

    def _answer(self, status: int) -> None:
        if self._call is None or self.outbound or self.state is S.ANSWERED:
            raise BadState(f"leg {self.leg_id} cannot be sent {status}: it is {self.state}")
        prm = pjsua2.CallOpParam(status != RINGING)
        prm.statusCode = status
        if status != RINGING:  # PJSIP keeps the first settings it is given, and a 180 has no media to set
            prm.opt.videoCount = 0
        if self.muted:
            prm.opt.flag |= pjsua2.PJSUA_CALL_SET_MEDIA_DIR
            prm.opt.mediaDir.append(pjsua2.PJMEDIA_DIR_DECODING)
        try:
            self._call.answer(prm)
        except pjsua2.Error as error:
            raise refusal(error, f"answering with {status}") from None

    def _give_up(self, origin: Origin) -> None:
        if self.state in (S.PLACING, S.RINGING):
            self.hang_up(origin, HangupReason.RING_TIMEOUT)

    def _cause(self, heard: Heard, *, answered: bool) -> Cause:
        status = 200 if answered else heard.sip_status
        if self._ending is not None:
            return Cause(origin=self._ending, sip_status=200 if answered else 0)
        if heard.from_network:
            return Cause(origin=Origin.REMOTE, sip_status=status, q850=heard.q850, text=heard.text)
        return Cause(origin=Origin.LOCAL_FAILURE, sip_status=200 if answered else 0, text=heard.text)

    def _move(self, sign: Sign) -> bool:
        """Whether `sign` changed the state; late or repeated signs change nothing."""
        following = NEXT.get((self.state, sign))
        if following is None:
            return False
        self.state = following
        return True

    def _cancel_timers(self) -> None:
        for timer in (self._ring_timer, self._progress_timer):
            if timer is not None:
                timer.cancel()

    def _let_go(self) -> PjCall | None:
        """No timer, no reference to PJSIP is left; the call is for the graveyard."""
        self._cancel_timers()
        call, self._call, self._ear = self._call, None, None
        self.state = S.ENDED
        return call

    def _emit(self, kind: Any, **fields: Any) -> None:
        self._desk.emit(kind, leg_id=self.leg_id, **fields)
