"""How long something takes: a shape with its parameters, in seconds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import accumulate
from random import Random
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

_SHAPES: Final = (
    "one of: fixed = 2, low = 1 with high = 3, mean = 90 with cv = 1.0, mean = 15 with gamma = 4, quantiles = [...], "
    "or parts = [{ share = 0.35, fixed = 12 }, ...]"
)
_POINTS: Final = 40  # quantiles kept of what was observed
Seconds = Annotated[float, Field(ge=0, le=86400)]


class Spread(BaseModel):
    """`mean` with `cv` is log-normal (cv: standard deviation over mean); with `gamma` a gamma of that shape.
    `quantiles`: equally likely steps from the smallest to the largest, straight lines in between."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fixed: Seconds | None = None
    low: Seconds | None = None
    high: Seconds | None = None
    mean: Annotated[float, Field(gt=0, le=86400)] | None = None
    cv: Annotated[float, Field(ge=0, le=10)] | None = None
    gamma: Annotated[float, Field(gt=0, le=1000)] | None = None
    quantiles: tuple[Seconds, ...] = ()
    parts: tuple[Spread, ...] = ()
    share: Annotated[float, Field(gt=0, le=1)] = 1.0  # inside `parts`; they are scaled to add up to one

    @model_validator(mode="after")
    def _one_shape(self) -> Self:
        named = {name for name in _NAMES if getattr(self, name) not in (None, ())}
        if named not in _COMPLETE:
            raise ValueError(f"must be {_SHAPES}")
        if self.low is not None and self.high is not None and self.high < self.low:
            raise ValueError("high must not be below low")
        if list(self.quantiles) != sorted(self.quantiles):
            raise ValueError("quantiles must rise from the smallest to the largest")
        return self

    def draw(self, chance: Random) -> float:
        if self.fixed is not None:
            return self.fixed
        if self.low is not None and self.high is not None:
            return chance.uniform(self.low, self.high)
        if self.quantiles:
            return between(self.quantiles, chance.random())
        if self.parts:
            return chance.choices(self.parts, [part.share for part in self.parts])[0].draw(chance)
        assert self.mean is not None
        if self.gamma is not None:
            return chance.gammavariate(self.gamma, self.mean / self.gamma)
        sigma = math.sqrt(math.log(1 + (self.cv or 0.0) ** 2))
        return chance.lognormvariate(math.log(self.mean) - sigma * sigma / 2, sigma)

    @property
    def average(self) -> float:
        if self.fixed is not None:
            return self.fixed
        if self.low is not None and self.high is not None:
            return (self.low + self.high) / 2
        if self.quantiles:
            return sum(between(self.quantiles, (n + 0.5) / 200) for n in range(200)) / 200
        if self.parts:
            return sum(p.share * p.average for p in self.parts) / sum(p.share for p in self.parts)
        assert self.mean is not None
        return self.mean


_NAMES: Final = ("fixed", "low", "high", "mean", "cv", "gamma", "quantiles", "parts")
_COMPLETE: Final = (
    {"fixed"}, {"low", "high"}, {"mean", "cv"}, {"mean", "gamma"}, {"mean"}, {"quantiles"}, {"parts"},
)  # fmt: skip


def _written(value: Any) -> Any:
    """A bare number is always the same time. What was JSON is none any more: lists are tuples from here on."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return {"fixed": value}
    if isinstance(value, dict):
        lists = {name: tuple(map(_written_part, one)) for name, one in value.items() if isinstance(one, list)}
        return {**value, **lists}
    return value


def _written_part(value: Any) -> Any:
    return _written(value) if isinstance(value, dict) else value


Time = Annotated[Spread, BeforeValidator(_written)]


def stream(seed: int, *names: object) -> Random:
    """Draws that depend on the seed and on these names, and on nothing else that was drawn."""
    return Random("/".join(map(str, (seed, *names))))  # noqa: S311 - no secret: the same day every time


def fixed(seconds: float) -> Spread:
    return Spread(fixed=seconds)


def observed(values: Iterable[float]) -> Spread:
    """What was seen, as quantiles. Raises `ValueError` where nothing was."""
    ordered = sorted(max(value, 0.0) for value in values)
    if not ordered:
        raise ValueError("nothing was observed")
    steps = min(_POINTS, len(ordered))
    return Spread(quantiles=tuple(round(between(ordered, n / steps), 3) for n in range(steps + 1)))


def between(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    below = min(int(place), len(ordered) - 1)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def pick(shares: dict[str, float], at: float) -> str:
    """The name at `at` (0..1) of the shares, which need not add up to one."""
    total = sum(shares.values())
    for name, upto in zip(shares, accumulate(shares.values()), strict=True):
        if at * total < upto:
            return name
    return next(reversed(shares))
