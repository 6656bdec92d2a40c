"""What a worker remembers of its legs and trunks beside the station; pure."""

from __future__ import annotations

from sip.events import AnyEvent, LegEnded, LegEvent, LegIncoming, TrunkDown, TrunkUp
from sip.trunks import Trunk


class Ledger:
    def __init__(self) -> None:
        self.legs: dict[str, str] = {}  # leg -> trunk it was placed over, or came over
        self._trunks: dict[str, Trunk] = {}
        self._trunk_states: dict[str, TrunkUp | TrunkDown] = {}
        self._shunned: set[str] = set()

    def connected(self, trunk: Trunk) -> bool:
        """Whether the trunk is connected with exactly these settings."""
        return self._trunks.get(trunk.name) == trunk

    def connect(self, trunk: Trunk) -> None:
        self._trunks[trunk.name] = trunk
        self._trunk_states.pop(trunk.name, None)

    def disconnect(self, name: str) -> None:
        self._trunks.pop(name, None)
        self._trunk_states.pop(name, None)

    def trunk_state(self, name: str) -> TrunkUp | TrunkDown | None:
        return self._trunk_states.get(name)

    def shun(self, leg_id: str) -> None:
        """A caller who is turned away without the engine hearing of it."""
        self._shunned.add(leg_id)

    def shunned(self, event: AnyEvent) -> bool:
        """Whether the event is about such a caller; he is forgotten at his end."""
        if not isinstance(event, LegEvent) or event.leg_id not in self._shunned:
            return False
        if isinstance(event, LegEnded):
            self._shunned.discard(event.leg_id)
        return True

    def note(self, event: AnyEvent) -> None:
        match event:
            case LegIncoming(leg_id=leg_id, trunk=trunk) if trunk:
                self.legs[leg_id] = trunk
            case LegEnded(leg_id=leg_id):
                self.legs.pop(leg_id, None)
            case TrunkUp(trunk=trunk) | TrunkDown(trunk=trunk):
                self._trunk_states[trunk] = event
            case _:
                pass
