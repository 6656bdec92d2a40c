"""The trunks of this worker by name; all on the SIP thread."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from sip.errors import BadDestination, TelephonyError, UnknownTrunk
from sip.events import TrunkDown, TrunkUp
from sip.incoming import calling
from sip.pjsua.endpoint import SipEndpoint, tls_refusal
from sip.pjsua.names import LocalNames
from sip.pjsua.thread import Timer
from sip.pjsua.trunk import MAX_ACCOUNTS, REGISTER_ANSWER_S, Doorman, TrunkAccount
from sip.trunks import Trunk


class Trunks:
    def __init__(
        self,
        endpoint: SipEndpoint,
        doorman: Doorman,
        emit: Callable[..., None],
        later: Callable[[float, Callable[[], None]], Timer],
        in_use: Callable[[str], bool],
    ) -> None:
        self._endpoint = endpoint
        self._doorman = doorman
        self._emit = emit
        self._later = later
        self._in_use = in_use
        self._known: dict[str, TrunkAccount] = {}
        self._leaving: list[TrunkAccount] = []
        self._transports = {"udp"}
        self._names = LocalNames()

    def find(self, name: str) -> TrunkAccount:
        """The trunk, where calls can go over it. Raises `UnknownTrunk`."""
        found = self._known.get(name)
        if found is None or not found.up:
            raise UnknownTrunk(f"no trunk {name!r} is up on this worker")
        return found

    def calling(self, source: str, dialled: str) -> Trunk | None:
        """The trunk that a call from `source` comes over; None for a stranger."""
        return calling((account.trunk for account in self._known.values()), source, dialled)

    def connect(self, trunk: Trunk) -> None:
        """`TrunkUp` or `TrunkDown` follows; the same trunk again only repeats it, a changed one is changed."""
        trunk = msgspec.structs.replace(
            trunk,
            address=self._names.localised(trunk.address),
            outbound_proxy=self._names.localised(trunk.outbound_proxy),
        )
        if reason := self._refusal(trunk):
            self._emit(TrunkDown, trunk=trunk.name, sip_status=0, reason=reason)
            return
        present = self._known.get(trunk.name)
        if present is None:
            self._add(trunk)
        elif present.trunk == trunk:
            present.repeat()
        else:
            present.modify(trunk)
            self._watch(present)

    def disconnect(self, name: str) -> None:
        """No new calls at once; the account goes when its last call has ended."""
        present = self._known.pop(name, None)
        if present is None:
            raise UnknownTrunk(f"no trunk {name!r} on this worker")
        self._leaving.append(present)
        self.tidy()
        self._emit(TrunkDown, trunk=name, sip_status=0, reason="disconnected")

    def tidy(self) -> None:
        """Close the accounts of trunks that were taken away and are idle by now."""
        for account in [one for one in self._leaving if not self._in_use(one.trunk.name)]:
            self._leaving.remove(account)
            account.close()

    def close(self) -> None:
        for account in [*self._known.values(), *self._leaving]:
            account.close()
        self._known.clear()
        self._leaving.clear()

    def _add(self, trunk: Trunk) -> None:
        if 1 + len(self._known) + len(self._leaving) >= MAX_ACCOUNTS:
            raise TelephonyError(f"a worker has room for {MAX_ACCOUNTS - 1} trunks; take another one away first")
        account = TrunkAccount(trunk, self._doorman, self._endpoint.media_transport(), self._reporter(trunk.name))
        account.connect()
        self._known[trunk.name] = account
        self._watch(account)

    def _watch(self, account: TrunkAccount) -> None:
        if account.trunk.register:
            self._later(REGISTER_ANSWER_S, account.still_silent)

    def _reporter(self, name: str) -> Callable[[bool, int, str], None]:
        def report(up: bool, status: int, reason: str) -> None:
            if up:
                self._emit(TrunkUp, trunk=name)
            else:
                self._emit(TrunkDown, trunk=name, sip_status=status, reason=reason)

        return report

    def _refusal(self, trunk: Trunk) -> str:
        """Why the trunk cannot be used on this build; opens the transport it needs."""
        address = f"{trunk.address};{trunk.outbound_proxy}".lower()
        if "transport=tls" in address or "sips:" in address:
            return self._open("tls", tls_refusal(self._endpoint.openssl))
        return self._open("tcp", "") if "transport=tcp" in address else ""

    def _open(self, kind: str, refused: str) -> str:
        if not refused and kind not in self._transports:
            self._endpoint.open_transport(kind)
            self._transports.add(kind)
        return refused

    def checked(self, uri: str) -> str:
        """`uri` as it can be dialled. Raises `BadDestination` for `sips:` on a build whose TLS is refused."""
        if uri.lower().startswith("sips:") and (reason := self._open("tls", tls_refusal(self._endpoint.openssl))):
            raise BadDestination(reason)
        return self._names.localised(uri)
