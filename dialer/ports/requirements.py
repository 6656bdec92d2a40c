"""Requirements as they are kept: every version of their words, and every step that was taken with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from campaigns.requirement import Requirement, RequirementState, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementRow:
    requirement_id: int
    content: Requirement
    state: RequirementState
    version: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementVersion:
    version: int
    content: Requirement
    changed_at: datetime
    changed_by: str


class Requirements(Protocol):
    async def add(self, content: Requirement, *, at: datetime, by: str) -> RequirementRow:
        """Raises `AlreadyExists` for a code that is taken."""
        ...

    async def change(
        self, code: str, content: Requirement, *, expected: int, state: RequirementState, at: datetime, by: str
    ) -> RequirementRow:
        """A new version, in `state`. Raises `NotFound`, and `WrongState` where `expected` is not the present one."""
        ...

    async def take(self, code: str, step: Step, *, expected: RequirementState) -> RequirementRow:
        """Keep the step and the state it leads to. Raises `NotFound`, and `WrongState` where the requirement was
        changed meanwhile."""
        ...

    async def every(self) -> list[RequirementRow]: ...
    async def by_code(self, code: str) -> RequirementRow | None: ...
    async def versions(self, requirement_id: int) -> list[RequirementVersion]: ...
    async def steps(self, requirement_id: int) -> list[Step]:
        """In the order in which they were taken."""
        ...
