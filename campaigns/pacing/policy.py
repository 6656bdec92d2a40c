"""The one interface of all modes: a view in, a decision out; and what was seen of calls and agents, to learn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from campaigns.pacing.budget import Window
from campaigns.pacing.decision import PacingDecision
from campaigns.pacing.view import PacingView


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptSeen:
    """An attempt that was answered or ended. `age_s` since dialling; `person`: a person answered (a machine is another
    end). `cut`: ended by us before its time, which tells only that nobody had answered until then."""

    at_s: float
    age_s: float
    person: bool
    cut: bool = False
    hour: int | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationSeen:
    """An agent became free: after `talk_s` with the customer and `wrap_s` of wrap-up."""

    talk_s: float
    wrap_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A person answered, or was abandoned: the windows after it. `agents`: those logged in."""

    windows: tuple[Window, ...]
    agents: int


Observation = AttemptSeen | ConversationSeen | Counted


class PacingPolicy(Protocol):
    def decide(self, view: PacingView) -> PacingDecision: ...

    def learn(self, seen: Observation) -> None: ...
