"""What is wrong with a script before a customer hears it: dead ends, nodes nobody reaches, unknown fields."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from campaigns.script import AnswerType, Branch, Node, Phase, Question, Script, ScriptKind, Severity
from campaigns.script_text import ALWAYS, BadText, long_sentences, placeholders

END: Final = ""  # where the call ends
_NEEDS: Final[Mapping[ScriptKind, str]] = {
    ScriptKind.QUESTIONS: "answers",
    ScriptKind.FEATURES: "features",
    ScriptKind.OBJECTIONS: "objections",
}
_NO_NODES: Final = (ScriptKind.NONE, *_NEEDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`node` is "" for what concerns the whole script. Errors keep it from being released, hints keep nothing."""

    severity: Severity
    node: str
    message: str


def check(script: Script, demanded: Iterable[str] = ()) -> tuple[Finding, ...]:
    """`demanded`: the codes of what the policy pack wants said. Errors first, then warnings, then hints."""
    found = [*_names(script)]
    if not found:  # the ways make sense only once every name means one thing
        found = [finding for rule in _RULES for finding in rule(script)]
    found += [
        _warning("", f"the policy wants must_say '{code}'") for code in demanded if code not in script.must_says()
    ]
    return tuple(sorted(found, key=lambda finding: ("error", "warning", "hint").index(finding.severity)))


def following(script: Script) -> dict[str, str]:
    """Where each node goes by itself: `next`, the following node, or END from the closing."""
    places = list(script.nodes())
    found = {}
    for place, (phase, node) in enumerate(places):
        after = places[place + 1][1].node if place + 1 < len(places) else END
        found[node.node] = node.next or (END if phase is Phase.CLOSING else after)
    return found


def ways(script: Script) -> dict[str, frozenset[str]]:
    """From each node to all nodes it may lead to; END among them where the call may end."""
    return {
        name: (_unforced(node, by_itself) | {branch.to for branch in node.branches})
        for name, node, by_itself in _with_following(script)
    }


def goes_on_alone(node: Node) -> bool:
    """Whether `next` can ever be taken: not where the agent must choose, nor where the answers cover all cases."""
    if node.branches and not node.next:
        return not (node.choices() or _covers(node))
    return not _covers(node)


def _with_following(script: Script) -> Iterator[tuple[str, Node, str]]:
    by_itself = following(script)
    for _, node in script.nodes():
        yield node.node, node, by_itself[node.node]


def _unforced(node: Node, by_itself: str) -> frozenset[str]:
    return frozenset({by_itself}) if goes_on_alone(node) else frozenset()


def _covers(node: Node) -> bool:
    """Every answer to a required question of this node has its branch."""
    return any(question.required and _all_answered(question, node.branches) for question in node.questions)


def _all_answered(question: Question, branches: Iterable[Branch]) -> bool:
    values = {branch.equals for branch in branches if branch.question == question.code}
    if question.type is AnswerType.YES_NO:
        return {True, False} <= values
    return question.type is AnswerType.ONE_OF and set(question.options) <= values


# the rules
def _names(script: Script) -> Iterator[Finding]:
    nodes = [node for _, node in script.nodes()]
    questions = [(node.node, question.code) for node in nodes for question in node.questions]
    prompts = [(node.node, prompt.code) for node in nodes for prompt in node.must_say]
    for what, named in (
        ("node", [(node.node, node.node) for node in nodes]),
        ("question", questions),
        ("must_say", prompts),
        ("picture", [("", picture.name) for picture in script.pictures]),
    ):
        times = Counter(name for _, name in named)
        for name, place in {name: place for place, name in named}.items():
            if times[name] > 1:
                yield _error(place, f"{times[name]} {what}s are named '{name}'; every name means one thing")
    known = {node.node for node in nodes}
    if script.start and script.start not in known:
        yield _error("", f"start: there is no node '{script.start}'")
    for node in nodes:
        for target in filter(None, (node.next, *(branch.to for branch in node.branches))):
            if target not in known:
                yield _error(node.node, f"leads to '{target}', and there is no such node")


def _content(script: Script) -> Iterator[Finding]:
    wanted = _NEEDS.get(script.kind)
    if wanted and not getattr(script, wanted):
        yield _error("", f"a script of kind {script.kind} needs {wanted}")
    if script.kind in _NO_NODES and not any(True for _ in script.nodes()):
        return
    for phase in Phase:
        if not getattr(script, phase.value):
            yield _error("", f"there is no {phase}: a conversation has an opening, an interaction and a closing")


def _reached(script: Script) -> Iterator[Finding]:
    first, led = script.first(), ways(script)
    if first is None:
        return
    reached = _reach({first.node}, led)
    for name in led:
        if name not in reached:
            yield _error(name, "nothing leads here")
    ending = _reach({END}, _turned(led))
    closing = {node.node for phase, node in script.nodes() if phase is Phase.CLOSING}
    for phase, node in script.nodes():
        if node.node in reached and node.node not in ending:
            yield _error(node.node, "no way leads from here to the end of the call")
        elif phase is not Phase.CLOSING and END in led[node.node]:
            yield _error(node.node, "the call would end here, outside the closing; name the next node")
        elif node.node in reached and not _reach({node.node}, led) & closing:
            yield _error(node.node, "no way leads from here to the closing")


def _circles(script: Script) -> Iterator[Finding]:
    """Only the agent's choice may lead back, so that no conversation goes in a circle by itself."""
    alone = {
        name: frozenset({*_unforced(node, by_itself), *(b.to for b in node.branches if b.question)})
        for name, node, by_itself in _with_following(script)
    }
    for name, targets in alone.items():
        if name in _reach(set(targets), alone):
            yield _error(name, "leads back to itself without any choice of the agent")


def _texts(script: Script) -> Iterator[Finding]:
    known = {*ALWAYS, *script.fields, *(question.field for question in script.questions() if question.field)}
    for node, text in _spoken(script):
        try:
            used = list(placeholders(text))
        except BadText as error:
            yield _error(node, str(error))
            continue
        for one in used:
            if one.fallback is None and one.field not in known:
                yield _error(
                    node, f"field {{{one.field}}} is not among the script's fields; add it to fields, or write "
                    f"{{{one.field}|what is said without it}}",
                )  # fmt: skip
        for sentence in long_sentences(text):
            yield Finding(severity="hint", node=node, message=f"long sentence: {sentence}")


def _questions(script: Script) -> Iterator[Finding]:
    known = {question.code: question for question in script.questions()}
    for _, node in script.nodes():
        for branch in node.branches:
            if not branch.question:
                continue
            question = known.get(branch.question)
            if question is None:
                yield _error(node.node, f"a branch asks for question '{branch.question}', and there is none")
            elif complaint := _never(branch, question):
                yield _error(node.node, f"the branch to {branch.to} is never taken: {complaint}")
        labels = Counter(branch.choice for branch in node.choices())
        for label in (label for label, times in labels.items() if times > 1):
            yield _error(node.node, f"two choices are called '{label}'")
        if node.questions and not node.say and script.kind is ScriptKind.WORD_FOR_WORD:
            yield _warning(node.node, "asks without a word said before")


def _never(branch: Branch, question: Question) -> str:
    """Why no answer to the question can take the branch; "" where one can."""
    ranged = branch.at_least is not None or branch.at_most is not None
    match question.type:
        case AnswerType.SEVERAL_OF:
            fits = branch.includes in question.options
        case AnswerType.ONE_OF:
            fits = branch.equals in question.options
        case AnswerType.YES_NO:
            fits = isinstance(branch.equals, bool)
        case AnswerType.NUMBER:
            fits = _is_number(branch.equals) if not ranged else all(map(_is_number_or_none, _bounds(branch)))
        case AnswerType.DATE:
            fits = isinstance(branch.equals, str) or (ranged and not any(map(_is_number, _bounds(branch))))
        case AnswerType.TEXT:
            fits = isinstance(branch.equals, str)
    return "" if fits else f"question {question.code} is of type {question.type}"


def _bounds(branch: Branch) -> tuple[object, object]:
    return branch.at_least, branch.at_most


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_number_or_none(value: object) -> bool:
    return value is None or _is_number(value)


def _shown(script: Script) -> Iterator[Finding]:
    there = {picture.name for picture in script.pictures}
    for _, node in script.nodes():
        for name in (name for name in node.pictures if name not in there):
            yield _error(node.node, f"shows picture '{name}', and there is none")
    for feature in script.features:
        for name in (name for name in feature.competitors if script.competitors and name not in script.competitors):
            yield _error("", f"feature '{feature.feature}' names competitor '{name}', who is not in competitors")


def _said_always(script: Script) -> Iterator[Finding]:
    """A prompt that some way through the call goes past."""
    first, led = script.first(), ways(script)
    if first is None:
        return
    for _, node in script.nodes():
        around = {name: targets - {node.node} for name, targets in led.items() if name != node.node}
        if node.must_say and node is not first and END in _reach({first.node}, around):
            codes = ", ".join(prompt.code for prompt in node.must_say)
            yield _warning(node.node, f"a call may end without coming here, so {codes} may stay unsaid")


def _booked(script: Script) -> Iterator[Finding]:
    if any(True for _ in script.nodes()) and not any(node.books_next_call for _, node in script.nodes()):
        yield _warning("", "no node books the next call (books_next_call) for when the sale cannot be closed now")


_RULES: Final[tuple[Callable[[Script], Iterator[Finding]], ...]] = (
    _content, _reached, _circles, _texts, _questions, _shown, _said_always, _booked,
)  # fmt: skip


def _spoken(script: Script) -> Iterator[tuple[str, str]]:
    for _, node in script.nodes():
        yield node.node, node.say
        for text in (*(p.text for p in node.must_say), *(q.ask for q in node.questions)):
            yield node.node, text
    for text in (*(text for o in script.objections for text in o.answers), *(entry.answer for entry in script.answers)):
        yield "", text


def _reach(start: set[str], led: Mapping[str, Iterable[str]]) -> set[str]:
    reached, waiting = set(start), list(start)
    while waiting:
        for target in led.get(waiting.pop(), ()):
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    return reached


def _turned(led: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, targets in led.items():
        for target in targets:
            found.setdefault(target, set()).add(name)
    return found


def _error(node: str, message: str) -> Finding:
    return Finding(severity="error", node=node, message=message)


def _warning(node: str, message: str) -> Finding:
    return Finding(severity="warning", node=node, message=message)
