"""Customers' calls after a restart: those that still run are taken over, the others are accounted for."""

from __future__ import annotations

from typing import Final

import structlog

from dialer.clock import Clock
from dialer.domain.ids import attempt_of
from dialer.domain.inbound import InboundCall, InboundState
from dialer.engine.campaign_desk import CampaignDesk
from dialer.engine.inbound_desk import InboundDesk
from dialer.engine.line_pool import adopted
from dialer.engine.live_inbound import LiveInbound
from dialer.engine.mailbox import Adopted, Unknown
from dialer.engine.served import take_over
from dialer.engine.switchboard import Switchboard
from dialer.ports import Store
from dialer.ports.inbound import InboundRow
from sip.events import HeldLeg, WorkerReady

log = structlog.get_logger(__name__)

REPLAY_S: Final = 1.0  # for the arrival of a call that rang while no engine was there


class InboundRecovery:
    def __init__(self, *, store: Store, clock: Clock, campaigns: CampaignDesk, desk: InboundDesk) -> None:
        self._store, self._clock, self._campaigns, self._desk = store, clock, campaigns, desk
        self._restored: set[str] = set()
        self._held: dict[str, Adopted] = {}
        self._unheard: set[str] = set()  # legs that ring at a worker, and no event has told us of them yet

    async def prepare(self) -> None:
        """Before the first worker event: every call that the journal has open gets its task again."""
        for row in await self._store.inbound.active():
            live = await self._restore(row)
            if live is not None:
                self._restored.add(row.inbound_id)
                self._desk.open(live, found=True)

    def adopt(self, event: WorkerReady, board: Switchboard) -> None:
        """What a surviving worker holds."""
        for held in event.held:
            inbound_id = attempt_of(held.leg_id) or ""
            live = self._desk.get(inbound_id)
            if live is not None and inbound_id in self._restored and held.leg_id == live.customer_leg:
                self._take_over(live, held, event, board)
            elif held.direction == "inbound" and not self._desk.knows(inbound_id):
                self._unheard.add(held.leg_id)

    def serves(self, leg_id: str) -> bool:
        return leg_id in self._unheard or self._desk.serves(leg_id)

    async def finish(self, board: Switchboard) -> None:
        """Once the workers have spoken."""
        for inbound_id in self._restored:
            if (live := self._desk.get(inbound_id)) is not None:
                live.post(self._held.get(inbound_id) or Unknown("engine_restarted"))
        if not self._unheard:
            return
        await self._clock.sleep(REPLAY_S)
        for leg_id in self._unheard:
            if not self._desk.serves(leg_id):
                await board.tell(board.telephony.hang_up(leg_id))
        self._unheard.clear()

    def _take_over(self, live: LiveInbound, held: HeldLeg, event: WorkerReady, board: Switchboard) -> None:
        self._held[live.attempt_id] = Adopted(event.at, held.state)
        take_over(live, held, event.worker, board)

    async def _restore(self, row: InboundRow) -> LiveInbound | None:
        campaign = self._campaigns.by_id(row.campaign_id) if row.campaign_id is not None else None
        if campaign is None:
            log.error("inbound_without_campaign", inbound_id=row.inbound_id)
            return None
        dossier = await self._store.dossier(row.lead_id, now=self._clock.now()) if row.lead_id is not None else None
        call = InboundCall(
            inbound_id=row.inbound_id,
            arrived_at=row.arrived_at,
            country=self._country(row),
            state=InboundState.CONNECTED if row.answered_at is not None else InboundState.RINGING,
            picked_up_at=row.answered_at,
            answered_at=row.answered_at,
            agent_id=row.agent_id,
        )
        return LiveInbound(
            call=call,
            campaign=campaign,
            caller=row.caller,
            called=row.called,
            line=adopted(row.worker, row.trunk),
            dossier=dossier,
            knows=tuple(agent for agent in (dossier.lead.owner,) if agent) if dossier is not None else (),
            recording_id=row.recording_id,
            settled=row.disposition is not None,
        )

    def _country(self, row: InboundRow) -> str:
        trunk = self._desk.settings.trunks.get(row.trunk)
        return trunk.country if trunk is not None else ""
