"""How many leads the rules judge in a second, on one core: untouched ones, and ones with two past attempts."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from bench.figure import Figure, Goal
from campaigns.attempt import AttemptOutcome, PastAttempt
from campaigns.campaign import CampaignSettings
from campaigns.lead import Dossier, DueKind, Lead, LeadNumber
from campaigns.verdict import verdict
from dialer.policies import PolicyBook

LEADS: Final = 20_000
ROUNDS: Final = 7
NOW: Final = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)  # Tuesday 10:30 in Shanghai
_ZONES: Final = ("Asia/Shanghai", "Asia/Tokyo", "Asia/Singapore", "Australia/Perth", "Asia/Seoul")  # all open


async def measure() -> list[Figure]:
    fresh, tried = [_dossier(n, ()) for n in range(LEADS)], [_dossier(n, _two(n)) for n in range(LEADS)]
    rates: dict[str, list[float]] = {"untouched": [], "two_attempts": []}
    for _ in range(ROUNDS):
        rates["untouched"].append(_rate(fresh))
        rates["two_attempts"].append(_rate(tried))
    medians = {name: round(statistics.median(values)) for name, values in rates.items()}
    best = Figure(
        figure="verdict",
        value=min(medians.values()),
        unit="leads/s",
        goal=Goal(">=", 100_000.0),
        details={**medians, "leads": LEADS, "rounds": ROUNDS, "load_average": round(os.getloadavg()[0], 1)},
    )
    return [best]


def _rate(dossiers: Sequence[Dossier]) -> float:
    settings = CampaignSettings(code="bench", name="Bench", trunks=("carrier",))
    policy = PolicyBook.load().of(settings)
    start = time.process_time()
    dialable = sum(verdict(dossier, settings, policy, NOW).dialable for dossier in dossiers)
    used = time.process_time() - start
    if not dialable:
        raise RuntimeError("no lead may be dialled: the figure would not be of the usual case")
    return len(dossiers) / used


def _dossier(n: int, history: tuple[PastAttempt, ...]) -> Dossier:
    kind = DueKind.RETRY if history else DueKind.FRESH
    numbers = tuple(LeadNumber(number_id=2 * n + k, e164=_number(n, k), position=k) for k in range(2))
    lead = Lead(
        lead_id=n, campaign_id=1, name="", numbers=numbers, country="CN", time_zone=_ZONES[n % len(_ZONES)],
        due_at=NOW - timedelta(seconds=n), due_kind=kind, created_at=NOW - timedelta(days=20),
    )  # fmt: skip
    return Dossier(lead=lead, history=history)


def _two(n: int) -> tuple[PastAttempt, ...]:
    """Not reached in the afternoon and in the evening of earlier days, so that the morning is the part that is left."""
    return tuple(
        _unanswered(n, k, NOW - timedelta(days=days) + timedelta(hours=4 * k + 4)) for k, days in ((0, 6), (1, 4))
    )


def _unanswered(n: int, k: int, at: datetime) -> PastAttempt:
    return PastAttempt(
        attempt_id=f"{n}-{k}", campaign_id=1, lead_id=n, number=_number(n, 0), placed_at=at, ended_at=at,
        outcome=AttemptOutcome.NO_ANSWER,
    )  # fmt: skip


def _number(n: int, k: int) -> str:
    return f"+861{3 + k}{n:09d}"
