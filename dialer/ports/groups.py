"""Agent groups, what agents are able to do, and the scripts they have passed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """`members` are ids of agents, in their order."""

    code: str
    name: str
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualification:
    """The agent has passed this version of the script and may go live with it."""

    agent_id: str
    script_name: str
    version: int
    passed_at: datetime
    by: str


class Groups(Protocol):
    """Whether agents exist is asked before; every change is durable when it returns."""

    async def every(self) -> list[Group]: ...
    async def by_code(self, code: str) -> Group | None: ...
    async def add(self, code: str, name: str, *, at: datetime) -> Group:
        """Raises `AlreadyExists`."""
        ...

    async def remove(self, code: str) -> bool: ...
    async def join(self, code: str, agent_id: str) -> None: ...
    async def leave(self, code: str, agent_id: str) -> bool: ...
    async def set_skill(self, agent_id: str, skill: str, level: int) -> None: ...
    async def drop_skill(self, agent_id: str, skill: str) -> bool: ...
    async def qualify(self, qualification: Qualification) -> None:
        """Once for each version; a second time changes nothing."""
        ...

    async def disqualify(self, agent_id: str, script_name: str, version: int) -> bool: ...
    async def qualifications(self, agent_id: str) -> list[Qualification]: ...
