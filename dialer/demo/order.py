"""What the demonstration was asked for, checked before anything starts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from campaigns.campaign import PacingMode
from dialer.domain.agent import LegMode
from dialer.errors import FewerLinesThanAgents, Invalid
from sip.simulator.behaviour import NumberingPlan, Seconds, stock_plan

MOST_AGENTS: Final = 40
MOST_LINES: Final = 60
MOST_LEADS: Final = 10_000
RING: Final = Seconds(mean=2.5, cv=0.5, least=0.5, most=12.0)
TALK: Final = Seconds(mean=11.0, cv=0.6, least=2.0, most=60.0)
WRAP_UP: Final = Seconds(mean=2.0, cv=0.5, least=0.5, most=8.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOrder:
    """`seconds` None runs until the list is done; `numbers` None is the stock mix of people, machines and refusals.

    Raises `Refused` with the option's name.
    """

    agents: int = 4
    lines: int = 6
    leads: int = 40
    seconds: float | None = None
    seed: int = 1
    data: Path = Path("demo-data")
    leg_mode: LegMode = LegMode.ON_CONNECT
    numbers: NumberingPlan | None = None
    wrap_up: Seconds = WRAP_UP
    calls_per_second: float = 5.0
    pacing: PacingMode = PacingMode.PROGRESSIVE
    abandon_rate_max: float = 0.03  # of the modes that over-dial
    ending: str = ""  # last digits of every number on the list; some carriers go by them

    def plan(self) -> NumberingPlan:
        return self.numbers or stock_plan(seed=self.seed, ring=RING, talk=TALK)

    def __post_init__(self) -> None:
        _within("--agents", self.agents, 1, MOST_AGENTS)
        _within("--lines", self.lines, 1, MOST_LINES)
        _within("--leads", self.leads, 1, MOST_LEADS)
        if self.seconds is not None and not 1 <= self.seconds <= 86400:
            raise Invalid(f"--seconds is {self.seconds:g}; it must lie between 1 and 86400.", field="--seconds")
        if self.pacing is PacingMode.PREVIEW:
            raise Invalid(
                "--pacing preview waits for agents who decide on leads; simulated ones only talk. Use another one.",
                field="--pacing",
            )
        if self.lines < self.agents:
            raise FewerLinesThanAgents(
                f"--lines {self.lines} is fewer than --agents {self.agents}: "
                f"every agent needs a line. Use --lines {self.agents} or more.",
                field="--lines",
            )


def _within(option: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise Invalid(f"{option} is {value}; it must lie between {least} and {most}.", field=option)
