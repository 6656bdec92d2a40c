"""All that a campaign's pacing has learned. Stored, inspected and reset as plain data."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np

from campaigns.pacing import warm
from campaigns.pacing.kernel import memory as rows
from campaigns.pacing.kernel.memory import BINS, CLASSES, RESTS, WRAPS, Floats, Memory
from campaigns.pacing.policy import AttemptSeen, ConversationSeen
from campaigns.pacing.prior import Prior, RingPrior, TalkPrior, memory_of
from campaigns.pacing.tuning import THETA

_PRIOR_ATTEMPTS: Final = 100.0  # by which an hour's or a list's answer rate is drawn to the campaign's
_FACTORS: Final = (0.5, 2.0)
_MOST_KEYS: Final = 500
_MOST_UNHEARD: Final = 20_000
_ALL: Final = "all"
_RING: Final = (rows.REACHED, rows.ANSWERS, rows.OTHERS)


class Learned:
    """`patience_s`: how long an answered customer may wait. What is seen before the rules are compiled is kept, and
    learned with the first call of `memory` after it."""

    def __init__(self, prior: Prior | None = None, *, patience_s: float = 2.0, theta: float = THETA) -> None:
        self.prior = prior if prior is not None else Prior()
        self.rates: dict[str, list[float]] = {}  # "hour:14", "list:spring.csv" -> attempts, answers
        self._memory = memory_of(self.prior, patience_s, theta)
        self._unheard: deque[AttemptSeen | ConversationSeen] = deque(maxlen=_MOST_UNHEARD)

    @property
    def memory(self) -> Memory:
        while self._unheard and warm.ready():
            self._hear(self._unheard.popleft())
        return self._memory

    @property
    def log_theta(self) -> float:
        return float(self._memory.numbers[rows.LOG_THETA])

    @log_theta.setter
    def log_theta(self, value: float) -> None:
        self._memory.numbers[rows.LOG_THETA] = value

    def observe(self, seen: AttemptSeen | ConversationSeen) -> None:
        self._unheard.append(seen)
        _ = self.memory
        if isinstance(seen, ConversationSeen) or seen.cut:
            return
        hour = "" if seen.hour is None else f"hour:{seen.hour}"
        for key in filter(None, (_ALL, hour, f"list:{seen.source}" if seen.source else "")):
            self._count(key, seen.person)

    def factor(self, key: str) -> float:
        """An hour's ("hour:14") or a list's ("list:spring.csv") answer rate against the campaign's, drawn to 1."""
        overall, among = self.rates.get(key), self.rates.get(_ALL)
        if overall is None or among is None or among[1] <= 0:
            return 1.0
        mean = among[1] / among[0]
        rate = (_PRIOR_ATTEMPTS * mean + overall[1]) / (_PRIOR_ATTEMPTS + overall[0])
        return min(max(rate / mean, _FACTORS[0]), _FACTORS[1])

    def summary(self) -> dict[str, float]:
        """For people: what it believes now. `attempts` and `conversations` are weights: older ones count for less."""
        memory = self.memory
        counts, drawn = weighed(memory), self._drawn(memory)
        return {
            "attempts": round(float(counts.ring[rows.REACHED, 0]), 1),
            "conversations": round(float(counts.numbers[rows.TALK_N]), 1),
            "answer_rate": round(float(drawn.ring[rows.ANSWERED, BINS]), 4),
            "rate_against_learned": round(float(memory.numbers[rows.RATE_NOW]), 3),
            "median_answer_s": round(float(drawn.moments[1:3].mean()), 2),
            "mean_busy_s": round(mean_busy_s(memory.numbers), 1),
            "mean_wrap_s": round(rows.wrap_mean_s(memory.numbers), 1),
        }

    def to_dict(self) -> dict[str, Any]:
        memory = weighed(self.memory)
        ring = {name: memory.ring[row, :BINS].tolist() for name, row in zip(_RING_NAMES, _RING, strict=True)}
        talk, wrap = memory.talk, memory.wrap
        prior = self.prior.talk.model_dump()
        return {
            "ring": {"prior": self.prior.ring.model_dump(), **ring},
            "talk": {
                "prior": prior,
                "events": talk[rows.EVENTS].tolist(),
                "exposure": talk[rows.EXPOSURE].tolist(),
                "sums": memory.numbers[rows.TALK_N : rows.WRAP_N].tolist(),
            },
            "wrap": {
                "prior": prior,
                "events": wrap[rows.EVENTS].tolist(),
                "exposure": wrap[rows.EXPOSURE].tolist(),
                "sums": memory.numbers[rows.WRAP_N : rows.WRAP_S + 1].tolist(),
            },
            "rates": {key: list(counts) for key, counts in self.rates.items()},
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any], *, patience_s: float = 2.0) -> Learned:
        """Raises `ValueError` where it was not made by `to_dict`. Minutes are not kept: after a restart the current
        answer rate begins at the learned one."""
        try:
            ring, talk, wrap = stored["ring"], stored["talk"], stored["wrap"]
            prior = Prior(ring=RingPrior.model_validate(ring["prior"]), talk=TalkPrior.model_validate(talk["prior"]))
            learned = cls(prior, patience_s=patience_s)
            memory = learned._memory
            for name, row in zip(_RING_NAMES, _RING, strict=True):
                memory.ring[row, :BINS] = counts_of(ring[name], (BINS,))
            for name, row in (("events", rows.EVENTS), ("exposure", rows.EXPOSURE)):
                memory.talk[row] = counts_of(talk[name], (CLASSES, RESTS))
                memory.wrap[row] = counts_of(wrap[name], (WRAPS,))
            memory.numbers[rows.TALK_N : rows.WRAP_N] = counts_of(talk["sums"], (3,))
            memory.numbers[rows.WRAP_N : rows.WRAP_S + 1] = counts_of(wrap["sums"], (2,))
            learned.rates = {str(key): [float(n) for n in counts] for key, counts in stored["rates"].items()}
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"what pacing had learned cannot be read: {error!r}; reset it") from error
        return learned

    def _hear(self, seen: AttemptSeen | ConversationSeen) -> None:
        memory, rules = self._memory, warm.rules()
        if isinstance(seen, ConversationSeen):
            rules.observe_conversation(memory.talk, memory.wrap, memory.numbers, float(seen.talk_s), float(seen.wrap_s))
            return
        rules.observe_attempt(
            memory.ring, memory.cohorts, memory.numbers, float(seen.at_s), float(seen.age_s), seen.person, seen.cut
        )

    def _count(self, key: str, person: bool) -> None:
        if key not in self.rates and len(self.rates) > _MOST_KEYS:
            return
        counts = self.rates.setdefault(key, [0.0, 0.0])
        counts[0] += 1
        counts[1] += person

    def _drawn(self, memory: Memory) -> Memory:
        """Tables of a campaign that has not decided yet are drawn for the occasion."""
        if not memory.ring[rows.ANSWERED, BINS] and warm.ready():
            warm.rules().redraw(memory, 0.0)
        return memory


_RING_NAMES: Final = ("reached", "answers", "others")


class _Counts(NamedTuple):
    ring: Floats
    talk: Floats
    wrap: Floats
    numbers: Floats


def weighed(memory: Memory) -> _Counts:
    """The counts with a weight of 1 for the newest observation."""
    ring, busy = memory.numbers[rows.RING_WEIGHT], memory.numbers[rows.TALK_WEIGHT]
    return _Counts(memory.ring / ring, memory.talk / busy, memory.wrap / busy, memory.numbers / busy)


def mean_busy_s(numbers: Floats) -> float:
    """Mean time of a conversation with its wrap-up."""
    mean, variance = rows.busy_logs(numbers)
    return float(np.exp(mean + variance / 2))


def counts_of(stored: object, shape: tuple[int, ...]) -> Floats:
    """Raises `ValueError` unless these are counts of that shape."""
    found = np.array(stored, dtype=np.float64)
    if found.shape != shape or not np.isfinite(found).all() or (found < 0).any():
        raise ValueError(f"stored counts are not {' x '.join(map(str, shape))} numbers from 0 up")
    return found
