"""Mean opinion score by the E-model (ITU-T G.107) with the equipment figures of G.113."""

from __future__ import annotations

import math
from dataclasses import dataclass

DEFAULT_RATING = 93.2
"""R of a connection without impairment: Ro - Is of G.107 with every parameter at its default."""

PACKET_MS = 20.0
LOOK_AHEAD_MS = 5.0


@dataclass(frozen=True, slots=True)
class Equipment:
    """Ie and Bpl of G.113 appendix I."""

    impairment: float
    loss_robustness: float


EQUIPMENT = {
    "PCMA": Equipment(0.0, 25.1),  # with packet loss concealment
    "PCMU": Equipment(0.0, 25.1),
    "G722": Equipment(0.0, 13.0),  # rated on the narrow-band scale
    "GSM": Equipment(26.0, 43.0),
}
UNKNOWN = Equipment(0.0, 4.3)  # G.711 without concealment: the cautious reading


def mouth_to_ear_ms(*, round_trip_ms: float, jitter_ms: float) -> float:
    """One-way delay: half the way there and back, packetisation, and a jitter buffer of twice the jitter."""
    return round_trip_ms / 2 + PACKET_MS + LOOK_AHEAD_MS + 2 * jitter_ms


def delay_impairment(delay_ms: float) -> float:
    """Idd of G.107 (7-27): nothing up to 100 ms."""
    if delay_ms <= 100:
        return 0.0
    x = math.log2(delay_ms / 100)
    return float(25 * ((1 + x**6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2))


def loss_impairment(codec: str, loss_percent: float) -> float:
    """Ie,eff of G.107 (7-29) for random loss (BurstR = 1)."""
    equipment = EQUIPMENT.get(codec.upper().split("/")[0], UNKNOWN)
    loss = min(max(loss_percent, 0.0), 100.0)
    return equipment.impairment + (95 - equipment.impairment) * loss / (loss + equipment.loss_robustness)


def rating(codec: str, *, loss_percent: float, delay_ms: float) -> float:
    """Transmission rating R, 0 to 93.2."""
    return max(0.0, DEFAULT_RATING - delay_impairment(delay_ms) - loss_impairment(codec, loss_percent))


def opinion(r: float) -> float:
    """MOS of R (G.107 annex B), 1.0 to 4.5."""
    if r <= 0:
        return 1.0
    if r >= 100:
        return 4.5
    return max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)


def mean_opinion_score(codec: str, *, received: int, lost: int, jitter_ms: float, round_trip_ms: float) -> float | None:
    """MOS of what was heard from the party; None where not one packet came."""
    if received <= 0:
        return None
    loss_percent = 100 * lost / (received + lost)
    delay_ms = mouth_to_ear_ms(round_trip_ms=round_trip_ms, jitter_ms=jitter_ms)
    return round(opinion(rating(codec, loss_percent=loss_percent, delay_ms=delay_ms)), 2)
