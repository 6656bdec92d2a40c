"""Whatever is seen, nothing is dialled that must not be: without an agent, at night, beyond lines, rate and budget."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.attempt import AttemptOutcome
from campaigns.campaign import CallingWindow, PacingMode
from campaigns.pacing.budget import CREDIT
from dialer.domain.agent import AgentState
from dialer.domain.events import AgentStateChanged, CallAnswered, CallConnected, CallEnded, DomainEvent
from dialer.errors import Refused
from dialer.policies import PolicyBook
from dialer.ports import AttemptDraft
from dialer.twin.clock import VirtualLoop
from dialer.twin.parties import Fate, answers, busy, rings_on
from sip.trunks import Trunk
from tests.examples import EXAMPLES
from tests.scenarios.floor import Floor

CAP = 0.03
AGENTS = ("agent1", "agent2", "agent3", "agent4")
AWAY = (AgentState.PAUSED, AgentState.LOGGED_OUT)
SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OPENS, CLOSES = time(9), time(12)
FATES: list[Fate] = [
    answers(0.5, talks=15.0), answers(4.0, talks=2.0), answers(8.0, talks=40.0), answers(20.0, talks=90.0), busy(),
    rings_on(),
]  # fmt: skip

agents = st.sampled_from(AGENTS)
happenings = st.one_of(
    st.tuples(st.just("passes"), st.floats(0.1, 60.0)),
    st.tuples(st.just("passes"), st.floats(60.0, 300.0)),
    st.tuples(st.just("customers"), st.sampled_from(FATES)),  # all of them, at once
    st.tuples(st.just("ready"), agents),
    st.tuples(st.just("pause"), agents),
    st.tuples(st.just("log_out"), agents),
    st.tuples(st.just("phone_fails"), agents),
    st.tuples(st.just("clock_jumps"), st.integers(-3600, 3600)),
    st.tuples(st.just("mode"), st.sampled_from(["power", "predictive", "automatic", "progressive"])),
    st.tuples(st.just("dies"), st.none()),
)
stories = st.lists(happenings, min_size=4, max_size=14)


class Witness:
    """Sees every attempt before it is placed, and every event when it is written."""

    def __init__(self, floor: Floor, lines: int, rate: float) -> None:
        self.floor, self.lines, self.rate = floor, lines, rate
        self.placed: dict[str, float] = {}
        self.times: list[float] = []
        self.walked_off: list[float] = []
        self.answered = self.abandoned = self.excused = 0
        self.broken: list[str] = []
        self._open, self._record = floor.store.open_attempt, floor.store.record
        floor.store.open_attempt = self.open_attempt  # type: ignore[method-assign]
        floor.store.record = self.record  # type: ignore[method-assign]

    async def open_attempt(self, draft: AttemptDraft) -> Any:
        floor, now = self.floor, self.floor.time.monotonic()
        local = floor.time.now().astimezone(SHANGHAI).time()
        self.holds(OPENS <= local < CLOSES, f"dialled at {local}")
        self.holds(any(agent.state not in AWAY for agent in floor.engine.floor().agents), "dialled with nobody there")
        self.holds(len(floor.engine.floor().calls) <= self.lines, "more calls than lines")
        self.times.append(now)
        early = [at for at in self.times if at > now - 10]
        self.holds(len(early) <= self.rate * (now - early[0]) + 1.001, "faster than the trunk allows")
        self.placed[draft.attempt_id] = now
        return await self._open(draft)

    async def record(self, events: Sequence[DomainEvent]) -> Any:
        for event in events:
            self.sees(event)
        return await self._record(events)

    def sees(self, event: DomainEvent) -> None:
        if isinstance(event, AgentStateChanged) and event.state in AWAY:
            self.leaves()
        elif isinstance(event, CallAnswered):
            self.answered += 1
        elif isinstance(event, CallEnded) and event.outcome is AttemptOutcome.ABANDONED:
            self.loses(event.attempt_id)
        elif isinstance(event, CallConnected):
            row = self.floor.store.rows.attempts[event.attempt_id]
            if row.answered_at and (event.occurred_at - row.answered_at).total_seconds() > 2.0:
                self.loses(event.attempt_id)

    def leaves(self) -> None:
        """An agent who was counted on is not there any more, or will not be."""
        self.walked_off.append(self.floor.time.monotonic())

    def loses(self, attempt_id: str) -> None:
        """Whoever was called before an agent walked off was not called against the budget."""
        if any(at >= self.placed[attempt_id] for at in self.walked_off):
            self.excused += 1
            return
        self.abandoned += 1
        within = self.abandoned <= CAP * self.answered + CREDIT
        self.holds(within, f"{self.abandoned} abandoned of {self.answered}")

    def holds(self, condition: bool, broken: str) -> None:
        """Told at the end: what is raised here would be the engine's to mend."""
        if not condition:
            self.broken.append(f"after {self.floor.time.monotonic():.1f} s: {broken}")


async def happens(floor: Floor, witness: Witness, what: str, value: Any) -> None:
    match what:
        case "passes":
            await floor.time.passes(seconds=value)
        case "customers":
            floor.telephony.everybody = value
        case "ready":
            floor.phone(value, answers(0.1))
            await floor.engine.make_ready(value)
        case "pause":
            witness.leaves()
            await floor.engine.pause_agent(value, "break")
        case "log_out":
            witness.leaves()
            await floor.engine.log_out(value)
        case "phone_fails":
            floor.phone(value, rings_on())
        case "clock_jumps":
            floor.time.start += timedelta(seconds=value)
        case "mode":
            campaign = await floor.store.campaign("autumn")
            assert campaign is not None
            changed = campaign.settings.model_copy(update={"pacing": PacingMode(value)})
            await floor.engine.update_campaign("autumn", changed, "planner")
        case "dies":
            witness.leaves()
            witness.times.clear()  # a new process has a token of its own
            await floor.dies()
            await floor.starts()


async def tell(mode: str, lines: int, rate: float, story: list[tuple[str, Any]]) -> None:
    floor = Floor()
    try:
        floor.settings["policies"] = PolicyBook.load(rehearsal=True)
        floor.has_lines(lines)
        floor.trunks = (
            Trunk(name="carrier", address="10.0.0.1", lines=lines, calls_per_second=rate, caller_id="+862112345678"),
        )
        witness = Witness(floor, lines, rate)
        window = CallingWindow.model_validate({"days": WEEK, "from": OPENS, "to": CLOSES})
        floor.customers(answers(6.0, talks=20.0))
        await floor.opens(
            agents=len(AGENTS), leads=600, pacing=mode, lines_per_agent=3.0, wrap_up_s=5, abandon_rate_max=CAP,
            windows=(window,), caps={"lead_attempts": 1},
        )  # fmt: skip
        for what, value in story:
            with suppress(Refused):
                await happens(floor, witness, what, value)
        await floor.time.passes(seconds=40)
        assert not witness.broken, witness.broken
        with suppress(Refused):
            await floor.engine.stop_campaign("autumn", "planner")
        for agent in AGENTS:
            with suppress(Refused):
                await floor.engine.log_out(agent)
        assert floor.engine.bugs == 0
    finally:
        await floor.closes()


@settings(max_examples=max(EXAMPLES // 4, 5), deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(
    mode=st.sampled_from(["power", "predictive", "automatic"]),
    lines=st.integers(4, 16),
    rate=st.sampled_from([0.5, 1.0, 3.0, 50.0]),
    story=stories,
)
def test_nothing_is_dialled_that_must_not_be(mode: str, lines: int, rate: float, story: list[tuple[str, Any]]) -> None:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(tell(mode, lines, rate, story))
