"""Call scripts as they are kept: every version with its checklist, who moved it, and the answers given in calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from campaigns.script import Script, Value
from campaigns.script_version import CheckItem, ScriptOrder, ScriptState, Tick


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptVersion:
    """`writers` are all who wrote at it; none of them may approve it."""

    content: Script
    version: int
    state: ScriptState
    created_at: datetime
    changed_at: datetime
    writers: tuple[str, ...]
    requalify: bool = True
    approved_by: str = ""
    approved_at: datetime | None = None
    released_by: str = ""
    released_at: datetime | None = None
    ticks: tuple[Tick, ...] = ()

    @property
    def name(self) -> str:
        return self.content.name


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptStep:
    """`kind` is "written", "ticked ITEM" or an order."""

    version: int
    kind: str
    at: datetime
    by: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptAnswer:
    """`field` is the lead's field that took the answer, "" for none."""

    question: str
    value: Value
    field: str
    answered_at: datetime
    answered_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAnswer:
    question: str
    value: Value
    field: str = ""


class Scripts(Protocol):
    """Raises `NotFound` for unknown versions, `WrongState` where they have gone on meanwhile."""

    async def write(self, content: Script, *, at: datetime, by: str, note: str = "") -> ScriptVersion:
        """Over the present draft, whose ticks lapse; else a new version. Raises `WrongState` while one is in review."""
        ...

    async def move(
        self, name: str, version: int, order: ScriptOrder, *, at: datetime, by: str, words: str = "",
        requalify: bool = True,
    ) -> ScriptVersion:  # fmt: skip
        """As `campaigns.script_version.NEXT` says, with the journal. Whether it should be is asked before."""
        ...

    async def tick(
        self, name: str, version: int, item: CheckItem, *, at: datetime, by: str, remark: str = ""
    ) -> ScriptVersion:
        """Only in review; a second tick replaces the first."""
        ...

    async def every(self) -> list[ScriptVersion]:
        """The latest version of each."""
        ...

    async def versions(self, name: str) -> list[ScriptVersion]: ...
    async def find(self, name: str, version: int) -> ScriptVersion | None: ...
    async def steps(self, name: str) -> list[ScriptStep]: ...
    async def answer(self, attempt_id: str, given: Sequence[NewAnswer], *, at: datetime, by: str) -> bool:
        """Keep answers, and put them into the lead's fields, in one transaction. What is there already with the same
        value is left alone. Whether anything changed."""
        ...

    async def answers(self, attempt_id: str) -> list[ScriptAnswer]: ...
