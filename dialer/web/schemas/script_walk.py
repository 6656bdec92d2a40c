from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from campaigns.script import AnswerType, Node, Phase
from campaigns.script_walk import Place, Shown, Step, shown, waiting
from dialer.planning.script_values import Told
from dialer.ports.scripts import ScriptVersion
from dialer.web.schemas.page import AgentId, Code, Id, RowNumber, Text

Given = Text | bool | float | list[Text] | None


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


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
            answer=plain(place.answers.get(question.code)),
        )
        for question in node.questions
    ]


def plain(value: object) -> Any:
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
            answers={code: plain(value) for code, value in place.answers.items()},
            next_call_at=place.next_call_at,
        )
