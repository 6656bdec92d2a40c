"""What pacing can see of a campaign at this instant: its agents, its calls, its lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from campaigns.campaign import Campaign
from campaigns.pacing import CallSeen, PacingView
from dialer.clock import Clock
from dialer.domain.agent import AgentState
from dialer.domain.call import DIALLING
from dialer.engine.agent_desk import AgentDesk
from dialer.engine.call_desk import CallDesk
from dialer.engine.live_call import LiveCall
from dialer.engine.open_legs import OpenLegs
from dialer.engine.pacer import Pacer
from dialer.engine.sharing import Sharing
from dialer.engine.staffing import Staffing
from dialer.engine.trunk_watch import TrunkWatch
from sip.telephony import Telephony

_UNLIMITED: Final = 1_000_000
_KEPT_SHARE: Final = 4  # at most one agent in so many is kept for somebody whose phone only rings yet
_LAST: Final = 8  # calls that tell which lists are dialled now
_RINGS_S: Final = 15.0  # calls placed before will have been answered by then, or hardly
_AWAY: Final = frozenset({AgentState.LOGGED_OUT, AgentState.PAUSED})


@dataclass(slots=True)
class Crew:
    """The agents of a campaign that dials before they are free."""

    ready: int = 0
    talking_s: list[float] = field(default_factory=list)
    wrapping_s: list[float] = field(default_factory=list)
    leaving: int = 0
    open_legs: int = 0

    @property
    def staying(self) -> int:
        return self.ready + len(self.talking_s) + len(self.wrapping_s)


@dataclass(frozen=True, slots=True)
class Sighted:
    """`calls` are those of the view, by their number in it."""

    view: PacingView
    calls: tuple[LiveCall, ...] = ()


class Sight:
    """`promised`: agents whom customers of the campaign will need at once. `showing`: leads shown to agents, and leads
    they decided to call."""

    def __init__(
        self, *, agents: AgentDesk, staffing: Staffing, calls: CallDesk, open_legs: OpenLegs, telephony: Telephony,
        sharing: Sharing, trunks: TrunkWatch, clock: Clock, time_zone: str, promised: Callable[[int], int],
        showing: Callable[[int], tuple[int, int]],
    ) -> None:  # fmt: skip
        self._trunks = trunks
        self._agents, self._staffing, self._calls, self._open_legs = agents, staffing, calls, open_legs
        self._telephony, self.sharing, self._clock = telephony, sharing, clock
        self._zone, self._promised, self._showing = ZoneInfo(time_zone), promised, showing

    def look(self, campaign: Campaign, pacer: Pacer, *, waits: bool) -> Sighted:
        """`waits`: no trunk has a token now."""
        return self._far(campaign, pacer, waits) if pacer.over_dials else Sighted(self._near(campaign, waits))

    def crew(self, campaign_id: int) -> Crew:
        crew, now = Crew(), self._clock.now()
        for agent, seat in self._agents.seats():
            if seat.state in _AWAY or not self.sharing.expects(agent.agent_id, campaign_id):
                continue
            if seat.wish is not None:
                crew.leaving += 1
            elif seat.state is AgentState.READY:
                crew.ready += 1
            elif seat.state is AgentState.WRAP_UP:
                crew.wrapping_s.append(_age(seat.since, now))
            else:  # who is reserved will be talking in a moment
                crew.talking_s.append(_age(seat.since, now) if seat.state is AgentState.ON_CALL else 0.0)
            crew.open_legs += bool(self._open_legs.worker(agent.agent_id))
        return crew

    def somebody_stays(self, campaign_id: int) -> bool:
        return any(
            seat.state not in _AWAY and seat.wish is None and self.sharing.serves(agent.agent_id, campaign_id)
            for agent, seat in self._agents.seats()
        )

    def claims(self, campaign_id: int) -> int:
        """Ready agents on whom a campaign that over-dials may count against others."""
        return sum(self.sharing.expects(agent.agent_id, campaign_id) for agent, _ in self._agents.ready_seats())

    def to_keep(self, campaign_id: int, pacer: Pacer, *, ahead_s: float) -> int:
        """Agents to keep, by then, each for a lead that may ring only with one of its own."""
        due = pacer.wait_for_agents(self._clock.now() + timedelta(seconds=ahead_s))
        if not due:
            return 0
        kept = sum(live.guaranteed and live.call.connected_at is None for live in self._calls.of(campaign_id))
        return max(min(due, max(self.crew(campaign_id).staying // _KEPT_SHARE, 1) - kept), 0)

    def skilled(self, campaign_id: int) -> bool:
        """A ready agent of the campaign has a skill."""
        ready = self._agents.ready_seats()
        return any(bool(agent.skills) and self.sharing.expects(agent.agent_id, campaign_id) for agent, _ in ready)

    def lines_free(self, campaign: Campaign) -> int:
        """For calls that have their agent."""
        return min(self._lines(campaign, self._staffing.with_open_leg(campaign.campaign_id)))

    def _near(self, campaign: Campaign, waits: bool) -> PacingView:
        """For modes in which every call has its agent."""
        campaign_id = campaign.campaign_id
        covered, (shown, accepted) = self._calls.without_agent(campaign_id), self._showing(campaign_id)
        ready = 0
        if self._staffing.ready(campaign_id):
            ready = covered + self._staffing.spare(campaign_id, self._calls.demands())
        lines = self.lines_free(campaign)
        return PacingView(
            ready_agents=ready + shown + accepted, covered=covered, lines_free=lines,
            rate_tokens_s=0.0 if waits else float(max(lines, 1)), previewing=shown, accepted=accepted,
        )  # fmt: skip

    def _far(self, campaign: Campaign, pacer: Pacer, waits: bool) -> Sighted:
        campaign_id, now = campaign.campaign_id, self._clock.now()
        crew, calls = self.crew(campaign_id), self._calls.wanting(campaign_id)
        ringing = tuple(live for live in calls if live.state in DIALLING)
        waiting = [live for live in calls if live.state not in DIALLING]
        own, room = self._lines(campaign, crew.ready if crew.open_legs else 0)
        own = min(own, self._of_trunks(campaign))
        if crew.open_legs >= crew.staying > 0:
            room = 2 * self._telephony.capacity().free  # a customer's leg beside the agent's needs half a line
        view = PacingView(
            ready_agents=self._ready(campaign_id),
            covered=len(calls),
            lines_free=own,
            capacity_free=room,
            rate_tokens_s=0.0 if waits else float(max(min(own, room), 1)),
            at_s=self._clock.monotonic(),
            hour=now.astimezone(self._zone_of(campaign)).hour,
            talking_s=tuple(crew.talking_s),
            wrapping_s=tuple(crew.wrapping_s),
            leaving=crew.leaving,
            promised=self._promised(campaign_id) + self.to_keep(campaign_id, pacer, ahead_s=_RINGS_S),
            calls=tuple(_seen(n, live, pacer, now) for n, live in enumerate(ringing)),
            waiting_s=tuple(_age(live.call.answered_at or now, now) for live in waiting),
            windows=pacer.windows(now),
            next_factor=_next_factor(ringing, pacer),
        )
        return Sighted(view, ringing)

    def _ready(self, campaign_id: int) -> int:
        """Ready agents whom the calls of other campaigns leave."""
        if not self._calls.wanted_elsewhere(campaign_id):
            return sum(self.sharing.serves(agent.agent_id, campaign_id) for agent, _ in self._agents.ready_seats())
        others = Counter({d: n for d, n in self._calls.demands().items() if d.campaign_id != campaign_id})
        return self._staffing.spare(campaign_id, others)

    def _lines(self, campaign: Campaign, beside: int) -> tuple[int, int]:
        """The campaign's own, and whole lines of the workers with half a line beside each open leg; the pool has the
        last word."""
        limit = campaign.settings.lines
        own = limit - self._calls.in_flight(campaign.campaign_id) if limit else _UNLIMITED
        return own, self._telephony.capacity().free + beside

    def _of_trunks(self, campaign: Campaign) -> int:
        """Lines of the campaign's trunks that are not in use, and that no agent needs for the calls of a campaign that
        waits for him before it dials."""
        usable = set(self._trunks.usable(campaign.settings.trunks))
        in_use = Counter(live.line.trunk for live in self._calls.all())
        free = sum(max(self._trunks.trunks[name].lines - in_use[name], 0) for name in usable)
        return free - sum(self._still_needs(one) for one in self.sharing.careful() if usable & set(one.settings.trunks))

    def _still_needs(self, campaign: Campaign) -> int:
        """Lines that its agents could use besides those they have."""
        return max(self.crew(campaign.campaign_id).staying - self._calls.in_flight(campaign.campaign_id), 0)

    def _zone_of(self, campaign: Campaign) -> ZoneInfo:
        return ZoneInfo(campaign.settings.time_zone) if campaign.settings.time_zone else self._zone


def _next_factor(ringing: Sequence[LiveCall], pacer: Pacer) -> float:
    """Lists are dialled one after another, or in turn: the next lead is as those called last."""
    last = [pacer.factor(live.dossier.lead.source) for live in ringing[-_LAST:]]
    return sum(last) / len(last) if last else 1.0


def _seen(number: int, live: LiveCall, pacer: Pacer, now: datetime) -> CallSeen:
    rang = live.call.ringing_at
    return CallSeen(
        number, _age(live.call.placed_at, now), None if rang is None else _age(rang, now),
        pacer.factor(live.dossier.lead.source),
    )  # fmt: skip


def _age(since: datetime, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0)
