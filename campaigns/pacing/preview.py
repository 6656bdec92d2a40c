"""Preview: an agent sees the lead first, and calls it or skips it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from campaigns.pacing.decision import Limit, PacingDecision
from campaigns.pacing.policy import Observation
from campaigns.pacing.view import PacingView, seen_of


class PreviewState(StrEnum):
    SHOWN = "SHOWN"
    ACCEPTED = "ACCEPTED"  # waits for a line
    DIALLED = "DIALLED"
    SKIPPED = "SKIPPED"  # the lead goes back, and not to this agent again today
    LAPSED = "LAPSED"  # nobody decided in time: the agent is paused, the lead goes back
    WITHDRAWN = "WITHDRAWN"  # the lead may not be called any more, or its agent left


class PreviewEvent(StrEnum):
    ACCEPT = "accept"
    SKIP = "skip"
    TIME_OUT = "time_out"
    PLACE = "place"
    WITHDRAW = "withdraw"


PREVIEW: Final[Mapping[tuple[PreviewState, PreviewEvent], PreviewState]] = {
    (PreviewState.SHOWN, PreviewEvent.ACCEPT): PreviewState.ACCEPTED,
    (PreviewState.SHOWN, PreviewEvent.SKIP): PreviewState.SKIPPED,
    (PreviewState.SHOWN, PreviewEvent.TIME_OUT): PreviewState.LAPSED,
    (PreviewState.SHOWN, PreviewEvent.WITHDRAW): PreviewState.WITHDRAWN,
    (PreviewState.ACCEPTED, PreviewEvent.PLACE): PreviewState.DIALLED,
    (PreviewState.ACCEPTED, PreviewEvent.WITHDRAW): PreviewState.WITHDRAWN,
}
OVER: Final = frozenset({PreviewState.DIALLED, PreviewState.SKIPPED, PreviewState.LAPSED, PreviewState.WITHDRAWN})


def preview_after(state: PreviewState, event: PreviewEvent) -> PreviewState | None:
    """None where the event comes too late, or twice: nothing is done then."""
    return PREVIEW.get((state, event))


class Preview:
    """Places what agents accepted; shows a lead to each ready agent who has neither a lead to look at nor a call."""

    def decide(self, view: PacingView) -> PacingDecision:
        most, limit = view.room()
        if view.room()[0] and view.ready_agents <= 0:
            most, limit = 0, Limit.NO_READY_AGENT
        wanted = min(max(view.accepted, 0), view.floor)
        place = min(wanted, most)
        free = view.floor - max(view.previewing, 0) - wanted
        return PacingDecision(
            place=place,
            limit=Limit.AGENTS_DECIDE if place < most else limit,
            mode="preview",
            floor=place,
            offer=max(free, 0) if view.open else 0,
            seen=seen_of(view),
        )

    def learn(self, seen: Observation) -> None:
        """Agents decide."""
