"""People with compressed times: what an hour holds on a real floor passes here in ten minutes. Played by the simulated
carrier or by Asterisk (numbers that end in 24, docker/asterisk), and once more by the twin."""

from __future__ import annotations

from typing import Any, Final

from campaigns.campaign import PacingMode
from dialer.twin.scenario import Scenario, scenario_of
from sip.simulator.behaviour import Behaviour, Kind, NumberingPlan, Seconds, Share

PERSONS: Final = 0.30
BUSY: Final = 0.10  # all others let it ring
RING: Final = Seconds(mean=3.0, cv=0.6, least=0.0, most=15.0)
REFUSAL_S: Final = 0.8
TALK: Final = Seconds(mean=15.0, cv=1.0)
WRAP_UP: Final = Seconds(mean=2.5, cv=0.5)
CAP: Final = 0.03
PHONE_S: Final = 0.1  # a simulated phone picks up at once; what the signalling takes
SIMULATED: Final = {"ring_s": {"mean": RING.mean, "cv": RING.cv}, "talk_s": {"mean": TALK.mean, "cv": TALK.cv}}
ASTERISK: Final = {"ring_s": {"low": 0.5, "high": 5.5}, "talk_s": {"low": 1.0, "high": 29.0}}
ASTERISK_ENDING: Final = "24"


def people(seed: int) -> NumberingPlan:
    return NumberingPlan(
        seed=seed,
        mix=(
            Share(weight=PERSONS, behaviour=Behaviour(kind=Kind.TALKS, ring=RING, talk=TALK)),
            Share(weight=BUSY, behaviour=Behaviour(kind=Kind.BUSY, ring=Seconds(mean=REFUSAL_S))),
            Share(weight=1 - PERSONS - BUSY, behaviour=Behaviour(kind=Kind.NO_ANSWER)),
        ),
    )


def scenario(
    *, agents: int, lines: int, leads: int, seconds: float, mode: PacingMode, seed: int, people: dict[str, Any]
) -> Scenario:
    minutes, rest = divmod(round(seconds), 60)
    return scenario_of(
        {
            "name": "town",
            "seed": seed,
            "policies": False,
            "agents": [{"count": agents, "from": "09:00", "to": f"09:{minutes:02d}:{rest:02d}", "mode": "on_connect"}],
            "leads": {"count": leads},
            "behaviour": {
                "person": PERSONS,
                "busy": BUSY / (1 - PERSONS),
                "machine": 0.0,
                "post_dial_s": {"fixed": 0.05},
                "refusal_s": {"fixed": REFUSAL_S},
                "wrap_up_s": {"mean": WRAP_UP.mean, "cv": WRAP_UP.cv},
                "phone_answer_s": {"fixed": PHONE_S},
                **people,
            },
            "lines": {"trunk": lines, "calls_per_second": 20},
            "campaign": {"pacing": mode.value, "abandon_rate_max": CAP, "ring_time_s": 15, "wrap_up_s": 20},
        },
        name="town",
    )
