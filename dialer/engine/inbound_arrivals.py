"""A call has come in: is it one call, is there a line for it, and whose is it?"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from campaigns.campaign import Campaign
from campaigns.inbound import Acquaintance, InboundOutcome, meant
from campaigns.lead import Dossier
from dialer.domain.events import InboundArrived, InboundEvent
from dialer.domain.ids import attempt_of
from dialer.domain.inbound import UNSERVED, InboundCall, InboundGivenUp
from dialer.domain.line import HeldLine
from dialer.engine.campaign_desk import CampaignDesk
from dialer.engine.inbound_close import missed
from dialer.engine.inbound_desk import InboundDesk
from dialer.engine.inbound_numbers import called_of, caller_of, desk_for
from dialer.engine.inbound_settings import Desk, InboundTrunk
from dialer.engine.line_pool import adopted
from dialer.engine.live_inbound import LiveInbound
from dialer.engine.mailbox import Settle
from dialer.engine.switchboard import Switchboard
from dialer.engine.tasks import Tasks
from dialer.errors import NotFound, NotReachable
from dialer.ports import Store
from sip.errors import LineBusy, TelephonyError
from sip.events import LegIncoming
from sip.rate import TokenBucket

log = structlog.get_logger(__name__)

_BUSY: Final = (486, 17)
_NO_SERVICE: Final = (480, 18)
_TOO_MANY: Final = (503, 42)
_WRITTEN_S: Final = 1.0  # a store that is slow does not keep a caller waiting
_RECENT: Final = 256


@dataclass(frozen=True, slots=True)
class Call:
    """What a trunk said."""

    inbound_id: str
    leg_id: str
    trunk: str
    caller: str
    called: str
    at: datetime
    event: LegIncoming

    def same_as(self, other: Call, within_s: float) -> bool:
        """A registrar with several of our contacts sends one call to all of them."""
        if (self.trunk, self.called) != (other.trunk, other.called) or self.inbound_id == other.inbound_id:
            return False
        known = self.caller == other.caller if self.caller else self.event.from_number == other.event.from_number
        return known and abs((self.at - other.at).total_seconds()) <= within_s


class InboundArrivals:
    """`refused` counts calls over the rate limit, `forks` second branches of one call."""

    def __init__(
        self, *, store: Store, board: Switchboard, campaigns: CampaignDesk, desk: InboundDesk, tasks: Tasks
    ) -> None:
        self._store, self._board, self._campaigns, self._desk, self._tasks = store, board, campaigns, desk, tasks
        self._settings = desk.settings
        limits = self._settings
        self._buckets = {name: TokenBucket(rate=limits.calls_per_second, burst=limits.burst) for name in limits.trunks}
        self._taken: deque[Call] = deque(maxlen=_RECENT)
        self.refused = self.forks = 0

    def arrived(self, event: LegIncoming, settle: Settle) -> bool:
        """Whether it is a call for us; where it is not, nobody has looked after it. Never waits."""
        trunk = self._settings.trunks.get(event.trunk)
        inbound_id = attempt_of(event.leg_id)
        if trunk is None or inbound_id is None:
            return False
        if self._desk.knows(inbound_id):  # told once more after a restart
            self._board.journal.append([], settle)
            return True
        call = Call(
            inbound_id, event.leg_id, event.trunk, caller_of(event, trunk), called_of(event, trunk), event.at, event
        )
        status = self._turned_away(call)
        if status is not None:
            self._reject(call, *status)
            self._board.journal.append([], settle)
            return True
        self._admit(call, trunk, settle)
        return True

    def _turned_away(self, call: Call) -> tuple[int, int] | None:
        if any(call.same_as(other, self._settings.fork_s) and self._rings(other) for other in self._taken):
            self.forks += 1
            return _BUSY
        if not self._buckets[call.trunk].take(self._board.clock.monotonic()):
            self.refused += 1
            log.warning("inbound_rate_exceeded", trunk=call.trunk, refused=self.refused)
            return _TOO_MANY
        return None

    def _rings(self, call: Call) -> bool:
        live = self._desk.get(call.inbound_id)
        return live.state in UNSERVED if live is not None else self._desk.knows(call.inbound_id)

    def _admit(self, call: Call, trunk: InboundTrunk, settle: Settle) -> None:
        self._desk.expect(call.inbound_id)
        try:
            line = self._board.lines.take_in(call.inbound_id, call.leg_id, call.trunk)
        except (LineBusy, TelephonyError):
            self._reject(call, *_BUSY)
            self._tasks.start(f"no line for {call.inbound_id}", self._without_line(call, trunk, settle))
            return
        self._taken.append(call)
        self._tasks.start(f"arrival {call.inbound_id}", self._serve(call, trunk, line, settle))

    async def _serve(self, call: Call, trunk: InboundTrunk, line: HeldLine, settle: Settle) -> None:
        try:
            live = await self._whose(call, trunk, line)
            await self._written(call, live, settle)
        except BaseException:
            self._give_back(call, line)
            raise
        if live is None:
            self._give_back(call, line)
            self._reject(call, *_NO_SERVICE)
            return
        live.mailbox = self._desk.expect(call.inbound_id)
        self._desk.clear_the_way(live)
        self._desk.open(live)

    def _give_back(self, call: Call, line: HeldLine) -> None:
        self._board.lines.release(line)
        for letter in self._desk.forget(call.inbound_id):
            self._board.journal.append([], letter.settle)

    async def _written(self, call: Call, live: LiveInbound | None, settle: Settle) -> None:
        """From here on no attempt to him can be opened; where nobody takes such calls, that is all there is to say."""
        if live is None:
            ended = _refusal(call, "no_campaign", self._board.clock.now())
            self._board.journal.append([_arrival(call, None), *ended], settle)
            log.warning("inbound_without_campaign", trunk=call.trunk)
            return
        self._board.journal.append([_arrival(call, live)], settle)
        try:
            async with asyncio.timeout(_WRITTEN_S):
                await self._board.journal.commit([])
        except TimeoutError:
            log.warning("inbound_not_written_yet", inbound_id=call.inbound_id)

    async def _without_line(self, call: Call, trunk: InboundTrunk, settle: Settle) -> None:
        """Another worker may have taken the same call; if none has, the customer's wish is kept."""
        await self._board.clock.sleep(min(self._settings.fork_s, 1.0))
        for letter in self._desk.forget(call.inbound_id):
            self._board.journal.append([], letter.settle)
        if any(call.same_as(other, self._settings.fork_s) for other in self._taken):
            self._board.journal.append([], settle)
            return
        live = await self._whose(call, trunk, adopted(call.event.worker, call.trunk))
        now = self._board.clock.now()
        again = [missed(live, self._settings, now)] if live is not None and live.dossier is not None else []
        self._board.journal.append([_arrival(call, live), *_refusal(call, "no_line", now), *again], settle)

    async def _whose(self, call: Call, trunk: InboundTrunk, line: HeldLine) -> LiveInbound | None:
        """None where nobody is told to take calls to that number."""
        known = await self._known(call.caller)
        desk = desk_for(call.called, trunk)
        campaign = self._campaigns.by_id(known.campaign_id) if known is not None else None
        dossier = await self._dossier(known) if known is not None and campaign is not None else None
        if campaign is None:
            campaign = await self._campaign_of(desk)
        if campaign is None:
            return None
        return LiveInbound(
            call=InboundCall(inbound_id=call.inbound_id, arrived_at=call.at, country=trunk.country),
            campaign=campaign,
            caller=call.caller,
            called=call.called,
            line=line,
            dossier=dossier,
            knows=known.agents if known is not None and dossier is not None else (),
            team=desk.agents if desk is not None and dossier is None else (),
        )

    async def _known(self, caller: str) -> Acquaintance | None:
        try:
            return meant(await self._store.inbound.acquaintances(caller))
        except (NotReachable, OSError) as error:
            log.warning("inbound_caller_not_looked_up", error=str(error))
            return None

    async def _dossier(self, known: Acquaintance) -> Dossier | None:
        try:
            return await self._store.dossier(known.lead_id, now=self._board.clock.now())
        except (NotFound, NotReachable, OSError):
            return None

    async def _campaign_of(self, desk: Desk | None) -> Campaign | None:
        try:
            return await self._campaigns.find(desk.campaign) if desk is not None else None
        except (NotFound, NotReachable, OSError):
            return None

    def _reject(self, call: Call, status: int, q850: int) -> None:
        order = self._board.telephony.reject(call.leg_id, status, q850=q850)
        self._tasks.start(f"reject {call.leg_id}", self._quietly(order))

    async def _quietly(self, order: Awaitable[None]) -> None:
        await self._board.tell(order)


def _arrival(call: Call, live: LiveInbound | None) -> InboundArrived:
    dossier = live.dossier if live is not None else None
    return InboundArrived(
        occurred_at=call.at,
        inbound_id=call.inbound_id,
        trunk=call.trunk,
        worker=call.event.worker,
        sip_call_id=call.event.sip_call_id,
        caller=call.caller,
        called=call.called,
        campaign_id=live.campaign.campaign_id if live is not None else None,
        lead_id=dossier.lead.lead_id if dossier is not None else None,
    )


def _refusal(call: Call, reason: str, now: datetime) -> list[InboundEvent]:
    machine = InboundCall(inbound_id=call.inbound_id, arrived_at=call.at, country="")
    return [*machine.apply(InboundGivenUp(at=now, outcome=InboundOutcome.REFUSED, reason=reason))]
