"""One SIP station: a thread that owns pjsua2, told by commands, heard through events."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future

import pjsua2

from sip.commands import AnyCommand
from sip.events import AnyEvent, HeldLeg, WorkerCapacity
from sip.pjsua.endpoint import CALLS_ASKED_FOR, SipEndpoint
from sip.pjsua.orders import Orders, Result
from sip.pjsua.pj import refusal
from sip.pjsua.selftest import digest_works, measured_legs
from sip.pjsua.switchboard import Switchboard
from sip.pjsua.thread import SipThread
from sip.station import StationSettings

START_S = 10.0
STOP_S = 2.2
GOODBYE_TURNS = 10
"""Time for the REGISTERs that take the registrations back: at most 20 ms each."""


class Station:
    """One per process: pjsua2 has a single endpoint and aborts on misuse.

    After `stop` the process must end with `os._exit`: objects of pjsua2 that Python frees at exit would abort it.
    """

    def __init__(self, settings: StationSettings, emit: Callable[[AnyEvent], None]) -> None:
        self._settings = settings
        self._emit = emit
        self._thread = SipThread(settings.worker, self._poll, self._after_poll, self._wake)
        self._endpoint: SipEndpoint | None = None
        self._switchboard: Switchboard | None = None
        self._orders: Orders | None = None

    @property
    def sip_address(self) -> str:
        return self._endpoint.sip_address if self._endpoint else ""

    def start(self) -> WorkerCapacity:
        """Blocks up to 10 s. Raises `TelephonyError` where the SIP port cannot be opened."""
        self._thread.start()
        return self._thread.submit(self._set_up).result(START_S)

    def submit(self, command: AnyCommand) -> Future[Result]:
        return self._thread.submit(lambda: self._carry_out(command))

    def held(self) -> Future[tuple[HeldLeg, ...]]:
        return self._thread.submit(self._board.held)

    def room(self) -> tuple[int, int]:
        return self._switchboard.room if self._switchboard else (0, 0)

    def stop(self) -> None:
        """Hang up, close the recordings, unregister; at most 3 s. Also after a start that failed."""
        stopped = self._thread.submit(self._shut_down)
        stopped.result(STOP_S + 0.4)
        self._thread.join(0.1)

    def _carry_out(self, command: AnyCommand) -> Result:
        if self._orders is None:
            raise RuntimeError("the station was not started")
        return self._orders.carry_out(command)

    @property
    def _board(self) -> Switchboard:
        if self._switchboard is None:
            raise RuntimeError("the station was not started")
        return self._switchboard

    def _set_up(self) -> WorkerCapacity:
        endpoint = SipEndpoint(self._settings)
        try:
            endpoint.start()
        except pjsua2.Error as error:
            where = f"{self._settings.bind_address}:{self._settings.sip_port}"
            raise refusal(error, f"starting SIP on {where} failed, is the port free?") from None
        self._endpoint = endpoint
        board = self._switchboard = Switchboard(self._settings, endpoint, self._thread, self._emit)
        limit = self._settings.max_legs_limit or CALLS_ASKED_FOR
        max_legs = measured_legs(self._thread.turn, board.account, board.graveyard, limit)
        digest_ok = digest_works(self._thread.turn, board, endpoint.media_transport())
        board.open_for_calls(max_legs)
        self._orders = Orders(board)
        return WorkerCapacity(
            max_legs=max_legs,
            pjsip_version=endpoint.version,
            codecs=endpoint.codecs,
            digest_ok=digest_ok,
            tls_ok=endpoint.tls_ok,
        )

    def _poll(self, seconds: float) -> None:
        if self._endpoint is not None and (self._switchboard is None or self._switchboard.may_poll()):
            self._endpoint.poll(seconds)
        else:
            time.sleep(min(seconds, 0.005))

    def _wake(self) -> None:
        if self._endpoint is not None:
            self._endpoint.wake()

    def _after_poll(self) -> None:
        if self._switchboard is not None:
            self._switchboard.after_poll()

    def _shut_down(self) -> None:
        self._thread.stop()
        board, until = self._switchboard, time.monotonic() + STOP_S
        if board is None:
            return
        board.close()
        while not board.quiet and time.monotonic() < until:
            self._thread.turn()
        board.trunks.close()
        for _ in range(GOODBYE_TURNS):
            self._thread.turn()
