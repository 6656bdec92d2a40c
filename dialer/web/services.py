"""What the routes work with; one value for each application, so that several can run in one process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from campaigns.campaign import Campaign
from dialer.clock import Clock
from dialer.config import Config
from dialer.custody import Custody
from dialer.engine.engine import Engine
from dialer.errors import NoServer, NotFound
from dialer.planning.list_desk import ListDesk
from dialer.planning.simulations import Simulations
from dialer.policies import PolicyBook
from dialer.ports import Agent, AttemptRow
from dialer.ports.archive import Archive
from dialer.ports.inbound import InboundRow
from recordings.library import RecordingLibrary


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """`engine` is None where the application serves a command line while no server is running.

    `list_changed` is called after leads or the do-not-call list changed.
    """

    store: Archive
    clock: Clock
    config: Config
    policies: PolicyBook
    recordings: RecordingLibrary
    engine: Engine | None
    list_changed: Callable[[], None]
    custody: Custody
    imports: ListDesk
    simulations: Simulations

    def running(self) -> Engine:
        if self.engine is None:
            raise NoServer("no server is running; start it with: goldenhour serve --config goldenhour.toml")
        return self.engine

    async def campaign(self, code: str) -> Campaign:
        campaign = await self.store.campaign(code)
        if campaign is None:
            known = ", ".join(sorted(c.settings.code for c in await self.store.campaigns())) or "none yet"
            raise NotFound(f"there is no campaign '{code}'; known: {known}", field="campaign")
        return campaign

    async def agent(self, agent_id: str) -> Agent:
        agent = await self.store.agent(agent_id)
        if agent is None:
            known = ", ".join(sorted(a.agent_id for a in await self.store.agents())) or "none yet"
            raise NotFound(f"there is no agent '{agent_id}'; known: {known}", field="agent")
        return agent

    async def inbound_call(self, inbound_id: str) -> InboundRow:
        row = await self.store.inbound.find(inbound_id)
        if row is None:
            raise NotFound(f"there is no inbound call '{inbound_id}'", field="call")
        return row

    async def attempt(self, attempt_id: str) -> AttemptRow:
        attempt = await self.store.attempt(attempt_id)
        if attempt is None:
            raise NotFound(f"there is no call '{attempt_id}'", field="call")
        return attempt


def _services(request: Request) -> Services:
    services = request.app.state.services
    assert isinstance(services, Services)
    return services


ServicesHere = Annotated[Services, Depends(_services)]
