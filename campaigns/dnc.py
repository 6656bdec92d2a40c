"""Do not call: which numbers of a lead are left when the suppression lists have spoken."""

from __future__ import annotations

from collections.abc import Collection

from campaigns.lead import Lead, LeadNumber


def in_dialling_order(lead: Lead) -> list[LeadNumber]:
    """Usable numbers by position."""
    usable = [number for number in lead.numbers if number.usable]
    if len(usable) > 1:
        usable.sort(key=lambda number: (number.position, number.number_id))
    return usable


def callable_numbers(lead: Lead, suppressed: Collection[str]) -> list[LeadNumber]:
    """Usable and not suppressed, by position."""
    return [number for number in in_dialling_order(lead) if number.e164 not in suppressed]


def is_do_not_call(lead: Lead, suppressed: Collection[str]) -> bool:
    """The lead has usable numbers and every one of them is suppressed."""
    usable = in_dialling_order(lead)
    return bool(usable) and all(number.e164 in suppressed for number in usable)
