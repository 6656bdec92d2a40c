"""A day on which anything may happen, in any order: whatever it is, the floor ends in order."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from campaigns.attempt import AttemptOutcome
from dialer.domain.agent import AgentState, LegMode
from dialer.errors import Refused
from dialer.twin.clock import VirtualLoop
from dialer.twin.parties import Fate, answers, busy, congested, declines, refuses, rings_on, silent, unknown
from sip.causes import LegOutcome
from sip.errors import LineBusy, TelephonyError, WorkerGone
from tests.examples import EXAMPLES
from tests.scenarios.floor import BACKUP, CARRIER, Floor

AGENTS = ("agent1", "agent2", "agent3")
LEADS = 25
FATES: list[Fate] = [
    answers(2.0), answers(3.0, talks=0.5), answers(4.0, talks=25.0), answers(14.9, talks=5.0),
    answers(20.0, talks=90.0), busy(), congested(), declines(), rings_on(), silent(), unknown(),
]  # fmt: skip
PHONES: list[Fate] = [
    answers(0.1), answers(0.1), answers(0.7), answers(1.2), rings_on(), busy(),
    refuses(480, None, LegOutcome.NO_ANSWER, after=0.3), answers(0.1, talks=8.0),
]  # fmt: skip
COMMANDS = ("place", "bridge", "hang_up", "start_recording", "stop_recording", "play")
CODES = ("SALE", "CALLBACK", "NO_TALK", "DO_NOT_CALL")
ERRORS: list[TelephonyError] = [LineBusy("full"), WorkerGone("gone"), TelephonyError("?")]

agents = st.sampled_from(AGENTS)
happenings = st.one_of(
    st.tuples(st.just("passes"), st.floats(0.05, 40.0)),
    st.tuples(st.just("ready"), agents),
    st.tuples(st.just("pause"), agents),
    st.tuples(st.just("log_out"), agents),
    st.tuples(st.just("phone"), st.tuples(agents, st.sampled_from(PHONES))),
    st.tuples(st.just("customers"), st.sampled_from(FATES)),
    st.tuples(st.just("hangs_up"), st.integers(0, 50)),
    st.tuples(st.just("screen_hangs_up"), st.integers(0, 50)),
    st.tuples(st.just("dispose"), st.tuples(st.integers(0, 50), st.sampled_from(CODES))),
    st.tuples(st.just("lose_reply"), st.sampled_from(COMMANDS)),
    st.tuples(st.just("refuse"), st.tuples(st.sampled_from(COMMANDS), st.sampled_from(ERRORS))),
    st.tuples(st.just("kill_worker"), st.sampled_from(["w1", "w2"])),
    st.tuples(st.just("trunk"), st.sampled_from([None, congested(), silent()])),
    st.tuples(st.just("store"), st.booleans()),
    st.tuples(st.just("campaign"), st.sampled_from(["start", "pause", "drain", "stop"])),
    st.tuples(st.just("dies"), st.floats(0.0, 5.0)),
)  # fmt: skip
days = st.lists(happenings, min_size=5, max_size=40)
modes = st.lists(st.sampled_from([LegMode.ON_CONNECT, LegMode.ALWAYS_OPEN]), min_size=3, max_size=3)


class Day:
    def __init__(self, floor: Floor) -> None:
        self.floor = floor

    async def opens(self, leg_modes: list[LegMode]) -> None:
        floor = self.floor
        floor.trunks = (CARRIER, BACKUP)
        floor.has_lines(8, workers=2)
        floor.customers(answers(3.0, talks=20.0))
        for agent_id, mode in zip(AGENTS, leg_modes, strict=True):
            await floor.employs(agent_id, mode=mode)
        await floor.starts()
        await floor.plans("autumn", wrap_up_s=5)
        await floor.imports("autumn", *(f"customer{n}" for n in range(1, LEADS + 1)))
        await floor.engine.start_campaign("autumn", "planner")
        for agent_id in AGENTS:
            await floor.engine.make_ready(agent_id)

    async def happens(self, what: str, value: object) -> None:
        with suppress(Refused, asyncio.TimeoutError):
            await getattr(self, what)(value)

    async def passes(self, seconds: float) -> None:
        await self.floor.time.passes(seconds=seconds)
        self.holds()

    async def ready(self, agent_id: str) -> None:
        await self.floor.engine.make_ready(agent_id)

    async def pause(self, agent_id: str) -> None:
        await self.floor.engine.pause_agent(agent_id, "tea")

    async def log_out(self, agent_id: str) -> None:
        await self.floor.engine.log_out(agent_id)

    async def phone(self, value: tuple[str, Fate]) -> None:
        self.floor.phone(*value)

    async def customers(self, fate: Fate) -> None:
        self.floor.customers(fate)

    async def hangs_up(self, which: int) -> None:
        legs = sorted(self.floor.telephony.legs())
        if legs:
            self.floor.telephony.customer_hangs_up(legs[which % len(legs)])

    async def screen_hangs_up(self, which: int) -> None:
        calls = self.floor.engine.floor().calls
        if calls:
            await self.floor.engine.hang_up(calls[which % len(calls)].attempt_id)

    async def dispose(self, value: tuple[int, str]) -> None:
        which, code = value
        rows = self.floor.attempts()
        if rows and not self.floor.store.away:
            await self.floor.engine.dispose(
                rows[which % len(rows)].attempt_id, code,
                callback_at=self.floor.time.now() + timedelta(minutes=5) if code == "CALLBACK" else None,
            )  # fmt: skip

    async def lose_reply(self, command: str) -> None:
        self.floor.telephony.lose_reply(command)

    async def refuse(self, value: tuple[str, TelephonyError]) -> None:
        self.floor.telephony.refuse(*value)

    async def kill_worker(self, name: str) -> None:
        if name in self.floor.telephony.workers():
            self.floor.telephony.kill_worker(name)

    async def trunk(self, fate: Fate | None) -> None:
        self.floor.telephony.trunk_fates = {"carrier": fate} if fate else {}

    async def store(self, away: bool) -> None:
        self.floor.store.away = away

    async def campaign(self, order: str) -> None:
        if not self.floor.store.away:
            await getattr(self.floor.engine, f"{order}_campaign")("autumn", "planner")

    async def dies(self, seconds: float) -> None:
        self.floor.store.away = False
        await self.floor.dies()
        await self.floor.time.passes(seconds=seconds)
        await self.floor.starts()

    def holds(self) -> None:
        """At every moment of the day."""
        floor = self.floor.engine.floor()
        active = [row.number for row in self.floor.attempts() if row.ended_at is None]
        assert len(active) == len(set(active)), "a number is called twice at once"
        talking = [call.agent_id for call in floor.calls if call.state == "CONNECTED"]
        assert len(talking) == len(set(talking)), "an agent is in two conversations"
        assert self.floor.engine.bugs == 0

    async def ends(self) -> None:
        """Everything works again; an hour later everybody has gone home."""
        floor = self.floor
        floor.store.away = False
        floor.telephony.trunk_fates.clear()
        floor.telephony._faults.clear()
        for agent_id in AGENTS:
            floor.phone(agent_id, answers(0.1))
        await floor.time.passes(minutes=6)
        self.holds()
        for agent in floor.engine.floor().agents:
            assert agent.state is not AgentState.RESERVED or agent.call, "reserved for nothing"
            await self.happens("log_out", agent.agent_id)
        for call in floor.engine.floor().calls:
            await floor.engine.hang_up(call.attempt_id)
        await floor.time.passes(minutes=3)
        stuck = {a.agent_id: a.state for a in floor.engine.floor().agents if a.state is not AgentState.LOGGED_OUT}
        assert not stuck, f"agents that cannot go home: {stuck}"
        assert floor.engine.floor().calls == ()
        charged = [row for row in floor.attempts() if row.outcome is AttemptOutcome.HUMAN and row.connected_at]
        assert all(row.agent_id for row in charged)
        await floor.closes()


async def tell(leg_modes: list[LegMode], day: list[tuple[str, object]]) -> None:
    floor = Floor()
    story = Day(floor)
    await story.opens(leg_modes)
    for what, value in day:
        note(f"{what} {value}")
        await story.happens(what, value)
    await story.ends()


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(leg_modes=modes, day=days)
def test_any_day_ends_in_order(leg_modes: list[LegMode], day: list[tuple[str, object]]) -> None:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(tell(leg_modes, day))
