"""Everything the SIP thread owns: legs, bridge, playbacks, recordings, trunks; and who is told what about it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

import pjsua2
import structlog

from sip.causes import Origin
from sip.commands import HangupReason
from sip.errors import TelephonyError
from sip.events import (
    AnyEvent,
    CapacityChanged,
    HeldLeg,
    LegIncoming,
)
from sip.incoming import Strangers, new_leg_id
from sip.messages import header, headers_of, request_user, user_of
from sip.pjsua.bridge import Bridge
from sip.pjsua.endpoint import SipEndpoint
from sip.pjsua.graveyard import Graveyard
from sip.pjsua.leg import Leg
from sip.pjsua.media import Metronome, NullSink
from sip.pjsua.pairs import Pairs
from sip.pjsua.playing import Playbacks
from sip.pjsua.recordings import Recordings
from sip.pjsua.screening import Screenings
from sip.pjsua.sockets import SocketBudget
from sip.pjsua.thread import SipThread, Timer
from sip.pjsua.trunk import PjAccount, direct_configuration
from sip.pjsua.trunks import Trunks
from sip.station import StationSettings

log = structlog.get_logger(__name__)

NOT_IN_SERVICE: Final = 480
BUSY_HERE: Final = 486


class Switchboard:
    def __init__(
        self, settings: StationSettings, endpoint: SipEndpoint, thread: SipThread, emit: Callable[[AnyEvent], None]
    ) -> None:
        self.settings = settings
        self.endpoint = endpoint
        self._thread = thread
        self._tell = emit
        self.legs: dict[str, Leg] = {}
        self.graveyard = Graveyard()
        self.max_legs = 0
        self.sockets = SocketBudget(0)
        self.room = (0, 0)
        self._bridge = Bridge()
        self.pairs = Pairs(self._bridge, self.emit)
        self.playbacks = Playbacks(self._bridge, self.emit, thread.later)
        self._nobody = NullSink(endpoint.null_device())
        self._metronome = Metronome(self._bridge, self._nobody)
        self.recordings = Recordings(self._bridge, self._metronome, self.emit, thread.later)
        self.screenings = Screenings(self.emit, thread.later)
        self.trunks = Trunks(endpoint, self, self.emit, thread.later, self._trunk_in_use)
        self._strangers = Strangers()
        self.account = PjAccount(self)
        self.account.create(direct_configuration(endpoint.sip_address, endpoint.media_transport()), True)

    # for the station

    def held(self) -> tuple[HeldLeg, ...]:
        return tuple(
            leg.held(bridged_to=self.pairs.other(leg), recording_id=self.recordings.of(leg))
            for leg in self.legs.values()
        )

    def after_poll(self) -> None:
        self.graveyard.sweep()
        self.trunks.tidy()
        self.count_room()

    def open_for_calls(self, max_legs: int) -> None:
        """The legs of the build have been counted."""
        self.max_legs = max_legs
        self.sockets = SocketBudget(max_legs)
        self.count_room()

    def may_poll(self) -> bool:
        """Whether there are sockets for every INVITE that one poll could bring; PJSIP opens them before it asks."""
        live = len(self.legs)
        return not self.max_legs or self.sockets.legs(live) >= self.max_legs - live

    def count_room(self) -> None:
        """Publish the room where it changed; the tuple is replaced whole, so any thread may read it.

        Nothing is said while the legs are still being counted at the start.
        """
        if not self.max_legs:
            return
        draining = self.graveyard.draining
        live = len(self.legs)
        room = (max(0, min(self.max_legs - live - draining, self.sockets.legs(live))), draining)
        if room != self.room:
            self.room = room
            self.emit(CapacityChanged, free_legs=room[0], draining_legs=room[1])

    def close(self) -> None:
        """End every leg; a few turns later files are closed and slots are free."""
        self.recordings.stop_all()
        for leg in list(self.legs.values()):
            leg.hang_up(Origin.US, HangupReason.SHUTDOWN)

    @property
    def quiet(self) -> bool:
        return not self.legs and self.graveyard.empty and not self.recordings.open_files

    # for legs and accounts (Desk, Doorman)

    def emit(self, kind: Any, **fields: Any) -> None:
        event = kind(worker=self.settings.worker, at=datetime.now(UTC), **fields)
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
        self.pairs.media_changed(leg)

    def leg_heard(self, leg: Leg) -> None:
        self.screenings.heard(leg)

    def leg_closing(self, leg: Leg) -> None:
        """Every step, whatever became of the one before: the leg has ended and must be reported."""
        ending = (self.screenings.leg_ended, self.recordings.stop_on, self.playbacks.stop_on)
        for step in (*ending, self.pairs.forget, self._bridge.remove):
            try:
                step(leg)
            except Exception:
                log.exception("something on an ended leg could not be closed", leg_id=leg.leg_id)

    def leg_closed(self, leg: Leg, call: Any) -> None:
        self.legs.pop(leg.leg_id, None)
        self.sockets.closed()
        if call is not None:
            self.graveyard.bury(call, leg.sip_call_id, leg.trunk)
        self.count_room()

    def incoming(self, account: Any, slot: int, message: str, source: str) -> None:
        headers, dialled = headers_of(message), request_user(message)
        trunk = self.trunks.calling(source, dialled)
        if trunk is None and not self.settings.accept_incoming:
            self._stranger(account, slot, source)
            return
        if self.room[0] <= 0:
            self._turn_away(account, slot, BUSY_HERE)
            return
        leg = Leg(
            self,
            new_leg_id(time.time_ns() // 1_000_000),
            outbound=False,
            trunk=trunk.name if trunk else "",
            codecs=trunk.codecs if trunk else (),
        )
        self.legs[leg.leg_id] = leg
        leg.adopt(account, slot)
        self.emit(
            LegIncoming,
            leg_id=leg.leg_id,
            sip_call_id=leg.sip_call_id,
            from_number=user_of(header(headers, "From")),
            to_number=dialled or user_of(header(headers, "To")),
            headers=headers,
            trunk=leg.trunk,
        )
        if trunk is not None:
            self.later(0.0, lambda: self._ring(leg))
        self.count_room()

    def _ring(self, leg: Leg) -> None:
        """By the worker itself: a caller hears it ring also while no engine is there."""
        with suppress(TelephonyError):
            leg.ring(early_media=False)

    def _stranger(self, account: Any, slot: int, source: str) -> None:
        if self._strangers.refused(time.monotonic_ns() // 1_000_000):
            log.warning("call from a stranger refused", source=source, so_far=self._strangers.count)
        self._turn_away(account, slot, NOT_IN_SERVICE)

    def _turn_away(self, account: Any, slot: int, status: int) -> None:
        """Refuse outside of the call-back: PJSIP still works on a call that it reports as incoming."""
        call = pjsua2.Call(account, slot)
        self.sockets.closed()
        info = call.getInfo()
        sip_call_id = str(info.callIdString)

        def refuse() -> None:
            prm = pjsua2.CallOpParam()
            prm.statusCode = status
            call.hangup(prm)
            self.graveyard.bury(call, sip_call_id)

        self.later(0.0, refuse)

    def _trunk_in_use(self, name: str) -> bool:
        return self.graveyard.uses(name) or any(leg.trunk == name for leg in self.legs.values())
