"""What is found in a script before a customer hears it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from campaigns.script_checks import check
from campaigns.script_diff import diff
from campaigns.script_text import BadText, fill, long_sentences, placeholders
from tests.unit.campaigns.scripts import script

BYE = {"node": "bye", "say": "Good-bye."}


def errors(**changes: Any) -> list[tuple[str, str]]:
    return [(found.node, found.message) for found in check(script(**changes)) if found.severity == "error"]


def only(**changes: Any) -> tuple[str, str]:
    [found] = errors(**changes)
    return found


def test_a_sound_script_has_nothing_wrong() -> None:
    assert check(script()) == ()


def middle(**node: Any) -> dict[str, Any]:
    """A script whose way leads through `node`."""
    opening = [{"node": "hello", "say": "Hello", "next": "middle"}]
    return {"opening": opening, "interaction": [{"node": "middle", "next": "bye", **node}], "closing": [BYE]}


@pytest.mark.parametrize(
    ("changes", "node", "says"),
    [
        (middle(next="nowhere"), "middle", "leads to 'nowhere'"),
        (middle(say="Your {car}"), "middle", "{car} is not among the script's fields"),
        (middle(say="Your {car"), "middle", "is no field"),
        (middle(pictures=["price"]), "middle", "picture 'price'"),
        (middle(next="middle"), "middle", "no way leads"),
        (
            middle(branches=[{"to": "bye", "question": "age", "equals": 3}]),
            "middle",
            "question 'age', and there is none",
        ),
        ({**middle(), "closing": [BYE, {"node": "lost"}]}, "lost", "nothing leads here"),
        ({**middle(), "start": "begin"}, "", "start: there is no node 'begin'"),
        ({**middle(), "closing": []}, "middle", "leads to 'bye'"),
        ({**middle(node="hello")}, "", "leads to 'middle'"),
        ({"kind": "objections"}, "", "needs objections"),
    ],
)
def test_an_error_names_its_node(changes: dict[str, Any], node: str, says: str) -> None:
    found = errors(**changes)
    assert any(says in message for _, message in found), found
    assert not node or node in {place for place, _ in found}


def test_only_a_choice_leads_back() -> None:
    asked = {"code": "more", "ask": "More?", "type": "yes_no", "required": True}
    by_answer = {"to": "hello", "question": "more", "equals": True}
    found = errors(**middle(questions=[asked], branches=[by_answer]))
    assert ("middle", "leads back to itself without any choice of the agent") in found
    assert errors(**middle(branches=[{"to": "hello", "choice": "once more"}])) == []


def test_answers_that_cover_every_case_leave_no_other_way() -> None:
    """Without the closing behind `next`, the two branches alone have to lead there."""
    asked = {"code": "more", "ask": "More?", "type": "yes_no", "required": True}
    both = [{"to": "bye", "question": "more", "equals": value} for value in (True, False)]
    extra = {"node": "extra", "next": "bye"}
    changes = middle(questions=[asked], branches=both)
    changes["interaction"] = [{**changes["interaction"][0], "next": ""}, extra]
    assert only(**changes) == ("extra", "nothing leads here")


@pytest.mark.parametrize(
    ("question", "branch"),
    [
        ({"type": "yes_no"}, {"equals": "yes"}),
        ({"type": "number"}, {"equals": "3"}),
        ({"type": "number"}, {"at_least": "2027-01-01"}),
        ({"type": "date"}, {"at_least": 3}),
        ({"type": "one_of", "options": ["a"]}, {"equals": "b"}),
        ({"type": "several_of", "options": ["a"]}, {"includes": "b"}),
        ({"type": "text"}, {"includes": "b"}),
    ],
)
def test_a_branch_that_no_answer_takes(question: dict[str, Any], branch: dict[str, Any]) -> None:
    asked = {"code": "q", "ask": "?", **question}
    node, message = only(**middle(questions=[asked], branches=[{"to": "bye", "question": "q", **branch}]))
    assert (node, "is never taken" in message) == ("middle", True)


def test_what_the_policy_wants_said_and_what_may_stay_unsaid() -> None:
    demanded = [found.message for found in check(script(), ["recording", "identity"])]
    assert demanded == ["the policy wants must_say 'identity'"]
    everybody = middle(must_say=[{"code": "terms", "text": "Terms apply."}], books_next_call=True)
    assert check(script(**everybody)) == ()
    aside = script().model_dump(mode="json", exclude_defaults=True)
    aside["interaction"][1]["must_say"] = [{"code": "terms", "text": "Terms apply."}]
    [warning] = check(script(**aside))
    assert (warning.severity, warning.node, "terms may stay unsaid" in warning.message) == ("warning", "rich", True)


def test_questions_and_branches_are_refused_where_they_make_no_sense() -> None:
    for node in (
        {"questions": [{"code": "q", "ask": "?", "type": "one_of"}]},
        {"questions": [{"code": "q", "ask": "?", "options": ["a"]}]},
        {"questions": [{"code": "q", "ask": "?", "type": "date", "at_least": 3}]},
        {"branches": [{"to": "bye"}]},
        {"branches": [{"to": "bye", "choice": "a", "equals": "b"}]},
        {"branches": [{"to": "bye", "question": "a", "equals": "b", "includes": "c"}]},
        {"branches": [{"to": "bye", "question": "a", "equals": "b", "skips": True}]},
    ):
        with pytest.raises(ValidationError):
            script(**middle(**node))


def test_long_sentences_in_both_languages() -> None:
    assert list(long_sentences("Short one. " + "word " * 26 + ". End")) == [("word " * 26).strip()]
    assert list(long_sentences("您好。" + "很长" * 21 + "！")) == ["很长" * 21]
    hints = [found for found in check(script(**middle(say="word " * 30))) if found.severity == "hint"]
    assert [hint.node for hint in hints] == ["middle"]


def test_fields_are_filled_in() -> None:
    values = {"name": "王芳", "车型": " "}
    assert fill("{name|先生}，{车型|您的爱车}，{{x}}", values).text == "王芳，您的爱车，{x}"
    missing = fill("{车型} and {plate} and {车型}", values)
    assert (missing.text, missing.missing) == ("[车型] and [plate] and [车型]", ("车型", "plate"))
    assert [(one.field, one.fallback) for one in placeholders("{a|}{b}")] == [("a", ""), ("b", None)]
    for broken in ("{", "}", "{}", "{|x}", "a } b"):
        with pytest.raises(BadText):
            list(placeholders(broken))


def test_a_diff_names_the_node() -> None:
    before = script()
    closing = [*before.closing[:1], before.closing[1].model_copy(update={"say": "Bye."})]
    [change] = diff(before, before.model_copy(update={"closing": tuple(closing)}))
    assert (change.field, change.before, change.after) == ("closing.bye.say", "Good-bye {name|}.", "Bye.")
    assert diff(before, before) == ()
