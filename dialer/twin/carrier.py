"""The simulated carrier: the telephony without SIP, with the people of a rehearsal at the other end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from dialer.clock import Clock
from dialer.twin.parties import Fate
from dialer.twin.people import Party, People
from dialer.twin.switch import FakeLeg
from dialer.twin.telephony import FakeTelephony
from sip.commands import PlaceLeg


class Carrier(FakeTelephony):
    """`hour_of` says which hour it is where a number is. `parties`: whom the legs under way lead to."""

    def __init__(self, clock: Clock, people: People, hour_of: Callable[[str, datetime], int], *, legs: int) -> None:
        super().__init__(clock, workers=1, max_legs=legs)
        self._people, self._hour_of = people, hour_of
        self.parties: dict[str, Party] = {}

    @property
    def under_way(self) -> Mapping[str, FakeLeg]:
        return self._legs

    def _fate(self, order: PlaceLeg) -> Fate:
        if not order.trunk:
            return self.every_phone
        self.placed.clear()  # nobody looks at them here, and a month has many
        self.hangups.clear()
        party = self._people.called(order.destination, self._hour_of(order.destination, self._clock.now()))
        self.parties[order.leg_id] = party
        return party.fate
