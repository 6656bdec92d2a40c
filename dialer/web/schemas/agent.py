from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from dialer.domain.agent import AgentState, LegMode
from dialer.ports import Agent
from dialer.web.schemas.page import AgentId, Text

Phone = Annotated[
    str,
    Field(
        pattern=r"^(sip:[A-Za-z0-9._~+%*!-]{1,64}@[A-Za-z0-9.:\[\]-]{1,253}|[0-9*#]{1,24})$",
        description="`sip:USER@HOST`, or an extension reached over `phone_trunk`",
    ),
]


class NewAgent(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: AgentId
    name: Text = Field(default="", max_length=120)
    phone: Phone
    phone_trunk: str = Field(default="", max_length=32)
    leg_mode: LegMode = LegMode.AUTO

    def agent(self) -> Agent:
        return Agent(
            agent_id=self.id,
            name=self.name or self.id,
            phone=self.phone,
            phone_trunk=self.phone_trunk,
            leg_mode=self.leg_mode,
        )


class PauseReason(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: Text = Field(default="", max_length=80)


class AgentView(BaseModel):
    """`state`, `since` and `call` are null while no server is running."""

    id: str
    name: str
    phone: str
    phone_trunk: str
    leg_mode: LegMode
    active: bool
    state: AgentState | None = None
    since: datetime | None = None
    call: str | None = None

    @classmethod
    def of(cls, agent: Agent) -> Self:
        return cls(
            id=agent.agent_id,
            name=agent.name,
            phone=agent.phone,
            phone_trunk=agent.phone_trunk,
            leg_mode=agent.leg_mode,
            active=agent.active,
        )
