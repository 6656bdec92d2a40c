"""How many leads the rules judge in a second, on one core, in a campaign half way through its list.

Half of the leads that are due are untouched, three in ten were not reached once and two in ten twice. `untouched`,
`one_attempt` and `two_attempts` are each kind by itself, `other_part_of_day` leads whose turn comes in the part of the
day in which their one number was tried last, so that the rules also look for when they may be called.
"""

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
    kinds = {
        "half_way": [_dossier(n, _tried(n, (0, 0, 0, 0, 0, 1, 1, 1, 2, 2)[n % 10])) for n in range(LEADS)],
        "untouched": [_dossier(n, ()) for n in range(LEADS)],
        "one_attempt": [_dossier(n, _tried(n, 1)) for n in range(LEADS)],
        "two_attempts": [_dossier(n, _tried(n, 2)) for n in range(LEADS)],
        "other_part_of_day": [_dossier(n, _tried(n, 2, morning=True), numbers=1) for n in range(LEADS)],
    }
    rates: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(ROUNDS):
        for name, dossiers in kinds.items():
            rates[name].append(_rate(dossiers, dialable=name != "other_part_of_day"))
    medians = {name: round(statistics.median(values)) for name, values in rates.items()}
    details = {**medians, "leads": LEADS, "rounds": ROUNDS, "load_average": round(os.getloadavg()[0], 1)}
    value = medians["half_way"]
    return [Figure(figure="verdict", value=value, unit="leads/s", goal=Goal(">=", 100_000.0), details=details)]


def _rate(dossiers: Sequence[Dossier], *, dialable: bool) -> float:
    """Settings of its own: what was found out about the leads before is not known any more."""
    settings = CampaignSettings(code="bench", name="Bench", trunks=("carrier",))
    policy = PolicyBook.load().of(settings)
    start = time.process_time()
    found = [verdict(dossier, settings, policy, NOW).dialable for dossier in dossiers]
    used = time.process_time() - start
    if not all(one is dialable for one in found):
        raise RuntimeError("the leads are not those that the figure tells of")
    return len(dossiers) / used


def _dossier(n: int, history: tuple[PastAttempt, ...], *, numbers: int = 2) -> Dossier:
    kind = DueKind.RETRY if history else DueKind.FRESH
    known = tuple(LeadNumber(number_id=2 * n + k, e164=_number(n, k), position=k) for k in range(numbers))
    lead = Lead(
        lead_id=n, campaign_id=1, name="", numbers=known, country="CN", time_zone=_ZONES[n % len(_ZONES)],
        due_at=NOW - timedelta(seconds=n), due_kind=kind, created_at=NOW - timedelta(days=20),
    )  # fmt: skip
    return Dossier(lead=lead, history=history)


def _tried(n: int, times: int, *, morning: bool = False) -> tuple[PastAttempt, ...]:
    """Not reached in the afternoon and in the evening of earlier days, so that the morning is the part that is left."""
    hours = (4, 0) if morning else (4, 8)
    return tuple(
        _unanswered(n, k, NOW - timedelta(days=days, seconds=n % 1800) + timedelta(hours=hours[k]))
        for k, days in enumerate((6, 4)[:times])
    )


def _unanswered(n: int, k: int, at: datetime) -> PastAttempt:
    return PastAttempt(
        attempt_id=f"{n}-{k}", campaign_id=1, lead_id=n, number=_number(n, 0), placed_at=at, ended_at=at,
        outcome=AttemptOutcome.NO_ANSWER,
    )  # fmt: skip


def _number(n: int, k: int) -> str:
    return f"+861{3 + k}{n:09d}"
