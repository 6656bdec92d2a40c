"""All that a campaign's pacing has learned, as tables for the decisions. Stored, inspected and reset as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict

from campaigns.pacing.conversations import TalkModel, TalkPrior, WrapModel
from campaigns.pacing.policy import AttemptSeen, ConversationSeen
from campaigns.pacing.ring import RingModel, RingPrior, bins
from campaigns.pacing.risk import Floats, Odds
from campaigns.pacing.view import PacingView

_REFRESH_S: Final = 15.0
_PRIOR_ATTEMPTS: Final = 100.0  # by which an hour's or a list's answer rate is drawn to the campaign's
_FACTORS: Final = (0.5, 2.0)
_NOW_S: Final = 0.25  # within which a decision to hang up takes effect
_MOST_KEYS: Final = 500
_ALL: Final = "all"


class Prior(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    ring: RingPrior = RingPrior()
    talk: TalkPrior = TalkPrior()


class _Tables(NamedTuple):
    """By bin of age and moment; `*_now`: within the patience from now."""

    talk: Floats
    wrap: Floats
    ring: Floats
    talk_now: Floats
    wrap_now: Floats


class Learned:
    """`patience_s`: how long an answered customer may wait."""

    def __init__(self, prior: Prior | None = None, *, patience_s: float = 2.0) -> None:
        self.prior, self._patience_s = prior if prior is not None else Prior(), patience_s
        self.ring, self.talk = RingModel(self.prior.ring), TalkModel(self.prior.talk)
        self.wrap = WrapModel(self.prior.talk)
        self.rates: dict[str, list[float]] = {}  # "hour:14", "list:spring.csv" -> attempts, answers
        self._refreshed_s: float | None = None
        self._tables = self._tabulate()

    def observe(self, seen: AttemptSeen | ConversationSeen) -> None:
        if isinstance(seen, ConversationSeen):
            self.talk.observe(seen.talk_s, seen.wrap_s)
            self.wrap.observe(seen.wrap_s)
            return
        self.ring.observe(at_s=seen.at_s, age_s=seen.age_s, person=seen.person, cut=seen.cut)
        if not seen.cut:
            hour = "" if seen.hour is None else f"hour:{seen.hour}"
            for key in filter(None, (_ALL, hour, f"list:{seen.source}" if seen.source else "")):
                self._count(key, seen.person)

    def odds(self, view: PacingView) -> Odds:
        """At the moments at which a call placed now may be answered."""
        self._refresh(view)
        tables = self._tables
        frees = np.concatenate([
            tables.talk[self.talk.index(np.array(view.talking_s))],
            tables.wrap[self.wrap.index(np.array(view.wrapping_s))],
        ])  # fmt: skip
        if not view.calls:
            return Odds(frees, np.zeros((0, frees.shape[1])), _scaled(tables.ring[0], np.array(view.next_factor)))
        answers = tables.ring[bins(np.array([call.age_s for call in view.calls]))]
        factors = np.array([call.factor for call in view.calls])
        if (factors != 1.0).any():
            answers = _scaled(answers, factors[:, None])
        return Odds(frees, answers, _scaled(tables.ring[0], np.array(view.next_factor)))

    def frees_now(self, view: PacingView) -> Floats:
        """P(free while somebody who answers now still waits), of each busy agent; one column."""
        self._refresh(view)
        return np.concatenate([
            self._tables.talk_now[self.talk.index(np.array(view.talking_s))],
            self._tables.wrap_now[self.wrap.index(np.array(view.wrapping_s))],
        ])  # fmt: skip

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
        return {
            "attempts": round(float(self.ring.reached[0]), 1),
            "conversations": round(float(self.talk.sums[0]), 1),
            "answer_rate": round(self.ring.answer_rate(), 4),
            "rate_against_learned": round(self.ring.rate_now, 3),
            "median_answer_s": round(float(self.ring.moments()[2]), 2),
            "mean_busy_s": round(self.talk.busy_s(), 1),
            "mean_wrap_s": round(self.wrap.mean_s(), 1),
        }

    def to_dict(self) -> dict[str, Any]:
        return {
            "ring": self.ring.to_dict(),
            "talk": self.talk.to_dict(),
            "wrap": self.wrap.to_dict(),
            "rates": {key: list(counts) for key, counts in self.rates.items()},
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any], *, patience_s: float = 2.0) -> Learned:
        """Raises `ValueError` where it was not made by `to_dict`."""
        try:
            learned = cls(patience_s=patience_s)
            learned.ring, learned.talk = RingModel.from_dict(stored["ring"]), TalkModel.from_dict(stored["talk"])
            learned.wrap = WrapModel.from_dict(stored["wrap"])
            learned.prior = Prior(ring=learned.ring.prior, talk=learned.talk.prior)
            learned.rates = {str(key): [float(n) for n in counts] for key, counts in stored["rates"].items()}
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"what pacing had learned cannot be read: {error!r}; reset it") from error
        learned._tables = learned._tabulate()
        return learned

    def _count(self, key: str, person: bool) -> None:
        if key not in self.rates and len(self.rates) > _MOST_KEYS:
            return
        counts = self.rates.setdefault(key, [0.0, 0.0])
        counts[0] += 1
        counts[1] += person

    def _refresh(self, view: PacingView) -> None:
        """Also after a clock that jumped."""
        if self._refreshed_s is not None and 0 <= view.at_s - self._refreshed_s < _REFRESH_S:
            return
        self._refreshed_s = view.at_s
        hour = 1.0 if view.hour is None else self.factor(f"hour:{view.hour}")
        self.ring.refresh(view.at_s, np.array([call.age_s for call in view.calls]), hour)
        self.wrap.refresh(np.array(view.wrapping_s))
        self.talk.refresh(np.array(view.talking_s), self.wrap.mean_s())
        self._tables = self._tabulate()

    def _tabulate(self) -> _Tables:
        moments = self.ring.moments()
        waits, now = moments + self._patience_s, np.array([self._patience_s + _NOW_S])
        return _Tables(
            talk=self.talk.chances(waits),
            wrap=self.wrap.chances(waits),
            ring=self.ring.chances(moments),
            talk_now=self.talk.chances(now),
            wrap_now=self.wrap.chances(now),
        )


def _scaled(chances: Floats, factors: Floats) -> Floats:
    """A factor that is no number counts as 1."""
    known = np.where(np.isnan(factors), 1.0, np.minimum(np.maximum(factors, 0.0), 10.0))
    return np.asarray(np.minimum(chances * known, 1.0), dtype=np.float64)
