from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self

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


class ChangeAgent(BaseModel):
    """What is left out stays. `daily_cap` null: no limit, or the newcomers' usual one."""

    model_config = ConfigDict(extra="forbid")

    name: Text | None = Field(default=None, min_length=1, max_length=120)
    phone: Phone | None = None
    phone_trunk: str | None = Field(default=None, max_length=32)
    leg_mode: LegMode | None = None
    active: bool | None = None
    newcomer: bool | None = None
    daily_cap: int | None = Field(default=None, ge=1, le=1000)

    def wanted(self) -> dict[str, Any]:
        given = self.model_dump(exclude_unset=True)
        return {name: value for name, value in given.items() if value is not None or name == "daily_cap"}


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
    newcomer: bool = False
    daily_cap: int | None = Field(default=None, description="effective calls a day")
    groups: list[str] = []
    skills: dict[str, int] = Field(default={}, description="with their levels, 10 the highest")
    passed: list[tuple[str, int]] = Field(default=[], description="scripts with their versions")
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
            newcomer=agent.newcomer,
            daily_cap=agent.daily_cap,
            groups=sorted(agent.groups),
            skills=dict(sorted(agent.skills.items())),
            passed=sorted(agent.passed),
        )
