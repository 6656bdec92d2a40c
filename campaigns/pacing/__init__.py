"""How many attempts to add now: preview, progressive, power, predictive, automatic. Asked on every event."""

from campaigns.pacing.automatic import Automatic
from campaigns.pacing.budget import Earning, Window
from campaigns.pacing.decision import LIMIT_WORDS, NOTE_WORDS, Limit, Note, PacingDecision, Seen
from campaigns.pacing.fixed import Power, Progressive
from campaigns.pacing.learned import Learned
from campaigns.pacing.policy import AttemptSeen, ConversationSeen, Counted, Observation, PacingPolicy
from campaigns.pacing.predictive import Predictive, PredictiveSettings
from campaigns.pacing.preview import Preview, PreviewEvent, PreviewState, preview_after
from campaigns.pacing.prior import Prior, RingPrior, TalkPrior
from campaigns.pacing.tally import Tally
from campaigns.pacing.view import CallSeen, PacingView
from campaigns.pacing.warm import ready, warm_up

__all__ = [
    "LIMIT_WORDS",
    "NOTE_WORDS",
    "AttemptSeen",
    "Automatic",
    "CallSeen",
    "ConversationSeen",
    "Counted",
    "Earning",
    "Learned",
    "Limit",
    "Note",
    "Observation",
    "PacingDecision",
    "PacingPolicy",
    "PacingView",
    "Power",
    "Predictive",
    "PredictiveSettings",
    "Preview",
    "PreviewEvent",
    "PreviewState",
    "Prior",
    "Progressive",
    "RingPrior",
    "Seen",
    "TalkPrior",
    "Tally",
    "Window",
    "preview_after",
    "ready",
    "warm_up",
]  # fmt: skip
