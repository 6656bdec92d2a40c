"""The demonstration's live table: agents, lines, outcomes and progress."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from dialer.demo.tally import Tally
from dialer.domain.agent import AgentState
from dialer.domain.call import CallState
from dialer.engine.floor import FloorCall, FloorSnapshot

AGENT_COLOURS: Final = {
    AgentState.READY: "green",
    AgentState.RESERVED: "cyan",
    AgentState.ON_CALL: "bold yellow",
    AgentState.WRAP_UP: "magenta",
    AgentState.PAUSED: "red",
    AgentState.LOGGED_OUT: "dim",
}
CALL_COLOURS: Final = {CallState.CONNECTED: "bold yellow", CallState.RINGING: "cyan", CallState.WAITING: "red"}
OUTCOME_COLOURS: Final = {"HUMAN": "green", "ABANDONED": "bold red", "LOST": "bold red", "FAILED": "bold red"}
RECENT: Final = 8


def draw(floor: FloorSnapshot, tally: Tally, *, lines: int, elapsed_s: float) -> RenderableType:
    left = Group(_agents(floor), _recent(tally.recent))
    right = Group(_lines(floor, lines), _outcomes(tally))
    return Group(_header(floor, tally, elapsed_s), Columns([left, right], padding=(0, 3)), _footer(floor))


def _header(floor: FloorSnapshot, tally: Tally, elapsed_s: float) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    done = Text(f"{tally.closed} of {tally.leads} leads done", style="bold")
    bar = ProgressBar(total=max(tally.leads, 1), completed=tally.closed, width=40)
    grid.add_row(
        "Goldenhour", bar, done, f"{tally.attempts} attempts", f"{tally.connected} connected", _clock(elapsed_s)
    )
    return Panel(grid, border_style="yellow")


def _agents(floor: FloorSnapshot) -> Table:
    names = {call.attempt_id: call.lead_name for call in floor.calls}
    table = Table(title="Agents", title_justify="left", box=None, min_width=52)
    for heading in ("agent", "state", "since", "customer"):
        table.add_column(heading)
    for agent in floor.agents:
        state = Text(agent.state.value, style=AGENT_COLOURS[agent.state])
        table.add_row(agent.name, state, _since(floor.at, agent.since), names.get(agent.call or "", agent.reason))
    return table


def _lines(floor: FloorSnapshot, lines: int) -> Table:
    table = Table(title="Lines", title_justify="left", box=None, min_width=52)
    for heading in ("worker", "call", "since", "number"):
        table.add_column(heading)
    for call in floor.calls:
        state = Text(call.state.value, style=CALL_COLOURS.get(call.state, ""))
        table.add_row(call.worker, state, _since(floor.at, call.since), _masked(call))
    for _ in range(lines - len(floor.calls)):
        table.add_row("", Text("free", style="dim"), "", "")
    return table


def _outcomes(tally: Tally) -> Table:
    table = Table(title="Outcomes and results", title_justify="left", box=None, min_width=52)
    table.add_column("outcome")
    table.add_column("", justify="right")
    table.add_column("disposition")
    table.add_column("", justify="right")
    for outcome, disposition in _side_by_side(tally.outcomes, tally.dispositions):
        style = OUTCOME_COLOURS.get(outcome[0], "")
        table.add_row(Text(outcome[0], style=style), outcome[1], *disposition)
    return table


def _side_by_side(left: Mapping[str, int], right: Mapping[str, int]) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    ours, theirs = ([(name, str(count)) for name, count in sorted(side.items())] for side in (left, right))
    length = max(len(ours), len(theirs), 6)
    blank = ("", "")
    return [(ours[n] if n < len(ours) else blank, theirs[n] if n < len(theirs) else blank) for n in range(length)]


def _recent(recent: deque[str]) -> Table:
    table = Table(title="Last calls", title_justify="left", box=None, min_width=52, show_header=False)
    table.add_column("")
    lines = list(recent)[-RECENT:]
    for line in lines + [""] * (RECENT - len(lines)):
        table.add_row(line)
    return table


def _footer(floor: FloorSnapshot) -> Text:
    alarms = "; ".join(alarm.message for alarm in floor.alarms)
    if alarms:
        return Text(f"Alarm: {alarms}", style="bold red")
    idle = next((campaign.idle for campaign in floor.campaigns if campaign.state.value == "RUNNING"), None)
    return Text(f"Not dialling right now: {idle.value.replace('_', ' ')}" if idle else "Dialling", style="dim")


def _since(now: datetime, since: datetime) -> str:
    return _clock((now - since).total_seconds())


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def _masked(call: FloorCall) -> str:
    return f"{call.number[:6]}***{call.number[-2:]} {call.lead_name}"
