"""The command `goldenhour`.

Exit codes: 0 done · 1 a fault in the program · 2 refused, wrong input or a failed check · 3 no server, or it does not
answer · 130 interrupted.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from dialer import __version__
from dialer.cli import (
    agent,
    allocation,
    appointment,
    attempts,
    callback,
    campaign,
    dnc,
    doctor,
    group,
    inbound,
    leads,
    list_check,
    list_import,
    list_mapping,
    pacing,
    pilot,
    policy,
    recordings,
    requirement,
    screening,
    script,
    server,
    simulate,
    stage,
    stats,
    trunk,
)
from dialer.cli.output import complain, refusal
from dialer.client import ServerFault
from dialer.demo.command import demo
from dialer.errors import NotReachable, Refused

FAULT: Final = 1
REFUSED: Final = 2
NO_SERVER: Final = 3


class Root(TyperGroup):
    """Turns whatever ends a command into its exit code and one message, as JSON where `--json` was asked for."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        words = list(sys.argv[1:] if args is None else args)
        try:
            result = super().main(words, "goldenhour", complete_var, False, windows_expand_args, **extra)
            code = result if isinstance(result, int) else 0
        except Exception as error:  # noqa: BLE001 - the root of every command
            code = _report(error, json_lines="--json" in words)
        sys.exit(code)


def _report(error: Exception, *, json_lines: bool) -> int:
    match error:
        case Refused():
            refusal(error, json_lines=json_lines)
            return NO_SERVER if isinstance(error, NotReachable) else REFUSED
        case typer.TyperException():
            complain("usage", _usage(error), json_lines=json_lines)
            return REFUSED
        case typer.Abort():
            complain("aborted", "aborted; nothing was changed", json_lines=json_lines)
            return REFUSED
        case BrokenPipeError():
            _drop_output()
            return FAULT
        case ServerFault():
            complain("internal", str(error), json_lines=json_lines)
            return FAULT
        case _:
            traceback.print_exception(error)
            complain("internal", f"a fault in the program: {type(error).__name__}: {error}", json_lines=json_lines)
            return FAULT


def _usage(error: typer.TyperException) -> str:
    """A command group without a command is answered with its help."""
    message = error.format_message()
    context = getattr(error, "ctx", None)
    return f"{message} See: {context.command_path} --help" if context and "\n" not in message else message


def _drop_output() -> None:
    """The reader of a pipe went away: keep the interpreter from complaining about it at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"goldenhour {__version__}")
        raise typer.Exit


app = typer.Typer(
    cls=Root,
    name="goldenhour",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)


@app.callback()
def goldenhour(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Outbound dialer and campaign manager: real calls, golden-hour windows, recordings for the weekly review."""


app.command("init")(server.init)
app.command("serve")(server.serve)
app.command("demo")(demo)
app.command("status")(server.status)
app.command("doctor")(doctor.doctor)
app.add_typer(trunk.app, name="trunk")
app.add_typer(agent.app, name="agent")
app.add_typer(group.app, name="group")
app.add_typer(requirement.app, name="requirement")
app.add_typer(script.app, name="script")
app.add_typer(campaign.app, name="campaign")
app.add_typer(pacing.app, name="pacing")
app.add_typer(pilot.app, name="pilot")
app.command("forecast")(pilot.forecast)
app.add_typer(list_check.app, name="list")
app.command("import")(list_import.import_list)
app.command("imports")(list_import.list_imports)
app.add_typer(list_mapping.app, name="mapping")
leads.app.command("allocate")(allocation.allocate)
app.add_typer(leads.app, name="leads")
app.add_typer(stage.app, name="stage")
app.add_typer(stage.handovers, name="handover")
app.add_typer(stage.losses, name="loss")
app.command("attempts")(attempts.attempts)
app.command("dispose")(attempts.dispose)
app.command("correct")(attempts.correct)
app.add_typer(callback.app, name="callback")
app.add_typer(appointment.app, name="appointment")
app.add_typer(screening.app, name="screening")
app.command("tickler")(callback.tickler)
app.add_typer(inbound.app, name="inbound")
app.add_typer(recordings.app, name="recordings")
app.command("stats")(stats.stats)
app.command("simulate")(simulate.simulate)
app.add_typer(dnc.app, name="dnc")
app.add_typer(policy.app, name="policy")
