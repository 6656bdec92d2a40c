"""Leads shown to agents before they are called: who looks at which, for how long, and what he decided.

A lead that is shown is leased, so nobody else sees or dials it; its agent is reserved and gets no other call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from campaigns.campaign import Campaign, PacingMode
from campaigns.lead import Dossier, Lead
from campaigns.pacing import PreviewEvent, PreviewState, preview_after
from dialer.clock import Clock
from dialer.domain.agent import AgentState
from dialer.domain.events import PreviewMoved
from dialer.domain.ids import new_id
from dialer.engine.agent_desk import AgentDesk
from dialer.engine.attempts import Attempts, Tried
from dialer.engine.campaign_runner import CampaignRunner
from dialer.engine.journal import Journal
from dialer.errors import WrongState
from dialer.ports import Store

LAPSED: Final = "did not decide on a lead in time"
_LEASE: Final = timedelta(minutes=2)  # beyond the agent's time, for the call to be placed
_TRIES: Final = 20  # leads looked at for one agent in one go
_OVER: Final = frozenset({AgentState.PAUSED, AgentState.LOGGED_OUT})


@dataclass(slots=True, kw_only=True)
class Shown:
    """`number` is the one that would be called."""

    preview_id: str
    campaign: Campaign
    dossier: Dossier
    number: str
    agent_id: str
    since: datetime
    until: datetime
    state: PreviewState = PreviewState.SHOWN
    reason: str = ""

    @property
    def lead(self) -> Lead:
        return self.dossier.lead


class PreviewDesk:
    def __init__(self, *, store: Store, clock: Clock, journal: Journal, agents: AgentDesk, attempts: Attempts) -> None:
        self._store, self._clock, self._journal = store, clock, journal
        self._agents, self._attempts = agents, attempts
        self._shown: dict[str, Shown] = {}  # by agent
        self._skipped: dict[int, set[str]] = {}  # lead -> agents who do not want it today
        self._day: date = clock.now().date()
        self._moved = asyncio.Event()

    async def run(self) -> None:
        """Ends what nobody decided on in time."""
        while True:
            self._moved.clear()
            now = self._clock.now()
            for shown in [one for one in self._all(PreviewState.SHOWN) if one.until <= now]:
                await self._lapse(shown)
            times = [one.until for one in self._all(PreviewState.SHOWN)]
            left = max((min(times) - self._clock.now()).total_seconds(), 0.0) if times else None
            try:
                async with asyncio.timeout(left):
                    await self._moved.wait()
            except TimeoutError:
                continue

    # questions
    def of(self, agent_id: str) -> Shown | None:
        return self._shown.get(agent_id)

    def showing(self, campaign_id: int) -> tuple[int, int]:
        """Leads that agents look at, and leads they decided to call."""
        own = [one.state for one in self._shown.values() if one.campaign.campaign_id == campaign_id]
        return own.count(PreviewState.SHOWN), own.count(PreviewState.ACCEPTED)

    # what agents decide
    def accept(self, agent_id: str) -> Shown:
        """It is called as soon as there is a line. Raises `WrongState`."""
        shown = self._deciding(agent_id, PreviewEvent.ACCEPT)
        self._move(shown, PreviewEvent.ACCEPT)
        return shown

    async def skip(self, agent_id: str, reason: str) -> Shown:
        """The lead goes back, and not to this agent again today. Raises `WrongState`."""
        shown = self._deciding(agent_id, PreviewEvent.SKIP)
        self._today().setdefault(shown.lead.lead_id, set()).add(agent_id)
        self._move(shown, PreviewEvent.SKIP, reason)
        await self._give_back(shown)
        return shown

    # what the engine does
    async def offer(self, campaign: Campaign, most: int, runner: CampaignRunner) -> int:
        """Show leads to at most so many free agents, the longest waiting first; how many were shown one."""
        offered = 0
        for agent_id in self._free(campaign.campaign_id)[:most]:
            found = await self._lead_for(campaign, agent_id, runner)
            if found is None:
                break
            offered += await self._show(campaign, agent_id, *found)
        return offered

    async def place(self, campaign: Campaign, most: int) -> int:
        """Call what agents accepted, in the order in which it was shown."""
        accepted = [one for one in self._all(PreviewState.ACCEPTED) if one.campaign.campaign_id == campaign.campaign_id]
        placed = 0
        for shown in sorted(accepted, key=lambda one: one.since)[:most]:
            result = await self._attempts.make_shown(campaign, shown.lead, shown.agent_id, shown.preview_id)
            if result.tried is Tried.PLACED:
                self._move(shown, PreviewEvent.PLACE)
                placed += 1
            elif result.tried is Tried.HALTED:
                break  # no line: it waits for one
            else:
                self._move(shown, PreviewEvent.WITHDRAW, "may not be called any more")
                self._agents.free(shown.agent_id, shown.preview_id)
        return placed

    async def withdraw_others(self, dialling: Iterable[Campaign]) -> None:
        """Of campaigns that do not dial, or not like this, any more; and from agents who left or want to."""
        now = {one.campaign_id for one in dialling if one.settings.pacing is PacingMode.PREVIEW}
        for shown in list(self._shown.values()):
            if shown.campaign.campaign_id not in now:
                await self._withdraw(shown, "the campaign does not dial like this any more")
            elif self._leaves(shown):
                await self._withdraw(shown, "the agent left")

    async def withdraw_all(self) -> None:
        for shown in list(self._shown.values()):
            await self._withdraw(shown, "the dialer stops")

    async def _lead_for(self, campaign: Campaign, agent_id: str, runner: CampaignRunner) -> tuple[Dossier, str] | None:
        """One that he may see today and that may be called now; what he skipped before goes back."""
        until = self._clock.now() + timedelta(seconds=campaign.settings.preview_s) + _LEASE
        held: list[Lead] = []
        try:
            for _ in range(_TRIES):
                lead = await runner.lease_for(campaign, agent_id, until=until)
                if lead is None:
                    return None
                if agent_id in self._today().get(lead.lead_id, ()):
                    held.append(lead)
                    continue
                if (found := await self._attempts.examine(campaign, lead)) is not None:
                    return found
        finally:
            for lead in held:
                await self._store.release(lead.lead_id, owner=self._attempts.owner)
        return None

    async def _show(self, campaign: Campaign, agent_id: str, dossier: Dossier, number: str) -> bool:
        now = self._clock.now()
        if self._agents.seat(agent_id).state is not AgentState.READY:
            await self._store.release(dossier.lead.lead_id, owner=self._attempts.owner)
            return False
        shown = Shown(
            preview_id=f"preview-{new_id(now)}", campaign=campaign, dossier=dossier, number=number, agent_id=agent_id,
            since=now, until=now + timedelta(seconds=campaign.settings.preview_s),
        )  # fmt: skip
        self._shown[agent_id] = shown
        self._agents.reserve(agent_id, shown.preview_id)
        self._tell(shown)
        return True

    def _free(self, campaign_id: int) -> list[str]:
        return [agent_id for agent_id in self._attempts.agents_idle(campaign_id) if agent_id not in self._shown]

    def _deciding(self, agent_id: str, event: PreviewEvent) -> Shown:
        shown = self._shown.get(agent_id)
        if shown is None or preview_after(shown.state, event) is None:
            raise WrongState(
                f"no lead waits for a decision of agent {agent_id}; wait for the next one", field="agent_id",
                details={"agent_id": agent_id, "state": shown.state.value if shown is not None else None},
            )  # fmt: skip
        return shown

    async def _lapse(self, shown: Shown) -> None:
        if preview_after(shown.state, PreviewEvent.TIME_OUT) is None:
            return
        self._move(shown, PreviewEvent.TIME_OUT)
        self._agents.pause(shown.agent_id, LAPSED)
        await self._give_back(shown)

    async def _withdraw(self, shown: Shown, reason: str) -> None:
        if preview_after(shown.state, PreviewEvent.WITHDRAW) is not None:
            self._move(shown, PreviewEvent.WITHDRAW, reason)
            await self._give_back(shown)

    async def _give_back(self, shown: Shown) -> None:
        self._agents.free(shown.agent_id, shown.preview_id)
        await self._store.release(shown.lead.lead_id, owner=self._attempts.owner)

    def _move(self, shown: Shown, event: PreviewEvent, reason: str = "") -> None:
        following = preview_after(shown.state, event)
        assert following is not None
        shown.state, shown.reason = following, reason
        if following is not PreviewState.ACCEPTED:
            self._shown.pop(shown.agent_id, None)
        self._tell(shown)

    def _tell(self, shown: Shown) -> None:
        self._moved.set()
        moved = PreviewMoved(
            occurred_at=self._clock.now(), campaign_id=shown.campaign.campaign_id, lead_id=shown.lead.lead_id,
            agent_id=shown.agent_id, state=shown.state.value, until=shown.until, reason=shown.reason,
        )  # fmt: skip
        self._journal.append([moved])

    def _leaves(self, shown: Shown) -> bool:
        seat = self._agents.seat(shown.agent_id)
        return seat.wish is not None or seat.state in _OVER or seat.attempt_id != shown.preview_id

    def _all(self, state: PreviewState) -> Collection[Shown]:
        return [one for one in self._shown.values() if one.state is state]

    def _today(self) -> dict[int, set[str]]:
        if (today := self._clock.now().date()) != self._day:
            self._day = today
            self._skipped.clear()
        return self._skipped
