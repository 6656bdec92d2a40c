"""The floor at one instant, for screens and metrics: values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from campaigns.campaign import Campaign, CampaignState
from campaigns.idle import IdleReason
from campaigns.pacing import PreviewState
from dialer.domain.agent import AgentState
from dialer.domain.call import CallState
from dialer.domain.events import AlarmRaised
from dialer.domain.inbound import InboundState
from dialer.domain.seat import Seat
from dialer.engine.agent_desk import AgentDesk
from dialer.engine.alarms import Alarms
from dialer.engine.call_desk import CallDesk
from dialer.engine.campaign_desk import CampaignDesk
from dialer.engine.inbound_desk import InboundDesk
from dialer.engine.live_call import LiveCall
from dialer.engine.live_inbound import LiveInbound
from dialer.engine.open_legs import OpenLegs
from dialer.engine.pacer import Pacer
from dialer.engine.pacing_desk import PacingDesk
from dialer.engine.pacing_keeper import PacingKeeper
from dialer.engine.preview_desk import PreviewDesk, Shown
from dialer.engine.staffing import Staffing
from dialer.engine.trunk_watch import TrunkWatch
from dialer.ports import Agent
from sip.telephony import Telephony


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorPreview:
    """A lead that an agent looks at (SHOWN), or has decided to call (ACCEPTED)."""

    campaign: str
    lead_id: int
    lead_name: str
    state: PreviewState
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorPacing:
    """How a campaign is paced. `note` is what the automatic mode does, "" in others; `answered` and `abandoned` are
    those of the strictest window, `left` the calls that may still be abandoned (None where nobody counts)."""

    mode: str
    note: str
    words: str
    words_zh: str
    answered: int
    abandoned: int
    left: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorAgent:
    """`wish` is the state asked for during a call; `leg_up` tells that an always-open leg stands."""

    agent_id: str
    name: str
    state: AgentState
    since: datetime
    reason: str
    call: str | None
    wish: AgentState | None
    wrap_up_until: datetime | None
    leg_up: bool
    preview: FloorPreview | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorCall:
    """`number` is in clear: who shows it to whom is the reader's duty."""

    attempt_id: str
    campaign: str
    lead_id: int
    lead_name: str
    number: str
    state: CallState
    since: datetime
    placed_at: datetime
    agent_id: str | None
    trunk: str
    worker: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorInbound:
    """A customer who calls us. `lead_id` None: nobody we know. `number` is in clear, "" where it was withheld."""

    inbound_id: str
    campaign: str
    lead_id: int | None
    lead_name: str
    number: str
    called: str
    state: InboundState
    since: datetime
    arrived_at: datetime
    agent_id: str | None
    trunk: str
    worker: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorLines:
    total: int
    free: int
    in_use: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorCampaign:
    campaign_id: int
    code: str
    name: str
    state: CampaignState
    idle: IdleReason | None
    in_flight: int
    connected: int
    waiting: int
    ready_agents: int
    pacing: FloorPacing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorTrunk:
    """`breaker` CLOSED, OPEN, HALF_OPEN or STOPPED; `down` says why it is not registered, "" when it is."""

    name: str
    breaker: str
    down: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorWorker:
    name: str
    max_legs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorSnapshot:
    at: datetime
    agents: tuple[FloorAgent, ...]
    calls: tuple[FloorCall, ...]
    inbound: tuple[FloorInbound, ...]
    lines: FloorLines
    campaigns: tuple[FloorCampaign, ...]
    trunks: tuple[FloorTrunk, ...]
    workers: tuple[FloorWorker, ...]
    alarms: tuple[AlarmRaised, ...]
    journal_waiting: int
    recovering: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorView:
    """Looks at the desks."""

    agents: AgentDesk
    open_legs: OpenLegs
    calls: CallDesk
    campaigns: CampaignDesk
    pacing: PacingDesk
    keeper: PacingKeeper
    previews: PreviewDesk
    staffing: Staffing
    trunks: TrunkWatch
    telephony: Telephony
    alarms: Alarms
    inbound: InboundDesk

    def snapshot(self, *, at: datetime, journal_waiting: int, recovering: bool) -> FloorSnapshot:
        return FloorSnapshot(
            at=at,
            agents=tuple(self._agent(agent, seat) for agent, seat in self.agents.seats()),
            calls=tuple(_call(live) for live in self.calls.all()),
            inbound=tuple(_inbound(live) for live in self.inbound.all()),
            lines=self._lines(),
            campaigns=tuple(self._campaign(campaign, at) for campaign in self.campaigns.all()),
            trunks=tuple(
                FloorTrunk(name=name, breaker=state.value, down=down)
                for name, (state, down) in self.trunks.states().items()
            ),
            workers=tuple(
                FloorWorker(name=name, max_legs=capacity.max_legs)
                for name, capacity in self.telephony.workers().items()
            ),
            alarms=self.alarms.active(),
            journal_waiting=journal_waiting,
            recovering=recovering,
        )

    def _agent(self, agent: Agent, seat: Seat) -> FloorAgent:
        return FloorAgent(
            agent_id=agent.agent_id,
            name=agent.name,
            state=seat.state,
            since=seat.since,
            reason=seat.reason,
            call=seat.attempt_id,
            wish=seat.wish.state if seat.wish else None,
            wrap_up_until=seat.wrap_up_until,
            leg_up=self.open_legs.leg(agent.agent_id) is not None,
            preview=_preview(self.previews.of(agent.agent_id)),
        )

    def _lines(self) -> FloorLines:
        capacity = self.telephony.capacity()
        return FloorLines(
            total=capacity.total,
            free=capacity.free,
            in_use=len(tuple(self.calls.all())) + len(tuple(self.inbound.all())),
        )

    def _campaign(self, campaign: Campaign, at: datetime) -> FloorCampaign:
        calls = [live for live in self.calls.all() if live.call.campaign_id == campaign.campaign_id]
        return FloorCampaign(
            campaign_id=campaign.campaign_id,
            code=campaign.settings.code,
            name=campaign.settings.name,
            state=campaign.state,
            idle=self.pacing.idle(campaign),
            in_flight=len(calls),
            connected=sum(live.state is CallState.CONNECTED for live in calls),
            waiting=sum(live.state is CallState.WAITING for live in calls),
            ready_agents=self.staffing.ready(campaign.campaign_id),
            pacing=_pacing(self.keeper.find(campaign.campaign_id), at),
        )


def _pacing(pacer: Pacer | None, at: datetime) -> FloorPacing | None:
    if pacer is None:
        return None
    last, window = pacer.last, pacer.strictest(at)
    return FloorPacing(
        mode=pacer.mode.value,
        note=str(last.note or "") if last is not None else "",
        words=last.words() if last is not None else "",
        words_zh=last.words(chinese=True) if last is not None else "",
        answered=window.answered,
        abandoned=window.abandoned,
        left=last.left if last is not None else None,
    )


def _preview(shown: Shown | None) -> FloorPreview | None:
    if shown is None:
        return None
    return FloorPreview(
        campaign=shown.campaign.settings.code,
        lead_id=shown.lead.lead_id,
        lead_name=shown.lead.name,
        state=shown.state,
        until=shown.until,
    )


def _call(live: LiveCall) -> FloorCall:
    call = live.call
    since = call.connected_at or call.answered_at or call.ringing_at or call.placed_at
    return FloorCall(
        attempt_id=call.attempt_id,
        campaign=live.campaign.settings.code,
        lead_id=call.lead_id,
        lead_name=live.dossier.lead.name,
        number=live.number,
        state=call.state,
        since=since,
        placed_at=call.placed_at,
        agent_id=live.agent_id,
        trunk=live.line.trunk,
        worker=live.line.worker,
    )


def _inbound(live: LiveInbound) -> FloorInbound:
    call, lead = live.call, live.dossier.lead if live.dossier is not None else None
    return FloorInbound(
        inbound_id=call.inbound_id,
        campaign=live.campaign.settings.code,
        lead_id=lead.lead_id if lead is not None else None,
        lead_name=lead.name if lead is not None else "",
        number=live.caller,
        called=live.called,
        state=call.state,
        since=call.answered_at or call.arrived_at,
        arrived_at=call.arrived_at,
        agent_id=live.agent_id,
        trunk=live.line.trunk,
        worker=live.line.worker,
    )
