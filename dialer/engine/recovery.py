"""After a restart: calls that still run are taken over, the others are accounted for, and nobody is called twice.

Until this is done no campaign dials.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import structlog

from campaigns.policy import limits
from campaigns.screening import ALONE
from dialer.clock import Clock
from dialer.domain.call import Call, CallState
from dialer.domain.ids import attempt_of
from dialer.engine.call_desk import CallDesk
from dialer.engine.campaign_desk import CampaignDesk
from dialer.engine.line_pool import adopted
from dialer.engine.live_call import LiveCall
from dialer.engine.mailbox import Adopted, Unknown
from dialer.engine.recording_desk import RecordingDesk
from dialer.engine.served import take_over
from dialer.engine.settings import EngineSettings
from dialer.engine.switchboard import Switchboard
from dialer.ports import AttemptRow, RecordingRow, Store
from recordings.recording import UNFINISHED
from sip.events import HeldLeg, WorkerReady

log = structlog.get_logger(__name__)

_PAGE: Final = 1000
_REPLAY_S: Final = 0.2  # for events of the past that follow a worker's first word
LetGo = Callable[[str], None]


class Recovery:
    def __init__(
        self, *, store: Store, clock: Clock, settings: EngineSettings, campaigns: CampaignDesk, calls: CallDesk,
        recordings: RecordingDesk, let_go: LetGo,
    ) -> None:  # fmt: skip
        self._store, self._clock, self._settings = store, clock, settings
        self._campaigns, self._calls, self._recordings, self._let_go = campaigns, calls, recordings, let_go
        self._board: Switchboard | None = None
        self._restored: set[str] = set()
        self._held: dict[str, Adopted] = {}  # attempts a worker has spoken for
        self.complete = False
        self.lost = 0
        self.serves_too: Callable[[str], bool] = lambda _: False  # legs of calls from customers

    async def prepare(self, board: Switchboard) -> None:
        """Before the first worker event: every attempt the journal has open gets its task again."""
        self._board = board
        self._recordings.adopt(await self._unfinished_recordings())
        for row in await self._store.active_attempts():
            live = await self._restore(row)
            if live is not None:
                self._restored.add(row.attempt_id)
                self._calls.open(live, board)

    def adopt(self, event: WorkerReady) -> None:
        """What a surviving worker holds. A leg of no open attempt is nobody's: it is ended."""
        for held in event.held:
            live = self._calls.get(attempt_of(held.leg_id) or "")
            if live is not None and held.leg_id == live.customer_leg:
                self._take_over(live, held, event)
        for held in event.held:
            if not self._serves(held.leg_id):
                self._let_go(held.leg_id)

    async def finish(self) -> None:
        """Once the workers have spoken: who is left is LOST, after a grace for ends that are still on their way."""
        if self._open():
            await self._clock.sleep(_REPLAY_S)
        deadline = self._clock.monotonic() + self._settings.recovery_grace_s
        while self._unclaimed() and self._clock.monotonic() < deadline:
            await self._clock.sleep(_REPLAY_S)
        for live in self._open():
            held = self._held.get(live.attempt_id)
            self.lost += held is None
            live.post(held or Unknown("engine_restarted"))
        self._recordings.recover_unheld()
        self.complete = True
        log.info("recovered", taken_over=len(self._held), lost=self.lost)

    def _open(self) -> list[LiveCall]:
        return [live for attempt_id in self._restored if (live := self._calls.get(attempt_id)) is not None]

    def _unclaimed(self) -> bool:
        return any(live.attempt_id not in self._held for live in self._open())

    def _serves(self, leg_id: str) -> bool:
        """A leg of a call under way, or an agent's open leg in use."""
        if self.serves_too(leg_id) or (self._board is not None and self._board.open_legs.owns(leg_id)):
            return True
        live = self._calls.get(attempt_of(leg_id) or "")
        return live is not None and leg_id in (live.customer_leg, live.agent_leg)

    def _take_over(self, live: LiveCall, held: HeldLeg, event: WorkerReady) -> None:
        if live.attempt_id not in self._restored or self.complete:
            return
        self._held[live.attempt_id] = Adopted(event.at, held.state)
        assert self._board is not None
        take_over(live, held, event.worker, self._board)

    async def _restore(self, row: AttemptRow) -> LiveCall | None:
        campaign = self._campaigns.by_id(row.campaign_id)
        if campaign is None:
            log.error("attempt_without_campaign", attempt_id=row.attempt_id)
            return None
        dossier = await self._store.dossier(row.lead_id, now=self._clock.now())
        policy = self._settings.policies.of(campaign.settings, dossier.lead.country)
        bounds = limits(campaign.settings, policy)
        return LiveCall(
            call=restored_call(row, row.abandon_limit_s or bounds.abandon_limit_s),
            campaign=campaign,
            policy=policy,
            limits=bounds,
            dossier=dossier,
            number=row.number,
            caller_id=row.caller_id,
            line=adopted(row.worker, row.trunk),
            recording_id=row.recording_id,
            settled=row.disposition is not None,
            disposition=row.disposition or "",
            found=True,
            guaranteed=dossier.lead.agent_guaranteed,
            message_asked=row.message_at is not None,
        )

    async def _unfinished_recordings(self) -> list[RecordingRow]:
        rows: list[RecordingRow] = []
        while page := await self._store.recordings(
            states=UNFINISHED, after=rows[-1].recording_id if rows else "", limit=_PAGE
        ):
            rows.extend(page)
        return rows


def restored_call(row: AttemptRow, abandon_limit_s: float) -> Call:
    """The machine as the journal knows it."""
    return Call(
        attempt_id=row.attempt_id,
        campaign_id=row.campaign_id,
        lead_id=row.lead_id,
        placed_at=row.placed_at,
        abandon_limit_s=abandon_limit_s,
        state=_state(row),
        ringing_at=row.ringing_at,
        answered_at=row.answered_at,
        connected_at=row.connected_at,
        safe_harbour_at=row.message_at,
        opted_out_at=row.opted_out_at,
        agent_id=row.agent_id,
        sip_call_id=row.sip_call_id,
        verdict=row.screening_verdict or "",
        screening_reason=row.screening_reason or "",
        treatment=row.screening_treatment or "",
        message_left_at=row.message_left_at,
        person_marked=row.person_marked_at is not None,
    )


def _state(row: AttemptRow) -> CallState:
    if row.screening_treatment in ALONE:
        return CallState.MACHINE
    if row.connected_at is not None:
        return CallState.CONNECTED
    if row.answered_at is not None:
        return CallState.WAITING if row.message_at is not None else CallState.ANSWERED
    return CallState.RINGING if row.ringing_at is not None else CallState.PLACING
