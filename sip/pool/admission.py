"""Which trunk may take the next call: up or down, calls per second, simultaneous calls. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sip.errors import RateLimited, UnknownTrunk
from sip.rate import TokenBucket
from sip.trunks import Trunk


@dataclass(slots=True)
class TrunkBudget:
    """One trunk over all workers."""

    trunk: Trunk
    bucket: TokenBucket
    up_at: set[str] = field(default_factory=set)  # workers where it is usable
    admitted: int = 0  # slots taken, leg not placed yet
    legs: set[str] = field(default_factory=set)

    @property
    def free(self) -> int:
        return self.trunk.lines - self.admitted - len(self.legs)


class Admission:
    def __init__(self) -> None:
        self._budgets: dict[str, TrunkBudget] = {}

    def trunks(self) -> list[Trunk]:
        return [budget.trunk for budget in self._budgets.values()]

    def connect(self, trunk: Trunk) -> None:
        """Known from now on. A changed trunk keeps its calls; a rate that did not change keeps its tokens."""
        before = self._budgets.get(trunk.name)
        if before is not None and before.trunk.calls_per_second == trunk.calls_per_second:
            before.trunk = trunk
            return
        budget = TrunkBudget(trunk, TokenBucket(rate=trunk.calls_per_second))
        if before is not None:
            budget.up_at, budget.admitted, budget.legs = before.up_at, before.admitted, before.legs
        self._budgets[trunk.name] = budget

    def disconnect(self, name: str) -> None:
        self._budgets.pop(name, None)

    def went_up(self, name: str, worker: str) -> None:
        if (budget := self._budgets.get(name)) is not None:
            budget.up_at.add(worker)

    def went_down(self, name: str, worker: str) -> None:
        if (budget := self._budgets.get(name)) is not None:
            budget.up_at.discard(worker)

    def worker_gone(self, worker: str) -> None:
        for name in self._budgets:
            self.went_down(name, worker)

    def down_at(self, worker: str) -> int:
        """How many of the trunks are not usable on that worker."""
        return sum(worker not in budget.up_at for budget in self._budgets.values())

    def admit(self, names: Sequence[str], now: float) -> str:
        """Raises `UnknownTrunk` when none is up, `RateLimited` when none of those has a slot and a token."""
        up = list(self._up(names))
        if not up:
            raise UnknownTrunk(f"none of the trunks {', '.join(names) or '(none given)'} is up")
        for budget in up:
            if budget.free > 0 and budget.bucket.take(now):
                budget.admitted += 1
                return budget.trunk.name
        raise RateLimited(f"every trunk of {', '.join(names)} is at its calls per second or its lines")

    def give_back(self, name: str) -> None:
        if (budget := self._budgets.get(name)) is not None:
            budget.admitted = max(0, budget.admitted - 1)

    def next_admission_s(self, names: Sequence[str], now: float) -> float:
        return min((budget.bucket.wait_s(now) for budget in self._up(names)), default=math.inf)

    def placed(self, leg_id: str, name: str) -> None:
        """An admitted leg is on its way and has the slot now."""
        budget = self._budgets.get(name)
        if budget is not None and leg_id not in budget.legs:
            budget.legs.add(leg_id)
            budget.admitted = max(0, budget.admitted - 1)

    def learnt(self, leg_id: str, name: str) -> None:
        """A leg we had not counted (any more) is up: adopted, or placed although its command timed out."""
        if (budget := self._budgets.get(name)) is not None:
            budget.legs.add(leg_id)

    def not_placed(self, leg_id: str, name: str) -> None:
        """The worker refused: the slot waits for `give_back` again."""
        budget = self._budgets.get(name)
        if budget is not None and leg_id in budget.legs:
            budget.legs.discard(leg_id)
            budget.admitted += 1

    def ended(self, leg_id: str) -> None:
        for budget in self._budgets.values():
            budget.legs.discard(leg_id)

    def _up(self, names: Sequence[str]) -> Iterator[TrunkBudget]:
        return (self._budgets[name] for name in names if name in self._budgets and self._budgets[name].up_at)
