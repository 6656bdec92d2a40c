"""Calls that are over for us and not yet for PJSIP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pjsua2

from sip.pjsua.pj import destroy


@dataclass(slots=True)
class Corpse:
    call: Any
    sip_call_id: str
    trunk: str
    draining: bool = True


class Graveyard:
    """Keeps a disconnected `pjsua2.Call` until its slot is empty, then destroys it.

    The object remembers its slot number. Destroyed while another call has the slot, it would take away that
    call's user data and hang it up (pjproject issue 3856). A slot stays taken after our hangup until the
    transaction ends (up to 32 s): such calls are *draining* and count against the room.
    """

    def __init__(self) -> None:
        self._corpses: list[Corpse] = []
        self.buried = 0

    @property
    def draining(self) -> int:
        return sum(corpse.draining for corpse in self._corpses)

    @property
    def empty(self) -> bool:
        return not self._corpses

    def bury(self, call: Any, sip_call_id: str, trunk: str = "") -> None:
        self.buried += 1
        self._corpses.append(Corpse(call, sip_call_id, trunk))

    def uses(self, trunk: str) -> bool:
        """Whether a call over that trunk still has a transaction open."""
        return any(corpse.trunk == trunk for corpse in self._corpses)

    def sweep(self) -> None:
        """SIP thread, outside of any call-back."""
        if self._corpses:
            self._corpses = [corpse for corpse in self._corpses if not self._gone(corpse)]

    def _gone(self, corpse: Corpse) -> bool:
        try:
            info = corpse.call.getInfo()
        except pjsua2.Error:
            destroy(corpse.call)
            return True
        over = info.state == pjsua2.PJSIP_INV_STATE_DISCONNECTED
        corpse.draining = over and str(info.callIdString) == corpse.sip_call_id
        return False
