"""How long agents stay busy: learned from every conversation, by how long they have talked or wrapped up already."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from campaigns.pacing.ring import counts_of, fade, sane
from campaigns.pacing.risk import Floats, normal_cdf

TALK_EDGES: Final = np.array(
    [0, 3, 6, 10, 15, 20, 30, 40, 50, 60, 75, 90, 105, 120, 150, 180, 240, 300, 400, 600, 900, 1500], dtype=np.float64
)
_WIDTHS: Final = np.append(np.diff(TALK_EDGES), 600.0)
_CLASSES: Final = len(TALK_EDGES)
_REST_EDGES: Final = np.concatenate([np.arange(0.0, 40.0, 2.0), np.arange(40.0, 100.1, 10.0)])
_RESTS: Final = len(_REST_EDGES) - 1
_WRAP_EDGES: Final = np.concatenate([np.arange(0.0, 121.0), [150.0, 200.0, 300.0, 600.0]])
_WRAPS: Final = len(_WRAP_EDGES) - 1
_KEEP: Final = 0.998  # of older conversations' weight, with each new one
_PRIOR_CONVERSATIONS: Final = 5.0  # by which mean and spread are drawn to the prior's
_TALK_EVENTS: Final = 2.0  # by which each bin is drawn to the shape of the prior
_WRAP_EVENTS: Final = 2.0
_SURE_AFTER: Final = 300.0  # conversations from which those still going on need not be counted
# What of a wrap-up's mean is still to come when a conversation ends: quantiles of a gamma distribution of shape 4.
_LAGS: Final = np.array([0.51, 0.78, 1.06, 1.65])


class TalkPrior(BaseModel):
    """What is believed before the first conversation. Talk is log-normal, wrap-up gamma with shape 4."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    talk_s: float = Field(default=100.0, gt=0, le=3600)
    talk_spread: float = Field(default=1.0, gt=0, le=5, description="coefficient of variation")
    wrap_s: float = Field(default=20.0, gt=0, le=600)


class TalkModel:
    """When an agent who talks will be free: the whole rest, wrap-up included, taken as one duration, by how long he has
    talked. Hazards of each 2 s of the rest, drawn to a log-normal shape whose mean and spread are learned first."""

    def __init__(self, prior: TalkPrior | None = None) -> None:
        self.prior = prior if prior is not None else TalkPrior()
        self.events, self.exposure = np.zeros((_CLASSES, _RESTS)), np.zeros((_CLASSES, _RESTS))
        self.sums = np.zeros(3)  # conversations, sum of log(busy time), sum of its square
        self._cumulated = np.zeros((_CLASSES, _RESTS + 1))
        self._shaped: tuple[tuple[float, float, float], Floats] = ((0.0, 0.0, 0.0), np.ones((_CLASSES, _RESTS)))
        self.refresh(np.zeros(0), self.prior.wrap_s)

    def observe(self, talk_s: float, wrap_s: float) -> None:
        talk, wrap = sane(np.array([talk_s, wrap_s])).tolist()
        busy = talk + wrap
        log = math.log(max(busy, 1.0))
        fade(_KEEP, self.events, self.exposure, self.sums)
        self.sums += (1.0, log, log * log)
        classes, rests, shares = _rests(np.array([talk]), np.array([busy]))
        self.exposure[classes] += _exposure(rests, _REST_EDGES) * shares[:, None]
        ended = np.searchsorted(_REST_EDGES, rests, side="right") - 1
        inside = ended < _RESTS
        self.events[classes[inside], ended[inside]] += shares[inside]

    def refresh(self, talking_s: Floats, wrap_mean_s: float) -> None:
        exposure = self.exposure
        if talking_s.size and self.sums[0] < _SURE_AFTER:
            ages = sane(talking_s)
            classes, rests, shares = _rests(ages, ages)
            exposure = exposure.copy()
            np.add.at(exposure, classes, _exposure(rests, _REST_EDGES) * shares[:, None])
        hazard = (self.events + _TALK_EVENTS) / (exposure + _TALK_EVENTS / self._shape(wrap_mean_s))
        self._cumulated[:, 1:] = np.cumsum(hazard * np.diff(_REST_EDGES), axis=1)

    def index(self, ages_s: Floats) -> NDArray[np.int64]:
        return np.asarray(TALK_EDGES.searchsorted(sane(ages_s), side="right") - 1, dtype=np.int64)

    def chances(self, within_s: Floats) -> Floats:
        """P(free within each of these times), by class of age."""
        before = np.minimum(_REST_EDGES.searchsorted(within_s, side="right"), _RESTS) - 1
        share = np.minimum((within_s - _REST_EDGES[before]) / (_REST_EDGES[before + 1] - _REST_EDGES[before]), 1.0)
        start = self._cumulated[:, before]
        return np.asarray(1 - np.exp(-start - (self._cumulated[:, before + 1] - start) * share), dtype=np.float64)

    def busy_s(self) -> float:
        """Mean time of a conversation with its wrap-up."""
        mean, variance = self._logs()
        return math.exp(mean + variance / 2)

    def _logs(self) -> tuple[float, float]:
        variance = math.log(1 + self.prior.talk_spread**2)
        mean = math.log(self.prior.talk_s + self.prior.wrap_s) - variance / 2
        k, (n, total, squares) = _PRIOR_CONVERSATIONS, self.sums
        scatter = squares - total * total / n if n > 0 else 0.0
        return (k * mean + total) / (k + n), max((k * variance + max(scatter, 0.0)) / (k + n), 0.05)

    def _shape(self, wrap_mean_s: float) -> Floats:
        """Made anew only where one of its numbers has changed by more than rounding."""
        mean, variance = self._logs()
        about = (round(mean, 2), round(variance, 2), round(wrap_mean_s, 1))
        if about != self._shaped[0]:
            self._shaped = (about, _log_normal_hazards(*about))
        return self._shaped[1]

    def to_dict(self) -> dict[str, Any]:
        return {
            "prior": self.prior.model_dump(),
            "events": self.events.tolist(),
            "exposure": self.exposure.tolist(),
            "sums": self.sums.tolist(),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> TalkModel:
        """Raises `ValueError` where it was not made by `to_dict`."""
        model = cls(TalkPrior.model_validate(stored["prior"]))
        model.events = counts_of(stored["events"], (_CLASSES, _RESTS))
        model.exposure = counts_of(stored["exposure"], (_CLASSES, _RESTS))
        model.sums = counts_of(stored["sums"], (3,))
        model.refresh(np.zeros(0), model.prior.wrap_s)
        return model


class WrapModel:
    """When an agent in wrap-up will be free: hazards of each second, drawn to a gamma shape whose mean is learned."""

    def __init__(self, prior: TalkPrior | None = None) -> None:
        self.prior = prior if prior is not None else TalkPrior()
        self.events, self.exposure = np.zeros(_WRAPS), np.zeros(_WRAPS)
        self.sums = np.zeros(2)  # wrap-ups, their seconds
        self._cumulated = np.zeros(_WRAPS + 1)
        self.refresh(np.zeros(0))

    def observe(self, wrap_s: float) -> None:
        wrap = float(sane(np.array([wrap_s]))[0])
        fade(_KEEP, self.events, self.exposure, self.sums)
        self.sums += (1.0, wrap)
        self.exposure += _exposure(np.array([wrap]), _WRAP_EDGES)[0]
        self.events[min(int(np.searchsorted(_WRAP_EDGES, wrap, side="right")) - 1, _WRAPS - 1)] += 1

    def refresh(self, wrapping_s: Floats) -> None:
        exposure = self.exposure
        if wrapping_s.size and self.sums[0] < _SURE_AFTER:
            ages = sane(wrapping_s)
            exposure = exposure + _exposure(ages, _WRAP_EDGES).sum(axis=0)
        hazard = (self.events + _WRAP_EVENTS) / (exposure + _WRAP_EVENTS / self._shape())
        self._cumulated[1:] = np.cumsum(hazard * np.diff(_WRAP_EDGES))

    def index(self, ages_s: Floats) -> NDArray[np.int64]:
        found = _WRAP_EDGES.searchsorted(sane(ages_s), side="right") - 1
        return np.asarray(np.minimum(found, _WRAPS - 1), dtype=np.int64)

    def chances(self, within_s: Floats) -> Floats:
        """P(free within each of these times), by bin of age."""
        starts = _WRAP_EDGES[:-1, None]
        later = np.interp(starts + within_s[None, :], _WRAP_EDGES, self._cumulated)
        return 1 - np.exp(-(later - self._cumulated[:-1, None]))

    def mean_s(self) -> float:
        n, total = self.sums
        return max(float((_PRIOR_CONVERSATIONS * self.prior.wrap_s + total) / (_PRIOR_CONVERSATIONS + n)), 0.5)

    def _shape(self) -> Floats:
        z = 4 / self.mean_s() * (_WRAP_EDGES[:-1] + _WRAP_EDGES[1:]) / 2
        cube = z**3 / 6
        hazard = 4 / self.mean_s() * cube / (1 + z + z * z / 2 + cube)
        return np.asarray(np.clip(hazard, 1e-3, 5.0), dtype=np.float64)

    def to_dict(self) -> dict[str, Any]:
        return {
            "prior": self.prior.model_dump(),
            "events": self.events.tolist(),
            "exposure": self.exposure.tolist(),
            "sums": self.sums.tolist(),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> WrapModel:
        """Raises `ValueError` where it was not made by `to_dict`."""
        model = cls(TalkPrior.model_validate(stored["prior"]))
        model.events = counts_of(stored["events"], (_WRAPS,))
        model.exposure = counts_of(stored["exposure"], (_WRAPS,))
        model.sums = counts_of(stored["sums"], (2,))
        model.refresh(np.zeros(0))
        return model


def _log_normal_hazards(mean: float, variance: float, wrap_mean_s: float) -> Floats:
    """Of the rest, were the busy time exactly log-normal and its end a wrap-up of about the mean."""
    ages = np.append((TALK_EDGES[:-1] + TALK_EDGES[1:]) / 2, TALK_EDGES[-1] * 1.2)

    def busy_by(s: Floats) -> Floats:
        return normal_cdf((np.log(np.maximum(s, 1e-3)) - mean) / math.sqrt(max(variance, 0.05)))

    start = ages[:, None, None] + (_LAGS * wrap_mean_s)[None, None, :]
    end = np.maximum(ages[:, None, None] + _REST_EDGES[None, :, None], start)
    before = busy_by(start)
    ended = ((busy_by(end) - before) / np.maximum(1 - before, 1e-6)).mean(axis=2)
    survival = np.clip(1 - ended, 1e-9, 1.0)
    hazard = np.log(survival[:, :-1] / survival[:, 1:]) / np.diff(_REST_EDGES)
    return np.asarray(np.clip(hazard, 1e-4, 0.5), dtype=np.float64)


def _rests(talk_s: Floats, busy_s: Floats) -> tuple[NDArray[np.int64], Floats, Floats]:
    """For every class of age a conversation was in while it was talked: the class, what was left of the busy time from
    the middle of the stay, and the share of the class it stayed for. Whoever looks at any instant meets those who stay
    long more often, so the share is its weight."""
    who, classes = np.nonzero(talk_s[:, None] > TALK_EDGES[None, :])
    stay = np.minimum(talk_s[who] - TALK_EDGES[classes], _WIDTHS[classes])
    return classes.astype(np.int64), busy_s[who] - TALK_EDGES[classes] - stay / 2, stay / _WIDTHS[classes]


def _exposure(durations_s: Floats, edges: Floats) -> Floats:
    """Seconds that each duration spent between neighbouring edges."""
    return np.clip(durations_s[:, None] - edges[None, :-1], 0.0, np.diff(edges)[None, :])
