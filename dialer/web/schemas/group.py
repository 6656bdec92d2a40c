from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from dialer.ports.groups import Group, Qualification
from dialer.web.schemas.page import Code, RowNumber, Text

Skill = Annotated[str, Field(pattern=r"^[^\s,;/\x00](?:[^,;/\x00]{0,46}[^\s,;/\x00])?$", max_length=48)]


class NewGroup(BaseModel):
    model_config = ConfigDict(extra="forbid")

    code: Code
    name: Text = Field(default="", max_length=120)


class GroupView(BaseModel):
    code: str
    name: str
    agents: list[str]

    @classmethod
    def of(cls, group: Group) -> Self:
        return cls(code=group.code, name=group.name, agents=list(group.members))


class SkillLevel(BaseModel):
    model_config = ConfigDict(extra="forbid")

    level: int = Field(default=1, ge=1, le=10, description="10 is the highest")


class PassedScript(BaseModel):
    model_config = ConfigDict(extra="forbid")

    script: Text = Field(min_length=1, max_length=64)
    version: RowNumber


class QualificationView(BaseModel):
    script: str
    version: int
    passed_at: datetime
    by: str

    @classmethod
    def of(cls, qualification: Qualification) -> Self:
        return cls(
            script=qualification.script_name,
            version=qualification.version,
            passed_at=qualification.passed_at,
            by=qualification.by,
        )
