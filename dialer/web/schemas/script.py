from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from campaigns.script import AnswerType, Node, Phase, Script, ScriptKind, Severity
from campaigns.script_checks import Finding
from campaigns.script_search import Hit
from campaigns.script_version import CHECKLIST, CheckItem, ScriptOrder, ScriptState, orders
from campaigns.script_walk import Place, Shown, Step, shown, waiting
from dialer.planning.script_values import Told
from dialer.ports.scripts import ScriptAnswer, ScriptStep, ScriptVersion
from dialer.web.schemas.page import AgentId, Code, Id, RowNumber, Text

Given = Text | bool | float | list[Text] | None


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


class StepIn(_Asked):
    """What the agent did at a node; answers by question, in their own types or as text."""

    node: Text = Field(max_length=48)
    said: list[Text] = Field(default=[], max_length=20)
    answers: dict[Text, Given] = Field(default={}, max_length=50)
    choice: Text = Field(default="", max_length=120)
    next_call_at: AwareDatetime | None = None

    def step(self) -> Step:
        return Step(
            node=self.node,
            said=frozenset(self.said),
            answers=self.answers,
            choice=self.choice,
            next_call_at=self.next_call_at,
        )


class Walk(_Asked):
    """The conversation so far. The version is the call's, else the one named, else the released one.

    Fields are filled from the call's lead, or `lead`; `fields` stand over them."""

    version: Annotated[int, Field(ge=1, le=2**31)] | None = None
    call: Id | None = None
    lead: RowNumber | None = None
    agent: AgentId | None = None
    campaign: Code | None = None
    fields: dict[Text, Text] = Field(default={}, max_length=100)
    steps: list[StepIn] = Field(default=[], max_length=500)

    def told(self) -> Told:
        return Told(
            version=self.version, call=self.call, lead=self.lead, agent=self.agent or "", campaign=self.campaign or "",
            fields=self.fields, steps=tuple(step.step() for step in self.steps),
        )  # fmt: skip


class PromptView(BaseModel):
    code: str
    text: str
    said: bool


class QuestionView(BaseModel):
    code: str
    ask: str
    type: AnswerType
    options: list[str]
    required: bool
    field: str
    answer: str | bool | float | list[str] | None


class NodeView(BaseModel):
    """A node with its words filled in. `missing` are fields that have no value; they stand as [field]."""

    node: str
    phase: Phase
    title: str
    say: str
    tip: str
    must_say: list[PromptView]
    questions: list[QuestionView]
    choices: list[str]
    books_next_call: bool
    pictures: list[str]
    missing: list[str]

    @classmethod
    def of(cls, node: Node, phase: Phase, words: Shown, place: Place) -> Self:
        return cls(
            node=node.node,
            phase=phase,
            title=node.title,
            say=words.say,
            tip=node.tip,
            must_say=[
                PromptView(code=code, text=text, said=code in place.said) for code, text in words.must_say.items()
            ],
            questions=_questions(node, words, place),
            choices=[branch.choice for branch in node.choices()],
            books_next_call=node.books_next_call,
            pictures=list(node.pictures),
            missing=list(words.missing),
        )


def _questions(node: Node, words: Shown, place: Place) -> list[QuestionView]:
    return [
        QuestionView(
            code=question.code,
            ask=words.ask[question.code],
            type=question.type,
            options=list(question.options),
            required=question.required,
            field=question.field,
            answer=_plain(place.answers.get(question.code)),
        )
        for question in node.questions
    ]


def _plain(value: object) -> Any:
    return list(value) if isinstance(value, tuple) else value


class PlaceView(BaseModel):
    """Where the conversation stands. `lacking` is what has to be done before the node is left."""

    script: str
    version: int
    finished: bool
    node: NodeView | None
    lacking: list[str]
    path: list[str]
    said: list[str]
    answers: dict[str, str | bool | float | list[str]]
    next_call_at: datetime | None

    @classmethod
    def of(cls, row: ScriptVersion, place: Place, values: Mapping[str, str], answered: Mapping[str, str]) -> Self:
        phases = {node.node: phase for phase, node in row.content.nodes()}
        node = place.node
        view = node and NodeView.of(node, phases[node.node], shown(node, values, answered), place)
        return cls(
            script=row.name,
            version=row.version,
            finished=place.finished,
            node=view,
            lacking=list(place.lacking or waiting(place)),
            path=list(place.path),
            said=sorted(place.said),
            answers={code: _plain(value) for code, value in place.answers.items()},
            next_call_at=place.next_call_at,
        )


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
            value=_plain(answer.value),
            field=answer.field,
            answered_at=answer.answered_at,
            by=answer.answered_by,
        )


class InForceView(BaseModel):
    """The script a campaign's calls are made with now; "" without one."""

    script: str
