"""The commands of the telephony port, carried out on the SIP thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pjsua2

from sip.causes import Origin
from sip.commands import (
    AnswerLeg,
    AnyCommand,
    BridgeLegs,
    ConnectTrunk,
    DisconnectTrunk,
    HangupLeg,
    PauseRecording,
    PlaceLeg,
    PlayFile,
    ReadLevels,
    ReadStatistics,
    RejectLeg,
    ResumeRecording,
    RingLeg,
    ScreenLeg,
    SendDtmf,
    Shutdown,
    StartRecording,
    StopPlaying,
    StopRecording,
    StopScreening,
    UnbridgeLegs,
)
from sip.errors import BadState, LineBusy, UnknownLeg
from sip.events import LegStatistics, Levels
from sip.pjsua.headers import call_id, caller, destination, placing_headers, trunk_host
from sip.pjsua.leg import Leg, LegState
from sip.pjsua.pj import put
from sip.pjsua.switchboard import Switchboard

Result = Levels | LegStatistics | None
DTMF_DIGITS = frozenset("0123456789*#ABCD")


class Orders:
    """Refusals are raised as `TelephonyError`; what follows from a command arrives as events."""

    def __init__(self, board: Switchboard) -> None:
        self._board = board
        self._orders: dict[type[AnyCommand], Callable[[Any], Result]] = {
            PlaceLeg: self._place,
            RingLeg: self._ring,
            AnswerLeg: self._answer,
            RejectLeg: self._reject,
            HangupLeg: self._hang_up,
            BridgeLegs: lambda order: self._board.pairs.join(
                self._up(order.leg_id), self._up(order.other_leg_id), self._quiet
            ),
            UnbridgeLegs: lambda order: self._board.pairs.part(self._leg(order.leg_id), self._leg(order.other_leg_id)),
            StartRecording: self._start_recording,
            PauseRecording: lambda order: self._board.recordings.pause(order.recording_id),
            ResumeRecording: lambda order: self._board.recordings.resume(order.recording_id),
            StopRecording: lambda order: self._board.recordings.stop(order.recording_id),
            PlayFile: self._play,
            StopPlaying: lambda order: self._board.playbacks.stop(order.playback_id),
            SendDtmf: self._send_dtmf,
            ScreenLeg: lambda order: self._board.screenings.start(
                self._leg(order.leg_id), order.settings, await_greeting=order.await_greeting
            ),
            StopScreening: lambda order: self._board.screenings.stop(self._leg(order.leg_id)),
            ReadLevels: lambda order: self._leg(order.leg_id).levels(),
            ReadStatistics: lambda order: self._leg(order.leg_id).statistics(),
            ConnectTrunk: lambda order: self._board.trunks.connect(order.trunk),
            DisconnectTrunk: lambda order: self._board.trunks.disconnect(order.name),
            Shutdown: self._shut_down,
        }

    def carry_out(self, order: AnyCommand) -> Result:
        return self._orders[type(order)](order)

    def _place(self, order: PlaceLeg) -> None:
        if order.leg_id in self._board.legs:
            raise BadState(f"leg {order.leg_id} exists already")
        trunk_account = self._board.trunks.find(order.trunk) if order.trunk else None
        trunk = trunk_account.trunk if trunk_account else None
        uri = self._board.trunks.checked(destination(order, trunk))
        prm = self._call_parameters(order, trunk)
        if self._board.room[0] <= 0:
            raise LineBusy(f"all {self._board.max_legs} legs of worker {self._board.settings.worker} are taken")
        leg = Leg(self._board, order.leg_id, outbound=True, trunk=order.trunk, codecs=trunk.codecs if trunk else ())
        self._board.legs[leg.leg_id] = leg
        account = trunk_account.account if trunk_account else self._board.account
        try:
            leg.place(account, uri, prm, ring_time_s=order.ring_time_s, no_progress_s=order.no_progress_s)
        except BaseException:
            self._board.legs.pop(leg.leg_id, None)
            self._board.sockets.closed()
            raise
        finally:
            self._board.count_room()

    def _call_parameters(self, order: PlaceLeg, trunk: Any) -> Any:
        host = trunk_host(trunk) if trunk else self._board.endpoint.sip_address
        prm = pjsua2.CallOpParam(True)
        put(prm.opt, videoCount=0, customCallId=call_id(order.sip_call_id))
        put(prm.txOption, localUri=caller(order, trunk, self._board.endpoint.sip_address))
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
            self._board.playbacks.play(playback_id, leg, order.early_media_file, loop=True, announced=False)

    def _answer(self, order: AnswerLeg) -> None:
        leg = self._leg(order.leg_id)
        self._board.playbacks.stop(early_media_id(leg))
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
        self._board.recordings.start(order.recording_id, customer=customer, agent=agent, directory=order.directory)

    def _play(self, order: PlayFile) -> None:
        self._board.playbacks.play(order.playback_id, self._up(order.leg_id), order.path, loop=order.loop)

    def _send_dtmf(self, order: SendDtmf) -> None:
        if not order.digits or not DTMF_DIGITS.issuperset(order.digits):
            raise BadState(f"{order.digits!r} has other characters than 0-9 * # A-D")
        self._leg(order.leg_id).send_dtmf(order.digits, order.duration_ms)

    def _shut_down(self, order: Shutdown) -> None:
        if not order.when_idle:
            self._board.close()

    # look-ups

    def _leg(self, leg_id: str) -> Leg:
        if leg_id not in self._board.legs:
            raise UnknownLeg(f"no leg {leg_id} on worker {self._board.settings.worker}")
        return self._board.legs[leg_id]

    def _up(self, leg_id: str) -> Leg:
        leg = self._leg(leg_id)
        if leg.state is not LegState.ANSWERED:
            raise BadState(f"leg {leg_id} is {leg.state}, not answered")
        return leg

    def _quiet(self, leg: Leg) -> None:
        self._board.playbacks.stop_on(leg)


def early_media_id(leg: Leg) -> str:
    return f"early-media-{leg.leg_id}"
