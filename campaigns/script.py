"""A call script (脚本) as planners write it: what is said in which phase, what is asked, where each answer leads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

LARGEST_PICTURE: Final = 1_000_000  # bytes
MOST_PICTURES: Final = 20
NAME: Final = r"^[a-z0-9][a-z0-9-]{0,47}$"

Name = Annotated[str, Field(pattern=NAME)]  # of a script, node, question, prompt or picture
Words = Annotated[str, Field(min_length=1, max_length=4000)]
Keywords = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=80)], ...], Field(max_length=50)]
Value = str | int | float | bool | tuple[str, ...]  # an answer


class ScriptKind(StrEnum):
    NONE = "none"  # experienced agents
    OUTLINE = "outline"
    WORD_FOR_WORD = "word_for_word"
    FLOW_CHART = "flow_chart"
    QUESTIONS = "questions_and_answers"
    FEATURES = "features_and_benefits"
    OBJECTIONS = "objections"


class AnswerType(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    YES_NO = "yes_no"
    ONE_OF = "one_of"
    SEVERAL_OF = "several_of"


class Phase(StrEnum):
    OPENING = "opening"
    INTERACTION = "interaction"
    CLOSING = "closing"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MustSay(_Part):
    """A prompt that has to be read to the customer and ticked, for legal reasons. Policy packs ask for codes."""

    code: Name
    text: Words


class Question(_Part):
    """`field` is the lead's field that takes the answer ("name" is the lead's name)."""

    code: Name
    ask: Words
    type: AnswerType = AnswerType.TEXT
    options: tuple[Annotated[str, Field(min_length=1, max_length=120)], ...] = Field(default=(), max_length=50)
    required: bool = False
    field: str = Field(default="", max_length=64)
    at_least: float | date | None = None
    at_most: float | date | None = None

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        chosen = self.type in (AnswerType.ONE_OF, AnswerType.SEVERAL_OF)
        if chosen != bool(self.options):
            raise ValueError(f"question {self.code}: options belong to one_of and several_of, which need them")
        if len(set(self.options)) != len(self.options):
            raise ValueError(f"question {self.code}: an option is given twice")
        wanted = {AnswerType.NUMBER: float, AnswerType.DATE: date}.get(self.type)
        for name in ("at_least", "at_most"):
            bound = getattr(self, name)
            if bound is not None and (wanted is None or not isinstance(bound, wanted)):
                raise ValueError(f"question {self.code}: {name} is for numbers and dates, and of the same type")
        return self


class Branch(_Part):
    """A way on: by the agent's `choice`, or by the answer to `question`, which `equals` one value or `includes` it.

    A choice with `skips` may be made with the node's questions unanswered; what must be said is never skipped.
    """

    to: Name
    choice: str = Field(default="", max_length=120)
    question: str = Field(default="", max_length=48)
    equals: bool | float | str | None = None
    includes: str = Field(default="", max_length=120)
    at_least: float | date | None = None
    at_most: float | date | None = None
    skips: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.choice) == bool(self.question):
            raise ValueError(f"the branch to {self.to} needs either a choice or a question")
        tests = (self.equals is not None, bool(self.includes), self.at_least is not None or self.at_most is not None)
        if sum(tests) != bool(self.question):
            raise ValueError(
                f"the branch to {self.to}: a question comes with one of equals, includes or at_least/at_most, "
                "a choice with none of them"
            )
        if self.skips and not self.choice:
            raise ValueError(f"the branch to {self.to}: skips belongs to a choice")
        return self


class Node(_Part):
    """A place in the conversation. `tip` is for the agent's eyes; `next` "" is the following node, or in the closing
    the end of the call. `books_next_call` asks when to call again, because the sale cannot be closed now."""

    node: Name
    title: str = Field(default="", max_length=120)
    say: str = Field(default="", max_length=4000)
    tip: str = Field(default="", max_length=2000)
    next: str = Field(default="", max_length=48)
    books_next_call: bool = False
    pictures: tuple[Name, ...] = ()
    must_say: tuple[MustSay, ...] = Field(default=(), max_length=20)
    questions: tuple[Question, ...] = Field(default=(), max_length=50)
    branches: tuple[Branch, ...] = Field(default=(), max_length=50)

    def choices(self) -> tuple[Branch, ...]:
        return tuple(branch for branch in self.branches if branch.choice)


class Objection(_Part):
    objection: Words
    answers: tuple[Words, ...] = Field(min_length=1, max_length=20)
    keywords: Keywords = ()


class Entry(_Part):
    """What customers ask, and what to say then."""

    question: Words
    answer: Words
    keywords: Keywords = ()


class Feature(_Part):
    """A row of the table against competitors."""

    feature: Words
    benefit: Words
    ours: str = Field(default="", max_length=400)
    keywords: Keywords = ()
    competitors: dict[str, Annotated[str, Field(max_length=400)]] = Field(default_factory=dict)


class Picture(_Part):
    """`data` is base64 and travels in the file; where scripts are kept it is replaced by `sha256`. `file` names one
    beside the script's file, for writing."""

    name: Name
    title: str = Field(default="", max_length=120)
    sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    file: str = Field(default="", max_length=400)
    data: str = ""

    @model_validator(mode="after")
    def _there(self) -> Self:
        if sum(map(bool, (self.sha256, self.file, self.data))) != 1:
            raise ValueError(f"picture {self.name}: give either file or data")
        return self


class Script(_Part):
    """`fields` are those of the lead that the lists of its campaigns carry. `start` "" is the first node."""

    name: Name
    title: str = Field(min_length=1, max_length=120)
    number: str = Field(default="", max_length=48)
    description: str = Field(default="", max_length=4000)
    author: str = Field(min_length=1, max_length=80)
    goal: str = Field(default="", max_length=400)
    kind: ScriptKind = ScriptKind.FLOW_CHART
    languages: tuple[Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")], ...] = ("en",)
    fields: tuple[Annotated[str, Field(min_length=1, max_length=64)], ...] = ()
    start: str = Field(default="", max_length=48)
    competitors: tuple[Annotated[str, Field(min_length=1, max_length=80)], ...] = ()
    opening: tuple[Node, ...] = Field(default=(), max_length=100)
    interaction: tuple[Node, ...] = Field(default=(), max_length=200)
    closing: tuple[Node, ...] = Field(default=(), max_length=100)
    objections: tuple[Objection, ...] = Field(default=(), max_length=500)
    answers: tuple[Entry, ...] = Field(default=(), max_length=1000)
    features: tuple[Feature, ...] = Field(default=(), max_length=200)
    pictures: tuple[Picture, ...] = Field(default=(), max_length=MOST_PICTURES)

    def nodes(self) -> Iterator[tuple[Phase, Node]]:
        """In the order of the file."""
        for phase in Phase:
            for node in getattr(self, phase.value):
                yield phase, node

    def node(self, name: str) -> Node | None:
        return next((node for _, node in self.nodes() if node.node == name), None)

    def first(self) -> Node | None:
        return self.node(self.start) if self.start else next((node for _, node in self.nodes()), None)

    def questions(self) -> Iterator[Question]:
        for _, node in self.nodes():
            yield from node.questions

    def must_says(self) -> frozenset[str]:
        return frozenset(prompt.code for _, node in self.nodes() for prompt in node.must_say)


Severity = Literal["error", "warning", "hint"]
