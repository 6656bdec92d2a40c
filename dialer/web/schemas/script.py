from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from campaigns.script import Script, ScriptKind, Severity
from campaigns.script_checks import Finding
from campaigns.script_search import Hit
from campaigns.script_version import CHECKLIST, CheckItem, ScriptOrder, ScriptState, orders
from dialer.ports.scripts import ScriptAnswer, ScriptStep, ScriptVersion
from dialer.web.schemas.page import Text
from dialer.web.schemas.script_walk import Given, plain


class FindingView(BaseModel):
    severity: Severity
    node: str = Field(description='"" for what concerns the whole script')
    message: str

    @classmethod
    def of(cls, finding: Finding) -> Self:
        return cls(severity=finding.severity, node=finding.node, message=finding.message)


class TickView(BaseModel):
    item: CheckItem
    en: str
    zh: str
    by: str = Field(description='"" while nobody has ticked it')
    at: datetime | None
    remark: str


class ScriptView(BaseModel):
    """`orders` are possible now; `in_force` is the latest released version."""

    name: str
    title: str
    number: str
    kind: ScriptKind
    author: str
    version: int
    state: ScriptState
    orders: list[ScriptOrder]
    created_at: datetime
    changed_at: datetime
    writers: list[str]
    approved_by: str
    approved_at: datetime | None
    released_by: str
    released_at: datetime | None
    requalify: bool = Field(description="who has passed the version before has to pass this one as well")
    checklist: list[TickView]

    @classmethod
    def of(cls, row: ScriptVersion) -> Self:
        return cls(**_facts(row))


def _facts(row: ScriptVersion) -> dict[str, Any]:
    names = ("name", "title", "number", "kind", "author")
    own = ("version", "state", "created_at", "changed_at", "approved_by", "approved_at", "released_by", "released_at")
    return {
        **{name: getattr(row.content, name) for name in names},
        **{name: getattr(row, name) for name in own},
        "orders": list(orders(row.state)),
        "writers": list(row.writers),
        "requalify": row.requalify,
        "checklist": _checklist(row),
    }


def _checklist(row: ScriptVersion) -> list[TickView]:
    done = {tick.item: tick for tick in row.ticks}
    return [
        TickView(
            item=item,
            en=en,
            zh=zh,
            by=done[item].by if item in done else "",
            at=done[item].at if item in done else None,
            remark=done[item].remark if item in done else "",
        )
        for item, (en, zh) in CHECKLIST.items()
    ]


class ScriptDetails(ScriptView):
    content: Script
    findings: list[FindingView]

    @classmethod
    def seen(cls, row: ScriptVersion, findings: tuple[Finding, ...]) -> Self:
        return cls(**_facts(row), content=row.content, findings=[FindingView.of(finding) for finding in findings])


class StepView(BaseModel):
    version: int
    kind: str
    at: datetime
    by: str
    words: str

    @classmethod
    def of(cls, step: ScriptStep) -> Self:
        return cls(version=step.version, kind=step.kind, at=step.at, by=step.by, words=step.words)


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ScriptText(_Asked):
    text: Text = Field(description="the script's TOML file, its pictures in it as base64")
    note: Text = Field(default="", max_length=500)


class ScriptFile(BaseModel):
    name: str
    text: str


class Order(_Asked):
    words: Text = Field(default="", max_length=2000)
    requalify: bool = Field(default=True, description="for release: agents have to pass this version")


class TickItem(_Asked):
    remark: Text = Field(default="", max_length=500)


class HitView(BaseModel):
    kind: Literal["question", "objection", "feature"]
    title: str
    answers: list[str]
    score: float

    @classmethod
    def of(cls, hit: Hit) -> Self:
        return cls(kind=hit.kind, title=hit.title, answers=list(hit.answers), score=hit.score)


class Answers(_Asked):
    """Answers given in a call, by question; the same once more change nothing."""

    answers: dict[Text, Given] = Field(default={}, max_length=200)
    next_call_at: AwareDatetime | None = Field(
        default=None, description="when to call again; a disposition that promises a callback takes it"
    )


class AnswerView(BaseModel):
    question: str
    value: str | bool | float | list[str]
    field: str = Field(description='the lead\'s field that has it now, "" for none')
    answered_at: datetime
    by: str

    @classmethod
    def of(cls, answer: ScriptAnswer) -> Self:
        return cls(
            question=answer.question,
            value=plain(answer.value),
            field=answer.field,
            answered_at=answer.answered_at,
            by=answer.answered_by,
        )


class InForceView(BaseModel):
    """The script a campaign's calls are made with now; "" without one."""

    script: str
