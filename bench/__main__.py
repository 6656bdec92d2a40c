"""Run the figures one after another; each prints its line as soon as it is measured."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from importlib import import_module

from bench.figure import Figure, save

FIGURES = (
    "answer_on_connect",
    "answer_always_open",
    "worker_memory",
    "conversation_cpu",
    "screening",
    "screening_cpu",
    "event_loop_lag",
    "real_floor",
    "bookkeeping",
    "list_parse",
    "verdict",
    "funnel",
    "lease_sqlite",
    "lease_postgresql",
    "import_million",
    "pacing",
    "pacing_decision",
    "world_speed",
    "demo_first_call",
)


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in FIGURES]
    if unknown:
        print(f"no figure named {', '.join(unknown)}; there are: {', '.join(FIGURES)}", file=sys.stderr)
        return 2
    measured = []
    for name in names or FIGURES:
        measure: Callable[[], Awaitable[list[Figure]]] = import_module(f"bench.{name}").measure
        for figure in asyncio.run(measure()):
            print(figure.line(), flush=True)
            measured.append(figure)
    save(measured)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
