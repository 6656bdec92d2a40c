"""`goldenhour script try`: a conversation along a script, at the terminal or from a file of answers."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import as_json
from dialer.cli.session import desk
from dialer.client import Api
from dialer.errors import Invalid

MOST_STEPS: Final = 500
Step = dict[str, Any]


def try_script(
    script: Annotated[str, typer.Argument(metavar="SCRIPT", help="The script's name.")],
    version: Annotated[
        int | None, typer.Option("--version", metavar="N", min=1, help="The released one otherwise.")
    ] = None,
    lead: Annotated[
        int | None, typer.Option("--lead", metavar="ID", min=1, help="Filled in for this customer.")
    ] = None,
    fields: Annotated[list[str] | None, typer.Option("--field", metavar="NAME=VALUE", help="Or with these.")] = None,
    agent: Annotated[str | None, typer.Option("--agent", metavar="AGENT")] = None,
    answers: Annotated[
        Path | None,
        typer.Option("--answers", metavar="FILE.json", help="Without questions asked; see docs/scripts.md."),
    ] = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Walk through a script as in a call. Exit code 2 where the answers do not lead to the end."""
    told = {"version": version, "lead": lead, "agent": agent, "fields": dict(map(_assigned, fields or []))}
    with desk(config, data) as api:
        if answers is not None:
            place = _by_file(api, script, told, _read(answers))
        elif sys.stdin.isatty() or not json_lines:
            place = _by_hand(api, script, told)
        else:
            raise Invalid("give the answers with --answers FILE.json", field="--answers")
    if answers is not None or json_lines:
        as_json(place)
    if not place["finished"]:
        raise typer.Exit(2)


def _ask(api: Api, script: str, told: Mapping[str, Any], steps: list[Step]) -> dict[str, Any]:
    place: dict[str, Any] = api.post(f"/scripts/{script}/walk", {**told, "steps": steps})
    return place


# from a file
def _by_file(api: Api, script: str, told: Mapping[str, Any], prepared: Mapping[str, Any]) -> dict[str, Any]:
    """The prepared steps as they are; or prepared answers, given wherever the script asks for them."""
    if "steps" in prepared:
        return _ask(api, script, told, prepared["steps"])
    steps: list[Step] = []
    choices = {node: _listed(labels) for node, labels in prepared.get("choices", {}).items()}
    place = _ask(api, script, told, steps)
    while place["node"] is not None and len(steps) < MOST_STEPS:
        steps.append(_prepared(place["node"], prepared, choices))
        place = _ask(api, script, told, steps)
        if place["node"] is not None and len(place["path"]) < len(steps):
            break  # the node is not left: something is lacking
    return place


def _prepared(node: Mapping[str, Any], prepared: Mapping[str, Any], choices: Mapping[str, Iterator[str]]) -> Step:
    prompts = [prompt["code"] for prompt in node["must_say"]]
    said, known = prepared.get("said", True), prepared.get("answers", {})
    step: Step = {
        "node": node["node"],
        "said": prompts if said is True else [code for code in prompts if code in (said or [])],
        "answers": {q["code"]: known[q["code"]] for q in node["questions"] if q["code"] in known},
        "choice": next(choices.get(node["node"], iter(())), ""),
    }
    if node["books_next_call"] and prepared.get("next_call_at"):
        step["next_call_at"] = prepared["next_call_at"]
    return step


def _listed(labels: Any) -> Iterator[str]:
    return iter([labels] if isinstance(labels, str) else labels)


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise Invalid(f"{file} cannot be read: {error.strerror or error}", field="--answers") from error
    except ValueError as error:
        raise Invalid(f"{file} is not valid JSON: {error}", field="--answers") from error
    if not isinstance(found, dict) or not all(isinstance(found.get(key, {}), dict) for key in ("answers", "choices")):
        raise Invalid(
            f"{file}: an object with answers, choices, said, next_call_at or steps is wanted", field="--answers"
        )
    return found


# at the terminal
def _by_hand(api: Api, script: str, told: Mapping[str, Any]) -> dict[str, Any]:
    steps: list[Step] = []
    place = _ask(api, script, told, steps)
    while (node := place["node"]) is not None:
        _show(node)
        step = _asked(node)
        try:
            after = _ask(api, script, told, [*steps, step])
        except Invalid as refusal:
            typer.echo(f"  ! {refusal.message}")
            continue
        if after["node"] is not None and len(after["path"]) == len(steps):
            typer.echo(f"  ! still lacking: {', '.join(after['lacking'])}")
            continue
        steps.append(step)
        place = after
    typer.echo("\nthe call may end")
    for question, answer in place["answers"].items():
        typer.echo(f"  {question}: {answer}")
    if place["next_call_at"]:
        typer.echo(f"  next call: {place['next_call_at']}")
    return place


def _show(node: Mapping[str, Any]) -> None:
    typer.echo(f"\n[{node['phase']}] {node['title'] or node['node']}")
    for line in filter(None, (node["say"], f"({node['tip']})" if node["tip"] else "")):
        typer.echo(f"  {line}")
    if node["pictures"]:
        typer.echo(f"  pictures: {', '.join(node['pictures'])}")


def _asked(node: Mapping[str, Any]) -> Step:
    step: Step = {"node": node["node"], "said": [], "answers": {}, "choice": ""}
    for prompt in node["must_say"]:
        if prompt["said"] or typer.confirm(f"  must be said: {prompt['text']}  said?", default=False):
            step["said"].append(prompt["code"])
    if node["choices"]:
        step["choice"] = _choice(node["choices"])
    for question in node["questions"]:
        given = typer.prompt(f"  {_words(question)}", default="", show_default=False)
        if given:
            step["answers"][question["code"]] = given
    if node["books_next_call"]:
        step |= _next_call()
    return step


def _words(question: Mapping[str, Any]) -> str:
    kind = "/".join(question["options"]) or question["type"]
    return f"{question['ask']} [{kind}{', required' if question['required'] else ''}]"


def _choice(choices: list[str]) -> str:
    for number, label in enumerate(choices, 1):
        typer.echo(f"  {number}) {label}")
    given = typer.prompt("  choice (Enter: go on)", default="", show_default=False)
    return choices[int(given) - 1] if given.isdecimal() and 0 < int(given) <= len(choices) else given


def _next_call() -> Step:
    given = typer.prompt("  next call (2027-03-31 15:00)", default="", show_default=False)
    try:
        return {"next_call_at": datetime.fromisoformat(given).astimezone().isoformat()} if given else {}
    except ValueError:
        typer.echo(f"  ! '{given}' is no date and time")
        return {}


def _assigned(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise Invalid(f"--field takes NAME=VALUE, not '{text}'", field="--field")
    return name.strip(), value.strip()
