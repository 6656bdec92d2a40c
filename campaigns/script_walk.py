"""A conversation along a script: what is shown, what is still lacking, and where each step leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from campaigns.script import Branch, Node, Question, Script, Value
from campaigns.script_answers import BadAnswer, leads, parse
from campaigns.script_checks import END, following, goes_on_alone
from campaigns.script_text import fill

MOST_STEPS: Final = 500
NEXT_CALL: Final = "next_call"  # what is lacking at a node that books the next call


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What the agent did at a node. `said` are the codes of what he read out and ticked, `choice` the label."""

    node: str
    said: frozenset[str] = frozenset()
    answers: Mapping[str, object] = field(default_factory=dict)
    choice: str = ""
    next_call_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the conversation stands. `node` is None once the call may end.

    `lacking` names what must be done before the node is left: must_say and question codes, "choice", "next_call".
    """

    node: Node | None
    path: tuple[str, ...] = ()
    said: frozenset[str] = frozenset()
    answers: Mapping[str, Value] = field(default_factory=dict)
    next_call_at: datetime | None = None
    lacking: tuple[str, ...] = ()

    @property
    def finished(self) -> bool:
        return self.node is None


class BadStep(ValueError):
    """`index` is the step's, from 0."""

    def __init__(self, index: int, message: str) -> None:
        super().__init__(f"step {index + 1}: {message}")
        self.index = index


def walk(script: Script, steps: Sequence[Step]) -> Place:
    """After these steps. The last one may be incomplete; then the place is the same node, with what is lacking.

    Raises `BadStep` for a step that does not belong to where the conversation is, or an answer that is none.
    """
    if len(steps) > MOST_STEPS:
        raise BadStep(MOST_STEPS, f"a conversation has at most {MOST_STEPS} steps")
    place, by_itself = Place(node=script.first()), following(script)
    for index, step in enumerate(steps):
        if place.lacking:
            raise BadStep(index, f"node {step.node} cannot come yet; still lacking: {', '.join(place.lacking)}")
        place = _taken(script, by_itself, place, step, index)
    return place


def waiting(place: Place) -> tuple[str, ...]:
    """What the node asks for before it can be left, for whoever stands at it."""
    return () if place.node is None else _lacking(place.node, place, Step(node=place.node.node), None)


def _taken(script: Script, by_itself: Mapping[str, str], place: Place, step: Step, index: int) -> Place:
    node = place.node
    if node is None or node.node != step.node:
        where = "the end of the call" if node is None else f"node {node.node}"
        raise BadStep(index, f"node {step.node} is not where the conversation is; that is {where}")
    heard = _heard(node, place, step, index)
    branch = _chosen(node, step, index)
    lacking = _lacking(node, heard, step, branch)
    if lacking:
        return Place(
            node=node, path=place.path, said=heard.said, answers=heard.answers, next_call_at=heard.next_call_at,
            lacking=lacking,
        )  # fmt: skip
    target = _target(node, heard.answers, branch, by_itself[node.node])
    return Place(
        node=None if target == END else script.node(target),
        path=(*place.path, node.node),
        said=heard.said,
        answers=heard.answers,
        next_call_at=heard.next_call_at,
    )


def _heard(node: Node, place: Place, step: Step, index: int) -> Place:
    """The place with what the step adds."""
    questions = {question.code: question for question in node.questions}
    prompts = {prompt.code for prompt in node.must_say}
    for code in (*sorted(step.said - prompts), *sorted(set(step.answers) - set(questions))):
        raise BadStep(index, f"node {node.node} has no '{code}'")
    if step.next_call_at is not None and not node.books_next_call:
        raise BadStep(index, f"node {node.node} books no next call")
    if step.next_call_at is not None and step.next_call_at.tzinfo is None:
        raise BadStep(index, "next_call_at needs its offset from UTC")
    answers = {**place.answers, **_answers(questions, step, index)}
    return Place(
        node=node, said=place.said | step.said, answers=answers, next_call_at=step.next_call_at or place.next_call_at
    )


def _answers(questions: Mapping[str, Question], step: Step, index: int) -> dict[str, Value]:
    try:
        given = {code: value for code, value in step.answers.items() if value not in (None, "")}
        return {code: parse(questions[code], value) for code, value in given.items()}
    except BadAnswer as error:
        raise BadStep(index, str(error)) from error


def _chosen(node: Node, step: Step, index: int) -> Branch | None:
    if not step.choice:
        return None
    found = next((branch for branch in node.choices() if branch.choice == step.choice), None)
    if found is None:
        there = ", ".join(branch.choice for branch in node.choices()) or "none"
        raise BadStep(index, f"node {node.node} has no choice '{step.choice}'; its choices: {there}")
    return found


def _lacking(node: Node, heard: Place, step: Step, branch: Branch | None) -> tuple[str, ...]:
    unsaid = [prompt.code for prompt in node.must_say if prompt.code not in heard.said]
    if branch is not None and branch.skips:
        return tuple(unsaid)
    unanswered = [q.code for q in node.questions if q.required and not _answered(q, heard.answers)]
    unbooked = [NEXT_CALL] if node.books_next_call and heard.next_call_at is None and branch is None else []
    alone = branch is not None or goes_on_alone(node) or _by_answer(node, heard.answers) is not None
    undecided = [] if alone or unanswered else ["choice"]
    return (*unsaid, *unanswered, *unbooked, *undecided)


def _answered(question: Question, answers: Mapping[str, Value]) -> bool:
    return question.code in answers and answers[question.code] != ()


def _by_answer(node: Node, answers: Mapping[str, Value]) -> Branch | None:
    asking = (branch for branch in node.branches if branch.question)
    return next((branch for branch in asking if leads(branch, answers.get(branch.question))), None)


def _target(node: Node, answers: Mapping[str, Value], branch: Branch | None, by_itself: str) -> str:
    found = branch or _by_answer(node, answers)
    return by_itself if found is None else found.to


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A node with its words filled in, as the agent reads it. `missing` are fields without value and fallback."""

    say: str
    must_say: Mapping[str, str]
    ask: Mapping[str, str]
    missing: tuple[str, ...]


def shown(node: Node, values: Mapping[str, str], answers: Mapping[str, str]) -> Shown:
    """`answers` are the lead's fields that were asked for in this conversation: they are newer than `values`."""
    known = {**values, **answers}
    say = fill(node.say, known)
    prompts = {prompt.code: fill(prompt.text, known) for prompt in node.must_say}
    asked = {question.code: fill(question.ask, known) for question in node.questions}
    missing = [name for filled in (say, *prompts.values(), *asked.values()) for name in filled.missing]
    return Shown(
        say=say.text,
        must_say={code: filled.text for code, filled in prompts.items()},
        ask={code: filled.text for code, filled in asked.items()},
        missing=tuple(dict.fromkeys(missing)),
    )
