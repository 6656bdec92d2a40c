"""The funnel (漏斗): stages of customers, hand-overs to sales, customers given up."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from campaigns.handover import HandoverState, LossState
from campaigns.stage_moves import StageMove
from dialer.cli.options import ConfigOption, DataOption, JsonOption
from dialer.cli.output import as_json, facts, items
from dialer.cli.session import desk
from dialer.cli.written import ByOption, who
from dialer.errors import Invalid

app = typer.Typer(help="Stages of customers: show, move, count.", no_args_is_help=True)
handovers = typer.Typer(help="Customers handed over to sales.", no_args_is_help=True)
losses = typer.Typer(help="Customers given up: proposed, approved, sent back.", no_args_is_help=True)
LeadArgument = Annotated[int, typer.Argument(metavar="LEAD", help="The lead's number.", min=1)]
IdArgument = Annotated[int, typer.Argument(metavar="ID", min=1)]
CampaignOption = Annotated[str | None, typer.Option("--campaign", metavar="CAMPAIGN", help="Only this one's.")]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="TEXT")]
HANDOVERS = {"id": "Hand-over", "lead": "Lead", "to": "To", "state": "State", "made_by": "By", "reason": "Reason"}
LOSSES = {
    "id": "Proposal",
    "lead": "Lead",
    "reason": "Reason",
    "state": "State",
    "proposed_by": "By",
    "remark": "Remark",
}
STEPS = {"at": "At", "previous": "From", "stage": "To", "move": "Move", "by": "By", "reason": "Reason"}


@app.command("funnel")
def funnel(
    campaign: Annotated[str, typer.Argument(metavar="CAMPAIGN")],
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Count the campaign's leads by stage."""
    with desk(config, data) as api:
        _show(api.get(f"/campaigns/{campaign}/stages"), json_lines)


@app.command("show")
def show(
    lead: LeadArgument, config: ConfigOption = None, data: DataOption = None, json_lines: JsonOption = False
) -> None:
    """Show where a customer stands, how he came there and what is missing for going up."""
    with desk(config, data) as api:
        _standing(api.get(f"/leads/{lead}/stage"), json_lines)


@app.command("move")
def move(
    lead: LeadArgument,
    way: Annotated[StageMove, typer.Argument(metavar="MOVE", help="found, booked, sold, reopened ...")],
    reason: ReasonOption = "",
    by: ByOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Move a customer to another stage."""
    with desk(config, data) as api:
        _standing(api.post(f"/leads/{lead}/stage", {"move": way.value, "reason": reason}, by=who(by)), json_lines)


@app.command("describe")
def describe(
    lead: LeadArgument,
    name: Annotated[str | None, typer.Option("--name", metavar="NAME")] = None,
    fields: Annotated[
        list[str] | None, typer.Option("--field", metavar="FIELD=VALUE", help="Nothing after = takes it away.")
    ] = None,
    by: ByOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Complete a customer's details."""
    details = {"name": name, "fields": dict(_assigned(text) for text in fields or [])}
    with desk(config, data) as api:
        _standing(api.patch(f"/leads/{lead}/details", details, by=who(by)), json_lines)


@handovers.command("offer")
def offer(
    lead: LeadArgument,
    to: Annotated[str, typer.Option("--to", metavar="NAME", help="Who gets the customer.")],
    note: Annotated[str, typer.Option("--note", metavar="TEXT")] = "",
    by: ByOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Hand a customer over to sales."""
    with desk(config, data) as api:
        _show(api.post(f"/leads/{lead}/handover", {"to": to, "note": note}, by=who(by)), json_lines)


@handovers.command("list")
def list_handovers(
    campaign: CampaignOption = None,
    state: Annotated[HandoverState | None, typer.Option("--state")] = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """List hand-overs."""
    with desk(config, data) as api:
        rows = api.pages("/handovers", campaign=campaign, state=state and state.value)
        items(rows, HANDOVERS, json_lines=json_lines, empty="nobody was handed over")


def _answer(name: str, words: str) -> None:
    def answer(
        handover: IdArgument,
        reason: ReasonOption = "",
        by: ByOption = None,
        config: ConfigOption = None,
        data: DataOption = None,
        json_lines: JsonOption = False,
    ) -> None:
        with desk(config, data) as api:
            _show(api.post(f"/handovers/{handover}/{name}", {"reason": reason}, by=who(by)), json_lines)

    handovers.command(name, help=words)(answer)


_answer("confirm", "Sales found the customer real: an opportunity.")
_answer("return", "Sales give the customer back, with a reason; he is called again.")
_answer("withdraw", "Take a hand-over back before it is answered.")


@losses.command("propose")
def propose(
    lead: LeadArgument,
    reason: ReasonOption,
    note: Annotated[str, typer.Option("--note", metavar="TEXT")] = "",
    by: ByOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Propose to give a customer up; he is not called while a supervisor decides."""
    with desk(config, data) as api:
        _show(api.post(f"/leads/{lead}/loss", {"reason": reason, "note": note}, by=who(by)), json_lines)


@losses.command("list")
def list_losses(
    campaign: CampaignOption = None,
    state: Annotated[LossState | None, typer.Option("--state")] = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json_lines: JsonOption = False,
) -> None:
    """List proposals to give customers up."""
    with desk(config, data) as api:
        rows = api.pages("/losses", campaign=campaign, state=state and state.value)
        items(rows, LOSSES, json_lines=json_lines, empty="nobody was given up")


def _decision(name: str, words: str) -> None:
    def decide(
        proposal: IdArgument,
        remark: Annotated[str, typer.Option("--remark", metavar="TEXT")] = "",
        by: ByOption = None,
        config: ConfigOption = None,
        data: DataOption = None,
        json_lines: JsonOption = False,
    ) -> None:
        with desk(config, data) as api:
            _show(api.post(f"/losses/{proposal}/{name}", {"remark": remark}, by=who(by)), json_lines)

    losses.command(name, help=words)(decide)


_decision("approve", "Approve that the customer is lost; by somebody else than who proposed it.")
_decision("send-back", "Have the customer worked on again, with a remark.")


def _assigned(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise Invalid(f"--field takes FIELD=VALUE, not '{text}'", field="field")
    return name.strip(), value.strip()


def _standing(found: dict[str, Any], json_lines: bool) -> None:
    if json_lines:
        as_json(found)
        return
    facts(
        {key: ", ".join(value) if isinstance(value, list) else value for key, value in found.items() if key != "steps"}
    )
    items(found["steps"], STEPS, json_lines=False, empty="no moves yet")


def _show(found: dict[str, Any], json_lines: bool) -> None:
    if json_lines:
        as_json(found)
    else:
        facts(found)
