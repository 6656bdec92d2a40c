"""The do-not-call lists in memory."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from campaigns.hold import Hold
from dialer.errors import NotFound, WrongState
from dialer.ports.suppression import RegisterRow, SuppressionEntry
from dialer.twin.do_not_call import entry, holds, suppress
from dialer.twin.ledger import Ledger


class MemorySuppressionLists:
    def __init__(self, rows: Callable[[], Ledger]) -> None:
        self._rows = rows

    async def add(
        self, e164: str, *, reason: str, source: str, by: str, at: datetime, prefix: bool = False,
        campaign_id: int | None = None, expires_at: datetime | None = None,
    ) -> None:  # fmt: skip
        scope: dict[str, Any] = {"prefix": prefix, "campaign_id": campaign_id, "expires_at": expires_at}
        rows = self._rows()
        suppress(rows, entry(len(rows.suppressions) + 1, e164, reason, source, at, by=by, **scope))

    async def remove(
        self, e164: str, *, at: datetime, by: str, prefix: bool = False, campaign_id: int | None = None
    ) -> bool:
        rows = self._rows().suppressions
        found = [
            old
            for old in rows.values()
            if (old.e164, old.prefix, old.campaign_id) == (e164, prefix, campaign_id) and old.in_force(at)
        ]
        for old in found:
            rows[old.suppression_id] = replace(old, removed_at=at, removed_by=by)
        return bool(found)

    async def holds(
        self, numbers: Collection[str], *, now: datetime, campaign_id: int | None = None
    ) -> dict[str, Hold]:
        return {n: Hold.both(met) for n in numbers if (met := holds(self._rows(), n, now, campaign_id))}

    async def history(self, e164: str) -> list[SuppressionEntry]:
        return [
            old
            for old in reversed(self._rows().suppressions.values())
            if (e164.startswith(old.e164) if old.prefix else e164 == old.e164)
        ]

    async def entries(
        self, *, campaign_id: int | None = None, in_force_at: datetime | None = None, after: int = 0, limit: int = 1000
    ) -> list[SuppressionEntry]:
        return [
            old
            for old in self._rows().suppressions.values()
            if old.suppression_id > after
            and campaign_id in (None, old.campaign_id)
            and (in_force_at is None or old.in_force(in_force_at))
        ][:limit]

    async def begin_register(
        self, name: str, *, dated: date, at: datetime, by: str, file_name: str = "", campaign_id: int | None = None,
        expires_at: datetime | None = None,
    ) -> int:  # fmt: skip
        rows = self._rows()
        self._replace(name, "LOADING")
        number = len(rows.registers) + 1
        rows.registers[number] = RegisterRow(
            register_id=number, name=name, campaign_id=campaign_id, dated=dated, state="LOADING", file_name=file_name,
            by=by, started_at=at, finished_at=None, expires_at=expires_at, entries=0, refused=0,
        )  # fmt: skip
        rows.register_numbers[number] = frozenset()
        return number

    async def add_to_register(self, register_id: int, numbers: Collection[str]) -> None:
        self._loading(register_id)
        self._rows().register_numbers[register_id] |= frozenset(numbers)

    async def finish_register(self, register_id: int, *, at: datetime, refused: int = 0) -> RegisterRow:
        register, rows = self._loading(register_id), self._rows()
        self._replace(register.name, "CURRENT")
        entries = len(rows.register_numbers[register_id])
        done = replace(register, state="CURRENT", finished_at=at, entries=entries, refused=refused)
        rows.registers[register_id] = done
        return done

    async def drop_register(self, register_id: int) -> None:
        rows = self._rows()
        if register_id not in rows.registers:
            raise NotFound(f"There is no version {register_id} of any register.")
        rows.registers[register_id] = replace(rows.registers[register_id], state="REPLACED")

    async def registers(self) -> list[RegisterRow]:
        return list(reversed(self._rows().registers.values()))

    def _loading(self, register_id: int) -> RegisterRow:
        register = self._rows().registers.get(register_id)
        if register is None:
            raise NotFound(f"There is no version {register_id} of any register.")
        if register.state != "LOADING":
            raise WrongState(f"Version {register_id} of the register is complete or was replaced; upload it anew.")
        return register

    def _replace(self, name: str, state: str) -> None:
        registers = self._rows().registers
        for number, old in registers.items():
            if (old.name, old.state) == (name, state):
                registers[number] = replace(old, state="REPLACED")
