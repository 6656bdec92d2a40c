"""Keeps an eye on the callbacks that one agent is to keep: tells him before, and lets anyone take them in time.

It sleeps until the next of these times, or until something about them changes.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final

import structlog

from campaigns.callback import CallbackState
from campaigns.campaign import Callbacks
from campaigns.lead import DueKind
from dialer.bus import Bus, Subscription
from dialer.clock import Clock
from dialer.domain.agent import AgentState
from dialer.domain.events import (
    CallbackEscalated,
    CallbackEvent,
    CallbackFellDue,
    CallEnded,
    DomainEvent,
    LeadRescheduled,
)
from dialer.engine.agent_desk import AgentDesk
from dialer.engine.callback_desk import UnderWay
from dialer.engine.campaign_desk import CampaignDesk
from dialer.engine.journal import Journal
from dialer.errors import NotReachable
from dialer.ports import Store
from dialer.ports.callbacks import CallbackRow

log = structlog.get_logger(__name__)

_MOST: Final = 1000
_GRACE: Final = timedelta(minutes=2)  # after a start, for agents to log in again
_BACK_OFF_S: Final = 5.0
_SOON: Final = timedelta(seconds=20)  # about as long as a call rings
_ABSENT: Final = frozenset({AgentState.LOGGED_OUT, AgentState.PAUSED})


class CallbackWatch:
    """`changed` is called when somebody else may take a callback from now on."""

    def __init__(
        self, *, store: Store, bus: Bus, clock: Clock, journal: Journal, agents: AgentDesk, campaigns: CampaignDesk,
        under_way: UnderWay, changed: Callable[[], None],
    ) -> None:  # fmt: skip
        self._store, self._bus, self._clock, self._journal = store, bus, clock, journal
        self._agents, self._campaigns, self._under_way, self._changed = agents, campaigns, under_way, changed
        self._woken = asyncio.Event()
        self._waiting: dict[str, CallbackRow] = {}
        self._told: dict[str, datetime] = {}  # callback -> the try its agent was told of
        self._up: dict[str, datetime] = {}  # callback -> the escalation that is being written
        self._started = clock.now()
        self.faults = 0

    def look(self) -> None:
        """An agent left, or a callback changed."""
        self._woken.set()

    def needed(self) -> set[str]:
        """Agents who are about to be called for a callback of theirs: it falls due in a moment, or is due and waits
        for them to be free."""
        now = self._clock.now()
        return {
            row.for_agent
            for row in self._waiting.values()
            if row.for_agent and row.next_at is not None and row.next_at <= now + _SOON and self._is_needed(row, now)
        }

    def waits_for_free(self) -> bool:
        """One is due whose agent is ready."""
        return bool(self.due_for_free())

    def due_for_free(self) -> dict[int, set[str]]:
        """By campaign, the agents who are ready and have one due of their own there."""
        now, found = self._clock.now(), defaultdict[int, set[str]](set)
        for row in self._waiting.values():
            if row.for_agent is not None and row.next_at is not None and row.next_at <= now and self._is_free(row):
                found[row.callback.campaign_id].add(row.for_agent)
        return found

    def _is_free(self, row: CallbackRow) -> bool:
        if row.for_agent is None or not self._agents.knows(row.for_agent):
            return False
        ready = self._agents.seat(row.for_agent).state is AgentState.READY
        return ready and self._under_way(row.callback.lead_id) is None

    def _is_needed(self, row: CallbackRow, now: datetime) -> bool:
        if row.for_agent is None or not self._agents.knows(row.for_agent):
            return False
        state = self._agents.seat(row.for_agent).state
        due_and_free = row.next_at is not None and row.next_at <= now and state is AgentState.READY
        return state not in _ABSENT and not due_and_free and self._under_way(row.callback.lead_id) is None

    async def run(self) -> None:
        self._started = self._clock.now()
        with self._listen():
            while True:
                self._woken.clear()
                try:
                    seconds = self._until(await self._round())
                except (NotReachable, OSError) as error:
                    log.warning("callbacks_wait_for_store", error=str(error))
                    seconds = _BACK_OFF_S
                except Exception:
                    self.faults += 1
                    log.exception("callback_watch_failed")
                    seconds = _BACK_OFF_S
                await self._sleep(seconds)

    def _listen(self) -> Subscription:
        return self._bus.subscribe("callback watch", self._heard)

    def _heard(self, event: DomainEvent) -> None:
        tried = isinstance(event, CallEnded) and event.lead_id in {
            row.callback.lead_id for row in self._waiting.values()
        }
        tried_again = isinstance(event, LeadRescheduled) and event.due_kind == DueKind.CALLBACK
        if tried or tried_again or (isinstance(event, CallbackEvent) and not isinstance(event, CallbackFellDue)):
            self.look()

    async def _sleep(self, seconds: float | None) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return

    def _until(self, at: datetime | None) -> float | None:
        return None if at is None else max((at - self._clock.now()).total_seconds(), 0.0)

    async def _round(self) -> datetime | None:
        """When to look next; None: when something changes."""
        now = self._clock.now()
        rows = await self._store.callbacks.waiting(now=now, limit=_MOST)
        at_work = {agent.agent_id for agent in await self._store.agents() if agent.active}
        await self._tell_of_escalated(rows, now)
        self._waiting = {row.callback.callback_id: row for row in rows}
        self._told = {key: at for key, at in self._told.items() if key in self._waiting}
        self._up = {key: at for key, at in self._up.items() if key in self._waiting}
        times = [time for row in rows for time in self._attend(row, at_work, now)]
        return min((time for time in times if time > now), default=None)

    def _attend(self, row: CallbackRow, at_work: set[str], now: datetime) -> Iterable[datetime]:
        """What is to be done about it now, and the times at which there will be more to do."""
        callback, due_at = row.callback, row.next_at
        assert callback.agent_id is not None
        assert due_at is not None
        assert row.escalates_at is not None
        if self._under_way(callback.lead_id) is not None:
            return ()  # its end is heard of
        if row.for_agent not in at_work:
            self._escalate(row, "the agent does not work here any more", now)
            return ()
        tell_at = due_at - timedelta(seconds=self._rule(callback.campaign_id).announce_s)
        if tell_at <= now:
            self._tell(row, due_at, now)
        absent_at = max(due_at, self._started + _GRACE)
        if absent_at <= now and self._away(row.for_agent):
            self._escalate(row, "the agent is not logged in", now)
            return ()
        return (tell_at, absent_at, row.escalates_at)

    def _tell(self, row: CallbackRow, due_at: datetime, now: datetime) -> None:
        callback = row.callback
        if self._told.get(callback.callback_id) == due_at:
            return
        self._told[callback.callback_id] = due_at
        told = CallbackFellDue(
            occurred_at=now, callback_id=callback.callback_id, campaign_id=callback.campaign_id,
            lead_id=callback.lead_id, agent_id=row.for_agent, due_at=due_at, lead_name=row.lead_name,
        )  # fmt: skip
        self._journal.append([told])

    def _escalate(self, row: CallbackRow, reason: str, now: datetime) -> None:
        callback = row.callback
        until = row.escalates_at
        if until is None or self._up.get(callback.callback_id) == until:
            return
        self._up[callback.callback_id] = until
        up = CallbackEscalated(
            occurred_at=now, callback_id=callback.callback_id, campaign_id=callback.campaign_id,
            lead_id=callback.lead_id, agent_id=row.for_agent, reason=reason,
        )  # fmt: skip
        self._journal.append([up], self._changed)

    async def _tell_of_escalated(self, rows: list[CallbackRow], now: datetime) -> None:
        """Those whose agent let the time pass: the lead says so itself, who listens is told, and dialling wakes up."""
        still = {row.callback.callback_id for row in rows}
        for key, before in self._waiting.items():
            if key in still or before.escalates_at is None or before.escalates_at > now:
                continue
            row = await self._store.callbacks.find(key)
            open_still = row is not None and row.callback.state is CallbackState.OPEN
            if row is None or not open_still or row.escalates_at != before.escalates_at:
                continue
            if self._under_way(row.callback.lead_id) is None:
                self._escalate(row, "the agent did not take it in time", now)

    def _away(self, agent_id: str) -> bool:
        return not self._agents.knows(agent_id) or self._agents.seat(agent_id).state is AgentState.LOGGED_OUT

    def _rule(self, campaign_id: int) -> Callbacks:
        campaign = self._campaigns.by_id(campaign_id)
        return campaign.settings.callbacks if campaign is not None else Callbacks()
