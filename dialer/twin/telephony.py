"""Lines, carriers and phones in one process and in whatever time the event loop keeps: the telephony port without SIP.

It outlives the engine as real workers do: `cut` is the engine's sudden death, `start` again its return.
"""

from __future__ import annotations

from collections.abc import Mapping

from dialer.twin.legs import answered_or
from dialer.twin.screening import Screens
from dialer.twin.switch import FakeLeg
from sip.causes import Cause, LegOutcome, Origin
from sip.errors import TelephonyError
from sip.events import DtmfReceived, LegIncoming, WorkerLost
from sip.incoming import new_leg_id


class FakeTelephony(Screens):
    """The telephony port, and the hand of whoever tells a story with it."""

    def lose_reply(self, command: str, times: int = 1) -> None:
        """The command is carried out; its reply never comes."""
        self._faults.setdefault(command, []).extend([None] * times)

    def refuse(self, command: str, error: TelephonyError, times: int = 1) -> None:
        self._faults.setdefault(command, []).extend([error] * times)

    def customer_hangs_up(self, leg_id: str) -> None:
        self._end(self._legs[leg_id], answered_or(self._legs[leg_id]), Cause(origin=Origin.REMOTE, sip_status=200))

    def customer_presses(self, leg_id: str, digits: str) -> None:
        leg = self._legs[leg_id]
        for digit in digits:
            self._tell(leg.worker, DtmfReceived(worker=leg.worker, at=self._clock.now(), leg_id=leg_id, digit=digit))

    def somebody_calls(
        self, caller: str = "+8613900000000", called: str = "100", *, trunk: str = "", worker: str = "",
        waits: float = 30.0, headers: Mapping[str, str] | None = None,
    ) -> str:  # fmt: skip
        """An incoming call on that worker, else on the one with most room; over an inbound trunk it rings by itself."""
        up = [one for one in self._workers.values() if one.up and worker in ("", one.name)]
        chosen = max(up, key=self._free)
        leg = FakeLeg(
            new_leg_id(int(self._clock.now().timestamp() * 1000)), chosen.name, "in@fake", trunk=trunk,
            direction="inbound", state="ringing" if trunk else "placing",
        )  # fmt: skip
        self._legs[leg.leg_id] = leg
        if trunk:
            self._trunks[trunk].legs.add(leg.leg_id)
        self._tell(
            chosen.name,
            LegIncoming(
                worker=chosen.name, at=self._clock.now(), leg_id=leg.leg_id, sip_call_id=leg.sip_call_id,
                from_number=caller, to_number=called, trunk=trunk, headers=dict(headers or {}),
            ),
        )  # fmt: skip
        self._in(leg, waits, lambda: self._caller_gives_up(leg))
        return leg.leg_id

    def _caller_gives_up(self, leg: FakeLeg) -> None:
        if leg.state != "answered":
            self._end(leg, LegOutcome.NO_ANSWER, Cause(origin=Origin.REMOTE, sip_status=487))

    def kill_worker(self, name: str, *, back_after: float = 0.5) -> None:
        worker = self._workers[name]
        worker.up = False
        lost = tuple(leg.leg_id for leg in self._legs.values() if leg.worker == name)
        for leg_id in lost:
            self._forget(self._legs[leg_id])
        self._recordings = {key: rec for key, rec in self._recordings.items() if rec.worker != name}
        self._lines = {key: line for key, line in self._lines.items() if line[0] != name}
        self._tell(name, WorkerLost(worker=name, at=self._clock.now(), legs=lost, reason="killed"))
        self._loop.call_later(back_after, self._revive, worker)

    def cut(self) -> None:
        """The engine is killed: reservations and replies die with it, calls do not."""
        self._attached = False
        self._inbox.clear()
        self._lines.clear()
        for trunk in self._trunks.values():
            trunk.admitted = 0
