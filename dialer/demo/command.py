"""`goldenhour demo`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from campaigns.campaign import PacingMode
from dialer.cli.output import as_json, facts


def demo(
    agents: Annotated[int, typer.Option(help="Simulated agents.")] = 4,
    lines: Annotated[int, typer.Option(help="Lines; never fewer than agents.")] = 6,
    leads: Annotated[int, typer.Option(help="People on the sample list.")] = 40,
    seconds: Annotated[float | None, typer.Option(help="End after so long; else when the list is done.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed repeats list and fates.")] = 1,
    pacing: Annotated[PacingMode, typer.Option(help="How many calls are placed at once.")] = PacingMode.PROGRESSIVE,
    data: Annotated[Path, typer.Option(help="Where database and recordings go.")] = Path("demo-data"),
    headless: Annotated[bool, typer.Option("--headless", help="No live table.")] = False,
    json_lines: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Real calls on this machine: a simulated carrier, simulated agents, a sample list, recordings on disk."""
    from dialer.demo.order import DemoOrder
    from dialer.demo.run import demonstrate

    order = DemoOrder(agents=agents, lines=lines, leads=leads, seconds=seconds, seed=seed, pacing=pacing, data=data)
    live = not headless and sys.stdout.isatty()
    result = asyncio.run(demonstrate(order, live=live))
    if json_lines:
        as_json(result)
    else:
        _tell(result, data)


def _tell(result: dict[str, Any], data: Path) -> None:
    waits = result["answer_to_agent_ms"]
    facts(
        {
            "leads": result["leads"],
            "attempts": result["attempts"],
            "outcomes": ", ".join(f"{name} {count}" for name, count in sorted(result["outcomes"].items())),
            "connected": result["connected"],
            "abandoned": result["abandoned"],
            "answer to agent": f"half within {waits['p50']} ms, 95 % within {waits['p95']} ms",
            "recordings": f"{result['recordings']} with {result['recording_seconds']} s in {data / 'recordings'}",
            "duration": f"{result['duration_s']} s",
        }
    )
    typer.echo(f"\nLook at it:  goldenhour attempts --data {data}    goldenhour recordings list --data {data}")
