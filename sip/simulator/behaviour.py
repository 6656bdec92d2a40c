"""How a simulated number behaves when it is called: by its ending, or drawn by probability, always repeatable."""

from __future__ import annotations

import hashlib
import math
import random
from enum import StrEnum
from typing import Final

import msgspec


class Kind(StrEnum):
    TALKS = "talks"  # a person who answers and talks
    HANGS_UP = "hangs_up"  # answers and hangs up at once
    MACHINE = "machine"  # answering machine: greeting, beep, silence
    BUSY = "busy"
    NO_ANSWER = "no_answer"  # rings for ever
    INVALID = "invalid"
    CONGESTION = "congestion"
    DECLINES = "declines"  # rings, then the person rejects the call
    SILENT = "silent"  # answers but never sends RTP
    EARLY_MEDIA = "early_media"  # 183 with the network's sound, then a person answers
    PRESSES_KEYS = "presses_keys"  # a person who answers and sends DTMF
    DEAD = "dead"  # the carrier takes the INVITE and says nothing more


ANSWERING: Final = frozenset(
    {Kind.TALKS, Kind.HANGS_UP, Kind.MACHINE, Kind.SILENT, Kind.EARLY_MEDIA, Kind.PRESSES_KEYS}
)
PERSONS: Final = ANSWERING - {Kind.MACHINE}

# SIP status and Q.850 cause of the refusing kinds, as carriers send them.
REFUSALS: Final[dict[Kind, tuple[int, int]]] = {
    Kind.BUSY: (486, 17),
    Kind.INVALID: (404, 1),
    Kind.CONGESTION: (503, 34),
    Kind.DECLINES: (603, 21),
}


class Seconds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A duration to draw: fixed where `cv` is 0, else log-normal with that coefficient of variation, clipped."""

    mean: float
    cv: float = 0.0
    least: float = 0.0
    most: float = 3600.0

    def __post_init__(self) -> None:
        if self.mean < 0 or self.cv < 0 or self.least > self.most:
            raise ValueError("seconds need mean >= 0, cv >= 0 and least <= most")

    def draw(self, chance: random.Random) -> float:
        if self.cv == 0 or self.mean == 0:
            value = self.mean
        else:
            sigma = math.sqrt(math.log1p(self.cv**2))
            value = chance.lognormvariate(math.log(self.mean) - sigma**2 / 2, sigma)
        return min(max(value, self.least), self.most)


class Behaviour(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One number's conduct. `ring` runs before any answer or refusal; `talk` until the person hangs up."""

    kind: Kind
    ring: Seconds = Seconds(mean=3.0, cv=0.4, least=0.5)
    talk: Seconds = Seconds(mean=12.0, cv=0.6, least=2.0)
    keys: str = "1"


class NumberRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Numbers that end with `ending` behave so."""

    ending: str
    behaviour: Behaviour


class Share(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A behaviour with its weight among the numbers no rule names."""

    weight: float
    behaviour: Behaviour


class NumberingPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every number does. The longest matching ending wins; others are drawn from `mix`.

    The draw depends on `seed`, the number and how often it was called before, so a run can be repeated exactly
    and a number that was busy may answer the next time.
    """

    seed: int = 1
    rules: tuple[NumberRule, ...] = ()
    mix: tuple[Share, ...] = (Share(weight=1.0, behaviour=Behaviour(kind=Kind.TALKS)),)

    def __post_init__(self) -> None:
        if not self.mix or any(share.weight < 0 for share in self.mix) or sum(s.weight for s in self.mix) <= 0:
            raise ValueError("mix needs at least one share with a weight above 0 and none below 0")

    def draw(self, number: str, nth_call: int) -> tuple[Behaviour, random.Random]:
        """The behaviour of this call, and the source of chance for its durations."""
        digest = hashlib.sha256(f"{self.seed}/{number}/{nth_call}".encode()).digest()
        chance = random.Random(digest)  # noqa: S311 - a repeatable simulation, not a secret
        named = [rule for rule in self.rules if number.endswith(rule.ending)]
        if named:
            return max(named, key=lambda rule: len(rule.ending)).behaviour, chance
        weights = [share.weight for share in self.mix]
        return chance.choices(self.mix, weights)[0].behaviour, chance


# Endings that name a behaviour in the stock plan: one number of each kind for demonstrations and tests.
STOCK_ENDINGS: Final[dict[str, Kind]] = {
    "0001": Kind.TALKS,
    "0002": Kind.BUSY,
    "0003": Kind.NO_ANSWER,
    "0004": Kind.INVALID,
    "0005": Kind.CONGESTION,
    "0006": Kind.DECLINES,
    "0007": Kind.MACHINE,
    "0008": Kind.HANGS_UP,
    "0009": Kind.SILENT,
    "0010": Kind.EARLY_MEDIA,
    "0011": Kind.PRESSES_KEYS,
    "0012": Kind.DEAD,
}


def stock_plan(
    *, seed: int = 1, ring: Seconds | None = None, talk: Seconds | None = None, weights: dict[Kind, float] | None = None
) -> NumberingPlan:
    """The stock endings over a mix like a consumer list at a good hour."""
    shares = weights or {
        Kind.TALKS: 0.42,
        Kind.NO_ANSWER: 0.26,
        Kind.BUSY: 0.10,
        Kind.MACHINE: 0.10,
        Kind.HANGS_UP: 0.04,
        Kind.INVALID: 0.04,
        Kind.DECLINES: 0.04,
    }
    stock = Behaviour(kind=Kind.TALKS)

    def behaviour(kind: Kind) -> Behaviour:
        return Behaviour(kind=kind, ring=ring or stock.ring, talk=talk or stock.talk)

    return NumberingPlan(
        seed=seed,
        rules=tuple(NumberRule(ending=end, behaviour=behaviour(kind)) for end, kind in STOCK_ENDINGS.items()),
        mix=tuple(Share(weight=weight, behaviour=behaviour(kind)) for kind, weight in shares.items()),
    )
