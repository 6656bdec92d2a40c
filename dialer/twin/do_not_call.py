"""What keeps numbers from being dialled, in memory: the do-not-call lists, written a second time and simply."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from campaigns.hold import Hold
from campaigns.lead import LeadState
from dialer.ports.suppression import SuppressionEntry

if TYPE_CHECKING:
    from dialer.twin.ledger import Ledger


def suppress(rows: Ledger, new: SuppressionEntry) -> None:
    if any(_covers(rows.suppressions[number], new) for number in rows.held_on[new.e164]):
        return
    rows.suppressions[new.suppression_id] = new
    for lead_id in tuple(rows.reached_on[new.e164]):
        close_if_suppressed(rows, lead_id)


def close_if_suppressed(rows: Ledger, lead_id: int) -> None:
    lead = rows.leads[lead_id]
    if not any(n.usable and not _for_good(rows, n.e164) for n in lead.numbers):
        rows.leads[lead_id] = replace(lead, state=LeadState.DO_NOT_CALL, due_at=None)
        rows.leases.pop(lead_id, None)


def holds(rows: Ledger, e164: str, now: datetime | None, campaign_id: int | None) -> list[Hold]:
    """What keeps the number from being dialled."""
    own = [
        Hold(_words(old), old.expires_at)
        for old in _entries(rows, e164)
        if old.in_force(now or datetime.min.replace(tzinfo=UTC)) and old.campaign_id in (None, campaign_id)
    ]
    registered = [
        Hold(f"register {register.name} of {register.dated}", register.expires_at)
        for register in rows.registers.values()
        if register.state == "CURRENT"
        and e164 in rows.register_numbers[register.register_id]
        and (register.expires_at is None or now is None or register.expires_at > now)
        and register.campaign_id in (None, campaign_id)
    ]
    return own + registered


def _entries(rows: Ledger, e164: str) -> Iterator[SuppressionEntry]:
    """In the order in which they were made."""
    exact = {number for number in rows.held_on[e164] if not rows.suppressions[number].prefix}
    wide = {number for number in rows.held_from[True] if e164.startswith(rows.suppressions[number].e164)}
    return (rows.suppressions[number] for number in sorted(exact | wide))


def _for_good(rows: Ledger, e164: str) -> bool:
    return any(_final(rows.suppressions[number]) for number in rows.held_on[e164])


def entry(
    number: int, e164: str, reason: str, source: str, at: datetime, *, by: str = "", prefix: bool = False,
    campaign_id: int | None = None, expires_at: datetime | None = None,
) -> SuppressionEntry:  # fmt: skip
    return SuppressionEntry(
        suppression_id=number, e164=e164, prefix=prefix, campaign_id=campaign_id, reason=reason, source=source, by=by,
        at=at, expires_at=expires_at, removed_at=None, removed_by="",
    )  # fmt: skip


def _final(old: SuppressionEntry) -> bool:
    return old.removed_at is None and old.expires_at is None and old.campaign_id is None and not old.prefix


def _covers(old: SuppressionEntry, new: SuppressionEntry) -> bool:
    return (
        (old.e164, old.prefix, old.removed_at) == (new.e164, new.prefix, None)
        and old.campaign_id in (None, new.campaign_id)
        and (old.expires_at is None or (new.expires_at is not None and old.expires_at >= new.expires_at))
    )


def _words(old: SuppressionEntry) -> str:
    words = f"{old.reason} ({old.source})" if old.source else old.reason
    return f"{words}, as everything from {old.e164}" if old.prefix else words
