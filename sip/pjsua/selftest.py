"""What a pjsua2 build can do, found by trying: call slots, and an answer to a digest challenge."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any

import pjsua2

from sip.digest import LoopbackRegistrar, Registrar
from sip.pjsua.graveyard import Graveyard
from sip.pjsua.pj import TOO_MANY, put
from sip.pjsua.trunk import Doorman, TrunkAccount
from sip.trunks import Trunk

DIGEST_S = 2.0
DRAIN_S = 6.0


class Probe(pjsua2.Call):  # type: ignore[misc]
    """A call to our own responder, which is busy. No media, so no ports are taken."""

    def __init__(self, account: Any, graveyard: Graveyard) -> None:
        super().__init__(account)
        self._graveyard = graveyard

    def onCallState(self, prm: Any) -> None:
        info = self.getInfo()
        if info.state == pjsua2.PJSIP_INV_STATE_DISCONNECTED:
            self._graveyard.bury(self, str(info.callIdString))


def digest_works(turn: Callable[[], None], doorman: Doorman, media: pjsua2.TransportConfig) -> bool:
    """Register at a loopback registrar that challenges; plain 2.15.1 of the wheel cannot answer it at all."""
    password = secrets.token_hex(8)
    registrar = Registrar("selftest", password)
    with LoopbackRegistrar(registrar) as loopback:
        trunk = Trunk(name="selftest", address=loopback.address, register=True, user="selftest", password=password)
        account = TrunkAccount(trunk, doorman, media, lambda *_: None)
        account.connect()
        _turn_until(turn, lambda: account.up, DIGEST_S)
        worked = account.up and registrar.accepted > 0
        account.close()
        _turn_until(turn, lambda: registrar.accepted > 1, 0.2)
    return worked


def measured_legs(turn: Callable[[], None], account: Any, graveyard: Graveyard, limit: int) -> int:
    """How many calls PJSIP lets us place at once, up to `limit`; every slot is free again afterwards."""
    with LoopbackRegistrar(Registrar("", ""), held=True) as loopback:
        placed: list[Any] = []  # kept to the end: a probe that is freed hangs up whoever has its slot
        before = graveyard.buried
        while len(placed) < limit and (probe := _place(account, graveyard, loopback.address)) is not None:
            placed.append(probe)
        loopback.release()
        _turn_until(turn, lambda: graveyard.buried - before >= len(placed) and graveyard.empty, DRAIN_S)
    return len(placed)


def _place(account: Any, graveyard: Graveyard, address: str) -> Any | None:
    prm = pjsua2.CallOpParam(True)
    put(prm.opt, videoCount=0)
    prm.opt.flag |= pjsua2.PJSUA_CALL_NO_SDP_OFFER
    probe = Probe(account, graveyard)
    try:
        probe.makeCall(f"sip:probe@{address}", prm)
    except pjsua2.Error as error:
        if error.status == TOO_MANY:
            return None
        raise
    return probe


def _turn_until(turn: Callable[[], None], done: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not done() and time.monotonic() < until:
        turn()
