"""Accounts: one for SIP addresses and incoming calls, one per trunk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import pjsua2
import structlog

from sip.pjsua.headers import quoted, trunk_host
from sip.pjsua.pj import destroy, put, refusal
from sip.trunks import Trunk

log = structlog.get_logger(__name__)

MAX_ACCOUNTS = 8
"""PJSUA_MAX_ACC of a build that does not raise it; one more aborts the process."""

REGISTER_ANSWER_S = 5.0
RETRY_S = 20


class Doorman(Protocol):
    """Who is told what accounts hear; all on the SIP thread, inside of a call-back."""

    def incoming(self, account: Any, slot: int, message: str, source: str) -> None:
        """`source` is the address it came from, `host:port`."""
        ...


class PjAccount(pjsua2.Account):  # type: ignore[misc]
    def __init__(self, doorman: Doorman, on_registration: Callable[[int, str, bool], None] | None = None) -> None:
        super().__init__()
        self._doorman = doorman
        self._on_registration = on_registration

    def onIncomingCall(self, prm: Any) -> None:
        try:
            rdata = prm.rdata
            self._doorman.incoming(self, int(prm.callId), str(rdata.wholeMsg), str(rdata.srcAddress))
        except Exception:
            log.exception("a SIP call-back failed", callback="onIncomingCall")

    def onRegState(self, prm: Any) -> None:
        try:
            if self._on_registration is not None:
                self._on_registration(int(prm.code), str(prm.reason), int(prm.expiration) > 0)
        except Exception:
            log.exception("a SIP call-back failed", callback="onRegState")


class TrunkAccount:
    """A trunk on this worker. `report(up, status, reason)` is called when that changes, and after `connect`."""

    def __init__(
        self, trunk: Trunk, doorman: Doorman, media: pjsua2.TransportConfig, report: Callable[[bool, int, str], None]
    ) -> None:
        self.trunk = trunk
        self._media = media
        self._report = report
        self._up: bool | None = None
        self.account = PjAccount(doorman, self._registration if trunk.register else None)

    @property
    def up(self) -> bool:
        return bool(self._up)

    def connect(self) -> None:
        try:
            self.account.create(account_configuration(self.trunk, self._media))
        except pjsua2.Error as error:
            raise refusal(error, f"setting up trunk {self.trunk.name}") from None
        if not self.trunk.register:
            self._change(True, 0, "")

    def modify(self, trunk: Trunk) -> None:
        self.trunk = trunk
        self._up = None
        self.account.modify(account_configuration(trunk, self._media))
        if not trunk.register:
            self._change(True, 0, "")

    def still_silent(self) -> None:
        """The registrar has not answered in time; PJSIP goes on trying."""
        if self._up is None:
            self._change(False, 0, f"no answer to REGISTER within {REGISTER_ANSWER_S:.0f} s")

    def repeat(self) -> None:
        """Tell the state again, where there is one."""
        if self._up is not None:
            self._report(self._up, 0, "")

    def close(self) -> None:
        """Unregister and give the account slot back."""
        self._report = lambda *_: None
        self.account.shutdown()
        destroy(self.account)

    def _registration(self, code: int, reason: str, registered: bool) -> None:
        up = registered and 200 <= code < 300
        self._change(up, 0 if up else code, "" if up else reason)

    def _change(self, up: bool, status: int, reason: str) -> None:
        if up is not self._up:
            self._up = up
            self._report(up, status, reason)


def account_configuration(trunk: Trunk, media: pjsua2.TransportConfig) -> pjsua2.AccountConfig:
    configuration = pjsua2.AccountConfig()
    host = trunk_host(trunk)
    put(configuration, idUri=f"{quoted('')}<sip:{trunk.user or trunk.caller_id or 'goldenhour'}@{host}>")
    if trunk.user:
        credentials = pjsua2.AuthCredInfo("digest", trunk.realm, trunk.user, 0, trunk.password)
        configuration.sipConfig.authCreds.append(credentials)
    if trunk.outbound_proxy:
        configuration.sipConfig.proxies.append(f"<sip:{trunk.outbound_proxy};lr>")
    put(
        configuration.regConfig,
        registrarUri=f"sip:{trunk.address.removeprefix('sip:')}" if trunk.register else "",
        retryIntervalSec=RETRY_S,
        firstRetryIntervalSec=2,
        randomRetryIntervalSec=3,
    )
    put(configuration.mediaConfig, transportConfig=media)
    return configuration


def direct_configuration(sip_address: str, media: pjsua2.TransportConfig) -> pjsua2.AccountConfig:
    configuration = pjsua2.AccountConfig()
    put(configuration, idUri=f"sip:goldenhour@{sip_address}")
    put(configuration.mediaConfig, transportConfig=media)
    return configuration
