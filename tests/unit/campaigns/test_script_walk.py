"""Conversations along a script: what is lacking, where answers lead, and that none of them goes in a circle."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.script import Question, Script
from campaigns.script_answers import BadAnswer, as_field, parse
from campaigns.script_checks import check
from campaigns.script_search import search
from campaigns.script_version import InForce, Released, Shelf, label_parts
from campaigns.script_walk import BadStep, Place, Step, shown, waiting, walk
from tests.unit.campaigns.builders import settings as campaign
from tests.unit.campaigns.scripts import script

TOMORROW = datetime(2026, 11, 24, 7, tzinfo=UTC)
HELLO = Step(node="hello", said=frozenset({"recording"}), answers={"time": "yes"})


def at(place: Place) -> str | None:
    return place.node and place.node.node


def test_what_must_be_said_and_asked_comes_before_anything_else() -> None:
    start = walk(script(), [])
    assert (at(start), waiting(start)) == ("hello", ("recording", "time"))
    halfway = walk(script(), [Step(node="hello", answers={"time": True})])
    assert (at(halfway), halfway.lacking) == ("hello", ("recording",))
    assert at(walk(script(), [HELLO])) == "offer"
    with pytest.raises(BadStep, match="step 2: node offer cannot come yet; still lacking: recording"):
        walk(script(), [Step(node="hello", answers={"time": True}), Step(node="offer")])


def test_a_choice_may_skip_questions_but_never_what_must_be_said() -> None:
    gone = Step(node="hello", choice="hangs up")
    assert walk(script(), [gone]).lacking == ("recording",)
    assert at(walk(script(), [Step(node="hello", choice="hangs up", said=HELLO.said)])) == "bye"


def test_the_call_ends_only_after_the_closing_and_with_the_next_call_booked() -> None:
    later = [Step(node="hello", said=HELLO.said, answers={"time": "否"}), Step(node="later")]
    unbooked = walk(script(), later)
    assert (at(unbooked), unbooked.lacking, unbooked.finished) == ("later", ("next_call",), False)
    booked = walk(script(), [later[0], Step(node="later", next_call_at=TOMORROW)])
    assert (booked.finished, booked.next_call_at, booked.path) == (True, TOMORROW, ("hello", "later"))


def test_answers_lead_before_choices_are_asked_for() -> None:
    assert walk(script(), [HELLO, Step(node="offer", answers={"budget": 100})]).lacking == ("choice",)
    rich = walk(script(), [HELLO, Step(node="offer", answers={"budget": "60000", "uses": "work, family"})])
    assert (at(rich), rich.answers["uses"]) == ("rich", ("work", "family"))
    assert at(walk(script(), [HELLO, Step(node="offer", choice="no", answers={"budget": 60000})])) == "bye"


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ([Step(node="bye")], "step 1: node bye is not where the conversation is; that is node hello"),
        ([Step(node="hello", choice="flies")], "no choice 'flies'; its choices: hangs up"),
        ([Step(node="hello", said=frozenset({"terms"}))], "node hello has no 'terms'"),
        ([Step(node="hello", answers={"budget": 3})], "node hello has no 'budget'"),
        ([Step(node="hello", answers={"time": "perhaps"})], "time: yes or no is wanted"),
        ([Step(node="hello", next_call_at=TOMORROW)], "books no next call"),
        ([HELLO, Step(node="offer", answers={"budget": -1})], "step 2: budget: must be 0 or more"),
        ([HELLO, Step(node="offer", choice="no"), Step(node="bye"), Step(node="bye")], "the end of the call"),
    ],
)
def test_a_step_that_does_not_belong_here_is_refused(steps: list[Step], says: str) -> None:
    with pytest.raises(BadStep, match=says):
        walk(script(), steps)


def test_the_agent_reads_the_customers_own_words() -> None:
    [_, (_, offer), *_] = script().nodes()
    words = shown(offer, {"model": "Sedan"}, {})
    assert (words.say, words.ask["budget"], words.missing) == ("About your Sedan.", "How much?", ())
    assert shown(script().opening[0], {}, {}).missing == ("agent",)
    assert shown(offer, {"model": "Sedan"}, {"model": "Van"}).say == "About your Van."


@pytest.mark.parametrize(
    ("question", "given_", "kept"),
    [
        ({}, " blue ", "blue"),
        ({"type": "number"}, "3.5", 3.5),
        ({"type": "date", "at_least": "2026-01-01"}, "2026-12-24", "2026-12-24"),
        ({"type": "yes_no"}, "是", True),
        ({"type": "one_of", "options": ["Red", "Blue"]}, "red", "Red"),
        ({"type": "several_of", "options": ["a", "b", "c"]}, ["c", "a"], ("a", "c")),
    ],
)
def test_answers_have_the_type_that_was_asked_for(question: dict[str, Any], given_: object, kept: object) -> None:
    asked = Question.model_validate({"code": "q", "ask": "?", **question})
    assert parse(asked, given_) == kept
    with pytest.raises(BadAnswer, match=r"^q: "):
        parse(asked, "" if asked.type == "text" else "??")


def test_answers_as_fields() -> None:
    assert [as_field(v) for v in (True, 3.0, 3.25, ("a", "b"), "x")] == ["yes", "3", "3.25", "a, b", "x"]


# the machine never goes in a circle by itself
@st.composite
def scripts(draw: st.DrawFn) -> Script:
    names = [f"n{number}" for number in range(draw(st.integers(3, 7)))]
    target, nodes = st.sampled_from(names), []
    for name in names:
        branches = [
            {"to": draw(target), "question": name, "equals": draw(st.booleans())}
            for _ in range(draw(st.integers(0, 2)))
        ]
        branches += [{"to": draw(target), "choice": f"c{number}"} for number in range(draw(st.integers(0, 2)))]
        question = {"code": name, "ask": "?", "type": "yes_no", "required": draw(st.booleans())}
        prompts = [{"code": name, "text": "."}] if draw(st.booleans()) else []
        following = draw(st.sampled_from(["", *names]))
        nodes.append(
            {"node": name, "questions": [question], "branches": branches, "next": following, "must_say": prompts}
        )
    cut = sorted(draw(st.lists(st.integers(1, len(names) - 1), min_size=2, max_size=2, unique=True)))
    parts = {"opening": nodes[: cut[0]], "interaction": nodes[cut[0] : cut[1]], "closing": nodes[cut[1] :]}
    return Script.model_validate({"name": "x", "title": "x", "author": "x", **parts})


@settings(max_examples=150, deadline=None)
@given(scripts(), st.data())
def test_a_script_without_errors_leads_every_conversation_on(found: Script, data: st.DataObject) -> None:
    """Between two choices no node comes twice; nothing is left unsaid; from everywhere the call can end."""
    if any(finding.severity == "error" for finding in check(found)):
        return
    steps: list[Step] = []
    since_choice: list[str] = []
    for _ in range(40):
        place = walk(found, steps)
        if place.node is None:
            break
        node = place.node
        assert node.node not in since_choice
        said = frozenset(prompt.code for prompt in node.must_say)
        answers = {node.node: data.draw(st.booleans())}
        labels = [branch.choice for branch in node.choices()]
        choice = data.draw(st.sampled_from(["", *labels]))
        after = walk(found, [*steps, Step(node=node.node, said=said, answers=answers, choice=choice)])
        if after.lacking:
            assert after.lacking == ("choice",)
            choice = labels[0]
        since_choice = [] if choice else [*since_choice, node.node]
        steps.append(Step(node=node.node, said=said, answers=answers, choice=choice))
    for _, node in found.nodes():
        if node.node in walk(found, steps).path:
            assert {prompt.code for prompt in node.must_say} <= walk(found, steps).said


# search
def test_the_best_answer_comes_first_in_both_languages() -> None:
    talk = script(
        answers=[
            {"question": "Where is your shop?", "answer": "River Road 5.", "keywords": ["address"]},
            {"question": "你们店在哪里？", "answer": "朝阳路八号。", "keywords": ["地址"]},
        ],
        objections=[{"objection": "价格太贵了", "answers": ["可以分期。"], "keywords": ["便宜"]}],
        features=[{"feature": "Warranty", "benefit": "No repair bills.", "competitors": {"Brand A": "3 years"}}],
    )
    assert [hit.title for hit in search(talk, "太贵")] == ["价格太贵了"]
    assert [hit.title for hit in search(talk, "能便宜点吗")] == ["价格太贵了"]
    assert search(talk, "what is the ADDRESS of the shops")[0].title == "Where is your shop?"
    assert search(talk, "店在哪")[0].answers == ("朝阳路八号。",)
    assert search(talk, "warranty")[0].answers == ("No repair bills.", "Brand A: 3 years")
    assert search(talk, "xyz") == search(talk, "  ") == ()


# versions
def released(*versions: tuple[int, bool, bool]) -> Shelf:
    return Shelf.of(Released(name="spring", version=v, requalify=r, retired=gone) for v, r, gone in versions)


def test_the_latest_released_version_is_in_force_unless_another_is_pinned() -> None:
    shelf = released((1, True, False), (2, True, False))
    latest = shelf.in_force(campaign(script_name="spring"))
    assert latest == InForce(name="spring", version=2, passing=frozenset({2}))
    assert latest.label == "spring 2"
    pinned = shelf.in_force(campaign(script_name="spring", script_version=1))
    assert pinned is not None
    assert pinned.version == 1
    assert shelf.without("spring", 1).in_force(campaign(script_name="spring", script_version=1)) is None
    assert shelf.in_force(campaign(script_name="other")) is None
    assert shelf.in_force(campaign()) is None


def test_who_has_passed_an_earlier_version_keeps_it_where_nothing_has_to_be_learnt_again() -> None:
    shelf = released((1, True, True), (2, True, False), (3, False, False), (4, False, False))
    found = shelf.in_force(campaign(script_name="spring"))
    assert found is not None
    assert found.passing == {4, 3, 2}


def test_labels_say_name_and_version() -> None:
    assert label_parts("spring-offer 3") == ("spring-offer", 3)
    assert label_parts("") is label_parts("spring") is None
