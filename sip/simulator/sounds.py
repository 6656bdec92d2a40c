"""The simulated parties' sounds, made once into a folder and reused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from sip.simulator import voice

CUSTOMER_PITCHES: Final = (118.0, 195.0, 140.0, 221.0)
AGENT_PITCHES: Final = (172.0, 208.0, 132.0, 185.0)
SECONDS: Final = 24.0


@dataclass(frozen=True, slots=True)
class Sounds:
    """Paths of WAV files; voices loop."""

    customers: tuple[str, ...]
    agents: tuple[str, ...]
    greeting: str  # an answering machine's greeting, beep included
    ringback: str  # the network's sound before the answer


def prepare(folder: Path) -> Sounds:
    """Write the missing files (half a second the first time)."""
    return Sounds(
        customers=tuple(_voice(folder, "customer", n, pitch) for n, pitch in enumerate(CUSTOMER_PITCHES)),
        agents=tuple(_voice(folder, "agent", n, pitch) for n, pitch in enumerate(AGENT_PITCHES)),
        greeting=_once(folder / "greeting.wav", _greeting),
        ringback=_once(folder / "ringback.wav", lambda: np.concatenate([voice.tone(450, 1.0), voice.silence(4.0)])),
    )


def _voice(folder: Path, who: str, n: int, pitch: float) -> str:
    seed = n + (100 if who == "agent" else 0)
    return _once(folder / f"{who}-{n}.wav", lambda: voice.speech(SECONDS, pitch=pitch, seed=seed))


def _greeting() -> voice.Samples:
    return np.concatenate([
        voice.silence(0.6),
        voice.speech(6.0, pitch=190.0, seed=77),
        voice.silence(0.5),
        voice.tone(1000, 0.4),
        voice.silence(20.0),
    ])  # fmt: skip


def _once(path: Path, make: Callable[[], voice.Samples]) -> str:
    if not path.exists():
        voice.write(path, make())
    return str(path)
