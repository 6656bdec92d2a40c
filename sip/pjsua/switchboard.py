"""Everything the SIP thread owns: legs, bridge, playbacks, recordings, trunks. Carries out the commands."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pjsua2
import structlog

from sip.causes import Origin
from sip.commands import (
    AnswerLeg,
    AnyCommand,
    BridgeLegs,
    ConnectTrunk,
    DisconnectTrunk,
    HangupLeg,
    HangupReason,
    PauseRecording,
    PlaceLeg,
    PlayFile,
    ReadLevels,
    ReadStatistics,
    RejectLeg,
    ResumeRecording,
    RingLeg,
    SendDtmf,
    Shutdown,
    StartRecording,
    StopPlaying,
    StopRecording,
    UnbridgeLegs,
)
from sip.errors import BadState, LineBusy, UnknownLeg
from sip.events import (
    AnyEvent,
    CapacityChanged,
    HeldLeg,
    LegIncoming,
    LegStatistics,
    Levels,
)
from sip.messages import header, headers_of, request_user, user_of
from sip.pjsua.bridge import Bridge
from sip.pjsua.endpoint import SipEndpoint
from sip.pjsua.graveyard import Graveyard
from sip.pjsua.headers import call_id, caller, destination, placing_headers, trunk_host
from sip.pjsua.leg import Leg, LegState
from sip.pjsua.media import Metronome, NullSink
from sip.pjsua.pairs import Pairs
from sip.pjsua.pj import put
from sip.pjsua.playing import Playbacks
from sip.pjsua.recordings import Recordings
from sip.pjsua.sockets import SocketBudget
from sip.pjsua.thread import SipThread, Timer
from sip.pjsua.trunk import PjAccount, direct_configuration
from sip.pjsua.trunks import Trunks
from sip.station import StationSettings

log = structlog.get_logger(__name__)

Result = Levels | LegStatistics | None
DTMF_DIGITS = frozenset("0123456789*#ABCD")


class Switchboard:
    def __init__(
        self, settings: StationSettings, endpoint: SipEndpoint, thread: SipThread, emit: Callable[[AnyEvent], None]
    ) -> None:
        self._settings = settings
        self._endpoint = endpoint
        self._thread = thread
        self._tell = emit
        self._legs: dict[str, Leg] = {}
        self.graveyard = Graveyard()
        self.max_legs = 0
        self._sockets = SocketBudget(0)
        self.room = (0, 0)
        self._bridge = Bridge()
        self._pairs = Pairs(self._bridge, self.emit)
        self._playbacks = Playbacks(self._bridge, self.emit, thread.later)
        self._nobody = NullSink(endpoint.null_device())
        self._metronome = Metronome(self._bridge, self._nobody)
        self._recordings = Recordings(self._bridge, self._metronome, self.emit, thread.later)
        self._trunks = Trunks(endpoint, self, self.emit, thread.later, self._trunk_in_use)
        self.account = PjAccount(self)
        self.account.create(direct_configuration(endpoint.sip_address, endpoint.media_transport()), True)
        self._orders: dict[type[AnyCommand], Callable[[Any], Result]] = {
            PlaceLeg: self._place,
            RingLeg: self._ring,
            AnswerLeg: self._answer,
            RejectLeg: self._reject,
            HangupLeg: self._hang_up,
            BridgeLegs: lambda order: self._pairs.join(
                self._up(order.leg_id), self._up(order.other_leg_id), self._quiet
            ),
            UnbridgeLegs: lambda order: self._pairs.part(self._leg(order.leg_id), self._leg(order.other_leg_id)),
            StartRecording: self._start_recording,
            PauseRecording: lambda order: self._recordings.pause(order.recording_id),
            ResumeRecording: lambda order: self._recordings.resume(order.recording_id),
            StopRecording: lambda order: self._recordings.stop(order.recording_id),
            PlayFile: self._play,
            StopPlaying: lambda order: self._playbacks.stop(order.playback_id),
            SendDtmf: self._send_dtmf,
            ReadLevels: lambda order: self._leg(order.leg_id).levels(),
            ReadStatistics: lambda order: self._leg(order.leg_id).statistics(),
            ConnectTrunk: lambda order: self._trunks.connect(order.trunk),
            DisconnectTrunk: lambda order: self._trunks.disconnect(order.name),
            Shutdown: self._shut_down,
        }

    # for the station

    def carry_out(self, order: AnyCommand) -> Result:
        return self._orders[type(order)](order)

    def held(self) -> tuple[HeldLeg, ...]:
        return tuple(
            leg.held(bridged_to=self._pairs.other(leg), recording_id=self._recordings.of(leg))
            for leg in self._legs.values()
        )

    def after_poll(self) -> None:
        self.graveyard.sweep()
        self._trunks.tidy()
        self.count_room()

    def open_for_calls(self, max_legs: int) -> None:
        """The legs of the build have been counted."""
        self.max_legs = max_legs
        self._sockets = SocketBudget(max_legs)
        self.count_room()

    def may_poll(self) -> bool:
        """Whether there are sockets for every INVITE that one poll could bring; PJSIP opens them before it asks."""
        live = len(self._legs)
        return not self.max_legs or self._sockets.legs(live) >= self.max_legs - live

    def count_room(self) -> None:
        """Publish the room where it changed; the tuple is replaced whole, so any thread may read it.

        Nothing is said while the legs are still being counted at the start.
        """
        if not self.max_legs:
            return
        draining = self.graveyard.draining
        live = len(self._legs)
        room = (max(0, min(self.max_legs - live - draining, self._sockets.legs(live))), draining)
        if room != self.room:
            self.room = room
            self.emit(CapacityChanged, free_legs=room[0], draining_legs=room[1])

    def close(self) -> None:
        """End everything; a few turns later files are closed and slots are free."""
        self._recordings.stop_all()
        for leg in list(self._legs.values()):
            leg.hang_up(Origin.US, HangupReason.SHUTDOWN)
        self._trunks.close()

    @property
    def quiet(self) -> bool:
        return not self._legs and self.graveyard.empty and not self._recordings.open_files

    # for legs and accounts (Desk, Doorman)

    def emit(self, kind: Any, **fields: Any) -> None:
        event = kind(worker=self._settings.worker, at=datetime.now(UTC), **fields)
        try:
            self._tell(event)
        except Exception:
            log.exception("an event could not be handed over", kind=kind.__name__)

    def later(self, seconds: float, action: Callable[[], None]) -> Timer:
        return self._thread.later(seconds, action)

    def media_changed(self, leg: Leg) -> None:
        if not self._bridge.wants(leg, self._nobody):
            self._bridge.connect(leg, self._nobody)
        self._bridge.reapply(leg)
        self._pairs.media_changed(leg)

    def leg_closing(self, leg: Leg) -> None:
        """Every step, whatever became of the one before: the leg has ended and must be reported."""
        for step in (self._recordings.stop_on, self._playbacks.stop_on, self._pairs.forget, self._bridge.remove):
            try:
                step(leg)
            except Exception:
                log.exception("something on an ended leg could not be closed", leg_id=leg.leg_id)

    def leg_closed(self, leg: Leg, call: Any) -> None:
        self._legs.pop(leg.leg_id, None)
        self._sockets.closed()
        if call is not None:
            self.graveyard.bury(call, leg.sip_call_id, leg.trunk)
        self.count_room()

    def incoming(self, account: Any, slot: int, message: str) -> None:
        headers = headers_of(message)
        if not self._settings.accept_incoming or self.room[0] <= 0:
            self._turn_away(account, slot, 486 if self._settings.accept_incoming else 480)
            return
        leg = Leg(self, f"{self._settings.worker}-in-{uuid.uuid4().hex}", outbound=False)
        self._legs[leg.leg_id] = leg
        leg.adopt(account, slot)
        self.emit(
            LegIncoming,
            leg_id=leg.leg_id,
            sip_call_id=leg.sip_call_id,
            from_number=user_of(header(headers, "From")),
            to_number=request_user(message) or user_of(header(headers, "To")),
            headers=headers,
        )
        self.count_room()

    def _turn_away(self, account: Any, slot: int, status: int) -> None:
        """Refuse outside of the call-back: PJSIP still works on a call that it reports as incoming."""
        call = pjsua2.Call(account, slot)
        self._sockets.closed()
        info = call.getInfo()
        sip_call_id = str(info.callIdString)

        def refuse() -> None:
            prm = pjsua2.CallOpParam()
            prm.statusCode = status
            call.hangup(prm)
            self.graveyard.bury(call, sip_call_id)

        self.later(0.0, refuse)

    # commands

    def _place(self, order: PlaceLeg) -> None:
        if order.leg_id in self._legs:
            raise BadState(f"leg {order.leg_id} exists already")
        trunk_account = self._trunks.find(order.trunk) if order.trunk else None
        trunk = trunk_account.trunk if trunk_account else None
        uri = destination(order, trunk)
        self._trunks.check_secure(uri)
        prm = self._call_parameters(order, trunk)
        if self.room[0] <= 0:
            raise LineBusy(f"all {self.max_legs} legs of worker {self._settings.worker} are taken")
        leg = Leg(self, order.leg_id, outbound=True, trunk=order.trunk, codecs=trunk.codecs if trunk else ())
        self._legs[leg.leg_id] = leg
        account = trunk_account.account if trunk_account else self.account
        try:
            leg.place(account, uri, prm, ring_time_s=order.ring_time_s, no_progress_s=order.no_progress_s)
        except BaseException:
            self._legs.pop(leg.leg_id, None)
            self._sockets.closed()
            raise
        finally:
            self.count_room()

    def _call_parameters(self, order: PlaceLeg, trunk: Any) -> Any:
        host = trunk_host(trunk) if trunk else self._endpoint.sip_address
        prm = pjsua2.CallOpParam(True)
        put(prm.opt, videoCount=0, customCallId=call_id(order.sip_call_id))
        put(prm.txOption, localUri=caller(order, trunk, self._endpoint.sip_address))
        for name, value in placing_headers(order, host):
            line = pjsua2.SipHeader()
            put(line, hName=name, hValue=value)
            prm.txOption.headers.append(line)
        return prm

    def _ring(self, order: RingLeg) -> None:
        leg = self._leg(order.leg_id)
        leg.ring(early_media=bool(order.early_media_file))
        if order.early_media_file:
            playback_id = early_media_id(leg)
            self._playbacks.play(playback_id, leg, order.early_media_file, loop=True, announced=False)

    def _answer(self, order: AnswerLeg) -> None:
        leg = self._leg(order.leg_id)
        self._playbacks.stop(early_media_id(leg))
        leg.answer(send_media=order.send_media)

    def _reject(self, order: RejectLeg) -> None:
        leg = self._leg(order.leg_id)
        if leg.outbound or leg.state is LegState.ANSWERED:
            raise BadState(f"leg {leg.leg_id} is not an unanswered incoming one")
        if not 300 <= order.sip_status <= 699:
            raise BadState(f"{order.sip_status} is not a final refusal (300-699)")
        leg.hang_up(Origin.US, status=order.sip_status, q850=order.q850)

    def _hang_up(self, order: HangupLeg) -> None:
        self._leg(order.leg_id).hang_up(Origin.US, order.reason)

    def _start_recording(self, order: StartRecording) -> None:
        customer, agent = self._up(order.customer_leg), self._up(order.agent_leg)
        self._recordings.start(order.recording_id, customer=customer, agent=agent, directory=order.directory)

    def _play(self, order: PlayFile) -> None:
        self._playbacks.play(order.playback_id, self._up(order.leg_id), order.path, loop=order.loop)

    def _send_dtmf(self, order: SendDtmf) -> None:
        if not order.digits or not DTMF_DIGITS.issuperset(order.digits):
            raise BadState(f"{order.digits!r} has other characters than 0-9 * # A-D")
        self._leg(order.leg_id).send_dtmf(order.digits, order.duration_ms)

    def _shut_down(self, order: Shutdown) -> None:
        if not order.when_idle:
            self.close()

    # look-ups

    def _leg(self, leg_id: str) -> Leg:
        if leg_id not in self._legs:
            raise UnknownLeg(f"no leg {leg_id} on worker {self._settings.worker}")
        return self._legs[leg_id]

    def _up(self, leg_id: str) -> Leg:
        leg = self._leg(leg_id)
        if leg.state is not LegState.ANSWERED:
            raise BadState(f"leg {leg_id} is {leg.state}, not answered")
        return leg

    def _quiet(self, leg: Leg) -> None:
        self._playbacks.stop_on(leg)

    def _trunk_in_use(self, name: str) -> bool:
        return self.graveyard.uses(name) or any(leg.trunk == name for leg in self._legs.values())


def early_media_id(leg: Leg) -> str:
    return f"early-media-{leg.leg_id}"
