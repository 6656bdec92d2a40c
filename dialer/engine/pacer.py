"""One campaign's pacing: the policy of its mode, what was learned of its calls, and its count of abandoned ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog

from campaigns.campaign import OVER_DIALLING, Campaign, CampaignSettings, PacingMode
from campaigns.pacing import (
    AttemptSeen,
    Automatic,
    ConversationSeen,
    Counted,
    Learned,
    Note,
    PacingDecision,
    PacingPolicy,
    PacingView,
    Power,
    Predictive,
    PredictiveSettings,
    Preview,
    Prior,
    Progressive,
    Tally,
    Window,
)
from campaigns.pacing.view import seen_of
from campaigns.policy import Limits
from dialer.engine.pacing_log import DecisionLog, values_of

log = structlog.get_logger(__name__)

_TOLD_AFTER_S: Final = 10.0  # a note that held so long is told
_RINGS_S: Final = 15.0  # nobody hangs up on a customer earlier
_AGAIN: Final = timedelta(minutes=1)
_NOTHING: Final = (Window(name="24h", answered=0, abandoned=0),)


class Pacer:
    """It learns in every mode, so that another one begins with what is known."""

    def __init__(self, campaign: Campaign, bounds: Limits, tally: Tally, state: Mapping[str, Any] | None) -> None:
        self.campaign_id = campaign.campaign_id
        self.tally = tally
        self.log = DecisionLog(campaign.campaign_id)
        self.changed_since_kept = False
        self.guaranteed: dict[int, datetime] = {}  # leads that need an agent of their own, and when to look again
        self.skilled_at = datetime.min.replace(tzinfo=UTC)  # when to look again for leads that need a skill
        self.last: PacingDecision | None = None
        self.settings, self.bounds = campaign.settings, bounds
        self.brain = self._brain(None)
        if state is not None:
            self._restore(state)
        self.policy = self._policy()
        self._told: Note | None = None
        self._noted: tuple[Note | None, float] = (None, 0.0)

    @property
    def mode(self) -> PacingMode:
        return self.settings.pacing

    @property
    def over_dials(self) -> bool:
        """May place calls that no agent is ready for."""
        return self.settings.pacing in OVER_DIALLING and self.bounds.abandon_rate_max > 0

    def follow(self, settings: CampaignSettings, bounds: Limits) -> None:
        """The campaign's settings as they are now; what was learned stays."""
        if (settings, bounds) == (self.settings, self.bounds):
            self.settings = settings
            return
        self.settings, self.bounds = settings, bounds
        self.brain = self._brain(self.brain)
        self.policy = self._policy()

    def decide(self, view: PacingView) -> PacingDecision:
        self.last = self.policy.decide(view)
        return self.last

    def note(
        self, at: datetime, view: PacingView, decision: PacingDecision, *, placed: int, limit: str, offered: int
    ) -> None:
        """Into the log of the day."""
        values = values_of(
            decision, decision.seen or seen_of(view), mode=self.mode.value, placed=placed, limit=limit,
            cancelled=len(decision.cancel), offered=offered,
        )  # fmt: skip
        self.log.note(at, values)

    def learn(self, seen: AttemptSeen | ConversationSeen) -> None:
        self.brain.learn(seen)
        self.changed_since_kept = True

    def answered(self, at: datetime, now: datetime, *, abandoned: bool, agents: int) -> None:
        """A person, counted at the time of his answer."""
        self.tally.answered(at.timestamp())
        if abandoned:
            self.tally.abandoned(at.timestamp())
        self.brain.learn(Counted(windows=self.windows(now), agents=agents))
        self.changed_since_kept = True

    def abandoned(self, answered_at: datetime, now: datetime, *, agents: int) -> None:
        """Who had been counted as answered already."""
        self.tally.abandoned(answered_at.timestamp())
        self.brain.learn(Counted(windows=self.windows(now), agents=agents))

    def taken_back(self, answered_at: datetime, *, abandoned: bool) -> None:
        """Who was counted as a person, and as abandoned where it says so, was none."""
        self.tally.taken_back(answered_at.timestamp(), abandoned=abandoned)

    def windows(self, now: datetime) -> tuple[Window, ...]:
        return self.tally.windows(now.timestamp())

    def strictest(self, now: datetime) -> Window:
        return max(self.windows(now) or _NOTHING, key=lambda window: window.abandoned / max(window.answered, 1))

    def factor(self, source: str) -> float:
        return self.learned.factor(f"list:{source}") if source else 1.0

    @property
    def learned(self) -> Learned:
        return self._predictive.learned

    def wait_for_agents(self, until: datetime) -> int:
        """Leads that need an agent of their own and are due by then."""
        return sum(at <= until for at in self.guaranteed.values())

    def agent_kept(self, lead_ids: Collection[int]) -> None:
        """They are called; the end of the call says when they are due again."""
        for lead_id in lead_ids:
            self.guaranteed.pop(lead_id, None)

    def look_again(self, now: datetime) -> None:
        """Who is due and could not be called is asked about again in a minute."""
        self.guaranteed |= {lead_id: now + _AGAIN for lead_id, at in self.guaranteed.items() if at <= now}

    def forget(self) -> None:
        """All that it learned; what was counted stays."""
        self.brain = self._brain(None)
        self.policy = self._policy()
        self.changed_since_kept = False

    def state(self) -> Mapping[str, Any]:
        return self.brain.to_dict()

    def news(self, at_s: float) -> tuple[bool, Note | None]:
        """Whether the automatic mode does something else than was last told, and what; each time it is told once."""
        note = self.last.note if self.last is not None and self.mode is PacingMode.AUTOMATIC else None
        if note is not self._noted[0]:
            self._noted = (note, at_s)
        if note is self._told or (self._told is not None and at_s - self._noted[1] < _TOLD_AFTER_S and note):
            return False, note
        self._told = note
        return True, note

    @property
    def _predictive(self) -> Predictive:
        return self.brain.predictive if isinstance(self.brain, Automatic) else self.brain

    def _brain(self, former: Predictive | Automatic | None) -> Predictive | Automatic:
        asked = PredictiveSettings(
            abandon_rate_max=self.bounds.abandon_rate_max,
            patience_s=self.bounds.message_at_s,
            cancel_after_s=max(_RINGS_S, float(self.bounds.min_ring_s)),
        )
        kind = Automatic if self.settings.pacing is PacingMode.AUTOMATIC else Predictive
        made = kind(asked, prior=self._prior())
        if former is not None:
            made.restore(former.to_dict())
        return made

    def _prior(self) -> Prior:
        """What the settings tell before the first call."""
        return Prior.model_validate(
            {
                "ring": {"ring_limit_s": min(self.bounds.ring_time_s, 60)},
                "talk": {"wrap_s": max(self.settings.wrap_up_s, 1)},
            }
        )

    def _policy(self) -> PacingPolicy:
        match self.settings.pacing:
            case PacingMode.PREVIEW:
                return Preview()
            case PacingMode.POWER:
                return Power(self.settings.lines_per_agent, self.bounds.abandon_rate_max)
            case PacingMode.PREDICTIVE | PacingMode.AUTOMATIC:
                return self.brain
        return Progressive()

    def _restore(self, state: Mapping[str, Any]) -> None:
        try:
            self.brain.restore(state)
        except ValueError as error:
            log.warning("pacing_state_unreadable", campaign_id=self.campaign_id, error=str(error))
